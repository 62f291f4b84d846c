"""What is asked or looked at: smoking, habits, symptoms of the heart, feet and eyes."""

from __future__ import annotations

import numpy as np

from forloeb.population.synthesis.draws import Choice, Floats, Line, share_below
from forloeb.population.synthesis.figure_kinds import Shares
from forloeb.population.synthesis.groups import split
from forloeb.population.synthesis.measured import PLACE, WRITTEN, Column, Moments, Patients


def smoking(patients: Patients, at: Moments) -> list[Column]:
    """What each answers about smoking, and now and then pack-years. Those who stopped smoked every day before."""
    figures = patients.figures.values.smoking
    people = patients.people
    answers = WRITTEN[PLACE["smoking"]].answers
    chance = patients.draws.uniform("level/smoking", people.numbers)
    now = np.empty(len(people), dtype=np.int64)
    for group, mine in split(figures.groups, patients.health.has, len(people)):
        places = np.array([answers.index(answer) for answer in group.shares])
        now[mine] = places[Choice(group.shares)(chance[mine])]
    stopped = Line(figures.own_years.points)(patients.draws.uniform("smoking/stopped", people.numbers))
    has_stopped = (now == answers.index("ophørt"))[at.person]
    then = has_stopped & (patients.years_before_now(at) > stopped[at.person])
    answer = np.where(then, answers.index("dagligt"), now[at.person])
    ever = answer != answers.index("aldrig røget")
    asked = ever & (patients.chance("pack years", at) < figures.pack_years_asked.value)
    asked_at = at.where(asked)
    return [
        at.column("smoking", answer.astype(np.float64)),
        asked_at.column("pack_years", patients.values("pack_years", asked_at)),
    ]


def habits(patients: Patients, at: Moments) -> list[Column]:
    """Drinks a week, and how often exercise."""
    return [
        at.column("alcohol", patients.values("alcohol", at)),
        at.column("exercise", _graded(patients, "exercise", at, patients.figures.values.exercise)),
    ]


def heart_symptoms(patients: Patients, at: Moments) -> list[Column]:
    """Angina (CCS) in every second patient, and breathlessness (NYHA)."""
    figures = patients.figures.values.heart
    angina = patients.draws.uniform("has angina", patients.people.numbers)[at.person] < 0.5
    with_angina = at.where(angina)
    return [
        with_angina.column("ccs", _graded(patients, "ccs", with_angina, figures.ccs)),
        at.column("nyha", _graded(patients, "nyha", at, figures.nyha)),
    ]


def feet(patients: Patients, at: Moments) -> list[Column]:
    """That the feet were looked at, and their risk group, 1–4."""
    return [
        at.column("foot_exam", np.zeros(len(at))),
        at.column("foot_risk", _graded(patients, "foot_risk", at, patients.figures.values.feet.risk)),
    ]


def eyes(patients: Patients, at: Moments) -> list[Column]:
    """That the eyes were looked at."""
    return [at.column("eye_exam", np.zeros(len(at)))]


def _graded(patients: Patients, measure: str, at: Moments, shares: Shares) -> Floats:
    """Pick a grade (its number), or the place of an answer, mostly the same for a patient each time."""
    answers = WRITTEN[PLACE[measure]].answers
    grades = np.array([answers.index(key) if answers else int(key) for key in shares.shares])
    share = share_below(patients.level(measure, at, own=0.8))
    return grades[Choice(shares.shares)(share)].astype(np.float64)
