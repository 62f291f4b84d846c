"""The accessibility statement that the law on web accessibility asks of public bodies' sites."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.web.asking import for_anyone


@for_anyone
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what is tested and how, what falls short, and where to complain."""
    contact = settings.ACCESSIBILITY_CONTACT
    return render(request, "accessibility.html.j2", {"contact": contact, "is_mail": "@" in contact})
