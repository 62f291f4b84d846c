"""A document that was read, in our own words: what becomes part of the plan, and what is kept and shown only.

Nothing is guessed: what could mean two things is told, and stays in the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from forloeb.careplans.engine import code_book, library
from forloeb.careplans.models import StatementKind
from forloeb.careplans.ranges import GoalRange, NotARange
from forloeb.careplans.receiving import ActivityIn, GoalIn, PlanIn, WordsIn
from forloeb.cda import codes
from forloeb.cda.checks import contradicts
from forloeb.cda.document import (
    Activity,
    Document,
    Observed,
    Organization,
)
from forloeb.cda.export import AGREED, MATTERS
from forloeb.cda.facts import Facts, diagnosis_coding, newest_values
from forloeb.cda.findings import Finding, Kind
from forloeb.cda.values import (
    COPENHAGEN,
    Interval,
    Stamp,
    Value,
    Words,
)
from forloeb.kernel.codes import Coding
from forloeb.kernel.content import Localized
from forloeb.kernel.measures import Measure
from forloeb.records.intake import ConditionIn, ObservationIn
from forloeb.terminology import measures
from forloeb.terminology.conversions import canonical_unit

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
        facts = Facts(self.document, self.patient, self.as_of, self._tell_of)
        observations = tuple(facts.observations())
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
            tuple(newest_values(observations)),
        )
        return Understood(plan, tuple(facts.conditions()), observations, tuple(self.told))

    def _tell(self, kind: Kind, path: str, da: str, en: str) -> None:
        self._tell_of(kind, path, Localized(da=da, en=en))

    def _tell_of(self, kind: Kind, path: str, text: Localized) -> None:
        self.told.append(Finding(kind, path, 0, text))

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


_PLANNED = {"type2_diabetes": "type2_diabetes", "copd": "copd", "ischaemic_heart_disease": "ihd"}
"""The list of diagnoses that each plan is for."""


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
