"""Who belongs to the groups that figures speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from forloeb.population.synthesis.draws import Bools, Floats
from forloeb.population.synthesis.figure_kinds import Group, GroupShare

G = TypeVar("G", bound=Group)


def is_in(group: Group, has: Mapping[str, Bools], size: int) -> Bools:
    """Answer for each person whether the group fits."""
    inside = np.ones(size, dtype=bool)
    for disease in group.with_:
        inside &= has[disease]
    if group.with_any:
        inside &= np.logical_or.reduce([has[disease] for disease in group.with_any])
    for disease in group.without:
        inside &= ~has[disease]
    return inside


def split(groups: Sequence[G], has: Mapping[str, Bools], size: int) -> list[tuple[G, Bools]]:
    """Give each group with those it is the first to fit."""
    left = np.ones(size, dtype=bool)
    parts = []
    for group in groups:
        mine = left & is_in(group, has, size)
        left &= ~mine
        parts.append((group, mine))
    return parts


def shares(groups: Sequence[GroupShare], has: Mapping[str, Bools], ages: Floats) -> Floats:
    """Give each person the share of the first group that fits; nobody's share is 0."""
    found = np.zeros(len(ages))
    for group, mine in split(groups, has, len(ages)):
        found[mine & (ages >= group.from_age)] = group.share
    return found
