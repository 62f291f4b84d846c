"""What makes the patient's pages an app: a manifest, the worker that answers without a network, the page it shows.

None of the three knows anybody's plan, so that a browser may keep them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from forloeb.web.asking import for_anyone
from forloeb.web.environment import SPRITE, static
from forloeb.web.speaking import spoken

_BRAND = "#0b5563"
_GROUND = "#f5f7f7"

STYLES_AND_SCRIPTS = (
    "vendor/styles/patient.css",
    "forloeb/forloeb.js",
    "forloeb/own_device.js",
    "forloeb/mark.svg",
    SPRITE,
)
_PLEX = "vendor/dkfds/fonts/IBMPlexSans/complete"
FONTS = tuple(
    f"{_PLEX}/woff2/IBMPlexSans-{weight}.{part}.woff2"
    for weight in ("Regular", "SemiBold")
    for part in ("common", "latin")
)
"""Those that the patient's pages use."""
FROM_THE_RIGHT = ("forloeb/from_the_right.css",)
_ARABIC = "vendor/plex-arabic/ibm-plex-sans-arabic-arabic"
ARABIC_FONTS = (f"{_ARABIC}-400-normal.woff2", f"{_ARABIC}-600-normal.woff2")


@for_anyone
@require_GET
def manifest(_request: HttpRequest) -> HttpResponse:
    """Describe the app to a phone that installs it."""
    described = {
        "id": reverse("own-plan"),
        "name": _("My care plan"),
        "short_name": _("My plan"),
        "description": _("The plan that you and your doctor have made."),
        "lang": spoken().code,
        "dir": spoken().direction,
        "start_url": reverse("own-plan"),
        "scope": "/",
        "display": "standalone",
        "theme_color": _BRAND,
        "background_color": _GROUND,
        "icons": [_icon(size, purpose) for purpose in ("any", "maskable") for size in (192, 512)],
    }
    return JsonResponse(described, content_type="application/manifest+json")


def _icon(size: int, purpose: str) -> dict[str, str]:
    name = f"icon-{size}.png" if purpose == "any" else f"icon-{purpose}-{size}.png"
    return {
        "src": static(f"forloeb/app/{name}"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


@for_anyone
@require_GET
def service_worker(_request: HttpRequest) -> HttpResponse:
    """Give the worker, with what it is to keep. When any of it changes, the language too, it is another worker."""
    shell = {"version": _version(), "page": reverse("offline"), "files": _files()}
    return HttpResponse(
        f"const SHELL = {json.dumps(shell)};\n{_worker()}",
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


@for_anyone
@require_GET
def offline(_request: HttpRequest) -> HttpResponse:
    """Show what a phone shows without a network. The phone keeps this page, so that it is the same for everybody."""
    return HttpResponse(_offline_page())


def _offline_page() -> str:
    # Without the request: a message that waits for somebody, or a form's token, must not end up in what is kept.
    return render_to_string("own_offline.html.j2")


def _files() -> list[str]:
    # A style sheet names its fonts without our mark of their content.
    return [static(name) for name in _styles_and_scripts()] + [static(name).partition("?")[0] for name in _fonts()]


def _styles_and_scripts() -> tuple[str, ...]:
    return STYLES_AND_SCRIPTS + (FROM_THE_RIGHT if spoken().direction == "rtl" else ())


def _fonts() -> tuple[str, ...]:
    return FONTS + (ARABIC_FONTS if spoken().direction == "rtl" else ())


def _version() -> str:
    kept = [_offline_page(), *(static(name) for name in (*_styles_and_scripts(), *_fonts()))]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]


@cache
def _worker() -> str:
    return (Path(__file__).parents[1] / "static" / "forloeb" / "service_worker.js").read_text(encoding="utf-8")
