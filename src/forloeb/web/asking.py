"""Who is asking, on which day, and what a page answers when it may not answer.

Every page is made with one of the `for_…` below; a test goes through all addresses and
finds that none was forgotten. Inside, PostgreSQL shows only what the viewer may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from forloeb.access import policies
from forloeb.access.actions import note_signed_in, note_signed_out
from forloeb.access.identities import SignedIn
from forloeb.access.queries import note
from forloeb.access.sessions import SEEN, VIEWER, is_away, viewer_in
from forloeb.editions.policies import NotAnEditor
from forloeb.people.viewers import STAFF, Viewer, ViewerKind, looking
from forloeb.web.launch.framing import end_session, opened_from
from forloeb.web.speaking import speak_to_staff

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Asking:
    """Someone who asks for a page, and the moment they ask. The only look at the clock."""

    viewer: Viewer
    at: datetime

    @property
    def as_of(self) -> date:
        """The calendar day in Copenhagen."""
        return timezone.localdate(self.at)


PracticeView = Callable[Concatenate[HttpRequest, Asking, P], HttpResponse]


def for_practice(view: PracticeView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page for staff who act for a practice."""
    return _page(view, ViewerKind.PRACTICE)


def for_professional(view: PracticeView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page for staff who read a plan by a referral or a stated reason, wherever they work."""
    return _page(view, *STAFF)


def for_patient(view: PracticeView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page for a patient about their own plan."""
    return _page(view, ViewerKind.PATIENT)


def for_reader(view: PracticeView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page for a patient, and for a relative who reads with their proxy."""
    return _page(view, ViewerKind.PATIENT, ViewerKind.PROXY)


def for_app_users(view: PracticeView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make a page for those who may let an app of others use their access: patients, and staff anywhere."""
    return _page(view, ViewerKind.PATIENT, *STAFF)


def for_anyone(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Any:
    """Mark a page that shows nothing of any patient and needs no sign-in."""
    view.for_whom = "anyone"  # type: ignore[attr-defined]
    return view


def _page(view: PracticeView[P], *kinds: ViewerKind) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        viewer = viewer_of(request)
        if viewer is None:
            return _to_sign_in(request)
        _keep_awake(request)
        if viewer.kind in STAFF:
            speak_to_staff(request)
        if viewer.kind not in kinds:
            return refused(request, viewer, policies.NotForThisViewer())
        asking = Asking(viewer, timezone.now())
        try:
            with looking(viewer):
                response = view(request, asking, *args, **kwargs)
        except REFUSALS as refusal:
            _note_refusal(request, viewer)
            return refused(request, viewer, refusal)
        response.headers["Cache-Control"] = "no-store"
        return response

    page.for_whom = "+".join(sorted(kind.value for kind in kinds))  # type: ignore[attr-defined]
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponse]", page)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    framed = opened_from(request)
    where = reverse("launch-again" if framed else "sign-in")
    if request.method == "GET" and not framed:
        where = f"{where}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)


REFUSALS = (
    policies.NoCareRelation,
    policies.NotForThisViewer,
    policies.NotAuthorized,
    policies.PatientSaidNo,
    policies.BlocksUnknown,
    policies.ProxyIsOver,
    NotAnEditor,
)
"""What access may answer a page with; each has its words in `refused.html.j2`."""


def refused(request: HttpRequest, viewer: Viewer, refusal: Exception) -> HttpResponse:
    """Say no, in words a person can act on; the same words whether or not there is such a patient."""
    return render(request, "refused.html.j2", {"viewer": viewer, "why": type(refusal).__name__}, status=403)


def _note_refusal(request: HttpRequest, viewer: Viewer) -> None:
    """Write a refusal down in a transaction of its own: the page's was undone."""
    with looking(viewer):
        note(viewer, event=request.resolver_match.view_name if request.resolver_match else "page", action="refused")


HAS_MORE_WAYS = "has_more_ways"
"""Whether someone could look with other eyes too: another workplace, or a plan they read by proxy."""
_STEP_SECONDS = 60
"""How finely we remember when someone was last here: not every page need write the session."""


def sign_in(
    request: HttpRequest, who: SignedIn, organization_id: int | None = None, reads_for: int | None = None
) -> Viewer:
    """Let a person in under a new session. Raises NotForThisViewer when they do not work there, or read for nobody."""
    viewer = who.viewer(organization_id, reads_for)
    request.session.cycle_key()
    request.session[VIEWER] = {
        "kind": viewer.kind.value,
        "login_id": viewer.login_id,
        "name": viewer.name,
        "organization_id": viewer.organization_id,
        "practitioner_id": viewer.practitioner_id,
        "role": viewer.role,
        "patient_id": viewer.patient_id,
        "organization_name": viewer.organization_name,
        "is_authorized": viewer.is_authorized,
    }
    request.session[SEEN] = int(timezone.now().timestamp())
    note_signed_in(viewer)
    return viewer


def sign_out(request: HttpRequest) -> None:
    """End the session, whoever's it was."""
    viewer = viewer_of(request)
    end_session(request)
    if viewer is not None:
        note_signed_out(viewer)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Give who is signed in; None when nobody is, or when they have been away for too long: the session then ends."""
    now, idle = timezone.now().timestamp(), settings.SESSION_IDLE_SECONDS
    if VIEWER in request.session and is_away(request.session, now=now, idle_seconds=idle):
        end_session(request)
        minutes = settings.SESSION_IDLE_SECONDS // 60
        messages.info(
            request, _("You were away for more than %(minutes)d minutes. Sign in again.") % {"minutes": minutes}
        )
        return None
    return viewer_in(request.session, now=now, idle_seconds=idle)


def _keep_awake(request: HttpRequest) -> None:
    if is_away(request.session, now=timezone.now().timestamp(), idle_seconds=_STEP_SECONDS):
        request.session[SEEN] = int(timezone.now().timestamp())
