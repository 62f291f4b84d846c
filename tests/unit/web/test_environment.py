"""What templates may call refuses rather than leave something out."""

from __future__ import annotations

import json

import pytest
from django.template.loader import get_template
from jinja2 import UndefinedError

from forloeb.web.environment import HTMX_CONFIG, NoSuchFile, NoSuchIcon, environment, icon, static


def test_a_name_that_is_not_there_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        environment(autoescape=True).from_string("{{ control.nothing }}").render(control={})


def test_a_value_is_escaped() -> None:
    assert environment(autoescape=True).from_string("{{ name }}").render(name="<b>") == "&lt;b&gt;"


def test_an_icon_is_decoration_beside_words_and_has_a_name_where_it_stands_alone() -> None:
    assert 'aria-hidden="true"' in icon("check")
    alone = icon("warning", label='A "warning"')
    assert 'role="img" aria-label="A &#34;warning&#34;"' in alone
    assert "aria-hidden" not in alone


def test_an_icon_that_would_show_nothing_is_refused() -> None:
    with pytest.raises(NoSuchIcon):
        icon("no-such-icon")


def test_a_files_address_carries_a_mark_of_its_content() -> None:
    address = static("forloeb/forloeb.css")
    assert address.startswith("/static/forloeb/forloeb.css?v=")
    assert address != static("forloeb/practice.css").replace("practice", "forloeb")
    with pytest.raises(NoSuchFile):
        static("forloeb/no-such-file.css")


def test_htmx_evaluates_nothing_writes_no_style_and_keeps_no_page_in_the_browser() -> None:
    config = json.loads(HTMX_CONFIG)
    assert config["allowEval"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True
    assert config["historyCacheSize"] == 0


@pytest.mark.parametrize("page", ["400.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_no_request_and_says_what_to_do(page: str) -> None:
    document = get_template(page).render()
    assert 'lang="da"' in document
    assert "<h1>" in document
