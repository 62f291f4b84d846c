"""Questions to the log, asked by the owner of the database only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

# One pass over each chain: the place must follow the one before, and the hash must be the one its content gives.
_FAULTS = """
SELECT chain, position,
       CASE WHEN position <> place THEN 'an entry is missing before it'
            WHEN previous <> expected_previous THEN 'it does not follow the entry before it'
            ELSE 'its content was changed' END AS fault
FROM (
    SELECT e.*, row_number() OVER w AS place,
           coalesce(lag(e.hash) OVER w, '\\x'::bytea) AS expected_previous
    FROM audit.entry e
    WINDOW w AS (PARTITION BY e.chain ORDER BY e.position)
) e
WHERE position <> place OR previous <> expected_previous
   OR hash <> audit.content_hash(previous, chain, position, happened_at, action, event, viewer,
                                 login_id, organization_id, role, patient_id, rule, detail)
UNION ALL
SELECT c.number, c.length, 'entries are missing at the end of the chain'
FROM audit.chain c LEFT JOIN audit.entry e ON e.chain = c.number AND e.position = c.length
WHERE (c.length > 0 AND (e.hash IS DISTINCT FROM c.head))
   OR c.length <> (SELECT coalesce(max(position), 0) FROM audit.entry x WHERE x.chain = c.number)
ORDER BY 1, 2
LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place in the log that is not as it was written."""

    chain: int
    position: int
    what: str


def find_faults(*, using: str = "owner") -> list[Fault]:
    """Recompute every chain; an empty list means that no entry was changed, removed, added or moved."""
    with connections[using].cursor() as cursor:
        cursor.execute(_FAULTS)
        return [Fault(*row) for row in cursor.fetchall()]


def count_entries(*, using: str = "owner") -> int:
    """Count the entries of the whole log."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        return int(cursor.fetchone()[0])
