"""A guideline as PlanDefinition and Library, and what it recommends to one patient as a proposed CarePlan.

The rules stand in our own expression language, in words in `description`; the files themselves, whole, in the Library.
A guideline that no named clinician has signed is a `draft`, though its rules are used and shown as awaiting sign-off.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from forloeb.careplans.ranges import GoalRange
from forloeb.fhir.served.goals import goal_target, goal_words, measure_of
from forloeb.fhir.served.parts import JsonObject, reference, without_empty
from forloeb.guidelines.library import Guideline, Library, rows_of
from forloeb.guidelines.results import Due, Evaluation, Proposal, Source, Target
from forloeb.guidelines.schema import Limits, Row, ScoreTable, Table, TargetRow, TargetTable
from forloeb.guidelines.wording import in_words
from forloeb.kernel.content import NEEDS_CONFIRMATION

RULES = "text/x-forloeb-expression"
"""The language of the conditions: docs/reference/expressions.md."""
_PLAN_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_LIBRARY_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"
_AWAITING = "Indholdet afventer klinisk godkendelse: ingen kliniker har gennemgået det."
_INDIVIDUAL = "Individuelt mål: aftales med patienten."
_USE_CONTEXT = "http://terminology.hl7.org/CodeSystem/usage-context-type"


def address_of(guideline: str) -> str:
    """Give the canonical address of a guideline's PlanDefinition."""
    return f"urn:forloeb:guideline:{guideline}"


def _id(guideline: str) -> str:
    return guideline.replace("_", "-")


def _common(guideline: Guideline, kind: str, address: str) -> JsonObject:
    file = guideline.file
    signed = [one for one in file.sign_off if one.version == file.version]
    return {
        "resourceType": kind,
        "id": _id(guideline.name),
        "url": address,
        "version": file.version,
        "name": "".join(part.capitalize() for part in guideline.name.split("_")),
        "title": file.title.da,
        "status": "active" if signed else "draft",
        "date": file.valid_from.isoformat(),
        "publisher": "Forløb",
        "approvalDate": max(one.on for one in signed).isoformat() if signed else "",
        "lastReviewDate": file.review.last_confirmed_on.isoformat(),
        "effectivePeriod": {"start": file.valid_from.isoformat()},
        "author": [{"name": file.review.written_by}],
        "endorser": [{"name": f"{one.name}, {one.role}"} for one in signed],
    }


def library_of(guideline: Guideline, files: Mapping[str, str]) -> JsonObject:
    """Write a guideline's own files as a Library: texts by their path in the content, without the cases."""
    folder = f"guidelines/{guideline.name}/"
    logic = {
        title: text
        for path, text in sorted(files.items())
        if (title := path.removeprefix(folder)).endswith(".yaml") and not title.startswith("cases/")
    }
    return without_empty(
        {
            **_common(guideline, "Library", f"urn:forloeb:library:{guideline.name}"),
            "type": {"coding": [{"system": _LIBRARY_TYPE, "code": "logic-library"}]},
            "content": [
                {"contentType": "application/yaml", "title": title, "data": b64encode(text.encode()).decode()}
                for title, text in logic.items()
            ],
        }
    )


def plan_definition(library: Library, guideline: Guideline, as_of: date) -> JsonObject:
    """Write a guideline's rules as a PlanDefinition, with the numbers that hold on a day."""
    writer = _Writer(library, guideline, as_of)
    return without_empty(
        {
            **_common(guideline, "PlanDefinition", address_of(guideline.name)),
            "type": {"coding": [{"system": _PLAN_TYPE, "code": "clinical-protocol"}]},
            "useContext": [
                {
                    "code": {"system": _USE_CONTEXT, "code": "focus"},
                    "valueCodeableConcept": {"text": guideline.file.title.da},
                }
            ],
            "library": [f"urn:forloeb:library:{guideline.name}|{guideline.file.version}"],
            "goal": list(writer.goals()),
            "action": [writer.chapter(table) for _, table in guideline.tables],
        }
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    library: Library
    guideline: Guideline
    as_of: date

    def goals(self) -> Iterator[JsonObject]:
        """Give one goal for each measure that a rule sets one for."""
        for table in self.guideline.all(TargetTable):
            for row in table.rows:
                for measure, limits in row.targets.items():
                    said = measure, _interval(limits), self._unit(measure), " / ".join(limits.one_of)
                    yield without_empty(
                        {
                            "id": _goal_id(row, measure),
                            "description": {"text": goal_words(*said)},
                            "documentation": self._documentation(row),
                            "target": [_defined(one) for one in goal_target(*said)],
                        }
                    )

    def _unit(self, measure: str) -> str:
        written_as = measure_of(measure)
        return written_as.unit if written_as else ""

    def chapter(self, table: Table) -> JsonObject:
        """Write a table as a group of actions, one for each rule in its order: the first that holds decides."""
        title = getattr(table, "profile_title", None) or table.title
        rules = [self._rule(table, row) for row in rows_of(table)]
        return without_empty(
            {
                "title": title.da,
                "description": f"{table.kind}, {profile}" if (profile := getattr(table, "profile", "")) else table.kind,
                "textEquivalent": table.not_used.da if isinstance(table, ScoreTable) else "",
                "documentation": self._documentation(table) if isinstance(table, ScoreTable) else [],
                "condition": [self._condition(applies)] if (applies := getattr(table, "applies", None)) else [],
                "action": rules,
            }
        )

    def _rule(self, table: Table, row: Row) -> JsonObject:
        measures = row.targets if isinstance(row, TargetRow) and isinstance(table, TargetTable) else ()
        return without_empty(
            {
                "id": row.rule,
                "title": row.rule,
                "description": row.text.da + _confirmation(row.status),
                "documentation": self._documentation(row),
                "goalId": [_goal_id(row, measure) for measure in measures],
                "condition": [self._condition(row.when)] if row.when else [],
            }
        )

    def _condition(self, expression: str) -> JsonObject:
        words = in_words(expression, self.library, self.guideline, "da", as_of=self.as_of)
        return {
            "kind": "applicability",
            "expression": {"description": words, "language": RULES, "expression": expression},
        }

    def _documentation(self, row: Row | ScoreTable) -> list[JsonObject]:
        return [_documented(source)] if (source := self.library.source(row)) else []


def _defined(target: JsonObject) -> JsonObject:
    """Write what is aimed at as a definition has it: an answer is a concept there, and a text in a Goal."""
    answer = target.pop("detailString", "")
    return {**target, **({"detailCodeableConcept": {"text": answer}} if answer else {})}


def _goal_id(row: Row, measure: str) -> str:
    return f"{row.rule}-{measure.replace('_', '-')}"


def _confirmation(status: str) -> str:
    return " (Bør bekræftes af en kliniker.)" if status in NEEDS_CONFIRMATION else ""


def _documented(source: Source) -> JsonObject:
    named = ", ".join(str(part) for part in (source.title, source.section, source.year) if part)
    return without_empty({"type": "citation", "label": source.document, "display": named, "url": source.url})


def _interval(limits: Limits) -> GoalRange | None:
    low = limits.above if limits.above is not None else limits.at_least
    high = limits.below if limits.below is not None else limits.at_most
    if low is None and high is None:
        return None
    return GoalRange(low, limits.above is None, high, limits.at_most is not None)


def applied(evaluation: Evaluation, guideline: Guideline, patient: object) -> JsonObject:
    """Write what one guideline recommends to one patient as a CarePlan that is a proposal, its goals within it.

    `patient` is the id of the Patient. Goals are those of all the patient's diseases together, for the measures that
    the guideline speaks of: what decides is named. Nothing is agreed, and nothing is kept.
    """
    spoken_of = {measure for table in guideline.all(TargetTable) for measure in table.measures}
    targets = [target for target in evaluation.targets if target.measure in spoken_of]
    goals = [_proposed(target, patient) for target in targets]
    due = [_due(one) for one in evaluation.due if guideline.name in one.guidelines]
    proposals = [_proposal(one) for one in evaluation.proposals if one.guideline == guideline.name]
    return without_empty(
        {
            "resourceType": "CarePlan",
            "contained": goals,
            "instantiatesCanonical": [f"{address_of(guideline.name)}|{guideline.file.version}"],
            "status": "draft",
            "intent": "proposal",
            "title": guideline.file.title.da,
            "subject": reference("Patient", patient),
            "created": evaluation.as_of.isoformat(),
            "goal": [{"reference": f"#{goal['id']}"} for goal in goals],
            "activity": [{"detail": detail} for detail in (*due, *proposals)],
            "note": [{"text": _AWAITING}] if not guideline.file.sign_off else [],
        }
    )


def _proposed(target: Target, patient: object) -> JsonObject:
    said = target.measure, GoalRange.of(target), target.unit, " / ".join(target.accepted)
    lacking = ", ".join(fact.title.da for fact in target.missing)
    source = f" Kilde: {target.source.title}." if target.source else ""
    return without_empty(
        {
            "resourceType": "Goal",
            "id": target.measure.replace("_", "-"),
            "lifecycleStatus": "proposed",
            "description": {"text": goal_words(*said) if any(said[1:2]) or said[3] else _INDIVIDUAL},
            "subject": reference("Patient", patient),
            "target": goal_target(*said),
            "note": [
                {"text": f"{target.rule}: {target.text.da}{_confirmation(target.status)}{source}"},
                *([{"text": f"Foreløbigt, der mangler: {lacking}"}] if lacking else []),
            ],
        }
    )


def _due(due: Due) -> JsonObject:
    return {
        "status": "not-started",
        "scheduledPeriod": {"end": due.due_on.isoformat()},
        "description": due.title.da,
    }


def _proposal(proposal: Proposal) -> JsonObject:
    reasons = [{"text": f"{one.rule}: {one.text.da}{_confirmation(one.status)}"} for one in proposal.because]
    return without_empty(
        {"status": "not-started", "reasonCode": reasons, "description": f"Overvej: {proposal.text.da}"}
    )
