"""What a person should look at in a document that was read, and what we chose where it left room.

Both sides of a contradiction are kept; nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forloeb.cda import codes
from forloeb.cda.document import (
    Activity,
    Diagnosis,
    Document,
    Header,
    Observed,
)
from forloeb.cda.findings import Finding, Kind
from forloeb.cda.taking import Element, line_of, path_of, tag
from forloeb.cda.values import (
    Code,
    Coded,
    Interval,
    Number,
    Period,
    Stamp,
)
from forloeb.kernel.content import Localized

_UNITS = {"kg", "m", "mmol/L", "mmol/mol", "mmHg", "mm[Hg]", "L", "%", "kg/m²", "kg/m2", "1/min", "/min", "g/L"}
_UNITS |= {"µmol/L", "umol/L", "mL/min", "mg/g", "år", "a", "genstand/uge", "genstande/uge", "10⁹/L", "pmol/L", "U/L"}


def check(document: Document, root: Element) -> Iterator[Finding]:
    """Give what is to be told of a document, the header first."""
    yield from _header(document.header, root)
    # The first element that carries each code: where a finding about it stands.
    places = {str(one.get("code")): one for one in reversed(list(root.iter())) if one.get("code")}
    for diagnosis in document.diagnoses:
        yield from _diagnosis(diagnosis, places.get(_code(diagnosis.code), root))
    for observed in (*document.goals, *document.results):
        yield from _observed(observed, places.get(_code(observed.code), root))
    for service in document.services:
        coded = next((detail.value.code for detail in service.details if isinstance(detail.value, Coded)), None)
        yield from _service(service, places.get(_code(coded), root))
    yield from _ids(document, root)
    yield from _tables(document, root)


def _find(kind: Kind, element: Element, da: str, en: str) -> Finding:
    return Finding(kind, path_of(element), line_of(element), Localized(da=da, en=en))


def _at(root: Element, way: str) -> Element:
    """Find an element by its way from the root, else the root itself."""
    found = root.find("/".join(tag(name) for name in way.split("/")))
    return root if found is None else found


def _header(header: Header, root: Element) -> Iterator[Finding]:
    if header.label is None:
        yield _find(
            "flagged",
            root,
            "Dokumentet siger ikke med en kode, hvilken sygdom planen er for.",
            "No code says which disease the plan is for.",
        )
    elif codes.LABELS.get(header.label.code or "") != header.label.name:
        yield _find(
            "flagged",
            _at(root, "documentationOf"),
            "Forløbslabelens navn er ikke det nationale. Koden tæller.",
            "The label's name is not the national one. The code counts.",
        )
    if header.profile not in (None, codes.PROFILE):
        yield _find(
            "chosen",
            root,
            "Dokumentet er skrevet efter en anden udgave; det er læst som udgave 2.0.0.",
            "The document is of another version; it is read as version 2.0.0.",
        )
    low = header.valid.low if header.valid else None
    if low and low.moment and header.made.moment and low.moment > header.made.moment:
        yield _find(
            "flagged",
            _at(root, "documentationOf"),
            "Planen begynder efter den dag, dokumentet blev lavet. Tiderne står, som de blev skrevet.",
            "The plan begins after the day the document was made. The times stand as written.",
        )
    if header.set_id is None:
        yield _find(
            "chosen",
            root,
            "Dokumentet har intet versionssæt; det hører til patientens plan for samme sygdom.",
            "The document names no set of versions; it belongs to the patient's plan for the same disease.",
        )
    for author in header.authors:
        if author.person and author.person.family and not author.person.given and not author.person.null:
            yield _find(
                "chosen",
                _at(root, "author/assignedAuthor/assignedPerson"),
                "Forfatterens hele navn står som efternavn. Det vises, som det står.",
                "The author's whole name stands as the family name. It is shown as it stands.",
            )


def _code(code: Code | None) -> str:
    return code.code or "" if code else ""


def _diagnosis(diagnosis: Diagnosis, where: Element) -> Iterator[Finding]:
    if diagnosis.code is None:
        yield _find("flagged", where, "En diagnose har ingen kode.", "A diagnosis has no code.")
    elif diagnosis.code.system == codes.PLACEHOLDER_ICPC2:
        yield _find(
            "chosen",
            where,
            "En diagnoses kodesystem er en pladsholder fra ældre dokumenter; det er læst som ICPC-2-DK.",
            "A diagnosis has the placeholder of older documents for its code system; it is read as ICPC-2-DK.",
        )
    elif diagnosis.code.system not in (codes.ICPC2_DK, codes.SKS):
        yield _find(
            "flagged",
            where,
            "En diagnoses kodesystem kendes ikke. Diagnosen er gemt, men bruges ikke.",
            "A diagnosis has a code system that is not known. It is kept, and not used.",
        )
    yield from _times(diagnosis.followed, where)
    yield from _times(diagnosis.present, where)


def _observed(observed: Observed, where: Element) -> Iterator[Finding]:
    if contradicts(observed):
        yield _find(
            "flagged",
            where,
            "Navnet passer ikke til koden. Begge er gemt, og værdien bruges ikke, før nogen har set på den.",
            "The name does not fit the code. Both are kept, and the value is not used until somebody has looked.",
        )
    value = observed.value
    unit = value.unit if isinstance(value, Number | Interval) else None
    if unit is not None and unit not in _UNITS:
        yield _find(
            "flagged",
            where,
            "Enheden kendes ikke. Den er gemt, som den står.",
            "The unit is not known. It is kept as it stands.",
        )
    if isinstance(value, Number) and value.value is None:
        yield _find("flagged", where, "Værdien er ikke et tal.", "The value is no number.")
    yield from _times(observed.when, where)


def contradicts(observed: Observed) -> bool:
    """Whether the name beside a code is that of something else."""
    code = observed.code
    words = codes.NAMED_FOR.get(code.code or "") if code else None
    name = (code.name or "").casefold() if code else ""
    return bool(words and name) and not any(word in name for word in words or ())


def _service(service: Activity, where: Element) -> Iterator[Finding]:
    if service.when is None and service.day is not None:
        yield _find(
            "chosen",
            where,
            "Ydelsen har ingen egen dato; datoen på det, den handler om, er brugt.",
            "The service has no day of its own; that of what it is about is used.",
        )


def _times(period: Period | None, where: Element) -> Iterator[Finding]:
    stamps = (period.value, period.low, period.high) if period else ()
    if any(_is_no_time(stamp) for stamp in stamps if stamp is not None):
        yield _find(
            "flagged",
            where,
            "En tid er ikke en rigtig dato. Den er gemt, som den står.",
            "A time is no real date. It is kept as it stands.",
        )


def _is_no_time(stamp: Stamp) -> bool:
    return stamp.text is not None and stamp.day is None and not (stamp.text.isdigit() and len(stamp.text) in (4, 6))


def _ids(document: Document, root: Element) -> Iterator[Finding]:
    concerns, activities = document.diagnoses, (*document.reminders, *document.services)
    ids = [
        *(d.id for d in concerns),
        *(o.id for o in (*document.goals, *document.results)),
        *(a.id for a in activities),
    ]
    counted = Counter(found.key for found in ids if found)
    if any(count > 1 for count in counted.values()):
        yield _find(
            "chosen",
            root,
            "Flere poster deler ét id. De skelnes på plads, kode og dato.",
            "Several entries share one id. They are told apart by place, code and day.",
        )


def _tables(document: Document, root: Element) -> Iterator[Finding]:
    """Compare the codes in the tables for eyes with those of the entries: the entry is the truth."""
    said = {one.get("code") for one in root.iter() if one.get("code")}
    for table in root.iter(tag("table")):
        heads = [" ".join(str(part) for part in head.itertext()).strip().casefold() for head in table.iter(tag("th"))]
        if "kode" not in heads:
            continue
        place = heads.index("kode")
        for row in table.iter(tag("tr")):
            cells = row.findall(tag("td"))
            shown = "".join(str(part) for part in cells[place].itertext()).strip() if len(cells) > place else ""
            if shown and shown != "-" and shown not in said:
                yield _find(
                    "flagged",
                    row,
                    "Tabellen viser en kode, som ingen post har. Posterne tæller.",
                    "The table shows a code that no entry has. The entries count.",
                )
