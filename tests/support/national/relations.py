"""A gateway to treatment relations, as a process of its own: `python -m tests.support.national.relations FOLDER`.

Knows a relation to everybody, but for who stands in `strangers` (a CPR number a line).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.national.gateway import Answer, Running, running, serve

_MAY_BE_SAID = {"cpr_number", "authorization_id", "sor_code", "ydernummer"}


@dataclass(frozen=True, slots=True)
class Relations(Running):
    """The running gateway."""

    def know_nothing_of(self, *numbers: str) -> None:
        """Let nobody have a relation to these citizens."""
        (self.folder / "strangers").write_text("\n".join(numbers))


@contextmanager
def relations(folder: Path) -> Iterator[Relations]:
    """Start one that knows a relation to everybody."""
    (folder / "strangers").write_text("")
    with running("tests.support.national.relations", folder):
        yield Relations(folder)


def _answer(folder: Path, asked: dict[str, Any]) -> Answer:
    number = asked.get("cpr_number")
    is_known = set(asked) <= _MAY_BE_SAID and {"sor_code", "ydernummer"} & set(asked)
    if not is_known or not isinstance(number, str) or len(number) != 10:
        return 400, {}
    return 200, {"known": number not in (folder / "strangers").read_text().split()}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), lambda asked: _answer(Path(sys.argv[1]), asked), odd={"known": "yes"})
