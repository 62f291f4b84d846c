"""Whose copy a device may hold. The copy itself is made, sealed and kept by `own_device.js` on the device (ADR 15)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from forloeb.people.viewers import Viewer

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def owner_of(viewer: Viewer) -> str:
    """Give a tag for who is signed in and whose plan they read; it says nothing to anybody but this site.

    A device compares it with that of the copy it holds, which another person erases, and the same one with other eyes.
    """
    eyes = f"{viewer.login_id}/{viewer.kind.value}/{viewer.patient_id}"
    return salted_hmac("forloeb.web.own_device", eyes, algorithm="sha256").hexdigest()


def leaves_nothing_on_the_device(page: Page[P]) -> Page[P]:
    """Tell the browser to forget all it keeps for us, also where our script never ran."""

    @wraps(page)
    def leaving(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = page(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return cast("Page[P]", leaving)
