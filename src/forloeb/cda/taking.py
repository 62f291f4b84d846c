"""XML read safely, and read so that nothing is lost: whatever no reader takes is found at the end.

lxml rather than the standard library's parser: it tells the line of every element, and its limits hold. No entity is
expanded, no document type is let in, nothing is fetched, and size and depth are bounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from forloeb.cda.codes import V3, XSI

Element = etree._Element

LARGEST_BYTES = 5_000_000
DEEPEST = 60
MOST_ELEMENTS = 20_000
"""Twenty times what a plan of many years holds."""

_STRUCTURAL = frozenset(
    {
        *("classCode", "moodCode", "typeCode", "contextConductionInd", "contextControlCode", "determinerCode"),
        *("assigningAuthorityName", "codeSystemName", "mediaType", "ID"),
        f"{{{XSI}}}schemaLocation",
        f"{{{XSI}}}type",
    }
)
"""What carries the document's build and no content of its own, or repeats what a number beside it says."""


class NotCpd(ValueError):
    """The bytes are no document we can read; the text says where and what, and repeats no value."""

    def __init__(self, what: str, *, line: int = 0) -> None:
        super().__init__(f"line {line}: {what}" if line else what)


def parse(body: bytes) -> Element:
    """Read XML into a tree. Raises NotCpd."""
    if len(body) > LARGEST_BYTES:
        raise NotCpd(f"the document is larger than {LARGEST_BYTES} bytes")
    # A document type can name files and entities. Refused before the parser sees it, in any two-byte writing too.
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        raise NotCpd("a document type (DOCTYPE) is not let in")
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotCpd("not well-formed XML", line=error.lineno or 0) from None
    except (ValueError, LookupError):
        raise NotCpd("not XML in an encoding that can be read") from None
    if root.getroottree().docinfo.doctype:
        raise NotCpd("a document type (DOCTYPE) is not let in")
    _check_size(root)
    return root


def _check_size(root: Element) -> None:
    depth = count = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if count > MOST_ELEMENTS:
            raise NotCpd(f"the document holds more than {MOST_ELEMENTS} elements", line=line_of(element))
        if depth > DEEPEST:
            raise NotCpd(f"elements stand more than {DEEPEST} deep", line=line_of(element))


def tag(name: str) -> str:
    """Give an element's name with CDA's namespace."""
    return f"{{{V3}}}{name}"


def line_of(element: Element) -> int:
    """Give the line an element begins on."""
    return int(element.sourceline or 0)


def path_of(element: Element) -> str:
    """Name an element by its way from the root: `ClinicalDocument/author[2]/time`."""
    parts: list[str] = []
    node: Element | None = element
    while node is not None:
        parent = node.getparent()
        same = [one for one in parent if one.tag == node.tag] if parent is not None else [node]
        name = etree.QName(node).localname
        parts.append(f"{name}[{same.index(node) + 1}]" if len(same) > 1 else name)
        node = parent
    return "/".join(reversed(parts))


def plain(element: Element) -> str:
    """Give an element as text on its own, always written the same way."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False).decode()
    except etree.C14NError:  # a namespace that is no whole address has no canonical form
        return etree.tostring(element, encoding="unicode", with_tail=False)


class Taking:
    """Reads a tree, and remembers what was read."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self._all = list(root.iter())  # lxml makes an element anew when nobody holds it
        self.by_name = {str(one.get("ID")): one for one in reversed(self._all) if one.get("ID")}
        """What other elements may refer to, the first of each name."""
        self._elements: set[Element] = {root}
        self._attributes: defaultdict[Element, set[str]] = defaultdict(set)
        self._texts: set[Element] = set()

    def children(self, parent: Element | None, name: str) -> list[Element]:
        """Take all children of one name."""
        found = [] if parent is None else parent.findall(tag(name))
        self._elements.update(found)
        return found

    def child(self, parent: Element | None, *names: str) -> Element | None:
        """Take the first child by a way of names; None where the way ends."""
        for name in names:
            parent = None if parent is None else parent.find(tag(name))
            if parent is not None:
                self._elements.add(parent)
        return parent

    def include(self, *elements: Element) -> None:
        """Take elements, without what they hold."""
        self._elements.update(elements)

    def attribute(self, element: Element | None, name: str) -> str | None:
        """Take an attribute; an empty one is none."""
        if element is None:
            return None
        self._attributes[element].add(name)
        return (element.get(name) or "").strip() or None

    def text(self, element: Element | None) -> str | None:
        """Take an element's words, those of all it holds too, with single spaces."""
        if element is None:
            return None
        self.skip(element)
        return " ".join("".join(str(part) for part in element.itertext()).split()) or None

    def skip(self, element: Element) -> None:
        """Take an element with all it holds."""
        for one in element.iter():
            self._elements.add(one)
            self._texts.add(one)
            self._attributes[one].update(str(name) for name in one.attrib)

    def left(self) -> Iterator[tuple[Element, str | None]]:
        """Give what nobody took, in the document's order: an element, or an attribute of one (by its name)."""
        for element in self._all:
            parent = element.getparent()
            if element not in self._elements:
                if parent is None or parent in self._elements:
                    yield element, None
                continue
            for name in element.attrib:
                if str(name) not in self._attributes[element] and str(name) not in _STRUCTURAL:
                    yield element, str(name)
            texts = [element.text, *(child.tail for child in element)]
            if element not in self._texts and any((text or "").strip() for text in texts):
                yield element, "text()"
