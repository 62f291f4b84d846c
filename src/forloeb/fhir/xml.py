"""FHIR R4 as XML: the same resources as in JSON, element by element (hl7.org/fhir/R4/xml.html).

What elements there are, and in which order, stands in elements.json (tools/write_fhir_elements.py makes it from HL7's
definitions). XML that comes in is read without entities, without the network, and within limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from lxml import etree

NAMESPACE = "http://hl7.org/fhir"
_XHTML = "http://www.w3.org/1999/xhtml"
_DEEPEST = 60

JsonObject = dict[str, Any]
_Elements = Mapping[str, tuple[str, bool]]


class NotFhirXml(ValueError):
    """What came in is not FHIR as XML; the text says where and what, and repeats no value."""


@cache
def _types() -> Mapping[str, _Elements]:
    read = orjson.loads(files("forloeb.fhir").joinpath("elements.json").read_bytes())
    return {
        name: {element: (kind, many) for element, (kind, many) in elements.items()} for name, elements in read.items()
    }


# --- out


def to_xml(resource: JsonObject, *, pretty: bool = False) -> bytes:
    """Write a resource. Raises KeyError for an element that FHIR does not have: that is a fault of ours."""
    root = _resource(resource, None)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=pretty)
    return written


def _resource(resource: JsonObject, parent: etree._Element | None) -> etree._Element:
    kind = resource["resourceType"]
    name = f"{{{NAMESPACE}}}{kind}"
    element = etree.Element(name, nsmap={None: NAMESPACE}) if parent is None else etree.SubElement(parent, name)
    _fill(element, {part: said for part, said in resource.items() if part != "resourceType"}, kind)
    return element


def _fill(parent: etree._Element, said: JsonObject, kind: str) -> None:
    elements = _types()[kind]
    if unknown := {name.removeprefix("_") for name in said} - elements.keys():
        raise KeyError(f"{kind} has no {', '.join(sorted(unknown))}")
    is_resource = "meta" in elements and "implicitRules" in elements
    for name, (type_, _) in elements.items():
        if name not in said and f"_{name}" not in said:
            continue
        if (name == "id" and not is_resource) or (kind == "Extension" and name == "url"):
            parent.set(name, str(said[name]))
            continue
        for value, more in _several(said.get(name), said.get(f"_{name}")):
            _one(parent, name, type_, value, more)


def _several(value: Any, more: Any) -> Iterator[tuple[Any, Any]]:
    """Give each value with what is said of it besides (its id and extensions, in JSON under `_name`)."""
    values = value if isinstance(value, list) else [value]
    mores = more if isinstance(more, list) else [more]
    for place in range(max(len(values), len(mores))):
        yield (values[place] if place < len(values) else None), (mores[place] if place < len(mores) else None)


def _one(parent: etree._Element, name: str, kind: str, value: Any, more: Any) -> None:
    if kind == "xhtml":
        parent.append(_div(value))
        return
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if kind == "Resource":
        _resource(value, element)
    elif isinstance(value, dict):
        _fill(element, value, kind)
    else:
        if value is not None:
            element.set("value", _text(value))
        if more:
            _fill(element, more, "Element")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _div(text: str) -> etree._Element:
    return etree.fromstring(text.encode(), _parser())


# --- in


def from_xml(body: bytes) -> JsonObject:
    """Read a resource. Raises NotFhirXml."""
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        raise NotFhirXml("A document type is not taken.")
    try:
        root = etree.fromstring(body, _parser())
    except (etree.XMLSyntaxError, ValueError) as fault:
        where = getattr(fault, "position", (0, 0))
        raise NotFhirXml(f"This is no XML: line {where[0]}, column {where[1]}.") from None
    return _read_resource(root, "", 0)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _read_resource(element: etree._Element, where: str, depth: int) -> JsonObject:
    name = etree.QName(element)
    if name.namespace != NAMESPACE or name.localname not in _types():
        raise NotFhirXml(f"{where or 'The root'} is no resource in {NAMESPACE} that is known here.")
    return {"resourceType": name.localname, **_read(element, name.localname, name.localname, depth)}


def _read(element: etree._Element, kind: str, where: str, depth: int) -> JsonObject:
    if depth > _DEEPEST:
        raise NotFhirXml(f"{where[:80]}… is nested too deeply.")
    elements = _types()[kind]
    found: JsonObject = {
        name: said for name in ("id", "url") if (said := element.get(name)) is not None and name in elements
    }
    for child in element:
        name = etree.QName(child)
        if name.localname not in elements or name.namespace not in (NAMESPACE, _XHTML):
            raise NotFhirXml(f"{where} has no element of that name (line {child.sourceline}).")
        type_, many = elements[name.localname]
        value, more = _read_one(child, type_, f"{where}.{name.localname}", depth)
        _put(found, name.localname, value, more, many)
    return found


def _put(found: JsonObject, name: str, value: Any, more: JsonObject | None, many: bool) -> None:
    """Put a value into an object, and what is said of it besides under `_name`, at the same place of a list."""
    if not many:
        if value is not None:
            found[name] = value
        if more:
            found[f"_{name}"] = more
        return
    held: list[Any] = found.setdefault(name, [])
    held.append(value)
    if more or f"_{name}" in found:
        beside = found.setdefault(f"_{name}", [])
        beside += [None] * (len(held) - 1 - len(beside))
        beside.append(more)


def _read_one(element: etree._Element, kind: str, where: str, depth: int) -> tuple[Any, JsonObject | None]:
    if kind == "xhtml":
        return etree.tostring(element, encoding="unicode", with_tail=False), None
    if kind == "Resource":
        inner = list(element)
        if len(inner) != 1:
            raise NotFhirXml(f"{where} holds one resource.")
        return _read_resource(inner[0], where, depth + 1), None
    if kind in _types():
        return _read(element, kind, where, depth + 1), None
    more = _read_besides(element, where, depth)
    return _value(element.get("value"), kind, where), more


def _read_besides(element: etree._Element, where: str, depth: int) -> JsonObject | None:
    """Read the id and the extensions of a value that is one text or number."""
    found = _read(element, "Element", where, depth + 1) if len(element) else {}
    if (name := element.get("id")) is not None:
        found = {"id": name, **found}
    return found or None


_NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt"})


def _value(text: str | None, kind: str, where: str) -> Any:
    if text is None:
        return None
    try:
        match kind:
            case "boolean":
                return {"true": True, "false": False}[text]
            case "decimal":
                number = Decimal(text)
                if not number.is_finite():
                    raise ValueError
                return number
            case _ if kind in _NUMBERS:
                return int(text)
    except (KeyError, ValueError, InvalidOperation):
        raise NotFhirXml(f"{where} is no {kind}.") from None
    return text
