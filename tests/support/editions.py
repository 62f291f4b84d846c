"""Versions of guidelines for tests: published by two people, and taken away again, which only the owner can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import connections

from forloeb.editions import drafting, publishing
from forloeb.editions.holding import _library_of
from forloeb.people.viewers import looking
from forloeb.population.simulation.running import read_minutes, simulate_draft
from tests.support.personas import Cast

HEART = "ischaemic_heart_disease"
RULES = f"guidelines/{HEART}/rules/rules.yaml"
CASES = f"guidelines/{HEART}/cases/inclusion.yaml"
LDL = "{ldl: {below: 1.4}}"


@contextmanager
def put_back() -> Iterator[None]:
    """Take every draft and version of the test away afterwards."""
    try:
        yield
    finally:
        tables = "editions_simulationinfull, editions_simulation, editions_revision, editions_draft, editions_edition"
        with connections["owner"].cursor() as cursor:
            for table in tables.split(", "):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            for table in tables.split(", "):
                cursor.execute(f"DELETE FROM {table}")
            for table in tables.split(", "):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for table in tables.split(", ")[:-1]:
                cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        _library_of.cache_clear()


def held_since_yesterday(cast: Cast) -> None:
    """Let the published version hold since yesterday, as if it had been published before: only the owner can."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE editions_edition DISABLE TRIGGER USER")
        day = cast.as_of - timedelta(days=1)
        cursor.execute("UPDATE editions_edition SET valid_from = %s WHERE checked_by_name <> ''", [day])
        cursor.execute("ALTER TABLE editions_edition ENABLE TRIGGER USER")


def changed(cast: Cast, old: str, new: str, *, path: str = RULES, who: str = "holm", guideline: str = HEART) -> int:
    """Change a text of the draft, which is begun where there is none; gives the revision."""
    author = cast.staff(who)
    told = {"by": author, "at": cast.at, "as_of": cast.as_of}
    with looking(author):
        draft = drafting.find_draft(guideline) or drafting.open_draft(guideline, **told)
        text = draft.files[path]
        assert old in text
        saved = drafting.save_draft(guideline, {path: text.replace(old, new, 1)}, "test", since=draft.number, **told)
        return saved.number


def lowered(cast: Cast, limit: str, *, before: str = "1.4") -> int:
    """Let the draft have another goal for LDL, and put the case right that stands between the two."""
    number = changed(cast, f"{{ldl: {{below: {before}}}}}", f"{{ldl: {{below: {limit}}}}}")
    if before != "1.4":
        return number
    return changed(cast, "values: {ldl: in_target}", "values: {ldl: above_target}", path=CASES)


def simulated(cast: Cast, *, who: str = "holm", guideline: str = HEART) -> None:
    """Simulate the draft on a practice's people."""
    by = cast.staff(who)
    with looking(by):
        simulate_draft(guideline, read_minutes({}), by=by, at=cast.at, as_of=cast.as_of)


def published(
    cast: Cast, valid_from: date | None = None, *, guideline: str = HEART, who: str = "lund", because: str = "Ny viden"
) -> publishing.Published:
    """Publish the draft as it stands."""
    by = cast.staff(who)
    with looking(by):
        return publishing.publish(
            guideline,
            revision=drafting.get_draft(guideline).number,
            valid_from=valid_from or cast.as_of + timedelta(days=1),
            because=because,
            by=by,
            at=cast.at,
            as_of=cast.as_of,
        )
