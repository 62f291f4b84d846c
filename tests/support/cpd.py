"""A CPD-DK document as tests speak of it: of our own making, with a person who does not exist."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from forloeb.cda import codes
from forloeb.cda.document import (
    Activity,
    Author,
    Detail,
    Diagnosis,
    Document,
    Header,
    Name,
    Observed,
    Organization,
    Patient,
    Telecom,
)
from forloeb.cda.values import (
    Code,
    Coded,
    Id,
    Interval,
    Number,
    Period,
    Stamp,
    Words,
)
from forloeb.kernel.identifiers import CprNumber, Sex

PRACTICE = Organization(Id(codes.SOR, "999900000000777"), "Lægehuset Fjorden", (Telecom("tel:70000077", "WP"),))
WROTE = Author(Stamp("20250602101500+0200"), PRACTICE.id, Name(("Ida",), "Test Holm"), PRACTICE)
CPR = CprNumber.synthetic(date(1961, 5, 14), Sex.FEMALE, seventh=4)


def day(text: str) -> Period:
    return Period(Stamp(text))


def since(text: str) -> Period:
    return Period(None, Stamp(text), Stamp(None, "NI"))


def goal(code: str, name: str, value: Interval | Words, on: str = "20250602") -> Observed:
    system = codes.MESSAGE_CODES if code == codes.PATIENTS_WORDS else codes.NPU
    return Observed(Code(code, system, name), value, day(on), "active")


def result(code: str, name: str, number: str, unit: str | None, on: str) -> Observed:
    return Observed(Code(code, codes.NPU, name), Number(number, unit), day(on), "completed")


def under(limit: str, unit: str) -> Interval:
    return Interval(low_null="NA", high=limit, high_inclusive=False, unit=unit)


def reminder(text: str) -> Activity:
    detail = Detail(Code(codes.REMINDER_CODE, codes.NPU, "Kontrol egen læge"), since("20250602"), Words(text))
    kind = Code(codes.FOLLOW_UP, codes.SKS, "Planlagt opfølgning")
    return Activity("INT", kind, "active", day("20250602"), None, (detail,))


def service(code: str, name: str, on: str) -> Activity:
    detail = Detail(Code(codes.CONTACT, codes.SKS), since(on), Coded(Code(code, codes.RLTN, name)))
    return Activity("EVN", Code("75310-3", codes.LOINC, "Health Concern"), "completed", day(on), None, (detail,))


def header(
    *, cpr: str = CPR.digits, number: int = 1, made: str = "20250602101532+0200", label: str = "ALAL22"
) -> Header:
    set_id = Id(codes.MEDCOM, "5f4dcc3b-0000-4000-8000-00000000a001")
    return Header(
        Patient(Id(codes.CPR, cpr), Name(("Nina", "Prøve"), "Eksempel"), Code("F", codes.GENDER), Stamp("19610514")),
        Stamp(made),
        codes.TITLES[label],
        PRACTICE,
        (WROTE,),
        PRACTICE,
        Period(None, Stamp("20240301090000+0100"), Stamp(None, "NI")),
        Code(label, codes.SKS, codes.LABELS[label]),
        id=Id(codes.MEDCOM, f"5f4dcc3b-0000-4000-8000-0000000000{number:02}"),
        set_id=set_id,
        version_number=number,
    )


def document(*, cpr: str = CPR.digits, number: int = 1, made: str = "20250602101532+0200") -> Document:
    """Give a diabetes plan with something of everything."""
    return Document(
        header(cpr=cpr, number=number, made=made),
        (
            Diagnosis(
                Code("T90", codes.ICPC2_DK, "Ikke-insulinkrævende diabetes"),
                day("20190612190100+0200"),
                since("20180612190200+0200"),
                status="active",
                author=replace(WROTE, person=Name(null="NA")),
            ),
        ),
        (
            goal("MCS88026", "LDL kolesterol aftalt mål", under("1.8", "mmol/L")),
            goal("MCS88026", "LDL kolesterol aftalt mål", under("2.5", "mmol/L"), "20240301"),
            goal("MCS88149", "Motion aftalt mål", Words("Ugentligt")),
            goal(codes.PATIENTS_WORDS, "Patientens egne mål", Words("At kunne cykle til stranden.")),
        ),
        (
            result("NPU01568", "LDL-kolesterol", "2.0", "mmol/L", "20250520"),
            result("NPU01568", "LDL-kolesterol", "2.9", "mmol/L", "20240220"),
            result("DNK05472", "Systolisk blodtryk", "130", "mmHg", "20250520"),
            result("MCS88116", "Debutår", "2018", None, "20250520"),
        ),
        (reminder("Bestil tid hos egen læge i juni"), reminder("Bestil tid hos øjenlægen")),
        (service("0101", "Konsultation", "20250602"),),
    )
