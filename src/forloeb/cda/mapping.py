"""A document that was read, in our own words: what becomes part of the plan, and what is kept and shown only.

Nothing is guessed: what could mean two things is told, and stays in the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from forloeb.careplans.engine import code_book, library
from forloeb.careplans.models import StatementKind
from forloeb.careplans.ranges import GoalRange, NotARange
from forloeb.careplans.receiving import ActivityIn, GoalIn, PlanIn, WordsIn
from forloeb.cda import codes
from forloeb.cda.checks import contradicts
from forloeb.cda.document import (
    COPENHAGEN,
    Activity,
    Code,
    Document,
    Interval,
    Number,
    Observed,
    Organization,
    Stamp,
    Value,
    Words,
)
from forloeb.cda.export import AGREED, MATTERS
from forloeb.cda.findings import Finding, Kind
from forloeb.kernel.codes import ICPC2_DK, SKS, Coding
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Comparator
from forloeb.records.intake import ConditionIn, ObservationIn
from forloeb.terminology import Refusal, measures, read_value
from forloeb.terminology.conversions import canonical_unit

SOURCE = f"urn:oid:{codes.DOCUMENT_TEMPLATE}"
"""The source system of what came in CPD-DK documents."""
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Understood:
    """A document in our own words, and what is to be told of the way there."""

    plan: PlanIn
    conditions: tuple[ConditionIn, ...]
    observations: tuple[ObservationIn, ...]
    findings: tuple[Finding, ...]


def understand(document: Document, *, patient: UUID, as_of: date) -> Understood:
    """Put a document into our own words, for a patient whom we know by a public id."""
    return _Understanding(document, patient, as_of).whole()


class _Understanding:
    """One document being put into our own words, gathering what is to be told."""

    def __init__(self, document: Document, patient: UUID, as_of: date) -> None:
        self.document, self.patient, self.as_of = document, patient, as_of
        self.told: list[Finding] = []

    def whole(self) -> Understood:
        header = self.document.header
        made = _moment(header.made)
        observations = tuple(self._observations())
        plan = PlanIn(
            header.id.mended.key if header.id else "",
            header.set_id.mended.key if header.set_id else "",
            header.version_number,
            (header.label.code or "") if header.label else "",
            header.title or "",
            self._guideline(),
            made,
            self._began(made),
            self._ended(),
            self._written_by(),
            header.version_number in (None, 1) and not header.related,
            self._goals(),
            self._words(),
            tuple(self._activities(made)),
            tuple(_newest_values(observations)),
        )
        return Understood(plan, tuple(self._conditions()), observations, tuple(self.told))

    def _tell(self, kind: Kind, path: str, da: str, en: str) -> None:
        self.told.append(Finding(kind, path, 0, Localized(da=da, en=en)))

    # --- which plan, when, by whom

    def _guideline(self) -> str | None:
        label = self.document.header.label
        known = {guideline.file.label: guideline.name for guideline in library().guidelines}
        if label is not None and label.code:
            if label.code not in known:
                self._tell(
                    "flagged",
                    "documentationOf",
                    "Planen er for en sygdom, som der ikke laves planer for her. Den er gemt og vises.",
                    "The plan is for a disease that no plans are made for here. It is kept and shown.",
                )
            return known.get(label.code)
        diseases = {
            name
            for diagnosis in self.document.diagnoses
            if (coding := diagnosis_coding(diagnosis.code)) is not None
            for name in self._diseases(coding)
        }
        if len(diseases) != 1:
            return None
        self._tell(
            "chosen",
            "documentationOf",
            "Ingen kode siger, hvilken sygdom planen er for; den eneste diagnose, der har en plan, er brugt.",
            "No code says which disease the plan is for; the only diagnosis that has a plan is used.",
        )
        return diseases.pop()

    def _diseases(self, coding: Coding) -> Iterator[str]:
        lists = set(code_book().lists_of(coding))
        for name, code_list in _PLANNED.items():
            if code_list in lists:
                yield name

    def _began(self, made: datetime) -> datetime:
        low = self.document.header.valid.low if self.document.header.valid else None
        began = _moment(low) if low and low.text else made
        return min(began, made)

    def _ended(self) -> datetime | None:
        """Give when the plan ended, where it has; a validity of no length at all says nothing."""
        valid = self.document.header.valid
        high, low = (valid.high, valid.low) if valid else (None, None)
        if high is None or high.text is None:
            return None
        if low is not None and low.text == high.text:
            self._tell(
                "chosen",
                "documentationOf",
                "Planen gælder fra og til samme øjeblik; den er læst som en plan uden slutdato.",
                "The plan holds from and until the same moment; it is read as one without an end.",
            )
            return None
        ended = _moment(high)
        return ended if ended.astimezone(COPENHAGEN).date() <= self.as_of else None

    def _written_by(self) -> str:
        author = next(iter(self.document.header.authors), None)
        person = author.person.spoken if author and author.person else ""
        return (
            person or (author.organization.name or "" if author and author.organization else "") or "forløbsplaner.dk"
        )

    # --- goals and words

    def _goals(self) -> tuple[GoalIn, ...]:
        """Give the newest agreed goal of each measure; of two on one day, the one that stands first."""
        found: dict[str, GoalIn] = {}
        for goal in self.document.goals:
            read = self._goal(goal)
            if read and (read.measure not in found or found[read.measure].agreed_on < read.agreed_on):
                found[read.measure] = read
        return tuple(found.values())

    def _goal(self, goal: Observed) -> GoalIn | None:
        code = goal.code.code if goal.code else None
        if code == codes.PATIENTS_WORDS or contradicts(goal):
            return None
        measure = next((one for one in measures().values() if code and one.agreed_goal_code == code), None)
        if measure is None:
            self._not_a_goal_of_ours(code, goal)
            return None
        day = goal.when.day if goal.when else None
        read = _goal_value(goal.value, measure)
        if read is None or day is None:
            self._tell(
                "flagged",
                f"goal {code}",
                "Målet kan ikke læses uden at gætte. Det er gemt, og det aftalte mål her er uændret.",
                "The goal cannot be read without guessing. It is kept, and the goal agreed here is unchanged.",
            )
            return None
        return GoalIn(measure.goal or measure.id, measure.unit, *read, day)

    def _not_a_goal_of_ours(self, code: str | None, goal: Observed) -> None:
        if any(code and one.recommended_goal_code == code for one in measures().values()):
            self._tell(
                "chosen",
                f"goal {code}",
                "Et anbefalet mål er gemt. Her beregnes de anbefalede mål på ny.",
                "A recommended goal is kept. Here recommended goals are computed anew.",
            )
        elif goal.text or goal.value is not None:
            self._tell(
                "flagged",
                f"goal {code or ''}".strip(),
                "Et mål står kun som tekst eller med en kode, der ikke kendes. Det er gemt og vises.",
                "A goal stands as text only, or with a code that is not known. It is kept and shown.",
            )

    def _words(self) -> tuple[WordsIn, ...]:
        """Give the patient's own words, the newest of each kind."""
        found: dict[str, WordsIn] = {}
        for goal in self.document.goals:
            day = goal.when.day if goal.when else None
            if goal.code is None or goal.code.code != codes.PATIENTS_WORDS or not isinstance(goal.value, Words):
                continue
            kind = StatementKind.MATTERS if goal.group == MATTERS else StatementKind.OWN_GOAL
            if day is None or len(goal.value.text) > LONGEST:
                self._tell(
                    "flagged",
                    f"goal {codes.PATIENTS_WORDS}",
                    "Patientens egne ord har ingen dag eller er for lange til planen. De er gemt og vises.",
                    "The patient's own words have no day, or are too long for the plan. They are kept and shown.",
                )
            elif kind not in found or found[kind].said_on < day:
                found[kind] = WordsIn(kind, goal.value.text, day)
        return tuple(found.values())

    def _activities(self, made: datetime) -> Iterator[ActivityIn]:
        for reminder in self.document.reminders:
            text = reminder.words
            if not text or len(text) > LONGEST:
                self._tell(
                    "flagged",
                    "reminder",
                    "En påmindelse har ingen ord eller er for lang til planen. Den er gemt og vises.",
                    "A reminder has no words, or is too long for the plan. It is kept and shown.",
                )
                continue
            yield ActivityIn(text, reminder.group != AGREED, _day_of(reminder, made))

    # --- facts

    def _conditions(self) -> Iterator[ConditionIn]:
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

    def _observations(self) -> Iterator[ObservationIn]:
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
            self._tell(
                "unknown" if isinstance(read, Refusal) and read.is_unknown_code else "flagged",
                f"result {code.code}",
                read.reason.da if isinstance(read, Refusal) else _NOT_USED.da,
                read.reason.en if isinstance(read, Refusal) else _NOT_USED.en,
            )
            return None
        for note in read.notes:
            self._tell("chosen", f"result {code.code}", note.da, note.en)
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
_PLANNED = {"type2_diabetes": "type2_diabetes", "copd": "copd", "ischaemic_heart_disease": "ihd"}
"""The list of diagnoses that each plan is for."""


def diagnosis_coding(code: Code | None) -> Coding | None:
    """Give a diagnosis's coding; the placeholder of older documents is ICPC-2-DK."""
    if code is None or not code.code or not code.system:
        return None
    system = codes.ICPC2_DK if code.system == codes.PLACEHOLDER_ICPC2 else code.system
    return Coding.of(f"urn:oid:{system}", code.code)


def writer_of(document: Document) -> Organization | None:
    """Give the practice that wrote a document: its author's organization, else the patient's."""
    header = document.header
    author = next(iter(header.authors), None)
    practice = author.organization if author else None
    if practice is not None and practice.id is None and author is not None and author.id is not None:
        practice = Organization(author.id, practice.name, practice.telecoms, practice.addresses)
    return practice if practice is not None and practice.id is not None else header.practice


def _moment(stamp: Stamp) -> datetime:
    """Give a moment; a day alone is its beginning in Copenhagen, and what is no day the beginning of time."""
    if stamp.moment is not None:
        return stamp.moment
    return datetime.combine(stamp.day or date(1900, 1, 1), time(), tzinfo=COPENHAGEN)


def _day_of(activity: Activity, made: datetime) -> date:
    return activity.day or made.astimezone(COPENHAGEN).date()


def _goal_value(value: Value | None, measure: Measure) -> tuple[GoalRange | None, str] | None:
    """Read a goal's value in the measure's own unit; None where that cannot be done without guessing."""
    match value:
        case Words(text) if measure.kind == "choice":
            said = text.casefold()
            found = next((c.value for c in measure.choices if said in _spellings(c.value, c.name.da, c.also)), None)
            return (None, found) if found else None
        case Interval() as interval if measure.kind != "choice" and _same_unit(interval.unit, measure):
            low, high = interval.limits
            try:
                goal = GoalRange(low, interval.low_inclusive, high, interval.high_inclusive)
            except NotARange:
                return None
            possible = measure.hard is None or all(one is None or one in measure.hard for one in (low, high))
            return (goal, "") if possible else None
    return None


def _spellings(value: str, name: str, also: tuple[str, ...]) -> set[str]:
    return {one.casefold() for one in (value, name, *also)}


def _same_unit(unit: str | None, measure: Measure) -> bool:
    said = {unit or "", canonical_unit(unit) if unit else ""}
    own = {measure.unit, measure.unit_shown, measure.unit_shown.replace("genstande", "genstand")}
    return bool(said & own) or (unit is None and measure.unit_shown == "")


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


def _newest_values(rows: tuple[ObservationIn, ...]) -> Iterator[dict[str, Any]]:
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
