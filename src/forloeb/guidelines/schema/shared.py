"""What every kind of content shares: sources, and the three answers."""

from __future__ import annotations

from typing import Literal

from forloeb.kernel.content import Closed, Status

Three = Literal["yes", "no", "unknown"]


class SourceEntry(Closed):
    """One entry of content/sources.yaml."""

    title: str
    url: str | None = None
    year: int | None = None
    note: str | None = None


class Sources(Closed):
    """content/sources.yaml: every source that content may name."""

    sources: dict[str, SourceEntry]


class Sourced(Closed):
    """What every clinical statement carries: how sure it is, and where it stands."""

    status: Status
    sources: tuple[str, ...] = ()
    section: str | None = None
