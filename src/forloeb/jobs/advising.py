"""`forloeb advice`: how often record systems were advised, and what became of it. Counts, and nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import TextIO
from zoneinfo import ZoneInfo

import orjson

from forloeb.careplans.feedback import Count, count_advice

_COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def write_counts(out: TextIO, *, since: date | None, form: str) -> None:
    """Write the counts since a day in Copenhagen, as a table or as JSON."""
    moment = datetime.combine(since, time(), _COPENHAGEN) if since else datetime(1970, 1, 1, tzinfo=UTC)
    counts = count_advice(since=moment)
    if form == "json":
        out.write(orjson.dumps([count._asdict() for count in counts], option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        out.writelines(f"{line}\n" for line in _table(counts))


def _table(counts: tuple[Count, ...]) -> Iterator[str]:
    if not counts:
        yield "no advice has been given"
        return
    yield f"{'hook':<14}{'topic':<32}{'given':>7}{'followed':>10}{'not followed':>14}  reasons"
    for count in counts:
        reasons = ", ".join(f"{code} {number}" for code, number in sorted(count.reasons.items()))
        line = f"{count.hook:<14}{count.topic:<32}{count.given:>7}{count.accepted:>10}{count.overridden:>14}"
        yield f"{line}  {reasons}".rstrip()
