"""The log: every look and every write is there, and no change of it goes unseen."""

from __future__ import annotations

import psycopg
import pytest

from forloeb.access.policies import NoCareRelation
from forloeb.audit.queries import count_entries, find_faults
from forloeb.careplans import queries
from forloeb.people.viewers import looking
from tests.support.personas import Cast


def entries(database: dict[str, str], where: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        return owner.execute(f"SELECT action, event, rule FROM audit.entry WHERE {where}").fetchall()


def test_opening_a_patient_is_written_down_with_who_and_why(database, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
    found = entries(database, f"patient_id = {patient.pk} AND login_id = {holm.login_id}")
    assert found == [("read", "control", "on-our-list")]


def test_a_page_that_fails_has_not_been_seen_and_leaves_no_entry(database, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")

    def a_page_that_fails() -> None:
        with looking(holm):
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        a_page_that_fails()
    assert entries(database, f"patient_id = {patient.pk}") == []


def test_somebody_elses_patient_looks_like_nobody(cast: Cast):
    lund = cast.staff("lund")
    with pytest.raises(NoCareRelation), looking(lund):
        queries.get_control(cast.id_of("karen"), seen_by=lund, as_of=cast.as_of)


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit.entry SET event = 'nothing' WHERE (chain, position) = (%s, 1)", "its content was changed"),
        ("DELETE FROM audit.entry WHERE (chain, position) = (%s, 1)", "an entry is missing before it"),
        (
            "DELETE FROM audit.entry WHERE chain = %s AND position = (SELECT max(position) FROM audit.entry x"
            " WHERE x.chain = entry.chain)",
            "entries are missing at the end of the chain",
        ),
    ],
)
def test_any_tampering_is_found(database, cast: Cast, tampering, fault):
    holm = cast.staff("holm")
    for _ in range(3):
        with looking(holm):
            queries.get_control(cast.id_of("bent"), seen_by=holm, as_of=cast.as_of)
    assert count_entries() >= 3
    assert find_faults() == []
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        longest = owner.execute("SELECT number FROM audit.chain ORDER BY length DESC LIMIT 1").fetchone()
        owner.execute(tampering, longest)
        owner.commit()
        try:
            assert fault in {found.what for found in find_faults()}
        finally:
            _mend(owner, longest[0])
    assert find_faults() == []


def _mend(owner: psycopg.Connection, chain: int) -> None:
    """Begin the chain again, so that other tests of this database find it whole."""
    owner.execute("DELETE FROM audit.entry WHERE chain = %s", [chain])
    owner.execute("UPDATE audit.chain SET length = 0, head = '\\x' WHERE number = %s", [chain])
    owner.commit()


def test_the_application_can_add_to_the_log_and_nothing_else(database):
    with psycopg.connect(database["FORLOEB_DATABASE_URL"]) as application:
        for statement in (
            "SELECT * FROM audit.entry",
            "UPDATE audit.entry SET event = ''",
            "DELETE FROM audit.entry",
            "UPDATE audit.chain SET length = 0",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
                application.execute(statement)
