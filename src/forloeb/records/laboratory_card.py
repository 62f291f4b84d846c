"""What goes to a record system's laboratory card, and the port through which it goes. Adapters stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from forloeb.kernel.codes import Coding
from forloeb.kernel.measures import Measure
from forloeb.kernel.quantities import Quantity

Status = Literal["final", "amended", "entered-in-error"]


class NotNow(Exception):
    """The record system did not take it now: unreachable, too slow, out of order. To be tried again."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class CardRefused(Exception):
    """The record system will not take it, however often it is asked. `fault` says why in a word of ours."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class CardValue:
    """One value of an entry: a number in the measure's own unit, or a chosen answer."""

    measure: Measure
    coding: Coding
    quantity: Quantity | None
    answer: str | None
    status: Status


@dataclass(frozen=True, slots=True)
class CardPatient:
    """Whose it is, by the number that both systems know."""

    number_system: str
    number: str
    given_name: str
    family_name: str

    def __repr__(self) -> str:
        return "CardPatient(…)"


@dataclass(frozen=True, slots=True)
class CardEntry:
    """One entry of the card as it now is: a value, or the two blood pressures of one reading."""

    card_id: UUID
    delivery_id: int
    remote_id: str
    patient: CardPatient
    practice_name: str
    ydernummer: str
    values: tuple[CardValue, ...]
    measured_on: date
    measured_at: datetime | None
    issued_at: datetime
    at_home: bool

    @property
    def status(self) -> Status:
        """The status of the whole: withdrawn when all of it is, corrected when any of it is."""
        said = {value.status for value in self.values}
        if said == {"entered-in-error"}:
            return "entered-in-error"
        return "final" if said == {"final"} else "amended"


class LaboratoryCard(Protocol):
    """The laboratory card of one practice's record system."""

    def put(self, entry: CardEntry) -> str:
        """Make the card say what the entry says, however often it is told. Gives the entry's id there.

        Raises NotNow, CardRefused.
        """
        ...
