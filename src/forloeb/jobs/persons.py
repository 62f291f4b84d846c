"""Asks the person register what has changed, page by page; a page and how far it brought us go in together."""

from __future__ import annotations

import math
import time
from contextlib import suppress

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from forloeb.people import person_register
from forloeb.people.actions import LOADER
from forloeb.people.national_services import begin_again, note_answered, note_silence, standing
from forloeb.people.person_register import NAME, SOURCE, NoAnswer, Page, PersonRegister
from forloeb.records.intake import keep_received

MOST_SECONDS = 20.0
"""How long one job asks: a worker that is asked to stop can. The rest comes the next time."""


def has_work() -> bool:
    """Whether there is a register to ask."""
    return _register() is not None


def fetch_persons(timestamp: int) -> None:
    """Take in what has changed, unless the register was silent a moment ago; every ten minutes."""
    register = _register()
    if register is None or standing(NAME).is_paused(timezone.now()):
        return
    with suppress(NoAnswer):
        _fetch(register, until=time.monotonic() + MOST_SECONDS)


def fetch_all(*, from_start: bool = False) -> int:
    """Take in all that there is, and give how many changes were about people we know. Raises NoAnswer."""
    register = _register()
    if register is None:
        return 0
    begin_again(NAME, from_start=from_start)
    return _fetch(register, until=math.inf)


def _register() -> PersonRegister | None:
    register: PersonRegister | None = import_string(settings.OPEN_PERSON_REGISTER)()
    return register


def _fetch(register: PersonRegister, *, until: float) -> int:
    """Take page after page in, until the last or a moment; gives how many changes were about people we know."""
    known = 0
    try:
        while time.monotonic() < until:
            page = _next_page(register)
            known += _take_in(page)
            if page.is_last:
                break
    except NoAnswer as silence:
        note_silence(NAME, silence.fault, at=timezone.now())
        raise
    return known


def _next_page(register: PersonRegister) -> Page:
    before = standing(NAME).cursor
    page = register.changes_after(before)
    if not page.is_last and page.cursor == before:
        raise NoAnswer("not-understood")  # it would lead us round for ever
    return page


def _take_in(page: Page) -> int:
    """Take one page in, whole or not at all."""
    at = timezone.now()
    with transaction.atomic(using=LOADER):
        taken = person_register.take_in(page.changes, at=at)
        if taken.known:
            # Of people we do not know nothing is kept.
            body = orjson.dumps([change.said for change in taken.known])
            keep_received(body, kind="person-changes", source_system=SOURCE, at=at)
        note_answered(NAME, at=at, cursor=page.cursor, refused=page.unreadable + taken.refused)
    return len(taken.known)
