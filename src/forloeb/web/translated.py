"""The content's texts in the page's language, and marks on what people wrote, which is shown as they wrote it.

Content carries Danish and English. Other languages stand in their `django.po` under the context `content`, by the
English text.
"""

from __future__ import annotations

import unicodedata

from django.utils.translation import pgettext
from markupsafe import Markup, escape

from forloeb.kernel.content import Filled, Localized
from forloeb.kernel.languages import DANISH, ENGLISH
from forloeb.web.formatting import isolated
from forloeb.web.speaking import spoken

CONTEXT = "content"


def local(text: Localized) -> str:
    """Give a text of the content in the page's language; in Danish where it has not been translated."""
    if _is_source():
        return text.in_language(spoken().code)
    return _translated(text) or text.da


def in_danish(text: Localized) -> str:
    """Give a text that is not to be translated beyond Danish and English, marked where the page is in neither.

    So are the questions before a control: what an answer means must be the same to the one who gives and who reads it.
    """
    if _is_source():
        return local(text)
    return Markup('<span lang="da" dir="ltr">{}</span>').format(text.da)


def _is_source() -> bool:
    return spoken() in (DANISH, ENGLISH)


def _translated(text: Localized) -> str | None:
    if isinstance(text, Filled):
        found = _translated(text.template)
        words = {
            name: isolated(local(word) if isinstance(word, Localized) else word) for name, word in text.words.items()
        }
        return found.format(**words) if found else None
    found = pgettext(CONTEXT, text.en)
    return found if found != text.en or text.en == text.da else None


def as_written(text: str) -> Markup:
    """Give the attributes of an element that holds only what somebody wrote: Danish, as far as we can tell."""
    language = "" if _begins_from_the_right(text) else DANISH.code
    return Markup(f' lang="{language}" dir="auto"')  # noqa: S704  nothing that was written is in it


def written(text: str) -> Markup:
    """Set what somebody wrote into a sentence of ours, so that neither turns the other round."""
    return Markup(f"<bdi{as_written(text)}>{escape(text)}</bdi>")  # noqa: S704  the text is escaped


def _begins_from_the_right(text: str) -> bool:
    """Whether the first letter is of a script that is read from the right: nobody writes Danish in one."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"
