"""The numbers and names of CPD-DK: code systems, templates, sections, labels.

Source: MedCom's published examples of CPD-DK 2.0.0 (2023-12-30) and its template rules; docs/reference/cpd-dk.md.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

V3 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

CPR = "1.2.208.176.1.2"
X_ECPR = "1.2.208.176.1.6.1.1"
SOR = "1.2.208.176.1.1"
YDERNUMMER = "1.2.208.176.1.4"
MEDCOM = "1.2.208.184"
LOINC = "2.16.840.1.113883.6.1"
SKS = "1.2.208.176.2.4"
ICPC2_DK = "1.2.208.176.2.31"
PLACEHOLDER_ICPC2 = "1.2.208.176.99.99.99"
"""What documents of 2018 wrote for ICPC-2-DK."""
NPU = "1.2.208.176.2.1"
MESSAGE_CODES = "1.2.208.184.100.1"
RLTN = "1.2.208.176.88.88.88"
"""The services of general practice. A placeholder, in all published examples."""
GENDER = "2.16.840.1.113883.5.1"
CONFIDENTIALITY = "2.16.840.1.113883.5.25"

AUTHORITIES = {CPR: "CPR", SOR: "SOR", MEDCOM: "MedCom", YDERNUMMER: "Yderregisteret"}
SYSTEM_NAMES = {
    LOINC: "LOINC",
    SKS: "Sundhedsvæsenets Klassifikations System",
    ICPC2_DK: "ICPC-2-DK",
    MESSAGE_CODES: "MedCom Message Codes",
    RLTN: "RLTN",
}

DOCUMENT_TEMPLATE = "1.2.208.184.15.1"
PROFILE = "cpd-v2.0.0"
VERSION_EVENT = "1.2.208.184.10.1.10"
VALIDITY_EVENT = "1.2.208.184.10.1.11"
LABEL_EVENT = "1.2.208.184.10.1.12"
BODY = "1.2.208.184.15.1.10.20"
SHORTENED_BODY = "1.208.184.15.1.10.20"
"""What the published examples print for some sub-sections: a "2." is lost. Read, never written."""
SECTION_DATE, SUB_SECTION_DATE = "2018-09-28", "2018-11-28"

DOCUMENT_NAME = "Care plan - recommended C-CDA R2.0 & R2.1 sections"
PATIENTS_WORDS = "FlpGoalText"
FOLLOW_UP, CONTACT, DIAGNOSIS_KIND = "AWB4", "ALC", "ALGA"
REMINDER_CODE = "FLP10001"

Part = Literal["diagnoses", "goals", "results", "activities"]


class Section(NamedTuple):
    """One of the four sections: its number in the templates, its code and what it is called."""

    number: int
    loinc: str
    name: str
    title: str


SECTIONS: dict[Part, Section] = {
    "diagnoses": Section(1, "75310-3", "Health Concerns Document", "Tilstande, diagnoser"),
    "goals": Section(2, "61146-7", "Goals", "Individuelle mål"),
    "results": Section(4, "11383-7", "Patient Problem Outcome Section", "Resultater"),
    "activities": Section(3, "62387-6", "Interventions", "Udførte og planlagte aktiviteter"),
}
"""In the order in which they are written: results stand before activities."""

LABELS = {
    "ALAL01": "Kræftsygdomme",
    "ALAL02": "Hjertesygdomme",
    "ALAL03": "Psykiske lidelser og adfærdsmæssige forstyrrelser",
    "ALAL21": "Kronisk obstruktiv lungesygdom (KOL)",
    "ALAL22": "Type 2-diabetes",
    "ALAL23": "Osteoporose",
    "ALAL51": "Graviditet, fødsel og barsel",
    "ALAL52": "Nyfødte",
}
"""The national list of episode-of-care labels (SKS), with their national names."""
TITLES = {
    "ALAL21": "Forløbsplan for KOL",
    "ALAL22": "Forløbsplan for diabetes",
    "ALAL02": "Forløbsplan for Hjerte",
}

NAMED_FOR = {
    "MCS88025": ("hba1c", "langtids"),
    "MCS88026": ("ldl",),
    "MCS88027": ("sys",),
    "MCS88033": ("dia",),
    "MCS88028": ("vægt", "masse"),
    "MCS88034": ("bmi", "massekoef"),
    "MCS88067": ("talje",),
    "MCS88149": ("motion",),
    "MCS88150": ("alkohol",),
    "MCS88151": ("ryg",),
    "MCS88185": ("ldl",),
    "MCS88186": ("hba1c", "langtids"),
    "MCS88187": ("sys",),
    "MCS88188": ("dia",),
    "NPU03804": ("vægt", "masse"),
    "NPU03794": ("højde",),
    "NPU27300": ("a1c", "langtids"),
    "NPU01568": ("ldl",),
    "DNK05472": ("sys",),
    "DNK05473": ("dia",),
    "MCS88116": ("debut",),
}
"""A word that a code's name holds, in any spelling in use; a name without one contradicts its code."""


def system_name(code: str | None, system: str | None) -> str | None:
    """Give the name that is written beside a code system; NPU's number is shared by four."""
    if system == NPU and code:
        return {"MCS": "MCS", "DNK": "DNK", "FLP": "FLP"}.get(code[:3], "NPU terminologien")
    return SYSTEM_NAMES.get(system or "")
