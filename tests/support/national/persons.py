"""A gateway to a person register, as a process of its own: `python -m tests.support.national.persons FOLDER`.

Tells the changes that stand in `changes` (one a line), three at a time; a place in them is how many came before.
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

PAGE = 3


@dataclass(frozen=True, slots=True)
class Register(Running):
    """The running register."""

    def tell(self, *changes: object) -> None:
        """Let these have happened, after all earlier ones."""
        with (self.folder / "changes").open("a") as file:
            file.writelines(json.dumps(change) + "\n" for change in changes)


@contextmanager
def register(folder: Path) -> Iterator[Register]:
    """Start one that has nothing to tell."""
    (folder / "changes").write_text("")
    with running("tests.support.national.persons", folder):
        yield Register(folder)


def _page(folder: Path, asked: dict[str, Any]) -> Answer:
    after = asked.get("after", "0")
    if not set(asked) <= {"after"} or not isinstance(after, str) or not after.isdecimal():
        return 400, {}
    lines = (folder / "changes").read_text().splitlines()
    until = min(int(after) + PAGE, len(lines))
    changes = [json.loads(line) for line in lines[int(after) : until]]
    return 200, {"changes": changes, "cursor": str(until), "last": until == len(lines)}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), lambda asked: _page(Path(sys.argv[1]), asked), odd={"changes": {}, "cursor": 7})
