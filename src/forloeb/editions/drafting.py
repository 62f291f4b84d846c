"""Drafts: begun from what holds, changed text by text or rule by rule, checked at once, every state kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from forloeb.access.queries import note
from forloeb.editions import policies
from forloeb.editions.holding import NEWEST, files_on
from forloeb.editions.models import Draft, Revision
from forloeb.people.viewers import Viewer

OWN_PARTS = ("rules/", "parameters/", "cases/")
LONGEST_TEXT = 300_000


class NoDraft(LookupError):
    """There is no open draft of the guideline."""


class DraftIsOpen(Exception):
    """There is a draft of the guideline already; it is published or dropped first."""


class SomebodySaved(Exception):
    """Somebody else saved the draft since the page was opened. `newest` is the revision that stands now."""

    def __init__(self, newest: int) -> None:
        super().__init__(f"the draft is at revision {newest}")
        self.newest = newest


class NotAText(ValueError):
    """A text that a draft cannot hold: another path, too long, or with characters that YAML does not know."""


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft as it stands. `files` are the guideline's texts by path; `number` the revision they are."""

    id: int
    guideline: str
    based_on: str
    opened_at: datetime
    revision_id: int
    number: int
    files: Mapping[str, str]
    what: str
    saved_at: datetime
    saved_by_name: str


def find_draft(guideline: str) -> OpenDraft | None:
    """Find the open draft of a guideline, as it stands."""
    newest = (
        Revision.objects.filter(draft__guideline=guideline, draft__closed_at=None)
        .select_related("draft")
        .order_by("-number")
        .first()
    )
    if newest is None:
        return None
    return OpenDraft(
        newest.draft_id,
        newest.draft.guideline,
        newest.draft.based_on,
        newest.draft.opened_at,
        newest.pk,
        newest.number,
        newest.files,
        newest.what,
        newest.saved_at,
        newest.saved_by_name,
    )


def get_draft(guideline: str) -> OpenDraft:
    """Give the open draft of a guideline. Raises NoDraft."""
    found = find_draft(guideline)
    if found is None:
        raise NoDraft(guideline)
    return found


def authors_of(draft_id: int) -> dict[int, str]:
    """Give who has written in a draft: each practitioner with their name, in the order they came."""
    rows = Revision.objects.filter(draft_id=draft_id).order_by("number").values_list("saved_by_id", "saved_by_name")
    return dict(rows)


def open_draft(guideline: str, *, by: Viewer, at: datetime, as_of: date) -> OpenDraft:
    """Begin a draft from the newest version. Raises NotAnEditor, DraftIsOpen, LookupError."""
    author = policies.check_is_author(by, as_of=as_of)
    held, files = files_on(guideline, NEWEST)
    try:
        with transaction.atomic():
            draft = Draft.objects.create(guideline=guideline, based_on=held.version, opened_at=at)
    except IntegrityError:
        raise DraftIsOpen from None
    _keep(draft.pk, 1, files, f"Begun from {held.version}", author, by, at)
    _note(by, "guideline-draft-opened", guideline, 1)
    return get_draft(guideline)


def save_draft(
    guideline: str,
    changed: Mapping[str, str],
    what: str,
    *,
    since: int,
    by: Viewer,
    at: datetime,
    as_of: date,
) -> OpenDraft:
    """Keep changed texts as a new revision; an empty text takes its file away. A text may still have faults.

    Raises NotAnEditor, NoDraft, NotAText, and SomebodySaved when the draft is no longer at the revision `since`.
    """
    author = policies.check_is_author(by, as_of=as_of)
    draft = get_draft(guideline)
    if draft.number != since:
        raise SomebodySaved(draft.number)
    files = dict(draft.files)
    for path, text in changed.items():
        check_is_text(guideline, path, text)
        if text.strip():
            files[path] = text
        else:
            files.pop(path, None)
    if files == draft.files:
        return draft
    try:
        with transaction.atomic():
            _keep(draft.id, draft.number + 1, files, what[:300], author, by, at)
    except IntegrityError:
        raise SomebodySaved(draft.number + 1) from None
    _note(by, "guideline-draft-saved", guideline, draft.number + 1)
    return get_draft(guideline)


def drop_draft(guideline: str, *, by: Viewer, at: datetime, as_of: date) -> None:
    """Put a draft aside for good; its revisions stay. Raises NotAnEditor, NoDraft."""
    policies.check_is_author(by, as_of=as_of)
    draft = get_draft(guideline)
    Draft.objects.filter(pk=draft.id, closed_at=None).update(closed_at=at)
    _note(by, "guideline-draft-dropped", guideline, draft.number)


def check_is_text(guideline: str, path: str, text: str) -> None:
    """Refuse what cannot be one of a guideline's texts. Raises NotAText."""
    own = path.removeprefix(f"guidelines/{guideline}/")
    name = own.rsplit("/", 1)[-1].removesuffix(".yaml")
    is_part = own.startswith(OWN_PARTS) and own.count("/") == 1 and own.endswith(".yaml") and name.isidentifier()
    if own == path or not (is_part or own in ("guideline.yaml", "sources.yaml", "CHANGELOG.md")):
        raise NotAText(f"a guideline has no text '{own}'")
    if own in ("guideline.yaml", "CHANGELOG.md") and not text.strip():
        raise NotAText(f"a guideline cannot be without {own}")
    if len(text) > LONGEST_TEXT:
        raise NotAText(f"the text is {len(text)} characters; there is room for {LONGEST_TEXT}")
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text) or any(
        0xD800 <= ord(letter) <= 0xDFFF for letter in text
    ):
        raise NotAText("the text has characters that cannot be kept")


def _keep(
    draft_id: int, number: int, files: Mapping[str, str], what: str, author: int, by: Viewer, at: datetime
) -> None:
    Revision.objects.create(
        draft_id=draft_id,
        number=number,
        files=dict(files),
        what=what,
        saved_at=at,
        saved_by_id=author,
        saved_by_name=by.name,
    )


def _note(by: Viewer, event: str, guideline: str, number: int) -> None:
    note(by, event=event, action="write", detail={"guideline": guideline, "revision": number})
