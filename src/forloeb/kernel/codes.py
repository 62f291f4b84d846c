"""Codes from the code systems that Danish health records speak.

Two systems have two addresses in use (dk-core writes one, MedCom and FUT the other):
we read both and keep the canonical one. Source: dk-core 3.7.0, MedCom Core 4.0.0, FUT IG 8.0.0.
"""

from __future__ import annotations

from dataclasses import dataclass

NPU = "http://npu-terminology.org"
MCS = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-observation-codes"
ICPC2_DK = "urn:oid:1.2.208.176.2.31"
SKS = "urn:oid:1.2.208.176.2.4"
SNOMED_CT = "http://snomed.info/sct"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"

_CANONICAL_SYSTEM = {
    "urn:oid:1.2.208.176.2.1": NPU,
    "urn:oid:1.2.208.184.100.8": MCS,
    "urn:oid:1.2.208.184.100.1": MCS,  # MedCom XDS value sets alias the same codes with this number
    "urn:oid:1.2.208.176.2.4.12": SKS,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
}


def canonical_system(system: str) -> str:
    """Give the one address we keep for a code system, whichever of its addresses came in."""
    return _CANONICAL_SYSTEM.get(system, system)


@dataclass(frozen=True, slots=True, order=True)
class Coding:
    """One code in one system; the system is always canonical."""

    system: str
    code: str

    @classmethod
    def of(cls, system: str, code: str) -> Coding:
        """Read a coding as received, with either address of its system; MCS codes also under the address of NPU."""
        canonical, plain = canonical_system(system), code.strip()
        # Plans in use write MedCom's own codes beside the NPU codes, all under one address.
        if canonical == NPU and plain.startswith(("MCS", "DIB")):
            canonical = MCS
        return cls(canonical, plain)
