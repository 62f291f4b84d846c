"""May this be done? The first lock; row-level security is the second and holds the same rules.

Each rule has a name that stands in the log and that the patient reads in plain words; each refusal is an exception that
the pages turn into a line a person can act on.
"""

from __future__ import annotations

from datetime import date

from forloeb.kernel.periods import whole_years
from forloeb.people.viewers import STAFF, Viewer, ViewerKind

OWN_PLAN = "own-plan"
BY_PROXY = "by-proxy"
ON_OUR_LIST = "on-our-list"
OUR_OWN_RECORD = "our-own-record"
BY_REFERRAL = "by-referral"
STATED_REASON = "stated-reason"
EMERGENCY = "emergency"

GIVES_PROXIES_FROM_AGE = 15
"""The age from which a patient decides for themselves (Sundhedsloven § 17)."""


class NoCareRelation(Exception):
    """The viewer has nothing to do with this patient today, or there is no such patient: the two look the same."""

    def __init__(self) -> None:
        super().__init__("no care relation to this patient")


class NotForThisViewer(Exception):
    """The page is for another kind of viewer: a patient's page asked for by a practice, or the reverse."""

    def __init__(self) -> None:
        super().__init__("this page is for another kind of sign-in")


class PatientSaidNo(Exception):
    """The patient has blocked this organization, or all of them. An emergency may still be stated."""

    def __init__(self) -> None:
        super().__init__("the patient has said no to look-ups")


class SaidNoNationally(PatientSaidNo):
    """The citizen has blocked the viewer in the national register. An emergency may still be stated."""


class BlocksUnknown(Exception):
    """The national register of blocks did not answer, so that nobody knows. An emergency may still be stated."""

    def __init__(self) -> None:
        super().__init__("the national register of blocks did not answer")


class NotAuthorized(Exception):
    """The viewer has neither an authorization nor the national role that stands in for it."""

    def __init__(self) -> None:
        super().__init__("no authorization and no national role")


class PatientIsDead(Exception):
    """The patient has died: no plan is made, no reason can be stated, and no proxy holds."""

    def __init__(self) -> None:
        super().__init__("the patient has died")


class ProxyIsOver(Exception):
    """The proxy has run out, or the patient has taken it back."""

    def __init__(self) -> None:
        super().__init__("the proxy has ended")


class UnderFifteen(Exception):
    """A child: access by parental custody is not offered here, and a child under fifteen gives no proxy."""

    def __init__(self) -> None:
        super().__init__("the patient is under fifteen")


def check_is_practice(viewer: Viewer) -> None:
    """Refuse all but staff acting for a practice. Raises NotForThisViewer."""
    if viewer.kind is not ViewerKind.PRACTICE or viewer.organization_id is None:
        raise NotForThisViewer


def check_may_see_statistics(viewer: Viewer) -> None:
    """Let staff of every sector see the sums: they are of nobody, and published. Raises NotForThisViewer."""
    if viewer.kind not in STAFF or viewer.organization_id is None:
        raise NotForThisViewer


def check_is_patient(viewer: Viewer) -> None:
    """Refuse all but a patient looking at their own plan. Raises NotForThisViewer."""
    if viewer.kind is not ViewerKind.PATIENT or viewer.patient_id is None:
        raise NotForThisViewer


def check_may_look_up(viewer: Viewer) -> None:
    """Refuse all but authorized staff. Raises NotForThisViewer, NotAuthorized."""
    if viewer.kind not in STAFF or viewer.organization_id is None:
        raise NotForThisViewer
    if not viewer.is_authorized:
        raise NotAuthorized


def check_gives_proxies(birth_date: date, as_of: date) -> None:
    """Refuse proxies to the plan of a child. Raises UnderFifteen."""
    if whole_years(birth_date, as_of) < GIVES_PROXIES_FROM_AGE:
        raise UnderFifteen
