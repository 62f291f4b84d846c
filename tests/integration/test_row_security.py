"""The second lock: with the application's own role and raw SQL, nobody finds what they may not see."""

from __future__ import annotations

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from forloeb.people.viewers import looking
from tests.support.personas import Cast

PATIENT_TABLES = """
    SELECT c.table_name FROM information_schema.columns c JOIN pg_class k ON k.relname = c.table_name
    WHERE c.table_schema = 'public' AND k.relkind = 'r'
      AND (c.column_name = 'patient_id' OR (c.table_name = 'people_patient' AND c.column_name = 'id'))
    ORDER BY 1
"""


def tables(database: dict[str, str]) -> list[str]:
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        return [row[0] for row in owner.execute(PATIENT_TABLES)]


def test_every_table_of_patients_is_locked_for_its_owner_too(database):
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        for table in tables(database):
            locked = owner.execute(
                "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = %s", [table]
            ).fetchone()
            assert locked == (True,), table


def test_the_application_can_neither_bypass_the_lock_nor_own_a_table(database):
    with psycopg.connect(database["FORLOEB_DATABASE_URL"]) as application:
        may = application.execute(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        owns = application.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        ).fetchone()
    assert (may, owns) == ((False,), (0,))


def count(table: str) -> int:
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f"SELECT count(*) FROM {table}")
        except ProgrammingError as refusal:  # a table the application may not read at all
            if "permission denied" not in str(refusal):
                raise
            return 0
        return cursor.fetchone()[0]


def test_without_a_viewer_nothing_is_seen(database, cast: Cast):
    assert {table: count(table) for table in tables(database)} == dict.fromkeys(tables(database), 0)


def test_a_doctor_who_has_no_relation_to_anybody_sees_nobody(database, cast: Cast):
    with looking(cast.new_practice_doctor()):
        assert {table: count(table) for table in tables(database)} == dict.fromkeys(tables(database), 0)


def test_a_patient_sees_their_own_rows_and_no_one_elses(database, cast: Cast):
    karen = cast.patient("karen")
    with looking(karen):
        for table in tables(database):
            if table in ("access_login", "records_received"):
                continue
            column = "id" if table == "people_patient" else "patient_id"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT DISTINCT {column} FROM {table}")
                assert cursor.fetchall() in ([(karen.patient_id,)], []), table
        assert count("records_observation") > 100


@pytest.mark.parametrize("table", ["careplans_careplanversion", "careplans_annualreview", "careplans_planevent"])
def test_what_was_saved_cannot_be_changed_even_by_the_owner(database, cast: Cast, table):
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        for statement in (
            f"UPDATE {table} SET patient_id = patient_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
                owner.execute(statement)


def test_the_practice_sees_its_patient_until_the_day_they_leave(cast: Cast):
    from forloeb.people.actions import join_practice

    patient = cast.new_patient()
    sees = f"SELECT count(*) FROM people_patient WHERE id = {patient.pk}"
    with looking(cast.staff("holm")), connection.cursor() as cursor:
        cursor.execute(sees)
        assert cursor.fetchone() == (1,)
    newcomer = cast.new_practice_doctor()
    join_practice(patient=patient, organization=cast.organization_of(newcomer), on=cast.as_of)
    for viewer, seen in ((cast.staff("holm"), 0), (newcomer, 1)):
        with looking(viewer), connection.cursor() as cursor:
            cursor.execute(sees)
            assert cursor.fetchone() == (seen,)
