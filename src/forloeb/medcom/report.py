"""What a laboratory report says, whichever form it came in: the two forms of one message read as equal reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.quantities import Comparator

ResultStatus = Literal["received", "preliminary", "final", "corrected"]


class NotAReport(ValueError):
    """The text is no laboratory report that can be read; the words say what is wrong, and repeat nothing of it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One analysis. `value` is as it was written; `text` is what a result says that is told in lines."""

    status: ResultStatus
    code: str
    code_type: Literal["iupac", "mds", "lokal"]
    code_responsible: str
    name: str
    is_numeric: bool
    comparator: Comparator | None
    value: str
    unit: str
    low: str = ""
    high: str = ""
    text: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def coding(self) -> Coding:
        """The code in its system. MedCom's own are written as local codes of `MCS`; NPU and DNK as `iupac`."""
        if self.code_type == "iupac":
            return Coding.of(NPU, self.code)
        if self.code_responsible == "MCS":
            return Coding.of(MCS, self.code)
        return Coding(f"urn:forloeb:local-code:{self.code_responsible}", self.code)


@dataclass(frozen=True, slots=True)
class Report:
    """One laboratory report about one patient."""

    letter_id: str
    sender_id: str
    sender_name: str
    receiver_ydernummer: str
    patient_number: str
    sample_id: str
    production_id: str
    sampled_at: datetime
    issued_at: datetime
    results: Sequence[Result]

    @property
    def sampled_on(self) -> date:
        """The day of the sample."""
        return self.sampled_at.date()

    def __repr__(self) -> str:
        return "Report(…)"
