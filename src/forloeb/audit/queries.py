"""Questions to the log, asked by the owner of the database only."""

from __future__ import annotations

from django.db import connections

from forloeb.audit.checkpoints import find_checkpoint_faults
from forloeb.audit.faults import Fault
from forloeb.audit.signing import Keys

__all__ = ["Fault", "count_entries", "find_faults"]

# One pass over each chain: each place follows the one before, each hash is what its content and the hash before give.
_FAULTS = """
SELECT chain, position,
       CASE WHEN position <> place THEN 'an entry is missing before it'
            ELSE 'it is not the entry that was written here: changed, added or moved' END
FROM (
    SELECT e.*, coalesce(lag(e.position) OVER w, 0) + 1 AS place, coalesce(lag(e.hash) OVER w, '\\x') AS previous
    FROM audit.entry e
    WINDOW w AS (PARTITION BY e.chain ORDER BY e.position)
) e
WHERE position <> place
   OR hash <> audit.link(previous, chain, position, happened_at, action, event, viewer, login_id, organization_id,
                         role, practitioner_id, patient_id, rule, reason, data, detail)
UNION ALL
SELECT coalesce(c.number, e.chain), coalesce(e.position, 0),
       CASE WHEN coalesce(e.position, 0) < c.length THEN 'entries are missing at the end of the chain'
            ELSE 'the chain does not end here' END
FROM audit.chain c FULL JOIN (
    SELECT DISTINCT ON (chain) chain, position, hash FROM audit.entry ORDER BY chain, position DESC
) e ON e.chain = c.number
WHERE coalesce(e.position, 0) IS DISTINCT FROM c.length OR coalesce(e.hash, '\\x') IS DISTINCT FROM c.head
ORDER BY 1, 2
LIMIT 100
"""


def find_faults(*, keys: Keys | None = None, kept: str | None = None, using: str = "owner") -> list[Fault]:
    """Recompute every chain and meet every checkpoint; an empty list means that all stands as it was written.

    Signatures are checked with `keys`; `kept` is the hash of a checkpoint that must be among ours.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_FAULTS)
        faults = [Fault(*row) for row in cursor.fetchall()]
    return faults + find_checkpoint_faults(keys, kept=kept, using=using)


def count_entries(*, using: str = "owner") -> int:
    """Count the entries of the whole log."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.entry")
        return int(cursor.fetchone()[0])
