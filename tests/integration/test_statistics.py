"""New, maintained, active, counting: the definitions, held against plans made by hand in months of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from forloeb.access.queries import open_own
from forloeb.careplans.intake import SavedPlanIn, UnknownOwner, take_in_saved_plans
from forloeb.people.actions import register_practice
from forloeb.people.models import Organization, OrganizationKind, Patient, PracticeMembership
from forloeb.people.viewers import looking
from forloeb.population.statistics.closing import ClosedAlready, NotOver, close_month, closed_months, recount
from forloeb.population.statistics.figures import SHARES, count_figures, get_figures
from forloeb.population.statistics.reports import Reports, get_reports, lines
from forloeb.population.statistics.scope import BadScope, Scope, Source
from tests.support.personas import SOURCE, Cast

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CONTENT = '{"format": 1, "values": [], "goals": [], "statements": {}, "agreements": []}'
serial = count(1)


@pytest.fixture(autouse=True)
def undone(cast: Cast) -> Iterator[None]:
    """Undo what a test has loaded, so that no other test counts it."""
    with transaction.atomic(using="loader"):
        yield
        transaction.set_rollback(True, using="loader")


@dataclass
class Made:
    """Makes practices and saved plans."""

    cast: Cast

    def practice(self, **more: object) -> Organization:
        number = next(serial)
        return register_practice(name=f"Talt {number}", ydernummer=f"97{number:04d}", **{"doctors": 2, **more})  # type: ignore[arg-type]

    def patient(self) -> Patient:
        return self.cast.new_patient()

    def saved(
        self, patient: Patient, practice: Organization, *moments: datetime, guideline: str = "copd", first: int = 1
    ) -> None:
        assert practice.ydernummer is not None
        rows = [
            SavedPlanIn(patient.source_id, practice.ydernummer, guideline, "ALAL21", number, at, CONTENT)
            for number, at in enumerate(moments, first)
        ]
        take_in_saved_plans(rows, source_system=SOURCE, by=0, by_name="test")


@pytest.fixture
def made(cast: Cast) -> Made:
    return Made(cast)


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=COPENHAGEN)


def reports(first: date, last: date | None = None, **more: str) -> Reports:
    scope = Scope(first, last or first, **more)
    events, months = (get_reports(scope, source=source, using="loader") for source in Source)
    assert events == months
    return months


MARCH, APRIL, MAY = date(2015, 3, 1), date(2015, 4, 1), date(2015, 5, 1)


def test_a_plan_is_new_once_for_each_patient_and_type_and_maintained_ever_after(made: Made) -> None:
    one, other, practice = made.patient(), made.patient(), made.practice()
    made.saved(one, practice, at(2015, 3, 2), at(2015, 3, 20), at(2015, 4, 2))
    made.saved(one, practice, at(2015, 4, 3), guideline="type2_diabetes")
    made.saved(other, practice, at(2015, 4, 3, 13))
    found = reports(MARCH, APRIL)
    assert [(row.new, row.maintained, row.total) for row in found.per_month] == [(1, 1, 2), (2, 1, 3)]
    assert [(row.new, row.maintained, row.total) for row in found.cumulated] == [(1, 1, 2), (3, 2, 5)]


def test_a_plan_counts_in_the_month_it_was_saved_in_copenhagen(made: Made) -> None:
    made.saved(made.patient(), made.practice(), datetime(2015, 3, 31, 23, 30, tzinfo=ZoneInfo("UTC")))
    assert [row.total for row in reports(MARCH, APRIL).per_month] == [0, 1]


def test_a_region_and_a_type_of_plan_are_counted_by_themselves(made: Made) -> None:
    north, south = made.practice(region="Nord"), made.practice(region="Syd")
    made.saved(made.patient(), north, at(2015, 3, 2))
    made.saved(made.patient(), south, at(2015, 3, 2), guideline="type2_diabetes")
    assert reports(MARCH).per_month[0].new == 2
    assert reports(MARCH, region="Nord").per_month[0].new == 1
    assert reports(MARCH, region="Nord", guideline="copd").per_month[0].new == 1
    assert reports(MARCH, region="Nord", guideline="type2_diabetes").per_month[0].new == 0
    assert reports(MARCH, region="Nord").active.practices == 1


@pytest.mark.parametrize(
    ("practice", "counts"),
    [
        ({"practice_type": "80"}, True),
        ({"practice_type": "5"}, True),
        ({"practice_type": "16"}, False),
        ({"kind": OrganizationKind.REGIONAL_CLINIC}, False),
        ({"kind": OrganizationKind.TENDER_CLINIC}, False),
    ],
)
def test_which_practices_count(made: Made, practice: dict[str, str], counts: bool) -> None:
    here = made.practice(region="Ny", **practice)
    made.saved(made.patient(), here, at(2015, 3, 2))
    found = reports(MARCH, region="Ny")
    assert found.per_month[0].total == int(counts)
    assert found.active.practices == int(counts)
    assert [active for _, active in found.active.months] == [int(counts)]


def test_a_practice_that_had_closed_by_the_last_day_is_left_out_of_every_month(made: Made) -> None:
    here = made.practice(region="Ny")
    Organization.objects.using("loader").filter(pk=here.pk).update(closed_on=date(2015, 4, 30))
    made.saved(made.patient(), here, at(2015, 3, 2))
    assert reports(MARCH, region="Ny").per_month[0].total == 1
    assert [row.total for row in reports(MARCH, APRIL, region="Ny").per_month] == [0, 0]


def test_practices_are_spread_by_new_plans_per_doctor(made: Made) -> None:
    two, one, silent = (made.practice(region="Ny", doctors=doctors) for doctors in (2, 1, 3))
    made.practice(region="Ny", doctors=None)
    for practice, plans in ((two, 9), (one, 10)):
        for number in range(plans):
            made.saved(made.patient(), practice, at(2015, 3, 2) + timedelta(minutes=number))
    made.saved(made.patient(), silent, at(2014, 3, 2), at(2015, 3, 3))  # maintained only
    spread = reports(MARCH, region="Ny").new_per_doctor
    assert {(band.low, band.high): band.practices for band in spread.bands if band.practices} == {
        (0, 0): 1,
        (0, 5): 1,  # 9 by 2 doctors
        (10, 20): 1,
    }
    assert (spread.practices, spread.without_doctors) == (3, 1)


def test_every_figure_is_a_line_of_the_file(made: Made) -> None:
    made.saved(made.patient(), made.practice(region="Ny"), at(2015, 3, 2))
    told = {tuple(line[:3]): line[3] for line in lines(reports(MARCH, region="Ny"))}
    assert told["plans-per-month", "2015-03", "new"] == 1
    assert told["new-plans-per-doctor", "0-5", "practices"] == 1
    assert told["active-practices", "all", "practices"] == 1
    assert len(told) == 9 + 3 + 3 + 2


@pytest.mark.parametrize(
    ("first", "last"), [(APRIL, MARCH), (date(2015, 3, 2), APRIL), (MARCH, date(2030, 1, 1))], ids=str
)
def test_months_that_make_no_period_are_refused(first: date, last: date) -> None:
    with pytest.raises(BadScope):
        Scope(first, last)


def test_the_months_kept_are_those_that_the_events_give(made: Made) -> None:
    made.saved(made.patient(), made.practice(), at(2015, 3, 2), at(2015, 4, 2))
    with connections["loader"].cursor() as cursor:
        cursor.execute("""
            WITH rebuilt AS (
                SELECT date_trunc('month', happened_at AT TIME ZONE 'Europe/Copenhagen')::date AS month,
                       organization_id, guideline, kind, count(*)::int AS plans
                FROM careplans_planevent GROUP BY 1, 2, 3, 4
            ), kept AS (SELECT month, organization_id, guideline, kind, plans FROM careplans_planmonth)
            SELECT (SELECT count(*) FROM kept),
                   (SELECT count(*) FROM (
                       (TABLE rebuilt EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE rebuilt)) d)
        """)
        kept, differing = cursor.fetchone()
    assert kept > 3  # the cast's, saved by the application, beside what was loaded
    assert differing == 0


def test_plans_of_somebody_we_do_not_know_are_refused_whole(made: Made) -> None:
    patient, practice = made.patient(), made.practice(region="Ny")
    known = SavedPlanIn(patient.source_id, practice.ydernummer or "", "copd", "ALAL21", 1, at(2015, 3, 2), CONTENT)
    with pytest.raises(UnknownOwner, match="1 plans"), transaction.atomic(using="loader"):
        take_in_saved_plans([known, known._replace(patient="nobody")], source_system=SOURCE, by=0, by_name="test")
    assert reports(MARCH, region="Ny").per_month[0].total == 0


# --- Closing ----------------------------------------------------------------------------------------------------------


def closed(made: Made) -> Callable[[], tuple[int, int, int, int]]:
    def now() -> tuple[int, int, int, int]:
        (month,) = closed_months(Scope(MARCH, MARCH, "Ny"), using="loader")
        return month.then.new, month.then.maintained, month.new, month.maintained

    return now


def test_a_closed_month_keeps_its_figures_and_shows_what_comes_later_as_a_correction(made: Made) -> None:
    patient, practice = made.patient(), made.practice(region="Ny")
    made.saved(patient, practice, at(2015, 3, 2))
    close_month(MARCH, at=at(2015, 4, 2), as_of=date(2015, 4, 2), using="loader")
    now = closed(made)
    assert now() == (1, 0, 0, 0)
    made.saved(made.patient(), practice, at(2015, 3, 30), at(2015, 3, 31))
    assert now() == (1, 0, 1, 1)
    Organization.objects.using("loader").filter(pk=practice.pk).update(kind=OrganizationKind.TENDER_CLINIC)
    assert now() == (1, 0, -1, 0)


def test_a_month_is_closed_when_it_is_over_and_once(made: Made) -> None:
    with pytest.raises(NotOver, match="from 2015-04-01"):
        close_month(MARCH, at=at(2015, 3, 31), as_of=date(2015, 3, 31), using="loader")
    close_month(MARCH, at=at(2015, 4, 1), as_of=date(2015, 4, 1), using="loader")
    with pytest.raises(ClosedAlready):
        close_month(MARCH, at=at(2015, 5, 1), as_of=date(2015, 5, 1), using="loader")
    with pytest.raises(ClosedAlready):
        recount(MARCH, at=at(2015, 5, 1), using="loader")


@pytest.mark.parametrize("table", ["careplans_closedmonth", "careplans_closedcount"])
def test_not_even_the_owner_changes_what_was_closed(database: dict[str, str], table: str) -> None:
    with (
        psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        owner.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("login", ["default", "loader"])
@pytest.mark.parametrize("verb", ["UPDATE careplans_planmonth SET plans = 9", "DELETE FROM careplans_planmonth"])
def test_nobody_writes_the_counts_but_the_saving_of_a_plan(database: dict[str, str], login: str, verb: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using=login):
        connections[login].cursor().execute(verb)


# --- Figures about people ---------------------------------------------------------------------------------------------


def on_list(made: Made, patients: int, **more: str) -> tuple[Organization, list[Patient]]:
    """Make a practice with patients of its own, who have been on its list since 2010."""
    practice = made.practice(**more)
    people = [made.patient() for _ in range(patients)]
    lists = PracticeMembership.objects.using("loader").filter(patient__in=people)
    lists.update(organization=practice, valid_from=date(2010, 1, 1))
    return practice, people


def test_the_figures_of_a_month_are_parts_of_their_wholes_for_nation_region_and_type(made: Made) -> None:
    practice, people = on_list(made, 6, region="Ny")
    for number, patient in enumerate(people):
        made.saved(patient, practice, at(2015, 3, 2) + timedelta(minutes=number))
    count_figures(MARCH, at=at(2015, 4, 1), using="loader")
    figures, counted_at = get_figures(Scope(MARCH, MARCH, "Ny", "copd"), using="loader")
    found = {figure.name: (figure.whole, figure.part) for figure in figures}
    assert counted_at == at(2015, 4, 1)
    assert set(SHARES) < set(found)
    assert found["seen-by-patient"] == (6, 0)
    assert found["own-words"] == (6, 0)
    assert found["goals-met"] == (0, None)


def test_fewer_than_five_are_hidden_and_one_region_more_so_that_they_cannot_be_worked_out(made: Made) -> None:
    for region, patients in (("A", 3), ("B", 6), ("C", 9)):
        practice, people = on_list(made, patients, region=region)
        for number, patient in enumerate(people):
            made.saved(patient, practice, at(2015, 3, 2) + timedelta(minutes=number))
    count_figures(MARCH, at=at(2015, 4, 1), using="loader")

    def words(region: str) -> tuple[int | None, int | None]:
        figures, _ = get_figures(Scope(MARCH, MARCH, region), using="loader")
        (figure,) = (figure for figure in figures if figure.name == "own-words")
        return figure.whole, figure.part

    assert words("A") == (None, None)
    assert words("B") == (6, None)
    assert words("C") == (9, 0)
    assert words("") == (18, 0)


def test_a_month_that_was_not_counted_has_no_figures() -> None:
    assert get_figures(Scope(MAY, MAY), using="loader") == ((), None)


def test_readers_of_plans_are_counted_from_the_log_by_the_loader_alone(cast: Cast) -> None:
    karen = cast.patient("karen")
    with looking(karen):
        open_own(seen_by=karen, as_of=cast.as_of, event="own-plan")
    ask = "SELECT organization_id FROM forloeb_plan_readers(%s, %s) WHERE patient_id = %s"
    told = [cast.at - timedelta(days=1), cast.at + timedelta(days=1), karen.patient_id]
    with connections["loader"].cursor() as cursor:
        cursor.execute(ask, told)
        assert (None,) in cursor.fetchall()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connections["default"].cursor().execute(ask, told)
