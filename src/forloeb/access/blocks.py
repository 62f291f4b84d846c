"""A patient says no to look-ups (*frabedelse*): by one organization, or by everybody but the practice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from forloeb.access.models import Block
from forloeb.access.queries import open_own
from forloeb.people.viewers import Viewer


@dataclass(frozen=True, slots=True)
class BlockInForce:
    """A no that holds. `organization_id` is None where it holds for all."""

    id: int
    organization_id: int | None
    organization_name: str
    set_at: datetime


_IN_FORCE = """
SELECT b.id, b.organization_id, coalesce(o.name, ''), b.set_at
FROM access_block b LEFT JOIN people_organization o ON o.id = b.organization_id
WHERE b.patient_id = %s AND b.lifted_at IS NULL
ORDER BY b.organization_id NULLS FIRST
"""


def blocks_of(patient_id: int) -> tuple[BlockInForce, ...]:
    """Give what an opened patient has said no to, the whole plan first."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [patient_id])
        return tuple(BlockInForce(*row) for row in cursor.fetchall())


def set_block(organization_id: int | None, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Say no to an organization, or to all. Said twice, it is said once. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="block-set", action="write")
    if organization_id not in {block.organization_id for block in blocks_of(patient.id)}:
        Block.objects.create(patient_id=patient.id, organization_id=organization_id, set_at=at)


def lift_block(block_id: int, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Take a no back; that it was said stays. Raises NotForThisViewer."""
    patient = open_own(seen_by=by, as_of=as_of, event="block-lifted", action="write")
    Block.objects.filter(pk=block_id, patient_id=patient.id, lifted_at=None).update(lifted_at=at)
