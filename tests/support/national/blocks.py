"""A gateway to a register of blocks, as a process of its own: `python -m tests.support.national.blocks FOLDER`.

Blocks who stands in `blocked` (a CPR number a line).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.national.gateway import TOKEN, Answer, Running, running, serve

__all__ = ["TOKEN", "Register", "register"]
_MAY_BE_SAID = {"cpr_number", "authorization_id", "sor_code", "ydernummer"}


@dataclass(frozen=True, slots=True)
class Register(Running):
    """The running gateway, as a test sees it."""

    def block(self, *numbers: str) -> None:
        """Let these citizens have said no, and nobody else."""
        (self.folder / "blocked").write_text("\n".join(numbers))


@contextmanager
def register(folder: Path) -> Iterator[Register]:
    """Start one where nobody has said no."""
    (folder / "blocked").write_text("")
    with running("tests.support.national.blocks", folder):
        yield Register(folder)


def _answer(folder: Path, asked: dict[str, Any]) -> Answer:
    number = asked.get("cpr_number")
    is_known = set(asked) <= _MAY_BE_SAID and {"sor_code", "ydernummer"} & set(asked)
    if not is_known or not isinstance(number, str) or len(number) != 10:
        return 400, {}
    return 200, {"blocked": number in (folder / "blocked").read_text().split()}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), lambda asked: _answer(Path(sys.argv[1]), asked), odd={"blocked": "no"})
