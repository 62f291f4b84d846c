"""Gives the rights of the faggruppe. Done by the person who runs the deployment; written in the log."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from forloeb.audit import actions as log
from forloeb.editions.models import Editor, Right
from forloeb.people.actions import LOADER
from forloeb.people.models import Practitioner


class NoSuchPractitioner(LookupError):
    """Nobody here has that authorization."""


def give_right(authorization_id: str, right: Right, *, since: date, until: date | None) -> str:
    """Let a practitioner write or check guidelines from a day; gives their name. Again changes only until when.

    Raises NoSuchPractitioner.
    """
    found = Practitioner.objects.using(LOADER).filter(authorization_id=authorization_id).first()
    if found is None:
        raise NoSuchPractitioner(authorization_id)
    with transaction.atomic(using=LOADER):
        Editor.objects.using(LOADER).update_or_create(
            practitioner=found, right=right, valid_from=since, defaults={"valid_until": until}
        )
        log.append(
            action="write",
            event="guideline-right-given",
            viewer="system",
            practitioner_id=found.pk,
            detail={"right": right.value, "since": since.isoformat(), "until": until.isoformat() if until else None},
            using=LOADER,
        )
    return found.name
