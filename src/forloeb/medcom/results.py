"""A laboratory report as the facts we keep: every result under its sample and code, in the measure's own unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from forloeb.kernel.quantities import Comparator, NotANumber, read_number
from forloeb.medcom.edifact import read_edifact
from forloeb.medcom.report import NotAReport, Report, Result
from forloeb.medcom.xml import read_xml
from forloeb.records.arrivals import ResultIn
from forloeb.terminology import ReadValue, Refusal, read_value

DENMARK: Final = ZoneInfo("Europe/Copenhagen")
_USED: Final = frozenset({"final", "corrected"})
_LONGEST: Final = 200
WITHDRAWN: Final = "UDGÅET"


def read_reports(body: bytes) -> tuple[Report, ...]:
    """Read a message in whichever form it came: EDIFACT begins with UNA or UNB, the rest is XML. Raises NotAReport."""
    begins = body.lstrip()[:3]
    if not begins:
        raise NotAReport("the message is empty")
    return read_edifact(body.lstrip()) if begins in (b"UNA", b"UNB") else read_xml(body)


def source_of(report: Report) -> str:
    """Name the source system of a report's facts: the laboratory that answers for them."""
    return f"urn:forloeb:laboratory:{report.sender_id}"


def to_results(report: Report) -> tuple[ResultIn, ...]:
    """Give a report's final results. Preliminary ones are not facts yet: the final answer comes after them."""
    return tuple(_results(report))


def _results(report: Report) -> Iterator[ResultIn]:
    seen: Counter[str] = Counter()
    for result in report.results:
        seen[result.code] += 1
        again = f"#{seen[result.code]}" if seen[result.code] > 1 else ""
        if result.status in _USED:
            yield _result(result, report, f"{report.sample_id}:{result.code}{again}")


def _result(result: Result, report: Report, source_id: str) -> ResultIn:
    read = _read(result)
    quantity = read.quantity if read else None
    measure = read.measure if read else None
    return ResultIn(
        source_id=source_id,
        code_system=result.coding.system,
        code=result.coding.code,
        measure=measure.id if measure else None,
        value=quantity.value if quantity else None,
        comparator=quantity.comparator.value if quantity and quantity.comparator else None,
        unit=quantity.unit if quantity else None,
        answer=None if quantity else (read.answer if read else _as_written(result)),
        setting=measure.setting if measure else "laboratory",
        measured_on=report.sampled_on,
        measured_at=report.sampled_at.replace(tzinfo=DENMARK),
        issued_at=report.issued_at.replace(tzinfo=DENMARK),
        is_withdrawn=result.status == "corrected" and result.value == WITHDRAWN,
    )


def _read(result: Result) -> ReadValue | None:
    """Read a value; None where its code, unit or number cannot be read without guessing."""
    number: tuple[Comparator | None, Decimal] | None
    try:
        number = read_number(result.value)
    except NotANumber:
        number = None
    if number is not None and (result.is_numeric or number[0] is not None):
        comparator, value = number
        read = read_value(
            result.coding, value=value, unit=result.unit or None, comparator=result.comparator or comparator
        )
    else:
        read = read_value(result.coding, text="\n".join(result.text) or result.value)
    return None if isinstance(read, Refusal) else read


def _as_written(result: Result) -> str:
    """Give a result that cannot be used, in its own words."""
    sign = result.comparator.value if result.comparator else ""
    said = " ".join(part for part in (f"{sign}{result.value}", result.unit) if part)
    return "\n".join(part for part in (said, *result.text, *result.comments) if part)[:_LONGEST] or "–"
