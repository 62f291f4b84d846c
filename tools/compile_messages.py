"""Gather the pages' English texts and compile their Danish translations.

    python tools/compile_messages.py            compile what is translated (part of the setup; quick)
    python tools/compile_messages.py --update   first gather new texts from code and templates into django.po
    python tools/compile_messages.py --check    say which texts have no translation; 1 when there are any

English is the key. The compiled file is not kept in the repository.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "forloeb" / "web"
SPEAKING = (WEB, ROOT / "src" / "forloeb" / "jobs")
"""The rooms that speak to people: pages, and what is sent."""
LANGUAGE = "da"
PO = WEB / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"

HEADER = "# Danish texts of the pages. English is the key; `tools/compile_messages.py --update` brings in new ones."

METHODS = [("**/static/**", "ignore"), ("**.py", "python"), ("**/jinja2/**", "jinja2")]
OPTIONS = {"**/jinja2/**": {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def read_catalogue() -> Catalog:
    """Read the translations as they stand."""
    with PO.open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def gather() -> Catalog:
    """Collect every text in code and templates that asks to be translated."""
    found = Catalog(locale=LANGUAGE, project="forloeb", charset="utf-8")
    for room in SPEAKING:
        for name, line, texts, comments, context in extract_from_dir(
            room, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            found.add(texts, None, [(f"{room.name}/{name}", line)], auto_comments=comments, context=context)
    return found


def update() -> None:
    """Bring django.po in line with the code: new texts come in untranslated, texts no longer used go out."""
    catalogue = Catalog(locale=LANGUAGE, header_comment=HEADER, fuzzy=False)
    if PO.is_file():
        for message in read_catalogue():
            if message.id:
                catalogue[message.id] = message
    catalogue.update(gather(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    # Without line numbers: they change with every edit, and two people's changes would always meet.
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False)
    dated = re.compile(rb'^"(?:POT|PO|Project|Report|Last|Language-Team|Generated)[-A-Za-z]*: .*\n', re.MULTILINE)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(dated.sub(b"", written.getvalue()))


def compile_catalogue() -> None:
    """Write the compiled translations, unless they are newer than their source."""
    target = PO.with_suffix(".mo")
    if target.is_file() and target.stat().st_mtime >= PO.stat().st_mtime:
        return
    with target.open("wb") as file:
        write_mo(file, read_catalogue())


def untranslated() -> Iterator[str]:
    """Give the texts that pages use and that have no translation, or only a guessed one."""
    known = read_catalogue()
    for message in gather():
        if message.id and not is_translated(known.get(message.id, message.context)):
            yield message.id if isinstance(message.id, str) else message.id[0]


def is_translated(message: Message | None) -> bool:
    """Whether every form of a text has words of its own."""
    if message is None or message.fuzzy:
        return False
    return bool(message.string) and (isinstance(message.string, str) or all(message.string))


def main() -> int:
    """Do what the arguments ask. Gives 0, or 1 when a check found something."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--update", action="store_true", help="gather new texts first")
    arguments.add_argument("--check", action="store_true", help="only say what is missing")
    chosen = arguments.parse_args()
    if chosen.check:
        missing = sorted(untranslated())
        for text in missing:
            sys.stderr.write(f"{PO.relative_to(ROOT)}: no translation of {text!r}\n")
        return 1 if missing else 0
    if chosen.update:
        update()
    compile_catalogue()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
