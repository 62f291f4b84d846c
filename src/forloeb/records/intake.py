"""Taking facts in, many at a time: copied to a staging table, compared with what we have, added where new or changed.

The same fact again changes nothing. A changed one is a new version, and the old row is marked superseded.
Done by the loader, in one transaction: a batch goes in whole or not at all.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db import connections, transaction

LOADER = "loader"


class ObservationIn(NamedTuple):
    """One observation on its way in. `line` names it in a report; `patient` is the patient's id at the source."""

    line: int
    patient: str
    source_id: str
    code_system: str
    code: str
    measure: str | None
    value: Decimal | None
    comparator: str | None
    unit: str | None
    answer: str | None
    setting: str
    measured_on: date
    measured_at: datetime | None
    status: str


class ConditionIn(NamedTuple):
    """One diagnosis on its way in."""

    line: int
    patient: str
    source_id: str
    code_system: str
    code: str
    clinical_status: str
    onset_on: date | None
    ended_on: date | None


class MedicationIn(NamedTuple):
    """One medicine on its way in; `code` is its ATC code."""

    line: int
    patient: str
    source_id: str
    code_system: str
    code: str
    started_on: date | None
    stopped_on: date | None


class WithdrawnIn(NamedTuple):
    """One fact that its source has taken back: entered in error, cancelled, refuted."""

    line: int
    source_id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch, and the lines whose patient we do not know."""

    added: int
    changed: int
    unchanged: int
    unknown_patient: tuple[int, ...]


class _Table(NamedTuple):
    name: str
    row: type[tuple[Any, ...]]
    types: str


OBSERVATIONS = _Table(
    "records_observation",
    ObservationIn,
    "int, text, text, text, text, text, numeric, text, text, text, text, date, timestamptz, text",
)
CONDITIONS = _Table("records_condition", ConditionIn, "int, text, text, text, text, text, date, date")
MEDICATION = _Table("records_medicationstatement", MedicationIn, "int, text, text, text, text, date, date")


def take_in(
    table: _Table,
    rows: Iterable[Sequence[Any]],
    *,
    source_system: str,
    at: datetime,
    received: int | None = None,
    patients_by: Literal["source", "public_id"] = "source",
    using: str = LOADER,
) -> Taken:
    """Take a batch of one kind in. Of several rows with one source id the last counts.

    `received` is the row in which the batch is kept as it came. A row's patient is told by the id they have at the
    source; by our own public id where whoever brings the batch has found the patient already.
    """
    columns = table.row._fields[2:]  # type: ignore[attr-defined]
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(_staging(table))
        with cursor.copy(f"COPY staging ({', '.join(table.row._fields)}) FROM STDIN (FORMAT BINARY)") as copy:  # type: ignore[attr-defined]
            copy.set_types(_types(table))
            for row in rows:
                copy.write_row(row)
        cursor.execute(_FIND_PATIENT[patients_by], [source_system] if patients_by == "source" else None)
        cursor.execute(_FIND_NEWEST)
        cursor.execute("SELECT line FROM staging WHERE patient_id IS NULL ORDER BY line")
        unknown = tuple(row[0] for row in cursor.fetchall())
        cursor.execute(_compare(table, columns), [source_system])
        cursor.execute(_supersede(table), [at])
        cursor.execute(_insert(table, columns), [source_system, source_system, at, received])
        cursor.execute(_COUNTS)
        added, changed, unchanged = cursor.fetchone()
        cursor.execute("DROP TABLE staging")
    return Taken(added, changed, unchanged, unknown)


def withdraw(
    table: _Table, rows: Iterable[WithdrawnIn], *, source_system: str, at: datetime, using: str = LOADER
) -> int:
    """Mark what a source has taken back as superseded; nothing follows it. Gives how many of them held until now."""
    ids = [row.source_id for row in rows]
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table.name} SET superseded_at = %s
            WHERE source_system = %s AND source_id = ANY(%s) AND superseded_at IS NULL
            """,  # noqa: S608  names of our own tables
            [at, source_system, ids],
        )
        return int(cursor.rowcount)


_COUNTS = """
SELECT count(*) FILTER (WHERE newest AND patient_id IS NOT NULL AND was_id IS NULL),
       count(*) FILTER (WHERE newest AND was_id IS NOT NULL AND NOT same),
       count(*) FILTER (WHERE patient_id IS NOT NULL AND (same OR NOT newest))
FROM staging
"""


def _types(table: _Table) -> list[str]:
    return [{"int": "int4"}.get(kind.strip(), kind.strip()) for kind in table.types.split(",")]


def _staging(table: _Table) -> str:
    names = table.row._fields  # type: ignore[attr-defined]
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, table.types.split(","), strict=True))
    state = "patient_id bigint, newest bool DEFAULT true, was_id bigint, was_version int, same bool DEFAULT false"
    return f"CREATE TEMP TABLE staging ({columns}, {state}) ON COMMIT DROP"


_FIND_PATIENT = {
    "source": """
UPDATE staging s SET patient_id = p.id FROM people_patient p WHERE p.source_system = %s AND p.source_id = s.patient
""",
    "public_id": "UPDATE staging s SET patient_id = p.id FROM people_patient p WHERE p.public_id = s.patient::uuid",
}
_FIND_NEWEST = """
UPDATE staging s SET newest = false
FROM (SELECT source_id, max(line) AS line FROM staging GROUP BY source_id HAVING count(*) > 1) d
WHERE s.source_id = d.source_id AND s.line < d.line
"""


def _compare(table: _Table, columns: Sequence[str]) -> str:
    """Find the row we hold under the same source id, and whether it says the same."""
    held, new = (", ".join(f"{side}.{c}" for c in ("patient_id", *columns)) for side in ("t", "s"))
    return f"""
        UPDATE staging s SET was_id = t.id, was_version = t.version, same = ({held}) IS NOT DISTINCT FROM ({new})
        FROM {table.name} t
        WHERE t.source_system = %s AND t.source_id = s.source_id AND t.superseded_at IS NULL
          AND s.newest AND s.patient_id IS NOT NULL
    """  # noqa: S608  names of our own tables


def _supersede(table: _Table) -> str:
    return f"""
        UPDATE {table.name} t SET superseded_at = %s FROM staging s WHERE t.id = s.was_id AND NOT s.same
    """  # noqa: S608  names of our own tables


def _insert(table: _Table, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    return f"""
        INSERT INTO {table.name} (patient_id, source_system, version, recorded_at, received_id, {names})
        SELECT patient_id, %s, coalesce(
                   was_version,
                   -- what was taken back and is said again follows the version that was taken back
                   (SELECT max(t.version) FROM {table.name} t
                    WHERE t.source_system = %s AND t.source_id = s.source_id), 0) + 1,
               %s, %s::bigint, {names}
        FROM staging s WHERE newest AND patient_id IS NOT NULL AND NOT same
        ORDER BY patient_id
    """  # noqa: S608  names of our own tables


def keep_received(body: bytes, *, kind: str, source_system: str, at: datetime, using: str = LOADER) -> int:
    """Keep what came in as it came, compressed; the same bytes are kept once. Gives the row's id."""
    digest = hashlib.sha256(body).digest()
    with connections[using].cursor() as cursor:
        cursor.execute(
            """
            WITH kept AS (
                INSERT INTO records_received (source_system, kind, body, digest, received_at)
                VALUES (%s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING RETURNING id)
            SELECT id FROM kept UNION ALL SELECT id FROM records_received WHERE digest = %s LIMIT 1
            """,
            [source_system, kind, zlib.compress(body, 1), digest, at, digest],
        )
        return int(cursor.fetchone()[0])


class Waiting(NamedTuple):
    """Something received whose patient was not known when it came."""

    id: int
    body: bytes


def waiting(kind: str, *, using: str = LOADER) -> list[Waiting]:
    """Give what of a kind still waits for its patient to be known, the oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT id, body FROM records_received WHERE kind = %s AND patient_id IS NULL ORDER BY id", [kind]
        )
        return [Waiting(number, zlib.decompress(body)) for number, body in cursor.fetchall()]


def belongs_to(received: int, patient_id: int, *, using: str = LOADER) -> None:
    """Say whom something received is about."""
    with connections[using].cursor() as cursor:
        cursor.execute("UPDATE records_received SET patient_id = %s WHERE id = %s", [patient_id, received])


_SAID_ELSEWHERE = """
SELECT measure, measured_on, value, answer FROM records_observation
WHERE patient_id = %s AND superseded_at IS NULL AND source_system <> %s AND measure = ANY(%s)
"""


def known_elsewhere(
    rows: Sequence[ObservationIn], *, patient_id: int, source_system: str, using: str = LOADER
) -> list[ObservationIn]:
    """Give those of one patient's values that another source has told already: same measure, day and value."""
    with connections[using].cursor() as cursor:
        measures = sorted({row.measure for row in rows if row.measure})
        cursor.execute(_SAID_ELSEWHERE, [patient_id, source_system, measures])
        held = {tuple(row) for row in cursor.fetchall()}
    return [row for row in rows if (row.measure, row.measured_on, row.value, row.answer) in held]


def conditions_held(patient_id: int, *, source_system: str, using: str = LOADER) -> set[tuple[str, str]]:
    """Give the diagnoses (system, code) that other sources have put on a patient's record."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT code_system, code FROM records_condition"
            " WHERE patient_id = %s AND superseded_at IS NULL AND source_system <> %s",
            [patient_id, source_system],
        )
        return {(system, code) for system, code in cursor.fetchall()}
