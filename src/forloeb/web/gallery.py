"""The gallery: every part of the pages side by side, to look at and to test. Only where no real patient can be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forloeb.careplans.ranges import GoalRange
from forloeb.guidelines.record import Measurement
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Comparator, Quantity
from forloeb.web.asking import for_anyone

AS_OF = date(2026, 3, 1)


@for_anyone
@require_GET
def gallery(request: HttpRequest, frame: str) -> HttpResponse:
    """Show every part in the staff's frame or the patient's. Hidden outside demonstrations and development."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    messages.success(request, _("The control is saved, with %(count)d plans.") % {"count": 3})
    context = {"frame": f"{frame}.html.j2", "as_of": AS_OF, "series": _series()}
    return render(request, "gallery.html.j2", context)


def _measure(id: str, da: str, en: str, unit: str, decimals: int) -> Measure:
    name = Localized(da=da, en=en)
    return Measure(
        id=id,
        name=name,
        patient_name=name,
        setting="laboratory",
        unit=unit,
        unit_shown=unit,
        decimals=decimals,
        status="V",
    )


def _values(measure: str, unit: str, *values: tuple[str, str]) -> tuple[Measurement, ...]:
    """Make measurements of (day, number), the number with its comparator where it has one."""
    found = []
    for day, text in values:
        comparator = Comparator(text[0]) if text[0] in "<>" else None
        quantity = Quantity(Decimal(text.lstrip("<>")), unit, comparator)
        found.append(Measurement(measure, date.fromisoformat(day), quantity))
    return tuple(found)


def _series() -> list[tuple[Measure, tuple[Measurement, ...], GoalRange | None, str]]:
    """Give series of each shape a chart must stand: falling, off its goal, between limits, bounded, single, none."""
    hba1c = ("2021-05-03", "71"), ("2022-02-14", "66"), ("2023-03-01", "58"), ("2024-02-20", "54"), ("2026-01-10", "49")
    ldl = (
        ("2022-02-14", "3.4"),
        ("2023-03-01", "2.1"),
        ("2024-02-20", "1.9"),
        ("2025-02-18", "1.6"),
        ("2026-01-10", "1.6"),
    )
    pressure = ("2025-03-02", "142"), ("2025-09-01", "118"), ("2026-02-01", "126")
    egfr = ("2023-03-01", ">90"), ("2024-02-20", "88"), ("2025-02-18", ">90"), ("2026-01-10", ">90")
    return [
        (
            _measure("hba1c", "HbA1c", "HbA1c", "mmol/mol", 0),
            _values("hba1c", "mmol/mol", *hba1c),
            GoalRange(high=Decimal(53)),
            "in_target",
        ),
        (
            _measure("ldl", "LDL-kolesterol", "LDL cholesterol", "mmol/l", 1),
            _values("ldl", "mmol/L", *ldl),
            GoalRange(high=Decimal("1.4")),
            "above_target",
        ),
        (
            _measure("sbp_home", "Blodtryk hjemme", "Blood pressure at home", "mmHg", 0),
            _values("sbp_home", "mm[Hg]", *pressure),
            GoalRange(Decimal(120), True, Decimal(130), True),
            "confirm_at_home",
        ),
        (
            _measure("egfr", "eGFR", "eGFR", "ml/min", 0),
            _values("egfr", "mL/min", *egfr),
            GoalRange(low=Decimal(60)),
            "in_target",
        ),
        (
            _measure("spo2", "Iltmætning", "Oxygen saturation", "%", 0),
            _values("spo2", "%", ("2022-10-01", "91")),
            GoalRange(low=Decimal(92)),
            "stale",
        ),
        (_measure("weight", "Vægt", "Weight", "kg", 1), (), None, "missing"),
    ]
