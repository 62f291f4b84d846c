"""What was measured on the synthetic people: spread, how often, what is missing, and how values hang together."""

from __future__ import annotations

import numpy as np
import pytest

from forloeb.population.synthesis import Batch
from forloeb.population.synthesis.figures import Drug
from forloeb.population.synthesis.measured import ABOVE, BELOW, NO_COMPARATOR, PLACE, WRITTEN
from forloeb.population.synthesis.medication import medication_codes
from tests.support.synthetic import figures, sample


@pytest.mark.parametrize(
    ("measure", "disease", "quartiles", "tolerance"),
    [
        ("hba1c", "type2_diabetes", (44, 50, 58), 2.0),
        ("ldl", "type2_diabetes", (1.5, 1.9, 2.5), 0.25),
        ("ldl", "ihd", (1.3, 1.6, 2.1), 0.25),
        ("sbp_home", "type2_diabetes", (122, 131, 140), 1.5),
        ("sbp_clinic", "type2_diabetes", (128, 137, 146), 1.5),
        ("fev1_pct", "copd", (47, 62, 77), 4.0),
    ],
)
def test_values_are_spread_as_the_figures_say(
    measure: str, disease: str, quartiles: tuple[float, ...], tolerance: float
) -> None:
    values = sample().recent(measure, sample().has[disease]).value
    assert np.percentile(values, [25, 50, 75]) == pytest.approx(quartiles, abs=tolerance)


def test_one_in_twenty_with_type_2_diabetes_has_an_hba1c_above_80() -> None:
    values = sample().recent("hba1c", sample().has["type2_diabetes"]).value
    assert (values > 80).mean() == pytest.approx(0.05, abs=0.016)
    assert (values < 59).mean() > 0.60
    assert (values >= 75).mean() < 0.125


def test_people_without_cardiovascular_disease_or_diabetes_have_an_ldl_of_2_9() -> None:
    has = sample().has
    others = ~(has["type2_diabetes"] | has["ihd"] | has["stroke_or_pad"])
    assert np.median(sample().recent("ldl", others).value) == pytest.approx(2.9, abs=0.2)


def test_every_fifth_with_type_2_diabetes_has_a_low_kidney_function_or_albuminuria() -> None:
    diabetic = sample().has["type2_diabetes"]
    egfr, albumin = sample().recent("egfr", diabetic), sample().recent("uacr", diabetic)
    assert (egfr.value < 60).mean() == pytest.approx(0.18, abs=0.03)
    assert ((albumin.value >= 30) & (albumin.comparator == NO_COMPARATOR)).mean() == pytest.approx(0.20, abs=0.03)


def test_kidney_function_falls_by_one_a_year() -> None:
    egfr = sample().recent("egfr", sample().ages > 50)
    exact = egfr.comparator == NO_COMPARATOR
    ages = sample().ages[egfr.person[exact]]
    old, older = (np.median(egfr.value[exact][np.abs(ages - age) < 2]) for age in (72, 86))
    assert (older - old) / 14 == pytest.approx(-1.0, abs=0.25)


def test_gold_grades_in_kol() -> None:
    values = sample().recent("fev1_pct", sample().has["copd"]).value
    grades = np.bincount(np.digitize(values, [30, 50, 80]), minlength=4)[::-1] / len(values)
    assert grades == pytest.approx([0.20, 0.50, 0.24, 0.06], abs=0.06)


def test_exacerbations_in_kol() -> None:
    counts = sample().recent("exac", sample().has["copd"]).value
    shares = [(counts == 0).mean(), (counts == 1).mean(), (counts >= 2).mean()]
    assert shares == pytest.approx([0.65, 0.20, 0.15], abs=0.07)


@pytest.mark.parametrize(
    ("disease", "share", "tolerance"), [("type2_diabetes", 0.15, 0.03), ("copd", 0.38, 0.07), ("ihd", 0.18, 0.045)]
)
def test_as_many_smoke_as_the_figures_say(disease: str, share: float, tolerance: float) -> None:
    answers = sample().recent("smoking", sample().has[disease]).value
    smokes = [
        place for place, word in enumerate(WRITTEN[PLACE["smoking"]].answers) if word in ("dagligt", "lejlighedsvis")
    ]
    assert np.isin(answers, smokes).mean() == pytest.approx(share, abs=tolerance)


@pytest.mark.parametrize(
    ("disease", "measures", "low", "high"),
    [
        ("type2_diabetes", ["hba1c"], 2.0, 3.0),
        ("type2_diabetes", ["ldl"], 0.9, 1.2),
        ("type2_diabetes", ["egfr"], 0.9, 1.3),
        ("type2_diabetes", ["sbp_home", "sbp_clinic"], 1.8, 2.3),
        ("copd", ["fev1"], 0.6, 0.85),
    ],
)
def test_values_are_taken_as_often_as_the_figures_say(
    disease: str, measures: list[str], low: float, high: float
) -> None:
    assert low < sample().per_year(disease, *measures) < high


@pytest.mark.parametrize(
    ("measure", "disease", "share"),
    [
        ("uacr", "type2_diabetes", 0.25),
        ("ldl", "type2_diabetes", 0.08),
        ("smoking", "type2_diabetes", 0.10),
        ("foot_risk", "type2_diabetes", 0.30),
        ("eye_exam", "type2_diabetes", 0.25),
        ("mrc", "copd", 0.35),
        ("cat", "copd", 0.35),
    ],
)
def test_as_much_is_missing_at_a_control_as_the_figures_say(measure: str, disease: str, share: float) -> None:
    assert sample().missing_at_control(measure, disease) == pytest.approx(share, abs=0.025)


def test_a_measure_has_one_value_a_day() -> None:
    for written in WRITTEN:
        values = sample().values(written.measure)
        keys = values.person * 100_000 + values.day
        assert len(np.unique(keys)) == len(keys), written.measure


def test_children_are_not_measured_and_nothing_is_older_than_ten_years() -> None:
    for measure in ("hba1c", "sbp_clinic", "egfr"):
        values = sample().values(measure)
        assert ((values.day - sample().born[values.person]) / 365.25).min() >= 17.99
        assert (sample().last_day[values.person] - values.day).max() <= 3655


def test_egfr_is_what_ckd_epi_2009_makes_of_the_creatinine() -> None:
    creatinine, egfr = sample().values("crea"), sample().values("egfr")
    assert (creatinine.person == egfr.person).all()
    ages = ((creatinine.day - sample().born[creatinine.person]) // 365.25).astype(int)
    women = sample().women[creatinine.person]
    k, a = np.where(women, 61.88, 79.56), np.where(women, -0.329, -0.411)
    share = creatinine.value / k
    expected = (
        141 * np.minimum(share, 1) ** a * np.maximum(share, 1) ** -1.209 * 0.993**ages * np.where(women, 1.018, 1)
    )
    shown = egfr.comparator == NO_COMPARATOR
    assert np.abs(egfr.value - expected)[shown].max() <= 0.51
    assert (egfr.value[~shown] == 90).all()
    assert (egfr.comparator[~shown] == ABOVE).all()
    assert expected[~shown].min() > 90


def test_low_urine_albumin_is_written_as_the_practices_laboratory_does() -> None:
    values = sample().values("uacr")
    below = values.comparator == BELOW
    assert set(np.unique(values.value[below])) == {9, 30}
    assert 0.1 < below.mean() < 0.6


def test_cholesterol_adds_up_by_friedewald() -> None:
    parts = {measure: sample().values(measure) for measure in ("ldl", "hdl", "tg", "chol")}
    usual = (parts["tg"].value < 4.4) & (parts["ldl"].comparator == NO_COMPARATOR)
    added = parts["ldl"].value + parts["hdl"].value + 0.45 * parts["tg"].value
    assert np.abs(parts["chol"].value - added)[usual].max() <= 0.18  # each is rounded to one decimal


def test_bmi_is_weight_over_height_squared() -> None:
    weight, bmi, height = (sample().values(measure) for measure in ("weight", "bmi", "height"))
    tall = dict(zip(height.person.tolist(), height.value.tolist(), strict=True))
    known = np.array([person in tall for person in weight.person.tolist()])
    metres = np.array([tall[person] for person in weight.person[known].tolist()])
    assert np.abs(weight.value[known] / metres**2 - bmi.value[known]).max() <= 0.051


def test_spirometry_in_kol_shows_obstruction_and_adds_up() -> None:
    fev1, fvc, ratio = (sample().values(measure) for measure in ("fev1", "fvc", "fev1_fvc"))
    assert ratio.value.max() < 0.70
    assert np.abs(fev1.value / fvc.value - ratio.value).max() < 0.02


def test_breathlessness_follows_the_lungs() -> None:
    people = sample()
    mrc, lungs = people.recent("mrc", people.has["copd"]), people.recent("fev1_pct", people.has["copd"])
    percent = dict(zip(lungs.person.tolist(), lungs.value.tolist(), strict=True))
    pairs = np.array(
        [(m, percent[p]) for p, m in zip(mrc.person.tolist(), mrc.value.tolist(), strict=True) if p in percent]
    )
    assert np.corrcoef(pairs.T)[0, 1] < -0.35


def test_ldl_falls_when_the_statin_begins() -> None:
    before: list[float] = []
    after: list[float] = []
    for batch in sample().batches:
        began = _first_days(batch, figures().medication.drugs, "statin")
        rows = batch.observations
        in_heart_disease = rows.day >= batch.health.onset["ihd"][rows.person]
        for row in np.flatnonzero((rows.measure == PLACE["ldl"]) & in_heart_disease).tolist():
            start = began.get(int(rows.person[row]))
            if start is not None:
                (before if rows.day[row] < start else after).append(float(rows.number[row]) / 10)
    assert len(before) > 50
    factor = figures().values.before_treatment.ldl_without_statin.value
    assert np.median(before) / np.median(after) == pytest.approx(factor, abs=0.25)


def _first_days(batch: Batch, drugs: tuple[Drug, ...], drug_id: str) -> dict[int, int]:
    codes = {code for drug in drugs if drug.id == drug_id for code in drug.choices}
    taken = np.isin(batch.medication.code, [n for n, code in enumerate(medication_codes(figures())) if code in codes])
    return dict(zip(batch.medication.person[taken].tolist(), batch.medication.started[taken].tolist(), strict=True))


def test_hba1c_is_high_when_the_diabetes_is_found() -> None:
    people = sample()
    values = people.values("hba1c")
    years = (values.day - people.onset["type2_diabetes"][values.person]) / 365.25
    at_once, later = values.value[(years >= 0) & (years < 0.15)], values.value[(years > 1) & (years < 3)]
    assert np.median(at_once) - np.median(later) > 5
    future = people.has["type2_diabetes"][values.person] & (years < 0)
    assert values.value[future].max() < 48


def test_some_have_diabetes_by_their_values_without_the_diagnosis() -> None:
    people = sample()
    values = people.values("hba1c")
    uncoded = ~people.has["type2_diabetes"] & ~people.has["type1_diabetes"]
    high = values.person[(values.value >= 48) & uncoded[values.person]]
    twice = np.flatnonzero(np.bincount(high, minlength=len(people.ages)) >= 2)
    assert 0.001 < len(twice) / len(people.ages) < 0.006
