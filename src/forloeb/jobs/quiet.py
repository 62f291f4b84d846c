"""Leaving a system in peace for some seconds when it was out of reach a moment ago."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from forloeb.records.laboratory_card import NotNow

QUIET_SECONDS = 5.0
_OUT_OF_REACH = frozenset({"unreachable", "too-slow"})


class Quiet:
    """The systems that were out of reach, and until when they are not asked, in this process."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    @contextmanager
    def asking(self, system_id: int) -> Iterator[None]:
        """Ask a system, unless it was out of reach a moment ago. Raises NotNow then, and as what is asked raises it."""
        if time.monotonic() < self._until.get(system_id, 0.0):
            raise NotNow("unreachable")
        try:
            yield
        except NotNow as fault:
            if fault.fault in _OUT_OF_REACH:
                self._until[system_id] = time.monotonic() + QUIET_SECONDS
            raise

    def forget(self) -> None:
        """Speak at once with all of them: a person asks for it."""
        self._until.clear()
