"""A request with a token, answered through its holder's eyes; 401 without one, 403 beyond its scopes, else 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from forloeb.access import policies
from forloeb.access.tokens import Holder, bearer_of, find_holder
from forloeb.careplans.subscriptions import NoSuchSubscription, NotAllowed
from forloeb.people.viewers import looking

P = ParamSpec("P")


def for_holders(
    view: Callable[Concatenate[HttpRequest, Holder, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Make an address for apps that bring a token; a cookie opens nothing here."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        holder = find_holder(bearer_of(request.headers.get("Authorization", "")))
        if holder is None:
            refusal = refuse(401, "login", "a bearer token is needed, and this is none that holds")
            refusal.headers["WWW-Authenticate"] = 'Bearer realm="forloeb", error="invalid_token"'
            return refusal
        try:
            with looking(holder.viewer):
                return view(request, holder, *args, **kwargs)
        except NotAllowed as refused:
            return refuse(403, "forbidden", str(refused))
        except (NoSuchSubscription, policies.NoCareRelation):
            return refuse(404, "not-found", "there is nothing here that this token opens")

    answered.for_whom = "token"  # type: ignore[attr-defined]
    return answered  # type: ignore[return-value]


def answer(resource: dict[str, Any], status: int = 200) -> HttpResponse:
    """Give a resource as FHIR JSON."""
    return HttpResponse(orjson.dumps(resource), status=status, content_type="application/fhir+json")


def refuse(status: int, code: str, words: str, element: str = "") -> HttpResponse:
    """Give an OperationOutcome that says what is wrong, and at which element."""
    issue: dict[str, Any] = {"severity": "error", "code": code, "diagnostics": words}
    if element:
        issue["expression"] = [element]
    return answer({"resourceType": "OperationOutcome", "issue": [issue]}, status)
