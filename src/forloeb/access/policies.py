"""May this be done? The first lock; row-level security is the second and holds the same rules."""

from __future__ import annotations

from forloeb.people.viewers import Viewer, ViewerKind


class NoCareRelation(Exception):
    """The viewer has nothing to do with this patient today, or there is no such patient: the two look the same."""

    def __init__(self) -> None:
        super().__init__("no care relation to this patient")


class NotForThisViewer(Exception):
    """The page is for another kind of viewer: a patient's page asked for by a practice, or the reverse."""

    def __init__(self) -> None:
        super().__init__("this page is for another kind of sign-in")


def check_is_practice(viewer: Viewer) -> None:
    """Refuse all but staff acting for a practice. Raises NotForThisViewer."""
    if viewer.kind is not ViewerKind.PRACTICE or viewer.organization_id is None:
        raise NotForThisViewer


def check_is_patient(viewer: Viewer) -> None:
    """Refuse all but a patient looking at their own plan. Raises NotForThisViewer."""
    if viewer.kind is not ViewerKind.PATIENT or viewer.patient_id is None:
        raise NotForThisViewer


OWN_PLAN = "own-plan"
ON_OUR_LIST = "on-our-list"


def rule_for(viewer: Viewer) -> str:
    """Name the rule that lets this viewer in, for the log and for the patient who reads it."""
    return OWN_PLAN if viewer.kind is ViewerKind.PATIENT else ON_OUR_LIST
