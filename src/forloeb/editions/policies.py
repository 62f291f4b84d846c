"""May this be done to a guideline? Named refusals; row-level security holds the same rules."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from forloeb.editions.models import Editor, Right
from forloeb.people.viewers import Viewer


class NotAnEditor(Exception):
    """The viewer does not have the right of the faggruppe that this asks for. `right` tells which."""

    def __init__(self, right: Right) -> None:
        super().__init__(f"needs the right {right.value}")
        self.right = right


def rights_of(viewer: Viewer, *, as_of: date) -> frozenset[Right]:
    """Give what a viewer may do to guidelines on a day; nothing for those who are no practitioner."""
    if viewer.practitioner_id is None:
        return frozenset()
    held = Editor.objects.filter(practitioner_id=viewer.practitioner_id, valid_from__lte=as_of)
    held = held.filter(Q(valid_until=None) | Q(valid_until__gt=as_of))
    return frozenset(Right(right) for right in held.values_list("right", flat=True))


def check_is_author(viewer: Viewer, *, as_of: date) -> int:
    """Refuse all but authors; gives the practitioner. Raises NotAnEditor."""
    return _check(viewer, {Right.AUTHOR}, as_of)


def check_is_checker(viewer: Viewer, *, as_of: date) -> int:
    """Refuse all but checkers; gives the practitioner. Raises NotAnEditor."""
    return _check(viewer, {Right.CHECKER}, as_of)


def check_is_editor(viewer: Viewer, *, as_of: date) -> int:
    """Refuse all who are neither author nor checker; gives the practitioner. Raises NotAnEditor."""
    return _check(viewer, {Right.AUTHOR, Right.CHECKER}, as_of)


def _check(viewer: Viewer, wanted: set[Right], as_of: date) -> int:
    if viewer.practitioner_id is None or not wanted & rights_of(viewer, as_of=as_of):
        raise NotAnEditor(sorted(wanted)[0])
    return viewer.practitioner_id
