"""The statistics page, its file and its command: who may see them, what they say, and what they refuse."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.db import connections
from django.test import Client

from forloeb.access.queries import open_own
from forloeb.careplans import actions, queries
from forloeb.careplans.models import MonthFigure
from forloeb.careplans.submission import prefill
from forloeb.config import commands
from forloeb.config.cli import main
from forloeb.kernel.periods import months_before
from forloeb.people.actions import join_practice
from forloeb.people.viewers import looking
from forloeb.population.statistics.figures import count_figures
from tests.integration.test_access import signed_in
from tests.support.personas import Cast

STAFF = ("holm", "nygaard", "birk", "storm")


def logged(who: str) -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE event = 'statistics' AND detail->>'type' = %s", [who])
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("who", STAFF)
def test_staff_of_every_sector_see_the_statistics(cast: Cast, who: str) -> None:
    answer = signed_in(cast, who).get("/statistics/")
    assert answer.status_code == 200
    assert "Aktive lægehuse pr. måned" in answer.content.decode()


@pytest.mark.parametrize("path", ["/statistics/", "/statistics/figures.csv"])
@pytest.mark.parametrize("who", ["karen", "sofie"])
def test_patients_and_relatives_are_refused(cast: Cast, who: str, path: str) -> None:
    assert signed_in(cast, who).get(path).status_code == 403
    assert Client(headers={"host": "localhost"}).get(path).status_code == 302


def test_what_was_looked_at_is_in_the_log_and_is_of_no_patient(cast: Cast) -> None:
    before = logged("copd")
    signed_in(cast, "nygaard").get("/statistics/?type=copd")
    assert logged("copd") == before + 1
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry WHERE event = 'statistics' AND patient_id IS NOT NULL")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "asked",
    ["from=x", "from=2026-13", "from=2026-10&to=2026-01", "region=Atlantis", "type=gout", "to=2999-01", "from=\0"],
)
def test_what_cannot_be_shown_is_said_and_the_usual_period_is_shown(cast: Cast, asked: str) -> None:
    client = signed_in(cast, "holm")
    answer = client.get(f"/statistics/?{asked}")
    assert answer.status_code == 422
    assert "Vælg en første måned" in answer.content.decode()
    assert client.get(f"/statistics/figures.csv?{asked}").status_code == 422


def test_the_file_has_the_figures_of_the_page(cast: Cast) -> None:
    client = signed_in(cast, "holm")
    answer = client.get("/statistics/figures.csv?type=type2_diabetes")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="forloebsplaner-')
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert {row["report"] for row in rows} == {
        "new-plans-per-doctor", "plans-cumulated", "plans-per-month", "active-practices",
    }  # fmt: skip
    added_up = [int(row["value"]) for row in rows if (row["report"], row["figure"]) == ("plans-cumulated", "total")]
    per_month = [int(row["value"]) for row in rows if (row["report"], row["figure"]) == ("plans-per-month", "total")]
    assert added_up[-1] == sum(per_month) > 0


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands use the tests' database, which is open already."""
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr("django.core.management.call_command", lambda *_, **__: None)
    monkeypatch.setattr(commands, "database", lambda **_: nullcontext())


@pytest.mark.parametrize(
    ("form", "words"),
    [("table", "(b) Planer, akkumuleret"), ("csv", "plans-per-month,2026-01,new,"), ("json", '"bands"')],
)
def test_the_command_prints_the_reports(
    command: None, capsys: pytest.CaptureFixture[str], form: str, words: str
) -> None:
    assert main(["statistics", "--from", "2025-12", "--to", "2026-02", "--format", form]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "2026-01"], "--to YYYY-MM"),
        (["--from", "2026-02", "--to", "2026-01"], "must not come after"),
        (["--from", "2026-01", "--to", "2026-01", "--region", "Atlantis"], "no practice lies in 'Atlantis'"),
        (["--from", "2026-01", "--to", "2026-01", "--type", "gout"], "there is copd"),
        (["close", "2999-01"], "is not over"),
    ],
)
def test_the_command_refuses_in_one_line(
    command: None, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["statistics", *arguments]) == 2
    refusal = capsys.readouterr().err
    assert words in refusal
    assert refusal.count("\n") == 1


@pytest.mark.parametrize("month", ["2026", "2026-13", "26-01", "x"])
def test_what_is_no_month_is_refused(capsys: pytest.CaptureFixture[str], month: str) -> None:
    with pytest.raises(SystemExit):
        main(["statistics", "--from", month, "--to", "2026-01"])
    assert "write it as 2026-03" in capsys.readouterr().err


# --- Figures of real controls -----------------------------------------------------------------------------------------


def figures_of(month: date, region: str) -> dict[str, tuple[int, int | None, float | None]]:
    rows = MonthFigure.objects.using("loader").filter(month=month, region=region, guideline="")
    return {row.figure: (row.whole, row.part, float(row.amount) if row.amount is not None else None) for row in rows}


def test_the_figures_follow_what_was_done_in_a_control_and_who_opened_the_plan(cast: Cast) -> None:
    doctor, patient = cast.new_practice_doctor(), cast.new_patient()
    practice = cast.organization_of(doctor)
    type(practice).objects.using("loader").filter(pk=practice.pk).update(region="Prøve")
    join_practice(patient=patient, organization=practice, on=months_before(cast.as_of, 1))
    cast.give_values(patient, 1, ldl="5,0")
    asked = {"by": doctor, "as_of": cast.as_of}
    with looking(doctor):
        base = prefill(queries.get_control(patient.public_id, seen_by=doctor, as_of=cast.as_of))
        mine = {
            **base,
            "goal.ldl": "< 6,0",
            "reason.ldl": "Tåler ikke mere",
            "statement.own-goal": "Gå en tur hver dag",
        }
        actions.save_draft(patient.public_id, base=base, mine=mine, at=cast.at, **asked)
        done = actions.finish_review(
            patient.public_id, base=mine, mine=mine, at=cast.at + timedelta(seconds=90), **asked
        )
    assert isinstance(done, actions.Finished)
    own = cast.as_patient(patient)
    with looking(own):
        open_own(seen_by=own, as_of=cast.as_of, event="own-plan")

    month = cast.as_of.replace(day=1)
    count_figures(month, at=cast.at, using="loader")
    found = figures_of(month, "Prøve")
    assert found["with-plan"] == (1, 1, None)
    assert found["practices-at-100"] == (1, 1, None)
    assert found["practices-below-25"] == (1, 0, None)
    assert found["own-words"] == (1, 1, None)
    assert found["control-minutes"] == (1, None, 1.5)
    assert found["goals-met"][:2] == (1, 1)
    goals, differing, _ = found["overrides"]
    assert (goals > 1, differing) == (True, 1)
    assert found["seen-by-municipality"] == (1, 0, None)
    assert found["seen-by-patient"] == (1, 1, None)
