"""What municipalities' systems tell us over the network: kept as it came, and taken in later by the outbox."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from forloeb.careplans.referring import QUEUE
from forloeb.people.actions import LOADER
from forloeb.people.outbox import defer
from forloeb.records.intake import keep_received

KIND = "referral-answer"


def keep_answer(body: bytes, *, organization_id: int, source_system: str, at: datetime) -> int:
    """Keep an answer or a receipt as it came, and have it taken in. The same bytes again are kept once."""
    with transaction.atomic(using=LOADER):
        received = keep_received(body, kind=KIND, source_system=source_system, at=at)
        defer(
            QUEUE,
            "take_in_answer",
            {"received_id": received, "organization_id": organization_id},
            lock=f"referral-answers:{organization_id}",
            using=LOADER,
        )
    return received


def ask_for_answers(organization_id: int) -> None:
    """Have a municipality's system asked for its answers. Told many times, it is asked once."""
    name = f"referral-answers:{organization_id}"
    defer(QUEUE, "fetch_answers", {"organization_id": organization_id}, once=name, lock=name)
