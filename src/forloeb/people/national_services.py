"""How it goes with a national service that the worker asks: how far we are, and how long to leave it in peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections

LOADER = "loader"
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where we are with a service. `refused` counts what it said that could not be used."""

    cursor: str | None
    failures: int
    fault: str
    not_before: datetime | None
    answered_at: datetime | None
    refused: int

    def is_paused(self, at: datetime) -> bool:
        """Whether it is to be left in peace for now, as it did not answer."""
        return self.not_before is not None and self.not_before > at


_NEVER_ASKED = Standing(None, 0, "", None, None, 0)
_ANSWERED = """
INSERT INTO people_nationalservice (name, cursor, failures, fault, answered_at, refused) VALUES (%s, %s, 0, '', %s, %s)
ON CONFLICT (name) DO UPDATE SET cursor = coalesce(excluded.cursor, people_nationalservice.cursor), failures = 0,
    fault = '', not_before = NULL, answered_at = excluded.answered_at,
    refused = people_nationalservice.refused + excluded.refused
"""
_SILENT = """
INSERT INTO people_nationalservice AS s (name, failures, fault, not_before, refused)
VALUES (%(name)s, 1, %(fault)s, %(at)s + interval '1 minute', 0)
ON CONFLICT (name) DO UPDATE SET failures = s.failures + 1, fault = excluded.fault,
    not_before = %(at)s + make_interval(secs => least(60 * power(2, least(s.failures, 16)), %(longest)s))
"""
_AGAIN = """
UPDATE people_nationalservice
SET not_before = NULL, refused = CASE WHEN %(start)s THEN 0 ELSE refused END,
    cursor = CASE WHEN %(start)s THEN NULL ELSE cursor END
WHERE name = %(name)s
"""


def standing(name: str) -> Standing:
    """Say how it goes with a service."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(
            "SELECT cursor, failures, fault, not_before, answered_at, refused FROM people_nationalservice"
            " WHERE name = %s",
            [name],
        )
        row = cursor.fetchone()
    return Standing(*row) if row else _NEVER_ASKED


def note_answered(name: str, *, at: datetime, cursor: str | None = None, refused: int = 0) -> None:
    """Note that it answered, and how far its answer brought us."""
    with connections[LOADER].cursor() as asked:
        asked.execute(_ANSWERED, [name, cursor, at, refused])


def note_silence(name: str, fault: str, *, at: datetime) -> None:
    """Note that it did not, and wait for 1, 2, 4 … minutes before it is asked again, an hour at most."""
    with connections[LOADER].cursor() as asked:
        asked.execute(_SILENT, {"name": name, "fault": fault, "at": at, "longest": LONGEST_PAUSE.total_seconds()})


def begin_again(name: str, *, from_start: bool = False) -> None:
    """Let it be asked at once; from the start, for all that it has ever said."""
    with connections[LOADER].cursor() as asked:
        asked.execute(_AGAIN, {"name": name, "start": from_start})
