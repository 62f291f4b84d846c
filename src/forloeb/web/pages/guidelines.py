"""The guidelines as a handbook: every rule with its source, as the engine holds them, in each version."""

from __future__ import annotations

import io
import zipfile

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from forloeb.careplans.engine import is_signed_off
from forloeb.careplans.override_counts import overrides_of
from forloeb.editions.drafting import find_draft
from forloeb.editions.holding import (
    Held,
    files_in,
    guideline_in,
    held_versions,
    holding_on,
    library_of,
    library_on,
)
from forloeb.editions.policies import rights_of
from forloeb.guidelines.handbook import make_handbook
from forloeb.guidelines.library import Guideline, Library
from forloeb.guidelines.version_differences import Version, version_differences
from forloeb.web.asking import Asking, for_practice
from forloeb.web.formatting import current_language
from forloeb.web.guideline_words import how_it_is_read


@require_GET
@for_practice
def index(request: HttpRequest, asking: Asking) -> HttpResponse:
    """List the guidelines with the versions that hold, whether a clinician has signed them, and what is on its way."""
    versions = held_versions()
    held = [
        (
            guideline,
            is_signed_off(guideline.name, guideline.file.version),
            next((v for v in versions if v.guideline == guideline.name and v.valid_from > asking.as_of), None),
            find_draft(guideline.name),
        )
        for guideline in library_on(asking.as_of, versions).guidelines
    ]
    return render(request, "guidelines.html.j2", {"asking": asking, "guidelines": held})


@require_GET
@for_practice
def handbook(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show one guideline's handbook: the version that holds, or the one that is asked for."""
    held = _held(asking, name, request.GET.get("version", ""))
    library, guideline = _read(held)
    context = {
        "asking": asking,
        "handbook": make_handbook(library, guideline, current_language(), as_of=max(held.valid_from, asking.as_of)),
        "reads": how_it_is_read(),
        "signed_off": is_signed_off(guideline.name, guideline.file.version),
        "rights": rights_of(asking.viewer, as_of=asking.as_of),
        "draft": find_draft(name),
    }
    return render(request, "handbook.html.j2", context)


@require_GET
@for_practice
def versions(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """List a guideline's versions, and say in words what differs between two of them."""
    found = [held for held in held_versions() if held.guideline == name]
    if not found:
        raise Http404
    after = _held(asking, name, request.GET.get("to", "") or found[-1].version)
    earlier = [held for held in found if held.valid_from < after.valid_from]
    wanted = request.GET.get("from", "") or (earlier[-1].version if earlier else "")
    before = _held(asking, name, wanted) if wanted else None
    context = {
        "asking": asking,
        "name": name,
        "title": _read(after)[1].file.title,
        "versions": list(reversed(found)),
        "holding": next(held for held in holding_on(found, asking.as_of)),
        "before": before,
        "after": after,
        "differences": _differences(before, after) if before else (),
    }
    return render(request, "guideline_versions.html.j2", context)


@require_GET
@for_practice
def overrides(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Show the guideline group how often each rule's goal is agreed to differ, and why: counts, never anybody."""
    held = _held(asking, name, "")
    context = {
        "asking": asking,
        "name": name,
        "title": _read(held)[1].file.title,
        "rules": overrides_of(name, seen_by=asking.viewer, as_of=asking.as_of),
    }
    return render(request, "guideline_overrides.html.j2", context)


@require_GET
@for_practice
def export(request: HttpRequest, asking: Asking, name: str) -> HttpResponse:
    """Give a version as the content's own files, to be put into version control."""
    held = _held(asking, name, request.GET.get("version", ""))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(files_in(held).items()):
            # The same version gives the same bytes: the day in the archive is the day it holds from.
            when = (held.valid_from.year, held.valid_from.month, held.valid_from.day, 0, 0, 0)
            archive.writestr(zipfile.ZipInfo(f"content/{path}", when), text.encode("utf-8"))
    headers = {"Content-Disposition": f'attachment; filename="{name}-{held.version}.zip"'}
    return HttpResponse(packed.getvalue(), content_type="application/zip", headers=headers)


def _held(asking: Asking, name: str, version: str) -> Held:
    """Find a version, or the one that holds today. A name or version there is none of is a page that does not exist."""
    found = held_versions()
    if version:
        held = next((h for h in found if (h.guideline, h.version) == (name, version)), None)
    else:
        held = next((h for h in holding_on(found, asking.as_of) if h.guideline == name), None)
    if held is None:
        raise Http404
    return held


def _read(held: Held) -> tuple[Library, Guideline]:
    library = library_of(frozenset() if held.edition_id is None else frozenset([held.edition_id]))
    guideline = guideline_in(library, held.guideline)
    if guideline is None:
        raise Http404
    return library, guideline


def _differences(before: Held, after: Held) -> object:
    return version_differences(Version(*_read(before)), Version(*_read(after)), current_language())
