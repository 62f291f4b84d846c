"""The figures behind the synthetic people: the closed schema of content/population, each with source and status."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from forloeb.kernel.content import Closed
from forloeb.population.synthesis.figure_kinds import (
    Curve,
    Figure,
    FigureStatus,
    GroupCurve,
    GroupShare,
    GroupShares,
    Number,
    Pyramid,
    Shares,
)


class PeopleFigures(Closed):
    """content/population/people.yaml"""

    size_of_denmark: Number
    pyramid: Pyramid
    died_last_year: Curve
    years_on_list: Curve
    years_on_previous_list: Curve


class PracticeFigures(Closed):
    """content/population/practices.yaml"""

    patients_per_doctor: Number
    doctors: Shares
    nurses_per_doctor: Number
    kinds: Shares
    types: Shares
    closed: Number
    regions: Shares
    below_9_albumin: Shares
    home_blood_pressure: Number


class GivenNames(Closed):
    """First names of those born before a year (and after the group above)."""

    born_before: int
    women: tuple[str, ...]
    men: tuple[str, ...]


class PracticeNames(Closed):
    """Patterns with {place} or {street}, and what may stand there."""

    patterns: tuple[str, ...]
    places: tuple[str, ...]
    streets: tuple[str, ...]


class Names(Closed):
    """content/population/names.yaml"""

    status: FigureStatus
    given: tuple[GivenNames, ...]
    family: tuple[str, ...]
    practices: PracticeNames


class AgeShape(Figure):
    """Relative frequency over age, for women and men."""

    ages: tuple[float, ...]
    women: tuple[float, ...]
    men: tuple[float, ...]


class Disease(Closed):
    """One disease: how many have it, who, with what, since when, and how it is coded (share of each code)."""

    id: str
    system: Literal["icpc2", "snomed"] = "icpc2"
    codes: dict[str, float]
    codes_note: str = ""
    share: Number
    women: Number
    by_age: AgeShape
    among: tuple[GroupShare, ...] = ()
    mean_age: Number | None = None
    first_age: Number
    new_per_year: Number | None = None
    years_since: Curve


class KidneyDiseaseCoded(Closed):
    """How often a low kidney function is also a coded diagnosis."""

    code: str
    below: Number
    share: Number


class DiseaseFigures(Closed):
    """content/population/diseases.yaml"""

    diseases: tuple[Disease, ...]
    kidney_disease_coded: KidneyDiseaseCoded


class Contacts(Figure):
    """Contacts a year at which something is measured, by class of patient, besides the yearly control."""

    type2_diabetes: float
    copd: float
    ihd: float
    type1_diabetes: float
    hypertension: float
    uncoded: float
    adult: float
    young: float


class SeenAs(Figure):
    """Diseases whose patients are measured as another class is."""

    classes: dict[str, str]


class Panel(Figure):
    """What is measured together, and at which share of controls and of contacts between, by class of patient."""

    id: str
    control: dict[str, float]
    between: dict[str, float]


class ControlFigures(Closed):
    """content/population/controls.yaml"""

    control_last_year: tuple[GroupShare, ...]
    own_habit: Number
    contacts_between: Contacts
    seen_as: SeenAs
    adult_from: Number
    child_until: Number
    panels: tuple[Panel, ...]


class MeasureCurves(Closed):
    """One measure's curves by group of patients, and how much of the spread stays with the patient."""

    measure: str
    own: Number
    curves: tuple[GroupCurve, ...]


class ClinicPressure(Closed):
    """How clinic pressures relate to home pressures."""

    systolic: Number
    diastolic: Number
    together: Number


class KidneyFunction(Closed):
    """eGFR over age, in mL/min/1.73 m²."""

    at_forty: Number
    yearly_fall: Number
    spread: Number
    with_type2_diabetes: Number
    visit_spread: Number
    shown_above: Number


class BeforeTreatment(Closed):
    """How values looked earlier."""

    ldl_without_statin: Number
    hba1c_at_diagnosis: Number
    hba1c_yearly_rise: Number
    weight_yearly_change: Number
    fev1_yearly_fall: Number


class Height(Closed):
    """Height in metres."""

    women: Curve
    men: Curve


class Smoking(Closed):
    """What patients answer about smoking."""

    own_years: Curve
    pack_years_asked: Number
    groups: tuple[GroupShares, ...]


class Lungs(Closed):
    """How the values of KOL hang together."""

    ratio_at_100: Number
    ratio_fall: Number
    ratio_spread: Number
    ratio_lowest: Number
    dyspnoea_follows_fev1: Number
    mrc: Shares
    exacerbations: Shares
    exacerbations_own: Number
    inhaler_checked: Shares


class Heart(Closed):
    """Symptoms in heart disease."""

    ccs: Shares
    nyha: Shares


class Feet(Closed):
    """Foot status in diabetes."""

    risk: Shares


class ValueFigures(Closed):
    """content/population/values.yaml"""

    values: tuple[MeasureCurves, ...]
    clinic_pressure: ClinicPressure
    kidney_function: KidneyFunction
    before_treatment: BeforeTreatment
    height: Height
    smoking: Smoking
    lungs: Lungs
    heart: Heart
    feet: Feet
    exercise: Shares


class Follows(Closed):
    """A drug whose takers have a measure lower (-1) or higher (1) than others."""

    measure: str
    by: float = Field(ge=-1, le=1)


class Drug(Closed):
    """One kind of medicine: who takes it and which ATC code it is written with."""

    id: str
    choices: dict[str, float]
    late: bool = False
    glucose: bool = False
    follows: Follows | None = None
    groups: tuple[GroupShare, ...]


class MedicationFigures(Closed):
    """content/population/medication.yaml"""

    lifestyle_only: Number
    years_until_start: Curve
    years_until_late_start: Curve
    stopped: Number
    drugs: tuple[Drug, ...]


class Source(Closed):
    """A source of figures."""

    title: str
    url: str = ""
    year: int


class Sources(Closed):
    """content/population/sources.yaml"""

    sources: dict[str, Source]


class Figures(Closed):
    """All the figures of the synthetic population."""

    people: PeopleFigures
    practices: PracticeFigures
    names: Names
    diseases: DiseaseFigures
    controls: ControlFigures
    values: ValueFigures
    medication: MedicationFigures
    sources: Sources

    def disease(self, disease_id: str) -> Disease:
        """Get one disease's figures. Raises KeyError."""
        return {disease.id: disease for disease in self.diseases.diseases}[disease_id]
