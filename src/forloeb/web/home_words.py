"""What the patient has measured or answered, in words: for the patient who sent it, and the practice that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forloeb.careplans.home_measurements import home_content
from forloeb.guidelines.home import HomeMeasurement
from forloeb.guidelines.questionnaires import Item
from forloeb.kernel.content import Localized
from forloeb.records.home import OwnValue
from forloeb.web.formatting import format_quantity, format_unit, isolated
from forloeb.web.translated import in_danish, local


def step_options(item: HomeMeasurement) -> list[tuple[str, str]]:
    """Give the answers of a scale, in our own words."""
    return [(str(step.value), local(step.text)) for step in item.choices]


def own_value_title(value: OwnValue) -> str:
    """Name what was measured, in the patient's words; a pressure is one thing, though it has two numbers."""
    if value.measure.id == home_content().pressure.systolic:
        return _("Blood pressure at home")
    return local(value.measure.patient_name)


def own_value_words(value: OwnValue, all_sent: Iterable[OwnValue]) -> str:
    """Write a value with its unit; an upper pressure with the lower that was sent with it."""
    number = format_quantity(value.quantity, value.measure.decimals)
    protocol = home_content().pressure
    if value.measure.id == protocol.systolic:
        lower = next((v for v in all_sent if v.measure.id == protocol.diastolic and v.mean == value.mean), None)
        number = f"{number}/{format_quantity(lower.quantity, 0)}" if lower else number
    return isolated(f"{number} {format_unit(value.measure.unit_shown)}".rstrip())


def mean_words(mean: Mapping[str, Any]) -> str:
    """Say what a mean was made of, and why."""
    words = ngettext("The mean of %(count)d measurement.", "The mean of %(count)d measurements.", mean["counted"])
    return f"{words % {'count': mean['counted']}} {local(Localized(**mean['because']))}"


def mean_source(mean: Mapping[str, Any]) -> str:
    """Name the protocol and where its choice of measurements stands."""
    return f"({mean['protocol']}, {', '.join(mean['sources'])})"


def own_value_groups(values: Iterable[OwnValue]) -> list[tuple[str, list[OwnValue]]]:
    """Group what was sent by what was measured; the lower pressure stands with the upper."""
    found: dict[str, list[OwnValue]] = {}
    for value in values:
        if value.measure.id != home_content().pressure.diastolic:
            found.setdefault(own_value_title(value), []).append(value)
    return list(found.items())


def answer_options(item: Item) -> list[tuple[str, str]]:
    """Give the answers that may be chosen."""
    return [(option.coding.code, in_danish(option.text)) for option in item.options]
