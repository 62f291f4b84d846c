"""The practice's own quality figures over time, beside the region's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.population.quality import get_quality
from forloeb.web.asking import Asking, for_practice


@require_GET
@for_practice
def quality(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Show each indicator with its standard and source, as a chart with its table beside."""
    return render(request, "quality.html.j2", {"asking": asking, "found": get_quality(seen_by=asking.viewer)})
