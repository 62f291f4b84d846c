"""Letters of referral, as the outbox hands them to an adapter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from forloeb.access.referrals import ReferralStatus
from forloeb.careplans.referral_letter import AboutWhom, Diagnosis, Letter, Medicine, Named, Outgoing, Party, Value
from forloeb.careplans.referral_models import LetterKind, MessageKind
from forloeb.kernel.codes import ICPC2_DK, SKS
from forloeb.kernel.content import Localized
from forloeb.kernel.identifiers import CPR

NAME = UUID("6a1c9a3e-55c0-4c0e-9d6d-2f6a0d9b7a11")
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def letter(**more: Any) -> Letter:
    told: dict[str, Any] = {
        "reason": "Har type 2-diabetes.\nØnsker hjælp til at leve godt med det.",
        "asked": (Named(id="smoking-cessation", name=Localized(da="Rygestop", en="Help to stop smoking")),),
        "diagnoses": (Diagnosis(system=ICPC2_DK, code="T90", name=Localized(da="Type 2-diabetes", en="T2D")),),
        "complications": (Diagnosis(system=SKS, code="DH360", name=Localized(da="Øjensygdom", en="Eyes")),),
        "values": (Value(measure="hba1c", value=Decimal("64"), unit="mmol/mol", measured_on=date(2026, 2, 1)),),
        "smoking": Value(measure="smoking", answer="dagligt", measured_on=date(2026, 2, 1)),
        "medicines": (Medicine(atc="A10BA02", name=Localized(da="Metformin", en="Metformin")),),
        "interpreter": "yes",
        "interpreter_language": "arabisk",
        "matters": "At kunne gå tur med <hunden> & børnebørnene",
    }
    return Letter(**{**told, **more})


def outgoing(**more: Any) -> Outgoing:
    told: dict[str, Any] = {
        "message_id": 17,
        "name": NAME,
        "kind": MessageKind.REQUEST,
        "letter_kind": LetterKind.PREVENTION,
        "status": ReferralStatus.PROPOSED,
        "patient": AboutWhom(CPR, "1212778221", "Søren", "Ærø", date(1977, 12, 12)),
        "sender": Party("Lægerne ved Åen i den lange gade bag kirken", ydernummer="999901", phone="70 00 00 01"),
        "receiver": Party("Åby Kommune", sor_code="999900000000001"),
        "sent_by_name": "Anne Holm",
        "authored_at": NOW,
        "letter": letter(),
    }
    return Outgoing(**{**told, **more})
