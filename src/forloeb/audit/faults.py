"""What is wrong with the log, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in the log that is not as it was written: an entry of a chain, or (without a chain) a checkpoint."""

    chain: int | None
    position: int
    what: str

    def __str__(self) -> str:
        where = f"checkpoint {self.position}" if self.chain is None else f"chain {self.chain}, entry {self.position}"
        return f"{where}: {self.what}"
