"""Treatment relations (BRS) through a gateway: one question, one answer, as docs/how-to/connect-nationally.md says."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from forloeb.access.national_blocks import NoAnswer, Question
from forloeb.adapters.national.gateway import Gateway, Silence


@dataclass(frozen=True, slots=True)
class HttpTreatmentRelations:
    """A register behind a gateway."""

    gateway: Gateway

    def is_known(self, question: Question) -> bool:
        """Ask once, with the CPR number in the body. Raises NoAnswer for all but a plain yes or no."""
        try:
            said = self.gateway.ask({name: value for name, value in asdict(question).items() if value is not None})
        except Silence:
            raise NoAnswer from None
        known = said.get("known")
        if not isinstance(known, bool):
            raise NoAnswer
        return known
