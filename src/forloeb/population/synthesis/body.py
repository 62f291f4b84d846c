"""Values measured on the body: blood pressure, pulse, weight, height, oxygen saturation."""

from __future__ import annotations

import math

import numpy as np

from forloeb.population.synthesis.draws import Bools, Floats, Line, share_below
from forloeb.population.synthesis.measured import Column, Moments, Patients

_HEIGHT_EVERY = 0.15  # height does not change: written at this share of weighings
_CHRONIC = ("type2_diabetes", "type1_diabetes", "ihd", "copd", "hypertension", "stroke_or_pad")


def pressure(patients: Patients, at: Moments) -> list[Column]:
    """Blood pressure in mmHg, by home means or taken in the clinic (which lies higher)."""
    figures = patients.figures.values.clinic_pressure
    follow = figures.together.value
    systolic = patients.level("sbp_home", at)
    diastolic = follow * systolic + math.sqrt(1 - follow * follow) * patients.level("dbp_home", at)
    sbp = patients.values("sbp_home", at, systolic)
    dbp = np.minimum(patients.values("dbp_home", at, diastolic), sbp - 15)
    home = _is_home(patients, at)
    at_home, in_clinic = at.where(home), at.where(~home)
    return [
        at_home.column("sbp_home", sbp[home]),
        at_home.column("dbp_home", dbp[home]),
        in_clinic.column("sbp_clinic", sbp[~home] + figures.systolic.value),
        in_clinic.column("dbp_clinic", dbp[~home] + figures.diastolic.value),
    ]


def _is_home(patients: Patients, at: Moments) -> Bools:
    had = patients.had(at)
    chronic: Bools = np.logical_or.reduce([had[disease] for disease in _CHRONIC])
    share = patients.figures.practices.home_blood_pressure.value
    return chronic & (patients.chance("pressure at home", at) < share)


def pulse(patients: Patients, at: Moments) -> list[Column]:
    """Pulse in beats a minute."""
    return [at.column("pulse", patients.values("pulse", at))]


def saturation(patients: Patients, at: Moments) -> list[Column]:
    """Oxygen saturation in %."""
    return [at.column("spo2", patients.values("spo2", at))]


def weight(patients: Patients, at: Moments) -> list[Column]:
    """Weight in kg and the BMI of weight and height as written; now and then height in metres."""
    tall = heights(patients)[at.person]
    change = patients.figures.values.before_treatment.weight_yearly_change.value
    wanted = np.maximum(patients.values("bmi", at) + change * patients.years_before_now(at), 13.0)
    kilos = np.rint(wanted * tall * tall * 10) / 10
    measured = patients.chance("height", at) < _HEIGHT_EVERY
    return [
        at.column("weight", kilos),
        at.column("bmi", kilos / (tall * tall)),
        at.where(measured).column("height", tall[measured]),
    ]


def heights(patients: Patients) -> Floats:
    """Give everybody's height in metres, to the centimetre."""
    figures = patients.figures.values.height
    share = share_below(patients.draws.normal("level/height", patients.people.numbers))
    tall = np.where(patients.people.women, Line(figures.women.points)(share), Line(figures.men.points)(share))
    metres: Floats = np.rint(tall * 100) / 100
    return metres
