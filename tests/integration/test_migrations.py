"""The tables: made from nothing by the migrations, in step with the models, and locked as we promise."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from forloeb.adapters import postgres

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "tools" / "check_migrations.py"
WRITTEN = {(path.parts[-3], path.stem) for path in (ROOT / "src" / "forloeb").glob("*/migrations/0*.py")}
"""Every migration that lies in a room."""


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """Give a data folder that nothing has been started on."""
    with tempfile.TemporaryDirectory(prefix="forloeb-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def forloeb(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FORLOEB_")}
    return subprocess.run(
        [str(Path(sys.executable).with_name("forloeb")), *arguments],
        env={**inherited, "FORLOEB_DATA": str(data)},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def migrated(empty: Path) -> Iterator[psycopg.Connection]:
    """Migrate an empty database by the command, twice; give its owner."""
    for _ in range(2):
        done = forloeb(empty, "migrate")
        assert (done.returncode, done.stdout, done.stderr) == (0, "The tables are up to date.\n", "")
    server = postgres.start(empty / "data")
    try:
        with psycopg.connect(server.address("forloeb_owner")) as owner:
            yield owner
    finally:
        server.stop()


@pytest.fixture
def ask(database: dict[str, str]) -> Iterator[Any]:
    """Ask the catalogue of the tests' database, as its owner."""
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        yield lambda question, *values: owner.execute(question, values).fetchall()


# --- from nothing


def test_every_migration_that_is_written_applies_to_an_empty_database(migrated: psycopg.Connection):
    applied = {(room, name) for room, name in migrated.execute("SELECT app, name FROM django_migrations")}
    assert len(WRITTEN) >= 10
    assert applied >= WRITTEN
    rooms = {room for room, _ in WRITTEN}
    assert {(room, name) for room, name in applied if room in rooms} == WRITTEN


def test_the_models_ask_for_no_migration_that_is_not_written():
    checked = subprocess.run([sys.executable, str(CHECK)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_check_sees_a_field_that_no_migration_makes():
    code = (
        "import os, runpy, sys; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'forloeb.config.settings');"
        "import django; django.setup(); from django.db import models;"
        "from forloeb.people.models import Organization; models.TextField(null=True).contribute_to_class("
        "Organization, 'motto'); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    checked = subprocess.run([sys.executable, "-c", code, str(CHECK)], capture_output=True, text=True)
    assert checked.returncode == 1
    assert "people: no migration does this: Add field motto to organization" in checked.stderr


def test_the_tables_made_from_nothing_are_those_the_tests_run_on(migrated: psycopg.Connection, ask):
    columns = """
        SELECT table_schema, table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema IN ('public', 'audit') ORDER BY 1, 2, 3
    """
    assert migrated.execute(columns).fetchall() == ask(columns)


# --- locked


PATIENTS_TABLES = """
    SELECT k.oid::regclass::text, k.relrowsecurity, k.relforcerowsecurity, n.nspname
    FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
    WHERE k.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND (k.relname = 'people_patient'
           OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.oid AND NOT a.attisdropped
                      AND (a.attname ~ 'patient' AND a.attname ~ '_id$' OR a.attname ~ '^(cpr|patient_number)'))
           OR EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = k.oid AND c.contype = 'f'
                      AND c.confrelid = 'people_patient'::regclass))
    ORDER BY 1
"""


def test_every_table_with_a_patient_in_it_forces_row_level_security_on_its_owner_too(ask):
    found = {name: (on, forced) for name, on, forced, schema in ask(PATIENTS_TABLES) if schema != "audit"}
    assert len(found) >= 12
    assert {"people_patient", "records_observation", "records_received", "careplans_careplan"} <= set(found)
    assert {name for name, locks in found.items() if locks != (True, True)} == set()


def test_every_such_table_says_who_may_see_its_rows(ask):
    """Locked without a policy a table shows nothing; with one for everybody it shows all."""
    policies = ask("""
        SELECT p.polrelid::regclass::text, r.rolname, p.polname, p.polcmd,
               coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p LEFT JOIN pg_roles r ON r.oid = ANY (p.polroles)
    """)
    assert all(role in {"forloeb_app", "forloeb_loader", "forloeb_owner"} for _, role, *_ in policies)
    assert [table for table, role, *_, rule in policies if role == "forloeb_app" and rule in (None, "true")] == []
    # The owner reads, and only reads, what the deciding functions ask.
    assert {(table, name, command) for table, role, name, command, _ in policies if role == "forloeb_owner"} == {
        (table, "decides", "r")
        for table in (
            "people_patient",
            "people_practicemembership",
            "careplans_goal",
            "access_proxy",
            "access_referral",
            "access_lookup",
            "access_block",
            "access_login",
            "access_consent",
            "access_noticechoice",
            "careplans_careplan",
            "careplans_subscription",
        )
    } | {("careplans_change", "noted", "a")}  # what the triggers add to the feed
    patients = {name for name, on, *_ in ask(PATIENTS_TABLES) if on}
    # A session, what an app is told of, and what is a practice's without being about one of its patients.
    others = {"access_signin", "careplans_advice", "careplans_advicefeedback", "records_waitingresult"}
    others |= {"careplans_subscription", "careplans_subscriptionevent", "careplans_qualityfigure"}
    others |= {"editions_draft", "editions_revision", "editions_simulation", "editions_simulationinfull"}
    assert {table for table, *_ in policies} == patients | others


@pytest.mark.parametrize("role", ["forloeb_app", "forloeb_loader", "forloeb_owner"])
def test_a_login_can_neither_bypass_the_locks_nor_become_another(ask, role: str):
    ((powers),) = ask(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s",
        role,
    )
    assert powers == (False,) * 5
    assert ask("SELECT r.roleid::regrole::text FROM pg_auth_members r WHERE r.member = %s::regrole", role) == []


@pytest.mark.parametrize("role", ["forloeb_app", "forloeb_loader"])
def test_the_log_is_neither_read_nor_changed_but_through_its_one_function(ask, role: str):
    for table in ("audit.entry", "audit.chain", "audit.checkpoint"):
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"):
            assert ask("SELECT has_table_privilege(%s, %s, %s)", role, table, right) == [(False,)], (table, right)
        for right in ("SELECT", "INSERT", "UPDATE"):
            assert ask("SELECT has_any_column_privilege(%s, %s, %s)", role, table, right) == [(False,)], (table, right)
    assert ask("SELECT has_schema_privilege(%s, 'audit', 'CREATE')", role) == [(False,)]


@pytest.mark.parametrize(
    "change", ["UPDATE audit.entry SET event = ''", "DELETE FROM audit.entry", "TRUNCATE audit.entry"]
)
@pytest.mark.parametrize("login", ["FORLOEB_DATABASE_URL", "FORLOEB_LOADER_DATABASE_URL"])
def test_changing_the_log_is_refused_when_it_is_tried(database: dict[str, str], login: str, change: str):
    with psycopg.connect(database[login]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change)


def test_the_application_removes_nothing_of_a_patients(ask):
    """What a patient has is added to or marked as ended."""
    tables = [name for name, *_ in ask(PATIENTS_TABLES)]
    for right in ("DELETE", "TRUNCATE"):
        removable = [t for t in tables if ask("SELECT has_table_privilege('forloeb_app', %s, %s)", t, right)[0][0]]
        assert removable == [], right


def test_nothing_is_granted_to_everybody(ask):
    granted = """
        SELECT table_name FROM information_schema.role_table_grants
        WHERE grantee = 'PUBLIC' AND table_schema IN ('public', 'audit')
    """
    assert ask(granted) == []
    assert ask("SELECT has_schema_privilege('forloeb_app', 'public', 'CREATE')") == [(False,)]


def test_a_function_that_acts_as_its_owner_looks_nowhere_but_where_it_says(ask):
    functions = ask("""
        SELECT p.oid::regprocedure::text, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND n.nspname IN ('public', 'audit')
    """)
    assert functions
    for name, settings in functions:
        assert any(setting.startswith("search_path=") for setting in settings or []), name
