"""A gateway to a medication card, as a process of its own: `python -m tests.support.national.medication FOLDER`.

Says of each citizen what stands in `cards` (JSON, by CPR number); of others that nothing is ordained.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.national.gateway import Answer, Running, running, serve


@dataclass(frozen=True, slots=True)
class Cards(Running):
    """The running gateway."""

    def ordain(self, number: str, *medicines: object) -> None:
        """Let this be all of a citizen's medicine from now on."""
        cards = json.loads((self.folder / "cards").read_text())
        (self.folder / "cards").write_text(json.dumps({**cards, number: medicines}))


@contextmanager
def cards(folder: Path) -> Iterator[Cards]:
    """Start one where nothing is ordained for anybody."""
    (folder / "cards").write_text("{}")
    with running("tests.support.national.medication", folder):
        yield Cards(folder)


def _card(folder: Path, asked: dict[str, Any]) -> Answer:
    number = asked.get("cpr_number")
    if set(asked) != {"cpr_number"} or not isinstance(number, str) or len(number) != 10:
        return 400, {}
    held = json.loads((folder / "cards").read_text())
    return 200, {"cpr_number": number, "medicines": held.get(number, [])}


if __name__ == "__main__":
    nobody = {"cpr_number": "0000000000", "medicines": []}
    serve(Path(sys.argv[1]), lambda asked: _card(Path(sys.argv[1]), asked), odd=nobody)
