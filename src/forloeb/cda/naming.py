"""The identifiers that we give: to documents, to sets of versions, and to each entry."""

from __future__ import annotations

import hashlib
from uuid import UUID

from forloeb.cda import codes
from forloeb.cda.values import Id


def derived_uuid(*parts: str) -> UUID:
    """Make a UUID in the form of version 4 from words: the same words give the same one.

    CPD-DK asks for version 4; a random one would make a new document of each export of the same plan.
    """
    return UUID(bytes=hashlib.sha256("\x1f".join(parts).encode()).digest()[:16], version=4)


def our_document_id(plan: UUID, number: int, *, recommends: bool = False) -> Id:
    """Give the identifier of the document that we make of a plan's version, with or without recommended goals."""
    marks = ("recommended",) if recommends else ()
    return Id(codes.MEDCOM, str(derived_uuid("document", str(plan), str(number), *marks)))


class Identifying:
    """Gives each entry one id: its own where nothing else has it, else one made from the document and its place."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._given: set[str] = set()

    def __call__(self, found: Id | None) -> Id:
        if found is None or found.key in self._given:
            found = Id(codes.MEDCOM, str(derived_uuid(self._document, str(len(self._given)))))
        self._given.add(found.key)
        return found
