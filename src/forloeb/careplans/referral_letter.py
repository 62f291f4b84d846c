"""What a letter of referral says, and the port it travels through. Adapters stand behind it.

A letter is kept as it was shown to the patient: names in full, numbers as they were that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_models import LetterKind, MessageKind
from forloeb.kernel.codes import Coding
from forloeb.kernel.content import Closed, Localized

Priority = Literal["routine", "urgent"]
Interpreter = Literal["yes", "no", "unknown"]


class Named(Closed):
    """An offer or a task, as it was called when the letter was sent."""

    id: str
    name: Localized


class Diagnosis(Closed):
    """A diagnosis on the record, with the day it began where that is known."""

    system: str
    code: str
    name: Localized
    since: date | None = None

    @property
    def coding(self) -> Coding:
        """The code in its system."""
        return Coding(self.system, self.code)


class Value(Closed):
    """The newest value of a measure: a number in the measure's own unit, or a chosen answer."""

    measure: str
    value: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    answer: str = ""
    measured_on: date


class Medicine(Closed):
    """A medicine that is taken now, by its ATC code and the kind it is of."""

    atc: str
    name: Localized


class Letter(Closed):
    """A whole letter. What the patient wanted left out is not in it, and `left_out` says so.

    A change of its shape is a new `format`, and old ones stay readable.
    """

    format: Literal[1] = 1
    reason: str
    asked: tuple[Named, ...]
    instruction: str = ""
    until: date | None = None
    priority: Priority = "routine"
    interpreter: Interpreter = "unknown"
    interpreter_language: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    complications: tuple[Diagnosis, ...] = ()
    values: tuple[Value, ...] = ()
    smoking: Value | None = None
    medicines: tuple[Medicine, ...] = ()
    matters: str = ""
    own_goal: str = ""
    resources: str = ""
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Letter(…)"

    __str__ = __repr__


class LetterRefused(Exception):
    """The receiver will not take it, however often it is asked: `fault` in a word of ours, `said` in theirs."""

    def __init__(self, fault: str, said: str = "") -> None:
        super().__init__(fault)
        self.fault, self.said = fault, said


@dataclass(frozen=True, slots=True)
class AboutWhom:
    """Whom a letter is about, by the number that both systems know."""

    number_system: str
    number: str
    given_name: str
    family_name: str
    birth_date: date

    def __repr__(self) -> str:
        return "AboutWhom(…)"


@dataclass(frozen=True, slots=True)
class Party:
    """A practice or a municipality."""

    name: str
    ydernummer: str = ""
    sor_code: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message about a letter, complete, as it now is."""

    message_id: int
    name: UUID
    kind: MessageKind
    letter_kind: LetterKind
    status: ReferralStatus
    patient: AboutWhom
    sender: Party
    receiver: Party
    sent_by_name: str
    authored_at: datetime
    letter: Letter

    def __repr__(self) -> str:
        return f"Outgoing({self.message_id})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What another sector's system says of a letter of ours: where it is, and all that was written about it."""

    name: UUID | None
    patient_number: str
    status: ReferralStatus
    words: tuple[str, ...]
    said_by: str
    issued_at: datetime

    def __repr__(self) -> str:
        return "Answer(…)"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What another sector's system says of a message of ours: taken or not, and why not in its words."""

    message_id: int
    is_positive: bool
    said: str


class NotAnAnswer(ValueError):
    """What came is no answer or receipt that can be read; the words say what is wrong, and repeat nothing of it."""


class Inbox(Protocol):
    """Where a municipality receives referrals."""

    def put(self, message: Outgoing) -> bool:
        """Send. True where the answer is the receipt; False where one will come. Twice is as once.

        Raises NotNow to be tried again, LetterRefused.
        """
        ...
