"""Gather the pages' English texts and compile their translations.

    python tools/compile_messages.py            compile what is translated (part of the setup; quick)
    python tools/compile_messages.py --update   first gather new texts from code, templates and content into django.po
    python tools/compile_messages.py --check    say which texts have no translation, and where they stand; 1 when any

English is the key. Danish has every text; a language that is not for staff has those that patients meet, and the
content's. Compiled files are not kept in the repository.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from forloeb.guidelines.home import load_home
from forloeb.guidelines.referrals import FILE as REFERRALS
from forloeb.guidelines.referrals import ReferralContent
from forloeb.guidelines.schema import CodeLists, GuidelineFile
from forloeb.kernel.content import Localized, read_content
from forloeb.kernel.languages import DANISH, ENGLISH, LANGUAGES, Language
from forloeb.terminology import measures

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ROOT / "content"
WEB = ROOT / "src" / "forloeb" / "web"
TEMPLATES = WEB / "jinja2"
SPEAKING = (WEB, ROOT / "src" / "forloeb" / "jobs", ROOT / "src" / "forloeb" / "api")
"""The rooms that speak to people: pages, what is sent, and the cards that record systems show."""

TRANSLATED = tuple(language for language in LANGUAGES if language != ENGLISH)

PATIENT_FRAMES = ("patient.html.j2", "plain.html.j2")
STAFF_TEMPLATES = ("about_look_ups.html.j2", "launch_refused.html.j2")
"""Pages in the plain frame that only staff read."""
STAFF_MODULES = (
    "web/card_words.py",
    "web/gallery.py",
    "web/guideline_words.py",
    "web/quality_words.py",
    "web/referring_words.py",
    "web/statistics_words.py",
    "web/worklist_words.py",
)
SENT_TO_PATIENTS = ("jobs/outbox.py",)
SHARED_PAGES = ("web/pages/device.py", "web/pages/own_apps.py")
"""Pages for anyone that patients meet; other modules of pages are theirs when they say so themselves."""

CONTENT_CONTEXT = "content"
MODULES_WITH_CONTENT = ("careplans/home_measurements.py", "careplans/questions.py", "terminology/typing.py")
"""Where code says something to a patient in the content's two languages."""

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


def po_of(language: Language) -> Path:
    """Give the file of a language's translations."""
    return WEB / "locale" / language.code / "LC_MESSAGES" / "django.po"


def read_catalogue(language: Language) -> Catalog:
    """Read the translations as they stand; none where the file is still to be made."""
    po = po_of(language)
    if not po.is_file():
        return Catalog(locale=language.code, header_comment=_header(language), fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale=language.code)


def _header(language: Language) -> str:
    return (
        f"# The pages' texts in {language.own_name}. English is the key; `tools/compile_messages.py --update` "
        "brings in new ones."
    )


def gather(language: Language = DANISH) -> Catalog:
    """Collect the texts that a language needs."""
    found = Catalog(locale=language.code, project="forloeb", charset="utf-8")
    is_read = _is_read_by_patients()
    for room in SPEAKING:
        for name, line, texts, comments, context in extract_from_dir(
            room, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            where = f"{room.name}/{name}"
            if language.for_staff or where in is_read or where in SENT_TO_PATIENTS:
                found.add(texts, None, [(where, line)], auto_comments=comments, context=context)
    if language != DANISH:
        for where, text in content_texts():
            found.add(text, None, [(where, 0)], context=CONTENT_CONTEXT)
    return found


# --- What patients meet


def _is_read_by_patients() -> set[str]:
    return {f"web/jinja2/{name}" for name in patient_templates()} | set(patient_modules())


def patient_templates() -> set[str]:
    """Give the templates of the pages that patients meet, with all that those are put together from."""
    uses = {path.name: _used_by(path) for path in TEMPLATES.iterdir()}
    reached: set[str] = set()
    waiting = [name for name in uses if name not in STAFF_TEMPLATES and not uses[name].isdisjoint(PATIENT_FRAMES)]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += uses[name]
    return reached


def _used_by(template: Path) -> set[str]:
    return set(re.findall(r'{% *(?:extends|import|include) "([^"]+)"', template.read_text(encoding="utf-8")))


def patient_modules() -> Iterator[str]:
    """Give the modules whose words patients meet: all but those of staff's pages."""
    for path in WEB.rglob("*.py"):
        name = f"web/{path.relative_to(WEB)}"
        is_page = name.startswith("web/pages/") and name not in SHARED_PAGES
        is_theirs = not is_page or re.search(
            "^@for_(patient|reader|app_users)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
        if is_theirs and name not in STAFF_MODULES:
            yield name


def content_texts() -> Iterator[tuple[str, str]]:
    """Give where each of the content's texts for patients stands, and the text in English."""
    for where, text in _localized_texts():
        yield where, text.en
    for name in MODULES_WITH_CONTENT:
        for _line, texts, _comments, _context in extract_from_file(
            "python", ROOT / "src" / "forloeb" / name, keywords={"Localized": (2,)}
        ):
            yield name, texts if isinstance(texts, str) else texts[0]


def _localized_texts() -> Iterator[tuple[str, Localized]]:
    for measure in measures().values():
        about = (measure.name, measure.patient_name, measure.patient_help, *(choice.name for choice in measure.choices))
        yield from ((f"content/measures ({measure.id})", text) for text in about if text)
    for path in sorted(CONTENT.glob("guidelines/*/guideline.yaml")):
        yield str(path.relative_to(ROOT)), read_content(path, GuidelineFile).patient_title
    yield from _in_letters()
    home = load_home(CONTENT, measures())
    pressure = (*home.pressure.how, home.pressure.counted.because, *(time.title for time in home.pressure.times.value))
    yield from (("content/home/blood_pressure.yaml", text) for text in pressure)
    for item in home.measurements:
        yield from (
            ("content/home/measurements.yaml", text) for text in (item.how, *(step.text for step in item.choices))
        )


def _in_letters() -> Iterator[tuple[str, Localized]]:
    """Give what a letter of referral names: offers, tasks and diseases."""
    letters = read_content(CONTENT / REFERRALS, ReferralContent)
    yield from ((f"content/{REFERRALS}", one.name) for one in letters.named)
    told = {*letters.diagnoses, *letters.complications}
    lists = read_content(CONTENT / "code_lists" / "diagnoses.yaml", CodeLists).code_lists
    yield from (("content/code_lists/diagnoses.yaml", one.name) for one in lists if one.id in told)


# --- What the commands do


def update(language: Language) -> None:
    """Bring django.po in line with the code: new texts come in untranslated, texts no longer used go out."""
    catalogue = read_catalogue(language)
    catalogue.header_comment = _header(language)
    catalogue.update(gather(language), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    written = io.BytesIO()
    # Without line numbers: they change with every edit, and two people's changes would always meet.
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False)
    dated = re.compile(rb'^"(?:POT|PO|Project|Report|Last|Language-Team|Generated)[-A-Za-z]*: .*\n', re.MULTILINE)
    po = po_of(language)
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_bytes(dated.sub(b"", written.getvalue()))


def compile_catalogue(language: Language) -> None:
    """Write the compiled translations, unless they are newer than their source."""
    source = po_of(language)
    target = source.with_suffix(".mo")
    if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    with target.open("wb") as file:
        write_mo(file, read_catalogue(language))


def untranslated(language: Language) -> Iterator[str]:
    """Say which texts a language needs and lacks, or has only guessed, and where each stands."""
    known = read_catalogue(language)
    for message in gather(language):
        if message.id and not is_translated(known.get(message.id, message.context)):
            text = message.id if isinstance(message.id, str) else message.id[0]
            yield f"{text!r} ({', '.join(sorted({where for where, _line in message.locations}))})"


def is_translated(message: Message | None) -> bool:
    """Whether every form of a text has words of its own."""
    if message is None or message.fuzzy:
        return False
    return bool(message.string) and (isinstance(message.string, str) or all(message.string))


def check() -> int:
    """Say what is missing in which language. Gives how many texts."""
    missing = [(po_of(language), text) for language in TRANSLATED for text in sorted(untranslated(language))]
    for po, text in missing:
        sys.stderr.write(f"{po.relative_to(ROOT)}: no translation of {text}\n")
    if missing:
        sys.stderr.write("`tools/compile_messages.py --update` brings them in; then write them (add-a-language.md).\n")
    return len(missing)


def main() -> int:
    """Do what the arguments ask. Gives 0, or 1 when a check found something."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--update", action="store_true", help="gather new texts first")
    arguments.add_argument("--check", action="store_true", help="only say what is missing")
    chosen = arguments.parse_args()
    if chosen.check:
        return 1 if check() else 0
    for language in TRANSLATED:
        if chosen.update:
            update(language)
        compile_catalogue(language)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
