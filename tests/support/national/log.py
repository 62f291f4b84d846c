"""A gateway to the national log, as a process of its own: `python -m tests.support.national.log FOLDER`.

Keeps each registration once, by its id, in the order in which they came. Who stands in `refused` (ids with a reason) is
never taken; an id in `poison` makes it refuse a whole batch, as a program that cannot read it would.
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
class Log(Running):
    """The running log."""

    def refuse(self, reasons: dict[str, str]) -> None:
        """Never take these registrations, for these reasons, by id."""
        (self.folder / "refused").write_text(json.dumps(reasons))

    def choke_on(self, *ids: str) -> None:
        """Refuse every batch that has one of these in it."""
        (self.folder / "poison").write_text("\n".join(ids))

    def kept(self) -> list[dict[str, Any]]:
        """Give the registrations that were kept, in order."""
        return [json.loads(line) for line in (self.folder / "kept").read_text().splitlines()]

    def ids(self) -> list[str]:
        """Give their ids."""
        return [str(one["id"]) for one in self.kept()]


@contextmanager
def log(folder: Path) -> Iterator[Log]:
    """Start one that takes everything."""
    (folder / "refused").write_text("{}")
    for name in ("poison", "kept"):
        (folder / name).write_text("")
    with running("tests.support.national.log", folder):
        yield Log(folder)


def _is_registration(one: Any) -> bool:
    try:
        (entity,) = one["entity"]
        known = one["resourceType"] == "AuditEvent" and isinstance(one["id"], str) and isinstance(one["recorded"], str)
        return known and bool(one["agent"]) and len(entity["what"]["identifier"]["value"]) == 10
    except (KeyError, TypeError, ValueError):
        return False


def _take(folder: Path, asked: dict[str, Any]) -> Answer:
    given = asked.get("registrations")
    if set(asked) != {"registrations"} or not isinstance(given, list) or not 0 < len(given) <= 200:
        return 400, {}
    if not all(_is_registration(one) for one in given):
        return 400, {}
    poison = (folder / "poison").read_text().split()
    if any(one["id"] in poison for one in given):
        return 422, {}
    reasons = json.loads((folder / "refused").read_text())
    kept = {json.loads(line)["id"] for line in (folder / "kept").read_text().splitlines()}
    taken = [one for one in given if one["id"] not in reasons]
    with (folder / "kept").open("a") as file:
        file.writelines(json.dumps(one) + "\n" for one in taken if one["id"] not in kept)
    refused = [{"id": one["id"], "reason": reasons[one["id"]]} for one in given if one["id"] in reasons]
    return 200, {"received": [one["id"] for one in taken], "refused": refused}


if __name__ == "__main__":
    serve(Path(sys.argv[1]), lambda asked: _take(Path(sys.argv[1]), asked), odd={"received": ["0-0"], "refused": []})
