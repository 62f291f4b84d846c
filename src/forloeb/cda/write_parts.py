"""Writes what stands in many places of a document, in the order that CDA's schema has."""

from __future__ import annotations

from lxml import etree

from forloeb.cda import codes
from forloeb.cda.codes import XSI
from forloeb.cda.document import (
    Address,
    Author,
    Name,
    Organization,
    Telecom,
)
from forloeb.cda.taking import Element, tag
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


def add(parent: Element, name: str, text: str | None = None, **attributes: str | None) -> Element:
    """Add a child with the attributes that have a value; `class_` and the like lose their line."""
    given = {key.rstrip("_"): value for key, value in attributes.items() if value is not None}
    child = etree.SubElement(parent, tag(name), given)
    child.text = text
    return child


def add_id(parent: Element, found: Id | None, name: str = "id") -> None:
    """Add an identifier, mended where it stands as older documents have it."""
    if found is None:
        return
    root, extension = found.mended.root, found.mended.extension
    add(parent, name, root=root, extension=extension, assigningAuthorityName=codes.AUTHORITIES.get(root))


def add_code(parent: Element, name: str, code: Code | None, *, type_: str | None = None) -> None:
    """Add a code with its system's name, or why there is none."""
    if code is None:
        return
    element = add(
        parent,
        name,
        code=code.code,
        codeSystem=code.system,
        codeSystemName=codes.system_name(code.code, code.system),
        displayName=code.name,
        nullFlavor=code.null,
    )
    if type_:
        element.set(f"{{{XSI}}}type", type_)


def add_stamp(parent: Element, name: str, stamp: Stamp | None) -> Element | None:
    """Add a time as it was written."""
    return None if stamp is None else add(parent, name, value=stamp.text, nullFlavor=stamp.null)


def add_period(parent: Element, period: Period | None, name: str = "effectiveTime") -> None:
    """Add one value, an interval, or both."""
    if period is None:
        return
    element = add_stamp(parent, name, period.value)
    element = add(parent, name) if element is None else element
    add_stamp(element, "low", period.low)
    add_stamp(element, "high", period.high)


def add_value(parent: Element, value: Value | None) -> None:
    """Add a value of its own type."""
    match value:
        case Number(text, unit):
            _typed(add(parent, "value", value=text, unit=unit), "PQ")
        case Interval():
            _interval(_typed(add(parent, "value", unit=value.unit), "IVL_PQ"), value)
        case Words(text):
            _typed(add(parent, "value", text), "ST")
        case Coded(code):
            add_code(parent, "value", code, type_="CD")
        case Nothing(null):
            _typed(add(parent, "value", nullFlavor=null), "ST")


def _typed(element: Element, name: str) -> Element:
    element.set(f"{{{XSI}}}type", name)
    return element


def _interval(element: Element, value: Interval) -> None:
    sides = (
        ("low", value.low, value.low_null, value.low_inclusive),
        ("high", value.high, value.high_null, value.high_inclusive),
    )
    for name, limit, null, inclusive in sides:
        if limit is not None or null is not None:
            # CDA's default is that a limit is included.
            add(element, name, value=limit, nullFlavor=null, inclusive=None if inclusive else "false")


def add_name(parent: Element, name: Name | None) -> None:
    """Add a person's name, or that there is no person."""
    if name is None:
        return
    element = add(parent, "name")
    for text in name.prefix:
        add(element, "prefix", text)
    for text in name.given:
        add(element, "given", text)
    if name.family or name.null:
        add(element, "family", name.family, nullFlavor=name.null)


def add_addresses(parent: Element, addresses: tuple[Address, ...]) -> None:
    """Add addresses."""
    for address in addresses:
        element = add(parent, "addr", use=address.use)
        for line in address.lines:
            add(element, "streetAddressLine", line)
        for name, text in (("postalCode", address.postal_code), ("city", address.city), ("country", address.country)):
            if text:
                add(element, name, text)


def add_telecoms(parent: Element, telecoms: tuple[Telecom, ...]) -> None:
    """Add telephone numbers and the like."""
    for telecom in telecoms:
        add(parent, "telecom", value=telecom.value, use=telecom.use)


def add_organization(parent: Element, name: str, organization: Organization | None) -> None:
    """Add an organization."""
    if organization is None:
        return
    element = add(parent, name)
    add_id(element, organization.id)
    if organization.name:
        add(element, "name", organization.name)
    add_telecoms(element, organization.telecoms)
    add_addresses(element, organization.addresses)


def add_author(parent: Element, author: Author | None) -> None:
    """Add who wrote or answers for something."""
    if author is None:
        return
    element = add(parent, "author")
    add_stamp(element, "time", author.at)
    assigned = add(element, "assignedAuthor")
    add_id(assigned, author.id)
    add_addresses(assigned, author.addresses)
    add_telecoms(assigned, author.telecoms)
    if author.person:
        add_name(add(assigned, "assignedPerson"), author.person)
    add_organization(assigned, "representedOrganization", author.organization)
