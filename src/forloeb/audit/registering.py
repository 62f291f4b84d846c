"""How far the log has been registered nationally: a place in each chain, and what was set aside on the way.

The place moves when the receipt is here, so that a look-up is sent at least once, whatever is killed in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections, transaction

from forloeb.audit.look_ups import LookUp

LOADER = "loader"

_DUE_AGAIN = """
SELECT l.* FROM (SELECT chain, position FROM audit.set_aside WHERE is_due ORDER BY chain, position LIMIT %s) s
CROSS JOIN LATERAL audit.look_ups_after(s.chain, s.position - 1, s.position, 1) l
"""
# A sender that was thought dead may come late: the place never moves back.
_MOVE = "UPDATE audit.registered SET position = greatest(position, %s), sent = sent + %s WHERE chain = %s"
_SET_ASIDE = """
INSERT INTO audit.set_aside (chain, position, reason, set_aside_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (chain, position) DO UPDATE SET reason = excluded.reason, set_aside_at = excluded.set_aside_at,
    is_due = false WHERE audit.set_aside.registered_at IS NULL
"""
_TAKEN_AT_LAST = """
UPDATE audit.set_aside SET registered_at = %s, is_due = false WHERE (chain, position) = (%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a chain after one place, until another, that is not registered."""

    chain: int
    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the registering goes. `entries_left` counts look-ups and all other entries that are not gone through."""

    sent: int
    entries_left: int
    failures: int
    fault: str
    not_before: datetime | None
    answered_at: datetime | None
    set_aside: tuple[tuple[str, int, str], ...]
    """Reason, how many, and the id of the first."""


def unregistered() -> list[Stretch]:
    """Give what is written and not registered, a stretch of each chain."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT chain, after, until FROM audit.unregistered()")
        return [Stretch(*row) for row in cursor.fetchall()]


def look_ups_in(stretch: Stretch, *, most: int) -> list[LookUp]:
    """Give a stretch's first look-ups in order. Fewer than `most` are all there are."""
    with connections[LOADER].cursor() as cursor:
        asked = [stretch.chain, stretch.after, stretch.until, most]
        cursor.execute("SELECT * FROM audit.look_ups_after(%s::smallint, %s, %s, %s)", asked)
        return [LookUp(*row) for row in cursor.fetchall()]


def due_again(*, most: int) -> list[LookUp]:
    """Give look-ups that were set aside and are to be tried again."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_DUE_AGAIN, [most])
        return [LookUp(*row) for row in cursor.fetchall()]


def note_receipt(stretch: Stretch, *, sent: int, refused: Mapping[int, str], at: datetime) -> None:
    """Move on past a stretch of which `sent` were received, and set those aside that were not, by position."""
    with transaction.atomic(using=LOADER), connections[LOADER].cursor() as cursor:
        for position, reason in refused.items():
            cursor.execute(_SET_ASIDE, [stretch.chain, position, reason, at])
        cursor.execute(_MOVE, [stretch.until, sent, stretch.chain])


def note_tried_again(look: LookUp, *, refused: str | None, at: datetime) -> None:
    """Note what became of a look-up that had been set aside: received, or refused once more."""
    with transaction.atomic(using=LOADER), connections[LOADER].cursor() as cursor:
        if refused is not None:
            cursor.execute(_SET_ASIDE, [look.chain, look.position, refused, at])
            return
        cursor.execute(_TAKEN_AT_LAST, [at, look.chain, look.position])
        cursor.execute(_MOVE, [0, 1, look.chain])


def try_again() -> int:
    """Let all that is set aside be sent again, and the log be asked at once. Gives how many."""
    with transaction.atomic(using=LOADER), connections[LOADER].cursor() as cursor:
        cursor.execute("UPDATE audit.registering SET not_before = NULL")
        cursor.execute("UPDATE audit.set_aside SET is_due = true WHERE registered_at IS NULL")
        return int(cursor.rowcount)


def is_paused(at: datetime) -> bool:
    """Whether the log is to be left in peace for now, as it did not answer."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit.registering WHERE not_before > %s)", [at])
        return bool(cursor.fetchone()[0])


def note_answered(at: datetime) -> None:
    """Note that the log answered."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(
            "UPDATE audit.registering SET failures = 0, fault = '', not_before = NULL, answered_at = %s", [at]
        )


def note_silence(fault: str, *, longest: timedelta, at: datetime) -> None:
    """Note that it did not, and wait for 1, 2, 4 … minutes before it is asked again, `longest` at most."""
    pause = "make_interval(secs => least(60 * power(2, least(failures, 16)), %s))"
    with connections[LOADER].cursor() as cursor:
        cursor.execute(
            f"UPDATE audit.registering SET failures = failures + 1, fault = %s, not_before = %s + {pause}",  # noqa: S608
            [fault, at, longest.total_seconds()],
        )


def standing() -> Standing:
    """Say how the registering goes."""
    with connections[LOADER].cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT sum(sent) FROM audit.registered),"
            " (SELECT coalesce(sum(until - after), 0) FROM audit.unregistered())"
        )
        sent, left = cursor.fetchone()
        cursor.execute("SELECT failures, fault, not_before, answered_at FROM audit.registering")
        failures, fault, not_before, answered_at = cursor.fetchone()
        cursor.execute(
            "SELECT reason, count(*), (array_agg(chain || '-' || position ORDER BY set_aside_at, chain, position))[1]"
            " FROM audit.set_aside WHERE registered_at IS NULL GROUP BY reason ORDER BY reason"
        )
        set_aside = tuple(cursor.fetchall())
    return Standing(int(sent), int(left), failures, fault, not_before, answered_at, set_aside)
