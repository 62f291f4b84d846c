"""The commands about the log, and the checkpoints that `serve` writes by itself."""

from __future__ import annotations

import argparse
import sys

from forloeb.audit.signing import BadKeyFile
from forloeb.config.commands import refuse, say, with_database
from forloeb.config.serving import find_keys


@with_database
def verify(options: argparse.Namespace) -> int:
    """Recompute the log's chains and meet them with the checkpoints."""
    from forloeb.audit.checkpoints import count_checkpoints
    from forloeb.audit.queries import count_entries, find_faults

    try:
        keys = find_keys()
    except BadKeyFile as refusal:
        return refuse([str(refusal)])
    faults = find_faults(keys=keys, kept=options.checkpoint)
    for fault in faults:
        say(str(fault))
    if not faults:
        say(f"{count_entries()} entries and {count_checkpoints()} checkpoints, all as they were written.")
    if keys is None:
        say("The checkpoints' signatures were not checked: FORLOEB_AUDIT_KEY_FILE is not set.")
    return 1 if faults else 0


@with_database
def checkpoint(options: argparse.Namespace) -> int:
    """Sign how far the log has come, and say the checkpoint's hash."""
    from django.utils import timezone

    from forloeb.audit.checkpoints import write_checkpoint

    try:
        keys = find_keys()
        if keys is None:
            return refuse(["FORLOEB_AUDIT_KEY_FILE is not set; make a key with: openssl genpkey -algorithm ed25519"])
        made = write_checkpoint(keys, at=timezone.now())
    except BadKeyFile as refusal:
        return refuse([str(refusal)])
    say(
        f"checkpoint {made.number}: {made.hash}"
        if made
        else "Nothing was written in the log since the last checkpoint."
    )
    return 0


@with_database
def export(options: argparse.Namespace) -> int:
    """Write the look-ups in MinLog's form."""
    from forloeb.jobs.minlog import CannotExport, Wanted, run

    try:
        return run(Wanted(options.since, options.until, options.patient), options.output, sys.stdout, say=sys.stderr)
    except CannotExport as refusal:
        return refuse([str(refusal)])


@with_database
def minlog(options: argparse.Namespace) -> int:
    """Say how the sending to MinLog goes; with `again`, let what was set aside be sent once more."""
    from forloeb.audit.registering import standing, try_again

    if options.what == "again":
        say(f"{try_again()} that were set aside are sent again within a minute")
        return 0
    now = standing()
    say(f"{now.sent} look-ups are registered; {now.entries_left} entries of the log are not gone through yet")
    say(f"MinLog last answered {now.answered_at:%Y-%m-%d %H:%M %Z}" if now.answered_at else "MinLog has never answered")
    if now.not_before is not None:
        say(f"no answer {now.failures} times ({now.fault}); asked again after {now.not_before:%Y-%m-%d %H:%M %Z}")
    for reason, count, first in now.set_aside:
        say(f"set aside: {count} ({reason}), the first is {first}")
    # Whoever has no CPR number cannot be found in MinLog, and waits until they have one: nothing is wrong.
    return 1 if now.failures or any(reason != "no-cpr-number" for reason, *_ in now.set_aside) else 0
