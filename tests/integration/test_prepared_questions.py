"""Questions are planned once for each connection, not each time: row-level security makes planning dear."""

from __future__ import annotations

from django.db import connections

from forloeb.people.models import Patient
from forloeb.people.prepared import rows
from forloeb.people.viewers import looking
from tests.support.personas import Cast

ASKED = "SELECT count(*) FROM people_patient WHERE birth_date > %s"


def kept() -> dict[str, int]:
    """Give the questions whose plans the server keeps, and how often each was answered by them."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return dict(cursor.fetchall())


def test_what_is_asked_so_is_kept_from_the_first_time(cast: Cast):
    with looking(cast.staff("holm")):
        for _ in range(2):
            rows(ASKED, [cast.as_of])
        assert kept()[ASKED.replace("%s", "$1")] >= 2


def test_what_models_ask_is_kept_when_it_is_asked_again(cast: Cast):
    times = 8
    with looking(cast.staff("holm")):
        for number in range(times):
            list(Patient.objects.filter(birth_date=cast.as_of, family_name=f"Nummer{number}").values_list("pk"))
        (found,) = (answered for asked, answered in kept().items() if '"people_patient"."family_name" = $' in asked)
        assert found >= times - 4
