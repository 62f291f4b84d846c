"""The cast: who they are and what is on their record. Told in months before the day the demo is made.

Every person is invented, and so is every number. Dr Lund works in another practice and has no relation to anybody:
every rule about access is told with her.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from forloeb.kernel.codes import ICPC2_DK, SNOMED_CT
from forloeb.kernel.identifiers import Sex

Series = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """One patient of the cast. `born` is (years before, month, day); values are (months ago, as reported)."""

    key: str
    given_name: str
    family_name: str
    sex: Sex
    born: tuple[int, int, int]
    conditions: tuple[tuple[str, str, int], ...] = ()
    medication: tuple[tuple[str, int], ...] = ()
    values: dict[str, Series] = field(default_factory=dict, repr=False)
    about: str = ""


def _yearly(*numbers: str, last: int, every: int = 12) -> Series:
    """Place numbers at even steps up to the last, which was so many months ago."""
    first = last + every * (len(numbers) - 1)
    return tuple((first - every * place, number) for place, number in enumerate(numbers))


KAREN = Persona(
    "karen",
    "Karen",
    "Vestergaard",
    Sex.FEMALE,
    (71, 4, 12),
    about="Type 2-diabetes, KOL og iskæmisk hjertesygdom; ti års værdier; årskontrol i dag",
    conditions=((ICPC2_DK, "T90", 121), (ICPC2_DK, "R95", 74), (ICPC2_DK, "K76", 50)),
    medication=(("A10BA02", 120), ("C10AA05", 110), ("C09AA02", 96), ("B01AC06", 50), ("R03BB04", 70), ("A10BK03", 20)),
    values={
        "hba1c": _yearly(
            *("61", "58", "55", "54", "52", "53", "55", "54", "56", "57", "58", "56", "57", "59", "58", "60", "58"),
            *("57", "56", "58"),
            last=1,
            every=6,
        ),
        "ldl": _yearly("3,6", "2,9", "2,4", "2,3", "2,2", "2,1", "1,8", "1,7", "1,9", "1,6", last=1),
        "hdl": _yearly("1,2", "1,2", "1,3", "1,3", "1,2", "1,3", "1,3", "1,4", "1,3", "1,3", last=1),
        "chol": _yearly("5,9", "5,1", "4,6", "4,4", "4,3", "4,2", "3,9", "3,8", "4,0", "3,7", last=1),
        "tg": _yearly("2,4", "2,2", "2,1", "1,9", "1,9", "1,8", "1,8", "1,7", "1,8", "1,7", last=1),
        "crea": _yearly("66", "67", "69", "70", "72", "75", "76", "79", "82", "84", last=1),
        "egfr": _yearly(">90", "88", "86", "82", "79", "75", "72", "68", "64", "61", last=1),
        "uacr": _yearly("8", "9", "12", "14", "19", "22", "24", "28", "36", "41", last=1),
        "potassium": _yearly("4,1", "4,2", "4,0", "4,3", "4,2", "4,4", last=1),
        "sbp_home": _yearly("141", "138", "136", "135", "133", "136", "134", "135", "136", "134", last=5),
        "dbp_home": _yearly("86", "84", "82", "82", "80", "81", "79", "78", "79", "78", last=5),
        "weight": _yearly("82,4", "83,1", "82,0", "80,5", "79,8", "78,9", "78,0", "77,2", "75,1", "74,6", last=12),
        "height": ((120, "1,64"),),
        "fev1": _yearly("1,42", "1,39", "1,33", "1,29", "1,24", "1,20", last=12),
        "fvc": _yearly("2,35", "2,34", "2,30", "2,27", "2,24", "2,21", last=12),
        "fev1_fvc": _yearly("0,60", "0,59", "0,58", "0,57", "0,55", "0,54", last=12),
        "fev1_pct": _yearly("64", "63", "61", "60", "58", "57", last=12),
        "mrc": _yearly("2", "2", "2", "3", "3", "3", last=12),
        "cat": _yearly("11", "12", "12", "14", "15", "16", last=12),
        "exac": _yearly("0", "1", "0", "0", "1", "1", last=12),
        "smoking": _yearly("dagligt", "dagligt", "lejlighedsvis", "ophørt", "ophørt", last=12, every=24),
        "pack_years": ((12, "28"),),
        "alcohol": _yearly("6", "5", "4", last=12),
    },
)

BENT = Persona(
    "bent",
    "Bent",
    "Sørensen",
    Sex.MALE,
    (52, 9, 3),
    about="Type 2-diabetes i to år, ingen plan endnu",
    conditions=((ICPC2_DK, "T90", 24),),
    medication=(("A10BA02", 22),),
    values={
        "hba1c": _yearly("58", "53", "50", "51", last=2, every=6),
        "ldl": _yearly("2,7", "2,4", last=2),
        "hdl": _yearly("1,2", "1,2", last=2),
        "chol": _yearly("4,9", "4,5", last=2),
        "egfr": _yearly(">90", ">90", last=2),
        "crea": _yearly("78", "80", last=2),
        "uacr": _yearly("<9", "8", last=2),
        "sbp_clinic": _yearly("132", "128", last=2),
        "dbp_clinic": _yearly("82", "78", last=2),
        "weight": _yearly("98,5", "95,2", last=2),
        "height": ((24, "1,82"),),
        "smoking": ((2, "aldrig røget"),),
    },
)

OVE = Persona(
    "ove",
    "Ove",
    "Lindgren",
    Sex.MALE,
    (63, 2, 20),
    about="Type 2-diabetes med æggehvide i urinen; kontrol overskredet",
    conditions=((ICPC2_DK, "T90", 76),),
    medication=(("A10BA02", 74), ("C10AA05", 40)),
    values={
        "hba1c": _yearly("54", "55", "56", last=8),
        "ldl": _yearly("2,3", "2,0", last=8),
        "uacr": _yearly("62", "71", "85", last=8, every=3),
        "egfr": _yearly("84", "80", last=8),
        "sbp_home": _yearly("138", "134", last=8),
        "dbp_home": _yearly("84", "82", last=8),
        "pack_years": ((20, "20"),),
        "smoking": ((20, "ophørt"),),
        "weight": _yearly("92", "91", last=20),
        "height": ((60, "1,77"),),
    },
)

LIS = Persona(
    "lis",
    "Lis",
    "Mortensen",
    Sex.FEMALE,
    (66, 11, 5),
    about="KOL; én forværring sidste år: gruppe B eller E efter udgave",
    conditions=((ICPC2_DK, "R95", 60),),
    medication=(("R03AL04", 30),),
    values={
        "fev1_fvc": _yearly("0,61", "0,58", last=3),
        "fev1_pct": _yearly("51", "47", last=3),
        "mrc": _yearly("3", "3", last=3),
        "cat": _yearly("12", "14", last=3),
        "exac": _yearly("0", "1", last=3),
        "eos": ((3, "0,35"),),
        "smoking": ((3, "dagligt"),),
        "spo2": ((3, "95"),),
        "weight": ((3, "58"),),
        "height": ((30, "1,66"),),
    },
)

AASE = Persona(
    "aase",
    "Aase",
    "Friis",
    Sex.FEMALE,
    (88, 6, 17),
    about="Skrøbelig, type 2-diabetes på insulin; langtidsblodsukker for lavt",
    conditions=((ICPC2_DK, "T90", 260), (SNOMED_CT, "248279007", 14), (ICPC2_DK, "P70", 20)),
    medication=(("A10AE04", 120),),
    values={
        "hba1c": _yearly("56", "50", "46", last=2, every=6),
        "ldl": ((14, "2,2"),),
        "egfr": _yearly("48", "44", last=2),
        "uacr": ((2, "22"),),
        "sbp_clinic": _yearly("128", "116", last=2),
        "dbp_clinic": _yearly("70", "62", last=2),
        "weight": _yearly("57", "54", last=2),
        "height": ((80, "1,58"),),
    },
)

JENS = Persona(
    "jens",
    "Jens",
    "Dahl",
    Sex.MALE,
    (68, 8, 24),
    about="Blodprop i hjertet for tre år siden; ingen plan",
    conditions=((ICPC2_DK, "K75", 36),),
    medication=(("C10AA05", 36), ("B01AC06", 36), ("C07AB02", 36)),
    values={
        "ldl": _yearly("1,9", "1,5", "1,3", last=4),
        "sbp_home": _yearly("128", "126", last=4),
        "dbp_home": _yearly("78", "76", last=4),
        "egfr": ((4, "74"),),
        "weight": _yearly("84", "82", last=4),
        "height": ((36, "1,80"),),
        "smoking": ((4, "ophørt"),),
        "alcohol": ((4, "8"),),
    },
)

PIA = Persona(
    "pia",
    "Pia",
    "Juul",
    Sex.FEMALE,
    (45, 3, 8),
    about="Ingen kronisk sygdom",
    values={"hba1c": ((10, "36"),), "ldl": ((10, "2,8"),)},
)

STAFF = ("holm", "krogh", "lund")

OTHER_SECTORS = ("nygaard", "birk", "storm")
"""A municipal nurse to whom Karen is referred, a hospital physiotherapist, an assistant without an authorization."""

RELATIVES = ("sofie",)
"""Karen's daughter, who reads her mother's plan."""

CAST = (KAREN, BENT, OVE, LIS, AASE, JENS, PIA)

ISSUER = "urn:forloeb:demo"
"""Who vouches for the cast's sign-ins: the persona picker, which exists in a demo only."""
