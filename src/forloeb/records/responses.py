"""What patients answer before a control: each version kept, the newest in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from forloeb.records.models import QuestionnaireResponse


@dataclass(frozen=True, slots=True)
class Response:
    """One response in force: a FHIR QuestionnaireResponse, of which guideline's questions, and when."""

    guideline: str
    content: Mapping[str, Any]
    authored_at: datetime


def find_responses(patient_id: int, *, after: datetime | None) -> tuple[Response, ...]:
    """Find the responses in force that were given after a moment: the last control, which the earlier were for."""
    held = QuestionnaireResponse.objects.filter(patient_id=patient_id, superseded_at=None)
    if after is not None:
        held = held.filter(authored_at__gt=after)
    return tuple(Response(r.questionnaire, r.content, r.authored_at) for r in held.order_by("questionnaire", "version"))


def keep_response(
    guideline: str,
    content: Mapping[str, Any],
    *,
    patient_id: int,
    after: datetime | None,
    by: int,
    at: datetime,
) -> None:
    """Keep a response as a new version. It supersedes what was answered for the same control, not for earlier ones."""
    mine = QuestionnaireResponse.objects.filter(patient_id=patient_id, questionnaire=guideline)
    current = mine.filter(superseded_at=None)
    if after is not None:
        current = current.filter(authored_at__gt=after)
    current.update(superseded_at=at)
    newest = mine.aggregate(newest=Max("version"))["newest"] or 0
    QuestionnaireResponse.objects.create(
        patient_id=patient_id,
        questionnaire=guideline,
        version=newest + 1,
        content=dict(content),
        authored_at=at,
        authored_by=by,
    )
