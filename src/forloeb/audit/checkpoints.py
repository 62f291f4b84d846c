"""Checkpoints: signed statements of how far each chain had come, each naming the one before it.

Whoever rewrites a chain from its beginning, hashes and all, cannot make it meet the heads that were signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
from django.db import connections, transaction

from forloeb.audit.faults import Fault
from forloeb.audit.signing import Keys

Head = tuple[int, int, str]
"""A chain's number, its length, and its last entry's hash in hexadecimal."""

_CHAINS = """
SELECT number, length, encode(head, 'hex') FROM audit.chain WHERE length > 0 ORDER BY number
"""

_UNMET = """
SELECT (head->>0)::int, (head->>1)::bigint, s.number
FROM audit.checkpoint s, json_array_elements(s.statement::json->'heads') head
LEFT JOIN audit.entry e ON e.chain = (head->>0)::int AND e.position = (head->>1)::bigint
WHERE encode(e.hash, 'hex') IS DISTINCT FROM head->>2
ORDER BY s.number, 1
LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement as it is kept. Its hash is what the next one names, and what may be kept elsewhere."""

    number: int
    statement: str
    signature: bytes

    @property
    def hash(self) -> str:
        """The statement's SHA-256 in hexadecimal."""
        return sha256(self.statement.encode()).hexdigest()


def write_checkpoint(keys: Keys, *, at: datetime, using: str = "owner") -> Checkpoint | None:
    """State and sign how far each chain has come; None when nothing was written in the log since the last time."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # One at a time, or two would bear the same number.
        cursor.execute("LOCK TABLE audit.checkpoint IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(_CHAINS)
        chains: list[Head] = cursor.fetchall()
        last, stated = _stated_before({number for number, _, _ in chains}, using)
        # What was stated earlier stays stated: only chains that have grown are named again.
        grown = [(number, length, head) for number, length, head in chains if length > stated.get(number, 0)]
        if not grown:
            return None
        made = _state(last, grown, keys, at)
        cursor.execute(
            "INSERT INTO audit.checkpoint VALUES (%s, %s, %s)", [made.number, made.statement, made.signature]
        )
    return made


def find_checkpoint_faults(keys: Keys | None, *, kept: str | None = None, using: str = "owner") -> list[Fault]:
    """Find what no longer is as it was signed: checkpoints changed or gone, and chains that do not meet them.

    Signatures are checked with `keys`. `kept` is a checkpoint's hash that was kept elsewhere: it must be there.
    """
    checkpoints = _all(using)
    faults = list(_broken(checkpoints, keys))
    if kept is not None and kept not in {checkpoint.hash for checkpoint in checkpoints}:
        faults.append(Fault(None, len(checkpoints), f"none has the hash {kept}: it is gone, or was replaced"))
    if not any(fault.what == _NOT_READABLE for fault in faults):
        with connections[using].cursor() as cursor:
            cursor.execute(_UNMET)
            faults += [
                Fault(chain, place, f"checkpoint {number} signed another entry here")
                for chain, place, number in cursor.fetchall()
            ]
    return faults


def count_checkpoints(*, using: str = "owner") -> int:
    """Count the checkpoints."""
    return len(_all(using))


_NOT_READABLE = "it is not a statement"


def _broken(checkpoints: list[Checkpoint], keys: Keys | None) -> Iterator[Fault]:
    """Walk the checkpoints in order: none may lack, each names the hash of the one before, each is signed."""
    previous = ""
    for place, checkpoint in enumerate(checkpoints, start=1):
        said = _read(checkpoint)
        if said is None:
            yield Fault(None, checkpoint.number, _NOT_READABLE)
        elif (checkpoint.number, said["number"], said["previous"]) != (place, place, previous):
            yield Fault(None, checkpoint.number, "it does not follow the one before it")
        elif keys is not None and not keys.has_signed(checkpoint.signature, checkpoint.statement):
            yield Fault(None, checkpoint.number, "its signature is not by a key that we know")
        previous = checkpoint.hash


def _read(checkpoint: Checkpoint) -> dict[str, Any] | None:
    try:
        said = orjson.loads(checkpoint.statement)
        sound = {"number", "previous", "heads"} <= said.keys() and all(
            [type(part) for part in head] == [int, int, str] for head in said["heads"]
        )
    except (ValueError, TypeError, AttributeError):
        return None
    return said if sound else None


def _stated_before(chains: set[int], using: str) -> tuple[Checkpoint | None, dict[int, int]]:
    """Give the newest checkpoint, and the length last stated of each chain, going back no further than needed."""
    newest: Checkpoint | None = None
    stated: dict[int, int] = {}
    with connections[using].chunked_cursor() as cursor:
        cursor.execute("SELECT number, statement, signature FROM audit.checkpoint ORDER BY number DESC")
        for number, statement, signature in cursor:
            checkpoint = Checkpoint(number, statement, bytes(signature))
            newest = newest or checkpoint
            for chain, length, _ in (_read(checkpoint) or {"heads": ()})["heads"]:
                stated.setdefault(chain, length)
            if stated.keys() >= chains:
                break
    return newest, stated


def _state(last: Checkpoint | None, heads: list[Head], keys: Keys, at: datetime) -> Checkpoint:
    number = last.number + 1 if last else 1
    said = {
        "number": number,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "previous": last.hash if last else "",
        "heads": heads,
    }
    statement = orjson.dumps(said).decode()
    return Checkpoint(number, statement, keys.sign(statement))


def _all(using: str) -> list[Checkpoint]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT number, statement, signature FROM audit.checkpoint ORDER BY number")
        return [Checkpoint(number, statement, bytes(signature)) for number, statement, signature in cursor.fetchall()]
