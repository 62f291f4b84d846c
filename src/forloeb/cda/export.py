"""A saved version of a plan as a document: what it says, and what it said before, the newest first.

The same version gives the same document, with the same identifiers, whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from forloeb.access.queries import OpenPatient
from forloeb.careplans.documents import SavedPlan, SavedVersion, Writer
from forloeb.careplans.ranges import GoalRange
from forloeb.cda import codes
from forloeb.cda.document import (
    Activity,
    Author,
    Detail,
    Diagnosis,
    Document,
    Group,
    Header,
    Name,
    Observed,
    Organization,
    Patient,
    Related,
    Telecom,
)
from forloeb.cda.naming import our_document_id
from forloeb.cda.values import (
    Code,
    Id,
    Interval,
    Nothing,
    Number,
    Period,
    Stamp,
    Value,
    Words,
)
from forloeb.kernel.identifiers import Sex
from forloeb.kernel.measures import Measure
from forloeb.terminology import measures

MATTERS = Group("Det er vigtigt for mig")
AGREED = Group("Aftaler")
RECOMMENDED = Group("Anbefalede mål")
_MONTHS = (
    *("januar", "februar", "marts", "april", "maj", "juni"),
    *("juli", "august", "september", "oktober", "november", "december"),
)
_UNITS = {"genstande/uge": "genstand/uge", "/min": "1/min"}
_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M"}


def plan_document(
    patient: OpenPatient, plan: SavedPlan, version: SavedVersion, *, recommends: bool = False
) -> Document:
    """Give a version saved here as a document; with `recommends` the recommended goals too, marked as such.

    One that was received is its own document (`careplans.documents.received_document`).
    """
    so_far = plan.up_to(version)
    return Document(
        _header(patient, plan, version, recommends=recommends),
        _diagnoses(plan, version),
        _goals(so_far, recommends=recommends),
        _results(so_far),
        tuple(_reminders(version)),
    )


# --- header


def document_id(plan: SavedPlan, version: SavedVersion, *, recommends: bool) -> Id:
    """Give a version's document its identifier: the one it was received under, else one of ours."""
    if version.document_id:
        root, _, extension = version.document_id.partition("^")
        return Id(root, extension or None)
    return our_document_id(plan.public_id, version.number, recommends=recommends)


def set_id(plan: SavedPlan) -> Id:
    """Give the identifier that all versions of a plan share."""
    root, _, extension = plan.set_id.partition("^")
    return Id(root, extension or None) if root else Id(codes.MEDCOM, str(plan.public_id))


def _header(patient: OpenPatient, plan: SavedPlan, version: SavedVersion, *, recommends: bool) -> Header:
    practice = organization(version.writer)
    made = Stamp.of(version.saved_at)
    author = Author(made, practice.id, _name(version.saved_by_name), Organization(practice.id, practice.name))
    ended = Stamp.of(plan.ended_at) if plan.ended_at and version is plan.versions[-1] else Stamp(None, "NI")
    before = plan.up_to(version)[1:2]
    return Header(
        _patient(patient),
        made,
        codes.TITLES.get(plan.label, "Forløbsplan"),
        practice,
        (author,),
        practice,
        Period(None, Stamp.of(min(plan.created_at, version.saved_at)), ended),
        Code(plan.label, codes.SKS, codes.LABELS.get(plan.label)),
        id=document_id(plan, version, recommends=recommends),
        set_id=set_id(plan),
        version_number=version.number,
        related=tuple(
            Related("RPLC", (document_id(plan, one, recommends=recommends),), set_id(plan), one.number)
            for one in before
        ),
    )


def organization(writer: Writer) -> Organization:
    """Give a practice with its SOR number, or its ydernummer where it has none on record."""
    number = Id(codes.SOR, writer.sor_code) if writer.sor_code else None
    if number is None and writer.ydernummer:
        number = Id(codes.YDERNUMMER, writer.ydernummer)
    telecoms = (Telecom(f"tel:{writer.phone.replace(' ', '')}", "WP"),) if writer.phone else ()
    return Organization(number, writer.name, telecoms)


def _name(spoken: str) -> Name:
    *given, family = spoken.split() or [spoken]
    return Name(tuple(given), family)


def _patient(patient: OpenPatient) -> Patient:
    number = Id(codes.CPR, patient.cpr_number) if patient.cpr_number else Id(codes.X_ECPR, patient.replacement_id)
    return Patient(
        number,
        Name(tuple(patient.given_name.split()), patient.family_name),
        Code(_SEXES[patient.sex] if patient.sex else "UN", codes.GENDER),
        Stamp.on(patient.birth_date),
    )


# --- diagnoses


def _diagnoses(plan: SavedPlan, version: SavedVersion) -> tuple[Diagnosis, ...]:
    """Give the diagnoses; where none is on record, the plan's own label stands for what it is about."""
    found = tuple(
        _diagnosis(Code(one.coding.code, one.coding.system.removeprefix("urn:oid:"), one.name), one.onset_on, version)
        for one in version.diagnoses
    )
    label = Code(plan.label, codes.SKS, codes.LABELS.get(plan.label))
    return found or (_diagnosis(label, None, version),)


def _diagnosis(code: Code, onset: date | None, version: SavedVersion) -> Diagnosis:
    since = Stamp.on(onset) if onset else Stamp(None, "NI")
    followed = Period(Stamp.on(onset) if onset else Stamp.of(version.saved_at))
    return Diagnosis(code, followed, Period(None, since, Stamp(None, "NI")), status="active")


# --- goals


def _goals(so_far: tuple[SavedVersion, ...], *, recommends: bool) -> tuple[Observed, ...]:
    newest = so_far[0]
    found = [goal for content in newest.content["goals"] for goal in _agreed(content, so_far)]
    if recommends:
        found += [goal for content in newest.content["goals"] for goal in _recommended(content, newest)]
    found += _own_words(so_far)
    # A plan document has a goal; that there is none is said, not left out.
    none = Observed(Code(None, null="NI"), Nothing("NI"), _on(newest.reviewed_on), "active", "Der er ikke aftalt mål.")
    return tuple(found) or (none,)


def _agreed(goal: Mapping[str, Any], so_far: tuple[SavedVersion, ...]) -> Iterator[Observed]:
    """Give a measure's agreed goal and, after it, those agreed before."""
    measure = goal_measure(goal["measure"])
    if measure is None:
        return
    for said, version in _changes(so_far, lambda content: _goal_of(content, goal["measure"])):
        day = said.get("agreed_on")
        when = _on(date.fromisoformat(day) if day else version.reviewed_on)
        value = _goal_value(said["agreed"], said["answer"], measure)
        if measure.agreed_goal_code is None:
            text = f"{_plain_name(measure)}: {_words(said, measure)}"
            yield Observed(Code(None, null="NA"), Nothing("NA"), when, "active", text)
        elif value is not None:
            yield Observed(_goal_code(measure, measure.agreed_goal_code, "aftalt mål"), value, when, "active")


def _goal_of(content: Mapping[str, Any], measure: str) -> Mapping[str, Any] | None:
    goal = next((one for one in content["goals"] if one["measure"] == measure), None)
    return goal if goal and (goal["agreed"] or goal["answer"]) else None


def _changes(
    so_far: tuple[SavedVersion, ...], find: Callable[[Mapping[str, Any]], Any]
) -> Iterator[tuple[Any, SavedVersion]]:
    """Give what was said, the newest first, each with the version that said it first."""
    shown, last = None, None
    for version in so_far:
        said = find(version.content)
        if last is not None and shown is not None and not _same(said, shown):
            yield shown, last
        shown, last = said, version
    if shown is not None and last is not None:
        yield shown, last


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return bool((one["agreed"], one["answer"]) == (other["agreed"], other["answer"]))
    return bool(one == other)


def _recommended(goal: Mapping[str, Any], version: SavedVersion) -> Iterator[Observed]:
    measure, stored = goal_measure(goal["measure"]), goal["recommended"]
    if measure is None or measure.recommended_goal_code is None or not stored or not stored.get("range"):
        return
    value = _goal_value(stored["range"], "", measure)
    if value is not None:
        code = _goal_code(measure, measure.recommended_goal_code, "anbefalet mål")
        yield Observed(code, value, _on(version.reviewed_on), "active", group=RECOMMENDED)


def goal_measure(name: str) -> Measure | None:
    """Give the measure that a goal's name stands for: for `sbp` the pressure at the clinic."""
    return next((one for one in measures().values() if (one.goal or one.id) == name), None)


def _goal_code(measure: Measure, code: str, kind: str) -> Code:
    return Code(code, codes.NPU, f"{_plain_name(measure)} {kind}")


def _plain_name(measure: Measure) -> str:
    return measure.name.da.split(",")[0]


def _goal_value(stored: Any, answer: str, measure: Measure) -> Value | None:
    if not stored:
        return Words(answer) if answer else None
    goal = GoalRange.from_json(stored)
    return Interval(
        _number(goal.low),
        None if goal.low is not None else "NA",
        goal.low_inclusive or goal.low is None,
        _number(goal.high),
        None if goal.high is not None else "NA",
        goal.high_inclusive or goal.high is None,
        unit_of(measure),
    )


def _words(goal: Mapping[str, Any], measure: Measure) -> str:
    if not goal["agreed"]:
        return str(goal["answer"])
    return f"{GoalRange.from_json(goal['agreed']).text()} {measure.unit_shown}".rstrip()


def _number(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"


def unit_of(measure: Measure) -> str | None:
    """Give a measure's unit as Danish documents write it; None for a plain number."""
    return _UNITS.get(measure.unit_shown, measure.unit_shown) or None


def _own_words(so_far: tuple[SavedVersion, ...]) -> Iterator[Observed]:
    """Give the patient's own goal, and what matters to them, in their words."""
    code = Code(codes.PATIENTS_WORDS, codes.MESSAGE_CODES, "Patientens egne mål")
    for kind, group in (("own-goal", None), ("matters", MATTERS)):
        text = so_far[0].content["statements"].get(kind)
        first = next(_changes(so_far, lambda content, kind=kind: content["statements"].get(kind)), None)  # type: ignore[misc]
        if text and first is not None:
            yield Observed(code, Words(" ".join(text.split())), _on(first[1].reviewed_on), "active", group=group)


def _on(day: date) -> Period:
    return Period(Stamp.on(day))


# --- results


def _results(so_far: tuple[SavedVersion, ...]) -> tuple[Observed, ...]:
    """Give each measure's values, the newest first: that of this version, and those of the versions before it."""
    known, found = measures(), []
    for name in dict.fromkeys(value["measure"] for version in so_far for value in version.content["values"]):
        code = known[name].write or next(iter(known[name].read), None) if name in known else None
        if code is None:
            continue
        shown: set[tuple[Any, ...]] = set()
        for version in so_far:
            for value in version.content["values"]:
                key = (value["measured_on"], value["value"], value["comparator"], value["answer"])
                if value["measure"] != name or value["measured_on"] is None or key in shown:
                    continue
                shown.add(key)
                found.append(_result(value, known[name], code.code))
    return tuple(found)


def _result(value: Mapping[str, Any], measure: Measure, code: str) -> Observed:
    return Observed(
        Code(code, codes.NPU, measure.name.da),
        _result_value(value, measure),
        _on(date.fromisoformat(value["measured_on"])),
        "completed",
    )


def _result_value(value: Mapping[str, Any], measure: Measure) -> Value:
    number, unit = value["value"], unit_of(measure)
    if number is None:
        return Words(value["answer"]) if value["answer"] else Nothing("NI")
    text = _number(Decimal(number)) or ""
    # A physical quantity has no comparator: what the laboratory gave as a bound is an open interval.
    match value["comparator"]:
        case None:
            return Number(text, unit)
        case "<" | "<=" as sign:
            return Interval(low_null="NA", high=text, high_inclusive=sign == "<=", unit=unit)
        case sign:
            return Interval(low=text, low_inclusive=sign == ">=", high_null="NA", unit=unit)


# --- activities


def _reminders(version: SavedVersion) -> Iterator[Activity]:
    content = version.content
    control = content["next_review_on"]
    if control:
        day = date.fromisoformat(control)
        yield _planned(f"Bestil tid hos egen læge i {_MONTHS[day.month - 1]} {day.year}", version)
    for is_reminder, group in ((True, None), (False, AGREED)):
        for agreement in content["agreements"]:
            if agreement["is_reminder"] is is_reminder:
                yield _planned(" ".join(agreement["text"].split()), version, group)


def _planned(text: str, version: SavedVersion, group: Group | None = None) -> Activity:
    kind = Code(codes.FOLLOW_UP, codes.SKS, "Planlagt opfølgning")
    about = Code(codes.REMINDER_CODE, codes.NPU, "Kontrol egen læge") if group is None else Code(None, null="NI")
    span = Period(None, Stamp.on(version.reviewed_on), Stamp(None, "NI"))
    return Activity("INT", kind, "active", _on(version.reviewed_on), None, (Detail(about, span, Words(text)),), group)
