"""What the cast's patients have written themselves: answers, a question, a weight from home, and what is wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from forloeb.careplans import disputes, home_measurements, own_words, questions
from forloeb.jobs.demo.histories import viewer_of
from forloeb.people.viewers import looking

KARENS_ANSWERS = {
    "answer.breath": "worse",
    "answer.bad-spells": "once",
    "answer.inhaler": "yes",
    "answer.mood": "good",
    "answer.talk-about": "Om jeg må løbe lidt med børnebørnene.",
}
KARENS_QUESTION = "Skal jeg blive ved med de hvide piller?"
OVES_WEIGHT = ("Vægt: 91 kg", "Der står 91 kg. Det vejede jeg for to år siden. Nu vejer jeg 86.")


def write_as_patients(*, as_of: date, at: datetime) -> None:
    """Let Karen have prepared her control two days ago, and Ove wait for an answer since yesterday."""
    karen, ove = viewer_of("karen", as_of), viewer_of("ove", as_of)
    by_karen: dict[str, Any] = {"by": karen, "at": at - timedelta(days=2), "as_of": as_of}
    weighed = {"measured_on": (as_of - timedelta(days=2)).isoformat(), "value.weight": "74,1"}
    with looking(karen):
        faults = (*questions.answer(KARENS_ANSWERS, **by_karen), *home_measurements.send(weighed, **by_karen).faults)
        words = own_words.get_own_words(seen_by=karen, as_of=as_of) | {"questions": KARENS_QUESTION}
        own_words.write_own_words(words, **by_karen)
    if faults:
        raise AssertionError([fault.text.da for fault in faults])
    with looking(ove):
        disputes.raise_dispute(*OVES_WEIGHT, by=ove, at=at - timedelta(days=1), as_of=as_of)
