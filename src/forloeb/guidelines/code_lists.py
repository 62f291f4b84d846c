"""Which codes mean what: a diagnosis or a medicine on the record, told by list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forloeb.guidelines.schema import CodeList, ListedCode
from forloeb.kernel.codes import ATC, ICPC2_DK, SKS, SNOMED_CT, Coding

_SYSTEMS = {"icpc2": ICPC2_DK, "sks": SKS, "snomed": SNOMED_CT, "atc": ATC}


class CodeBook:
    """Finds the lists that a code stands in; remembers each code it has met."""

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self._lists = tuple(lists)
        self._found: dict[Coding, tuple[str, ...]] = {}
        self._medicines: dict[str, tuple[str, ...]] = {}

    @property
    def names(self) -> Mapping[str, CodeList]:
        """Every list by its id."""
        return {found.id: found for found in self._lists}

    def lists_of(self, coding: Coding) -> tuple[str, ...]:
        """Give the ids of the lists that the code stands in."""
        found = self._found.get(coding)
        if found is None:
            found = self._found[coding] = tuple(
                each.id for each in self._lists if _stands(coding, each.codes) and not _stands(coding, each.excluding)
            )
        return found

    def lists_of_medicine(self, atc: str) -> tuple[str, ...]:
        """Give the ids of the lists that a medicine's ATC code stands in."""
        found = self._medicines.get(atc)
        if found is None:
            found = self._medicines[atc] = self.lists_of(Coding(ATC, atc))
        return found


def _stands(coding: Coding, codes: tuple[ListedCode, ...]) -> bool:
    return any(
        _SYSTEMS[listed.system] == coding.system
        and (coding.code == listed.code if listed.code else coding.code.startswith(listed.prefix or "\0"))
        for listed in codes
    )
