"""What was met on the way in: what we did not know, what we chose, and what somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forloeb.kernel.content import Localized

Kind = Literal["unknown", "chosen", "flagged"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell: where it stands, and what it is. It repeats no value."""

    kind: Kind
    path: str
    line: int
    text: Localized


@dataclass(frozen=True, slots=True)
class Report:
    """All that is to be told of one document."""

    findings: tuple[Finding, ...] = ()

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """Give the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind == kind)
