"""A browser keeps our files for ever by the mark of their content, and texts are sent compressed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from forloeb.web.compression import Compression
from forloeb.web.environment import static
from forloeb.web.static_files import A_WHILE, FOR_EVER, StaticFiles

WEB = Path(settings.BASE) / "web"
STYLES = "vendor/styles/patient.css"
OWN_CSS = "forloeb/from_the_right.css"
TEXT = b"<p>text</p>" * 100


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return StaticFiles(lambda request: HttpResponse("a page", status=404))


def ask(files: StaticFiles, address: str) -> HttpResponseBase:
    return files(RequestFactory().get(address))


@pytest.mark.parametrize("name", [STYLES, OWN_CSS])
def test_a_file_asked_for_by_its_mark_is_kept_for_ever(files: StaticFiles, name: str) -> None:
    assert "?v=" in static(name)
    assert ask(files, static(name)).headers["Cache-Control"] == FOR_EVER


@pytest.mark.parametrize("mark", ["", "?v=", "?v=0123456789", "?w=1"])
def test_another_mark_or_none_is_not_believed(files: StaticFiles, mark: str) -> None:
    assert ask(files, f"/static/{OWN_CSS}{mark}").headers["Cache-Control"] == A_WHILE


def test_what_the_design_system_shows_is_asked_for_by_its_mark_and_fonts_come_as_woff2_only(files: StaticFiles) -> None:
    stylesheet = (WEB / "static" / STYLES).read_text(encoding="utf-8")
    shown = [name for name in re.findall(r'url\("?([^)"]+)"?\)', stylesheet) if not name.startswith("data:")]
    assert len(shown) > 12
    for name in shown:
        answer = ask(files, f"/static/vendor/{name.removeprefix('../')}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER), name
    fonts = re.findall(r"@font-face\{[^}]*IBM[^}]*\}", stylesheet)
    assert len(fonts) == 16
    assert all(
        font.count("url(") == font.count('format("woff2")') == 1 and "font-display:swap" in font for font in fonts
    )


def test_each_borrowed_text_lies_there_compressed_as_it_is(files: StaticFiles) -> None:
    compressed = list((WEB / "static" / "vendor").rglob("*.gz"))
    assert len(compressed) > 3
    assert all(gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes() for path in compressed)


def through(response: HttpResponseBase, *, method: str = "GET", accepts: str = "gzip, br") -> HttpResponseBase:
    request = RequestFactory().generic(method, "/", headers={"Accept-Encoding": accepts})

    def view(request: HttpRequest) -> HttpResponseBase:
        return response

    answer: HttpResponseBase = Compression(view)(request)  # type: ignore[arg-type, assignment]
    return answer


def test_a_page_goes_out_compressed_and_a_browser_that_cannot_read_that_gets_it_plain() -> None:
    sent = through(HttpResponse(TEXT))
    assert isinstance(sent, HttpResponse)
    assert sent.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in sent.headers["Vary"]
    assert gzip.decompress(sent.content) == TEXT
    plain = through(HttpResponse(TEXT), accepts="identity")
    assert isinstance(plain, HttpResponse)
    assert plain.content == TEXT


def test_the_same_page_has_another_length_each_time_so_that_its_length_tells_nothing() -> None:
    lengths = {len(sent.content) for _ in range(30) if isinstance(sent := through(HttpResponse(TEXT)), HttpResponse)}
    assert len(lengths) > 5


@pytest.mark.parametrize(
    ("response", "method"),
    [
        (HttpResponse(TEXT, content_type="application/pdf"), "GET"),
        (HttpResponse(TEXT, content_type="font/woff2"), "GET"),
        (HttpResponse(TEXT, status=206), "GET"),
        (HttpResponse(status=304), "GET"),
        (HttpResponse(TEXT), "HEAD"),
    ],
)
def test_what_is_compressed_in_itself_or_not_whole_is_left_alone(response: HttpResponse, method: str) -> None:
    assert "Content-Encoding" not in through(response, method=method).headers


def test_our_own_styles_are_compressed_on_their_way(files: StaticFiles) -> None:
    answer = through(ask(files, static(OWN_CSS)))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers["ETag"].startswith("W/")
