"""Simulations are kept with the revision they are of: in full for the practice, small numbers hidden for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forloeb.editions.models import Simulation, SimulationInFull
from forloeb.people.viewers import Viewer


@dataclass(frozen=True, slots=True)
class KeptSimulation:
    """A simulation as the viewer may read it. `is_in_full` tells that it is of their own practice."""

    revision: int
    as_of: date
    made_at: datetime
    made_by_name: str
    organization_name: str
    result: Mapping[str, Any]
    is_in_full: bool


def keep_simulation(
    revision_id: int,
    in_full: Mapping[str, Any],
    for_others: Mapping[str, Any],
    *,
    by: Viewer,
    at: datetime,
    as_of: date,
) -> None:
    """Keep a simulation of a revision among the viewer's own people."""
    kept = Simulation.objects.create(
        revision_id=revision_id,
        organization_id=by.acts_for,
        as_of=as_of,
        made_at=at,
        made_by_name=by.name,
        result=dict(for_others),
    )
    SimulationInFull.objects.create(simulation=kept, organization_id=by.acts_for, result=dict(in_full))


def find_simulation(draft_id: int) -> KeptSimulation | None:
    """Find the newest simulation of a draft: in full where it is of the viewer's practice, as the database has it."""
    kept = (
        Simulation.objects.filter(revision__draft_id=draft_id)
        .select_related("revision", "organization")
        .order_by("-revision__number", "-pk")
        .first()
    )
    if kept is None:
        return None
    whole = SimulationInFull.objects.filter(simulation=kept).first()
    return KeptSimulation(
        kept.revision.number,
        kept.as_of,
        kept.made_at,
        kept.made_by_name,
        kept.organization.name,
        whole.result if whole else kept.result,
        whole is not None,
    )
