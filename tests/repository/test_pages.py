"""Promises that the pages' files keep: every text is translated, every icon exists, nothing is inline."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.urls import get_resolver
from tests.repository.test_every_address_has_a_viewer import addresses
from tools.compile_messages import patient_modules

from forloeb.web.environment import icon_names

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src" / "forloeb" / "web"
TEMPLATES = sorted((WEB / "jinja2").glob("*"))
POS = sorted(WEB.glob("locale/*/LC_MESSAGES/django.po"))
STYLES = WEB / "static" / "forloeb"


def test_every_text_has_a_danish_translation_and_every_text_for_patients_one_in_each_language() -> None:
    checked = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "compile_messages.py"), "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_no_page_of_a_patient_is_left_out_when_texts_are_gathered() -> None:
    gathered = set(patient_modules())
    theirs = [
        page.callback for page in addresses(get_resolver()) if "patient" in getattr(page.callback, "for_whom", "")
    ]
    # The API speaks to programs: its answers have no words to translate.
    pages = {view.__module__ for view in theirs if view.__module__.startswith("forloeb.web.")}
    modules = {module.removeprefix("forloeb.").replace(".", "/") + ".py" for module in pages}
    assert modules
    assert modules <= gathered


@pytest.mark.parametrize("po", POS, ids=lambda path: path.parts[-3])
def test_a_translation_names_the_same_placeholders_as_its_text(po: Path) -> None:
    with po.open("rb") as file:
        odd = [message.id for message in read_po(file) if message.id and not _agree(message)]
    assert not odd


def _agree(message: Message) -> bool:
    """Whether each form names what the text names; a form for one thing may leave its count out."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    wanted = _placeholders(ids[-1])
    return all(_placeholders(text) == wanted for text in strings[-1:]) and all(
        _placeholders(text) <= wanted for text in strings
    )


def _placeholders(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"%\((\w+)\)[sd]|\{(\w+)\}", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_style_or_script_and_only_icons_that_exist(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\bstyle=|<style|\son[a-z]+=|<script(?![^>]*\bsrc=)|javascript:", text)
    for pattern in (
        r"""\bicon\(["']([a-z-]+)["'][,)]""",
        r"""icon_name=["']([a-z-]+)["']""",
        r"""\bui\.status\(.*?, ["']([a-z-]+)["'], (?:["'](?:good|attention|urgent|note|unknown)["']|\w+\.level)\)""",
    ):
        assert set(re.findall(pattern, text)) <= icon_names()


def test_a_page_with_a_limited_field_asks_for_the_script_that_counts_its_letters() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES if path.name != "components.html.j2"}
    limited = {name for name, text in texts.items() if re.search(r"textarea_field\(.*\blimit=", text)}
    # The control page has its limited fields from a file of parts; another page borrows only its tables.
    pages = limited - {"control_parts.html.j2"} | {"control.html.j2"}
    assert pages == {name for name, text in texts.items() if "{% block counting %}{{ ui.counting() }}" in text}


@pytest.mark.parametrize("name", ["forloeb.css", "patient.css"])
def test_a_style_that_patients_meet_follows_the_reading_and_names_neither_left_nor_right(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STYLES / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(r"[^;{}]*\b(?:left|right)\b[^;{}]*", text), "write inline-start, inline-end, start or end"
    four = re.findall(r"(?:margin|padding|inset): *([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);", text)
    assert not [sides for sides in four if sides[1] != sides[3]], "sides that differ: write padding-inline: 1rem 2rem"
