"""The facts in a document, in the rows that the records room takes in: diagnoses and results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from forloeb.cda import codes
from forloeb.cda.checks import contradicts
from forloeb.cda.document import Document, Observed
from forloeb.cda.findings import Kind
from forloeb.cda.values import Code, Interval, Number, Value, Words
from forloeb.kernel.codes import ICPC2_DK, SKS, Coding
from forloeb.kernel.content import Localized
from forloeb.kernel.quantities import Comparator
from forloeb.records.intake import ConditionIn, ObservationIn
from forloeb.terminology import Refusal, read_value

SOURCE = f"urn:oid:{codes.DOCUMENT_TEMPLATE}"
"""The source system of what came in CPD-DK documents."""

Telling = Callable[[Kind, str, Localized], None]
"""Tells of something met: what kind, at what, in words."""


class Facts:
    """The facts of one document about one patient; what cannot be used is told."""

    def __init__(self, document: Document, patient: UUID, as_of: date, tell: Telling) -> None:
        self.document, self.patient, self.as_of, self.tell = document, patient, as_of, tell

    def conditions(self) -> Iterator[ConditionIn]:
        """Give the diagnoses of systems that we keep."""
        for place, diagnosis in enumerate(self.document.diagnoses):
            coding = diagnosis_coding(diagnosis.code)
            if coding is None or coding.system not in (ICPC2_DK, SKS) or coding.code in codes.LABELS:
                continue
            found = diagnosis.present.low.day if diagnosis.present and diagnosis.present.low else None
            over = diagnosis.present.high.day if diagnosis.present and diagnosis.present.high else None
            onset = found or (diagnosis.followed.day if diagnosis.followed else None)
            yield ConditionIn(
                place,
                str(self.patient),
                self._fact("diagnosis", coding.system, coding.code),
                coding.system,
                coding.code,
                "active",
                onset,
                over,
            )

    def _fact(self, *parts: str) -> str:
        """Name a fact of the patient's: the same in every document that tells it."""
        return str(uuid5(self.patient, "/".join(parts)))

    def observations(self) -> Iterator[ObservationIn]:
        """Give the results that can be used; of the same code at the same time, each has its number."""
        named: dict[str, int] = {}
        for place, result in enumerate(self.document.results):
            row = self._observation(place, result, named)
            if row is not None:
                yield row

    def _observation(self, place: int, result: Observed, named: dict[str, int]) -> ObservationIn | None:
        code, day = result.code, result.when.day if result.when else None
        if code is None or code.code is None or contradicts(result) or result.value is None:
            return None
        read = read_value(Coding.of(f"urn:oid:{code.system}", code.code), **_said(result.value))
        if isinstance(read, Refusal) or day is None or day > self.as_of or read.is_implausible:
            unknown = isinstance(read, Refusal) and read.is_unknown_code
            reason = read.reason if isinstance(read, Refusal) else _NOT_USED
            self.tell("unknown" if unknown else "flagged", f"result {code.code}", reason)
            return None
        for note in read.notes:
            self.tell("chosen", f"result {code.code}", note)
        coding = Coding.of(f"urn:oid:{code.system}", code.code)
        stamp = (result.when.value or result.when.low) if result.when else None
        name = f"{coding.code}/{stamp.text if stamp else day}"
        named[name] = named.get(name, 0) + 1
        quantity = read.quantity
        return ObservationIn(
            place,
            str(self.patient),
            self._fact("result", name, str(named[name])),
            coding.system,
            coding.code,
            read.measure.id,
            quantity.value if quantity else None,
            quantity.comparator.value if quantity and quantity.comparator else None,
            quantity.unit if quantity else None,
            read.answer,
            read.measure.setting,
            day,
            stamp.moment if stamp else None,
            "final",
        )


_NOT_USED = Localized(
    da="Resultatet har ingen dag, ligger i fremtiden eller kan ikke være rigtigt. Det er gemt, men bruges ikke.",
    en="The result has no day, lies ahead or cannot be true. It is kept, and not used.",
)


def diagnosis_coding(code: Code | None) -> Coding | None:
    """Give a diagnosis's coding; the placeholder of older documents is ICPC-2-DK."""
    if code is None or not code.code or not code.system:
        return None
    system = codes.ICPC2_DK if code.system == codes.PLACEHOLDER_ICPC2 else code.system
    return Coding.of(f"urn:oid:{system}", code.code)


def _said(value: Value) -> dict[str, Any]:
    match value:
        case Number(text, unit):
            return {"value": Number(text).value, "unit": unit}
        case Interval() as interval:
            return _bound(interval)
        case Words(text):
            return {"text": text}
    return {}


def _bound(interval: Interval) -> dict[str, Any]:
    """Read an interval open to one side as a number with a comparator; one closed to both is no measured value."""
    low, high = interval.limits
    if low is not None and high is None:
        sign = Comparator.AT_LEAST if interval.low_inclusive else Comparator.ABOVE
        return {"value": low, "comparator": sign, "unit": interval.unit}
    if high is not None and low is None:
        sign = Comparator.AT_MOST if interval.high_inclusive else Comparator.BELOW
        return {"value": high, "comparator": sign, "unit": interval.unit}
    return {}


def newest_values(rows: tuple[ObservationIn, ...]) -> Iterator[dict[str, Any]]:
    """Give each measure's newest value, in the form that snapshots keep values in."""
    newest: dict[str, ObservationIn] = {}
    for row in rows:
        name = row.measure or ""
        if name not in newest or newest[name].measured_on < row.measured_on:
            newest[name] = row
    for name, row in newest.items():
        yield {
            "measure": name,
            "value": None if row.value is None else str(row.value),
            "comparator": row.comparator,
            "unit": row.unit,
            "answer": row.answer,
            "measured_on": row.measured_on.isoformat(),
            "status": "received",
            "source": SOURCE,
        }
