"""A synthetic nation gives the published figures to the digit, by every event and by the months kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connections, transaction

from forloeb.jobs.generating import CannotGenerate
from forloeb.jobs.nation import SOURCE, run
from forloeb.kernel.identifiers import CprNumber
from forloeb.people.models import Organization, Patient
from forloeb.population.statistics.reports import get_reports
from forloeb.population.statistics.scope import Scope, Source

YEAR = Scope(date(2024, 3, 1), date(2025, 2, 1))
# The working group's slides, 24 April 2025: plans over the latest twelve months, March 2024 to February 2025.
NEW = (7723, 16972, 26715, 35830, 40025, 46928, 56365, 65591, 76170, 83330, 92364, 100547)
MAINTAINED = (10864, 23220, 35801, 48413, 53816, 64083, 78631, 92298, 106731, 118104, 132135, 144369)
TOTAL = (18587, 40192, 62516, 84243, 93841, 111011, 134996, 157889, 182901, 201434, 224499, 244916)


@pytest.fixture(scope="module")
def nation(database: dict[str, str]) -> Iterator[int]:
    """Make the nation in a transaction that is undone; practices of other tests are closed for as long."""
    with transaction.atomic(using="loader"):
        Organization.objects.using("loader").update(closed_on=date(2020, 1, 1))
        yield run(1, tell=lambda _: None)
        transaction.set_rollback(True, using="loader")


def asked(sql: str) -> object:
    with connections["loader"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("source", list(Source), ids=lambda source: source.name.lower())
def test_the_four_reports_are_those_that_were_published(nation: int, source: Source) -> None:
    reports = get_reports(YEAR, source=source, using="loader")
    assert tuple(row.new for row in reports.cumulated) == NEW
    assert tuple(row.maintained for row in reports.cumulated) == MAINTAINED
    assert tuple(row.total for row in reports.cumulated) == TOTAL
    assert [row.new for row in reports.per_month] == [b - a for a, b in zip((0, *NEW), NEW, strict=False)]
    assert [row.maintained for row in reports.per_month] == [
        b - a for a, b in zip((0, *MAINTAINED), MAINTAINED, strict=False)
    ]
    assert reports.new_per_doctor.practices == 1598
    assert reports.active.practices == 1622
    assert all(0 < active < 1622 for _, active in reports.active.months)


@pytest.mark.parametrize("scope", [YEAR, Scope(date(2024, 5, 1), date(2024, 8, 1), "Region Sjælland", "copd")])
def test_the_months_kept_give_what_every_event_gives(nation: int, scope: Scope) -> None:
    events, months = (get_reports(scope, source=source, using="loader") for source in Source)
    assert events == months
    assert events.per_month[0].new > 0


def test_regions_and_types_of_plan_add_up_to_the_nation(nation: int) -> None:
    last = YEAR.last
    parts = [
        get_reports(Scope(last, last, region, guideline), using="loader")
        for region in ("Hovedstaden", "Sjælland", "Syddanmark", "Midtjylland", "Nordjylland")
        for region in (f"Region {region}",)
        for guideline in ("type2_diabetes", "copd", "ischaemic_heart_disease")
    ]
    assert sum(part.per_month[0].new for part in parts) == NEW[-1] - NEW[-2]
    assert sum(part.per_month[0].maintained for part in parts) == MAINTAINED[-1] - MAINTAINED[-2]


def test_a_plan_is_new_where_the_patient_had_none_of_the_type_before(nation: int) -> None:
    wrong = asked(f"""
        SELECT count(*) FROM (
            SELECT kind, row_number() OVER (PARTITION BY patient_id, guideline ORDER BY happened_at) AS place
            FROM careplans_planevent
            WHERE patient_id IN (SELECT id FROM people_patient WHERE source_system = '{SOURCE}')
        ) e WHERE (e.place = 1) <> (e.kind = 'new')
    """)
    assert wrong == 0


def test_there_are_plans_of_closed_regional_tender_and_other_practices_too(nation: int) -> None:
    left_out = asked("""
        SELECT count(DISTINCT (o.kind, o.practice_type IN ('5', '80'), o.closed_on IS NULL))
        FROM careplans_planevent e JOIN people_organization o ON o.id = e.organization_id
        WHERE e.happened_at >= '2024-03-01' AND o.ydernummer LIKE '98%'
          AND (o.kind <> 'general-practice' OR o.practice_type NOT IN ('5', '80') OR o.closed_on <= '2025-02-28')
    """)
    assert left_out == 4
    assert (
        asked("""
        SELECT count(*) FROM careplans_planevent e JOIN people_organization o ON o.id = e.organization_id
        WHERE (e.happened_at AT TIME ZONE 'Europe/Copenhagen')::date >= o.closed_on AND o.ydernummer LIKE '98%'
    """)
        == 0
    )


def test_the_people_are_nobody(nation: int) -> None:
    numbers = Patient.objects.using("loader").filter(source_system=SOURCE).values_list("cpr_number", flat=True)
    assert len(numbers) > 100_000
    assert all(CprNumber(number).is_synthetic for number in numbers if number)


def test_a_second_nation_is_refused(nation: int) -> None:
    with pytest.raises(CannotGenerate, match="here already"):
        run(2, tell=lambda _: None)
