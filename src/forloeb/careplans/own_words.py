"""What patients write themselves: what matters, own goal, resources, and questions for the next control."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from forloeb.access.queries import open_own
from forloeb.careplans import models
from forloeb.careplans.state import get_state
from forloeb.careplans.submission import LONGEST
from forloeb.kernel.typed_text import typed_text
from forloeb.people.viewers import Viewer


class TooLong(ValueError):
    """A text is longer than 300 characters. `kinds` says which."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(f"at most {LONGEST} characters: {', '.join(kinds)}")
        self.kinds = kinds


def get_own_words(*, seen_by: Viewer, as_of: date) -> dict[str, str]:
    """Give the patient's own words by kind; empty where nothing is written. Raises NotForThisViewer."""
    patient = open_own(seen_by=seen_by, as_of=as_of, event="own-words")
    said = get_state(patient.id).statements
    return {kind: said.get(kind, "") for kind in models.StatementKind.values}


def write_own_words(words: Mapping[str, str], *, by: Viewer, at: datetime, as_of: date) -> tuple[str, ...]:
    """Save what the patient wrote. Gives the kinds that changed; what was said before stays in the history.

    Raises NotForThisViewer, and TooLong with nothing saved.
    """
    texts = {kind: typed_text(words.get(kind, "")) for kind in models.StatementKind.values}
    too_long = tuple(kind for kind, text in texts.items() if len(text) > LONGEST)
    if too_long:
        raise TooLong(too_long)
    patient = open_own(seen_by=by, as_of=as_of, event="own-words-written", action="write")
    now = get_state(patient.id).statements
    changed = tuple(kind for kind, text in texts.items() if text != now.get(kind, ""))
    for kind in changed:
        models.Statement.objects.filter(patient_id=patient.id, kind=kind, ended_at=None).update(ended_at=at)
        # An empty text is kept too: it says that the patient took the words back, and when.
        models.Statement.objects.create(
            patient_id=patient.id, kind=kind, text=texts[kind], said_at=at, said_by=by.login_id, said_by_name=by.name
        )
    return changed
