"""Reads what stands in many places of a document: codes, times, values, names, organizations, authors."""

from __future__ import annotations

from lxml import etree

from forloeb.cda.codes import XSI
from forloeb.cda.document import (
    Address,
    Author,
    Name,
    Organization,
    Telecom,
)
from forloeb.cda.taking import Element, Taking, tag
from forloeb.cda.values import (
    Code,
    Coded,
    Id,
    Interval,
    Nothing,
    Number,
    Period,
    Stamp,
    Value,
    Words,
)


def read_id(take: Taking, element: Element | None) -> Id | None:
    """Read an identifier; None where there is no root."""
    root, extension = take.attribute(element, "root"), take.attribute(element, "extension")
    return Id(root, extension) if root else None


def read_ids(take: Taking, parent: Element) -> tuple[Id, ...]:
    """Read all identifiers of an element."""
    return tuple(found for element in take.children(parent, "id") if (found := read_id(take, element)))


def read_code(take: Taking, element: Element | None) -> Code | None:
    """Read a code, its system and name, or why there is none."""
    if element is None:
        return None
    return Code(
        take.attribute(element, "code"),
        take.attribute(element, "codeSystem"),
        take.attribute(element, "displayName"),
        take.attribute(element, "nullFlavor"),
    )


def read_stamp(take: Taking, element: Element | None) -> Stamp | None:
    """Read a time as written, or why there is none; None where neither stands there."""
    text, null = take.attribute(element, "value"), take.attribute(element, "nullFlavor")
    return Stamp(text, null) if text or null else None


def read_period(take: Taking, element: Element | None) -> Period | None:
    """Read an effectiveTime: one value, an interval, or both; None where it says nothing."""
    if element is None:
        return None
    low, high = (read_stamp(take, take.child(element, side)) for side in ("low", "high"))
    period = Period(read_stamp(take, element), low, high)
    return None if period == Period() else period


def read_value(take: Taking, element: Element | None) -> Value | None:
    """Read a value of any kind that plans carry; None for a kind they do not."""
    if element is None:
        return None
    null = take.attribute(element, "nullFlavor")
    match (element.get(f"{{{XSI}}}type") or "").split(":")[-1]:
        case _ if null:
            return Nothing(null)
        case "PQ" | "INT" | "REAL":
            number = take.attribute(element, "value")
            return Number(number, take.attribute(element, "unit")) if number else None
        case "IVL_PQ":
            return _interval(take, element)
        case "ST" | "ED":
            text = take.text(element)
            return Words(text) if text else None
        case "CD" | "CE" | "CV" | "CS":
            code = read_code(take, element)
            return Coded(code) if code and code.code else None
    return None


def _interval(take: Taking, element: Element) -> Interval | None:
    low, high = take.child(element, "low"), take.child(element, "high")
    units = [take.attribute(one, "unit") for one in (element, low, high)]
    found = Interval(
        take.attribute(low, "value"),
        take.attribute(low, "nullFlavor"),
        take.attribute(low, "inclusive") != "false",
        take.attribute(high, "value"),
        take.attribute(high, "nullFlavor"),
        take.attribute(high, "inclusive") != "false",
        next((unit for unit in units if unit), None),
    )
    return found if found.low or found.high else None


def read_name(take: Taking, element: Element | None) -> Name | None:
    """Read a person's name. The genoptræningsplans and some examples write it whole in the family name."""
    if element is None:
        return None
    family = take.child(element, "family")
    null = take.attribute(family, "nullFlavor") or take.attribute(element, "nullFlavor")
    return Name(
        tuple(text for one in take.children(element, "given") if (text := take.text(one))),
        take.text(family),
        tuple(text for one in take.children(element, "prefix") if (text := take.text(one))),
        null,
    )


def read_telecoms(take: Taking, parent: Element) -> tuple[Telecom, ...]:
    """Read telephone numbers and the like."""
    found = ((take.attribute(one, "value"), take.attribute(one, "use")) for one in take.children(parent, "telecom"))
    return tuple(Telecom(value, use) for value, use in found if value)


def read_addresses(take: Taking, parent: Element) -> tuple[Address, ...]:
    """Read addresses; one that says nothing is none."""
    found = []
    for element in take.children(parent, "addr"):
        lines = tuple(text for one in take.children(element, "streetAddressLine") if (text := take.text(one)))
        place = (take.text(take.child(element, name)) for name in ("postalCode", "city", "country"))
        found.append(Address(take.attribute(element, "use"), lines, *place))
    return tuple(address for address in found if address != Address(address.use))


def read_organization(take: Taking, element: Element | None) -> Organization | None:
    """Read an organization; None where it says nothing."""
    if element is None:
        return None
    found = Organization(
        read_id(take, take.child(element, "id")),
        take.text(take.child(element, "name")),
        read_telecoms(take, element),
        read_addresses(take, element),
    )
    return None if found == Organization(None, None) else found


def read_author(take: Taking, element: Element) -> Author:
    """Read who wrote or answers for something."""
    assigned = take.child(element, "assignedAuthor")
    person = read_name(take, take.child(assigned, "assignedPerson", "name"))
    nowhere = etree.Element(tag("nowhere"))
    return Author(
        read_stamp(take, take.child(element, "time")),
        read_id(take, take.child(assigned, "id")),
        person,
        read_organization(take, take.child(assigned, "representedOrganization")),
        read_addresses(take, nowhere if assigned is None else assigned),
        read_telecoms(take, nowhere if assigned is None else assigned),
    )
