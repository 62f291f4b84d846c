"""Yes, no, or unknown: the three answers a clinical question can have."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Answer(Enum):
    """The answer to a question about a patient. Unknown is never shown as fine."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, known: bool | None) -> Answer:
        """Turn True, False or None into an answer."""
        if known is None:
            return cls.UNKNOWN
        return cls.YES if known else cls.NO

    def __bool__(self) -> bool:
        raise TypeError("an Answer has three values: compare it with Answer.YES, NO or UNKNOWN")


def all_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's and: one no settles it, else one unknown leaves it open."""
    unknown = False
    for answer in answers:
        if answer is Answer.NO:
            return Answer.NO
        unknown = unknown or answer is Answer.UNKNOWN
    return Answer.UNKNOWN if unknown else Answer.YES


def any_of(answers: Iterable[Answer]) -> Answer:
    """Kleene's or: one yes settles it, else one unknown leaves it open."""
    unknown = False
    for answer in answers:
        if answer is Answer.YES:
            return Answer.YES
        unknown = unknown or answer is Answer.UNKNOWN
    return Answer.UNKNOWN if unknown else Answer.NO


def not_(answer: Answer) -> Answer:
    """Kleene's not: unknown stays unknown."""
    return _NEGATION[answer]


_NEGATION = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}
