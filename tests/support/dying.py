"""A worker, or a practice saving, that is killed at a step of its way: run as a process of its own.

`python -m tests.support.dying worker STEP`, the same with `referral-worker` and `registering`, and
`python -m tests.support.dying save PUBLIC_ID LOGIN …`: see `main`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

STEPS = ("before-begin", "after-begin", "after-put", "after-note")
"""Between the save and the receipt: nothing done; said that it is being sent; sent; said that it was received."""


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        if not before:
            function(*args, **kwargs)
        die()

    return run


def worker(step: str) -> None:
    """Work until the step comes, and be killed there."""
    from forloeb.adapters.lps.fhir_card import FhirCard
    from forloeb.jobs import outbox
    from forloeb.records import card_work

    match step:
        case "before-begin":
            card_work.begin = _dying(card_work.begin, before=True)
        case "after-begin":
            card_work.begin = _dying(card_work.begin, before=False)
        case "after-put":
            FhirCard.put = _dying(FhirCard.put, before=False)  # type: ignore[method-assign]
        case "after-note":
            card_work.note_received = _dying(card_work.note_received, before=False)
    outbox.run_worker(until_empty=True, stalled_after=0.5)


def registering(step: str) -> None:
    """Work until look-ups are sent, or their receipt is noted, and be killed there."""
    from forloeb.adapters.national.registrations import HttpRegistrations
    from forloeb.audit import registering as noting
    from forloeb.jobs import outbox

    match step:
        case "before-send":
            HttpRegistrations.send = _dying(HttpRegistrations.send, before=True)  # type: ignore[method-assign]
        case "after-send":
            HttpRegistrations.send = _dying(HttpRegistrations.send, before=False)  # type: ignore[method-assign]
        case "after-note":
            noting.note_receipt = _dying(noting.note_receipt, before=False)
    outbox.run_worker(until_empty=True, stalled_after=0.5)


def referral_worker(step: str) -> None:
    """Send referrals until the step comes, and be killed there."""
    from forloeb.adapters.municipality import opening
    from forloeb.careplans import referral_work
    from forloeb.jobs import outbox

    match step:
        case "before-begin":
            referral_work.begin = _dying(referral_work.begin, before=True)
        case "after-begin":
            referral_work.begin = _dying(referral_work.begin, before=False)
        case "after-put":
            for inbox in (opening.FhirInbox, opening.Xref15Inbox):
                inbox.put = _dying(inbox.put, before=False)  # type: ignore[attr-defined]
        case "after-note":
            referral_work.note_sent = _dying(referral_work.note_sent, before=False)
    outbox.run_worker(until_empty=True, stalled_after=0.5)


def save(public_id: str, login: str, organization: str, when: str) -> None:
    """Save a control with a value, and be killed before or after it is committed."""
    from uuid import UUID

    from django.utils import timezone

    from forloeb.careplans import actions, queries
    from forloeb.careplans.submission import prefill
    from forloeb.people.viewers import Viewer, ViewerKind, looking

    at = timezone.now()
    by = Viewer(ViewerKind.PRACTICE, int(login), "Dr", int(organization), 1, is_authorized=True)
    told = {"by": by, "at": at, "as_of": timezone.localdate(at)}
    with looking(by):
        base = prefill(queries.get_control(UUID(public_id), seen_by=by, as_of=told["as_of"]))
        actions.finish_review(UUID(public_id), base=base, mine={**base, "value.weight": "81,5"}, **told)
        if when == "before-commit":
            die()
    die()


def main() -> None:
    import django

    django.setup()
    what, *told = sys.argv[1:]
    whats = {"worker": worker, "referral-worker": referral_worker, "registering": registering, "save": save}
    whats[what](*told)


if __name__ == "__main__":
    main()
