"""Switches that make the record system behave as record systems do on a bad day. Set by `POST /switches`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Switches:
    """How it behaves now. A number counts down; `true` (-1) holds until it is turned off.

    slow: seconds before each answer. down: no answer at all. refuse: 422. fail_after_saving: saves, then answers 500.
    fail: 503 without saving. duplicate: searches and notices tell each thing twice. out_of_order: searches give the
    newest first, whatever was asked.
    """

    slow: float = 0.0
    down: int = 0
    refuse: int = 0
    fail: int = 0
    fail_after_saving: int = 0
    duplicate: int = 0
    out_of_order: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    NAMES = ("slow", "down", "refuse", "fail", "fail_after_saving", "duplicate", "out_of_order")

    def set(self, told: dict[str, Any]) -> None:
        """Turn switches. Raises ValueError for one there is not."""
        for name, value in told.items():
            if name not in self.NAMES:
                raise ValueError(f"no switch '{name}'; there are {', '.join(self.NAMES)}")
            number = {True: -1, False: 0}[value] if isinstance(value, bool) else value
            setattr(self, name, float(number) if name == "slow" else int(number))

    def as_json(self) -> dict[str, float]:
        """Give how they stand."""
        return {name: getattr(self, name) for name in self.NAMES}

    def takes(self, name: str) -> bool:
        """Whether a switch is on, and count it down when it is counted."""
        with self._lock:
            left = getattr(self, name)
            if left > 0:
                setattr(self, name, left - 1)
            return bool(left != 0)

    def wait(self) -> None:
        """Be slow."""
        if self.slow:
            time.sleep(self.slow)
