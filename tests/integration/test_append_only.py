"""What was saved stays: versions, events, words and results are added to, never written over or taken away."""

from __future__ import annotations

import psycopg
import pytest
from django.db import Error, connection, transaction

from forloeb.careplans import actions, queries
from forloeb.careplans.submission import prefill
from forloeb.people.models import Patient
from forloeb.people.viewers import looking
from tests.support.personas import Cast

KEPT = {
    "careplans_careplanversion": "content = '{}'",
    "careplans_planevent": "kind = 'new'",
    "careplans_annualreview": "note_to_patient = 'x'",
    "careplans_draftrevision": "fields = '{}'",
    "records_observation": "value = 1",
}


@pytest.fixture
def with_plan(cast: Cast) -> Patient:
    """Somebody with a plan and a typed value."""
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        base = prefill(queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of))
        mine = base | {"value.weight": "80"}
        actions.save_draft(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
        actions.finish_review(patient.public_id, base=base, mine=mine, by=holm, at=cast.at, as_of=cast.as_of)
    return patient


@pytest.mark.parametrize("table", KEPT)
def test_the_application_can_neither_change_nor_remove_what_was_saved(cast: Cast, with_plan: Patient, table: str):
    with looking(cast.staff("holm")), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE patient_id = %s", [with_plan.pk])
        held = cursor.fetchone()[0]
        assert held
        for change in (f"UPDATE {table} SET {KEPT[table]}", f"DELETE FROM {table}"):
            with pytest.raises(Error), transaction.atomic():
                cursor.execute(f"{change} WHERE patient_id = %s", [with_plan.pk])


def test_not_even_the_owner_rewrites_a_version(database: dict[str, str], with_plan: Patient):
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        for change in ("UPDATE careplans_careplanversion SET number = 99", "DELETE FROM careplans_careplanversion"):
            with pytest.raises(psycopg.Error), owner.transaction():
                owner.execute(change)
