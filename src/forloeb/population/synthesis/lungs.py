"""Values of KOL: spirometry, breathlessness, exacerbations."""

from __future__ import annotations

import math

import numpy as np

from forloeb.population.synthesis.body import heights
from forloeb.population.synthesis.draws import Choice, Floats, share_below
from forloeb.population.synthesis.measured import Column, Moments, Patients


def spirometry(patients: Patients, at: Moments) -> list[Column]:
    """FEV1 and FVC in litres, their ratio (below 0.70), and FEV1 in % of expected."""
    figures = patients.figures.values.lungs
    fall = patients.figures.values.before_treatment.fev1_yearly_fall.value
    percent = np.rint(patients.values("fev1_pct", at) + fall * patients.years_before_now(at))
    spread = figures.ratio_spread.value * patients.level("fev1_fvc", at, own=0.8)
    ratio = figures.ratio_at_100.value - figures.ratio_fall.value * np.maximum(100 - percent, 0) + spread
    ratio = np.clip(np.rint(ratio * 100) / 100, figures.ratio_lowest.value, 0.69)
    fev1 = np.rint(percent * _expected_fev1(patients, at)) / 100
    return [
        at.column("fev1", fev1),
        at.column("fvc", fev1 / ratio),
        at.column("fev1_fvc", ratio),
        at.column("fev1_pct", percent),
    ]


def _expected_fev1(patients: Patients, at: Moments) -> Floats:
    """Give FEV1 expected in litres by the Danish reference of 2013 (Løkke et al.)."""
    ages, centimetres = patients.ages(at), heights(patients)[at.person] * 100
    women = -1.35015 - 0.00024 * ages * ages + 0.02923 * centimetres
    men = -2.87615 - 0.00026 * ages * ages + 0.04201 * centimetres
    return np.maximum(np.where(patients.people.women[at.person], women, men), 0.8)


def dyspnoea(patients: Patients, at: Moments) -> list[Column]:
    """MRC 1–5 and CAT 0–40: the worse the lungs, the higher."""
    figures = patients.figures.values.lungs
    follow = figures.dyspnoea_follows_fev1.value
    lungs = patients.level("fev1_pct", at)
    worse = {
        m: -follow * lungs + math.sqrt(1 - follow * follow) * patients.level(m, at, own=0.7) for m in ("mrc", "cat")
    }
    grades = np.array([int(grade) for grade in figures.mrc.shares])
    mrc = grades[Choice(figures.mrc.shares)(share_below(worse["mrc"]))]
    return [at.column("mrc", mrc.astype(np.float64)), at.column("cat", patients.values("cat", at, worse["cat"]))]


def exacerbations(patients: Patients, at: Moments) -> list[Column]:
    """How many exacerbations in the year before."""
    figures = patients.figures.values.lungs
    share = share_below(patients.level("exac", at, own=figures.exacerbations_own.value))
    counts = np.array([int(count) for count in figures.exacerbations.shares])
    return [at.column("exac", counts[Choice(figures.exacerbations.shares)(share)].astype(np.float64))]


def inhaler(patients: Patients, at: Moments) -> list[Column]:
    """Whether the use of the inhaler was checked: 1 it was, 0 it was not."""
    checked = Choice(patients.figures.values.lungs.inhaler_checked.shares)
    return [at.column("inhal_technique", checked(patients.chance("inhaler", at)).astype(np.float64))]
