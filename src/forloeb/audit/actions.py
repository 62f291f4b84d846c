"""Writes the log. An entry is part of the transaction it tells of: what is answered has been written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import orjson
from django.db import connections

Action = Literal["read", "write", "refused"]


def append(
    *,
    action: Action,
    event: str,
    viewer: str,
    login_id: int | None = None,
    organization_id: int | None = None,
    role: str | None = None,
    patient_id: int | None = None,
    rule: str | None = None,
    detail: Mapping[str, object] | None = None,
    using: str = "default",
) -> None:
    """Add one entry: what was done (`event`), by whom, for which organization, to whom, and the rule that let them.

    `detail` carries kinds and ids, never values, names or CPR numbers.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT audit.append(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                action,
                event,
                viewer,
                login_id,
                organization_id,
                role,
                patient_id,
                rule,
                orjson.dumps(detail or {}).decode(),
            ],
        )
