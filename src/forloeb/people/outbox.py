"""Putting a job in the outbox, in the transaction of what it is about. A job holds ids and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson
from django.db import DEFAULT_DB_ALIAS, connections

# Straight into procrastinate's table: one statement, and a job that waits already is not put in twice.
_DEFER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


def defer(
    queue: str,
    task: str,
    args: Mapping[str, int | str],
    *,
    lock: str | None = None,
    once: str | None = None,
    at: datetime | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Have something done after this transaction.

    Jobs with the same `lock` are done one at a time, in the order they were put in; of jobs with the same `once` only
    one waits. `at` is the earliest moment.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_DEFER, [queue, task, lock, once, orjson.dumps(args).decode(), at])
