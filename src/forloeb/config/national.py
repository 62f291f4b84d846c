"""The commands about national services."""

from __future__ import annotations

import argparse

from forloeb.config.commands import refuse, say, with_database

SERVICES = {"cpr": "the person register (CPR)", "fmk": "the medication card (FMK)"}


@with_database
def status(_options: argparse.Namespace) -> int:
    """Say how it goes with each service that is asked in the background."""
    from forloeb.people.national_services import standing

    is_fine = True
    for name, words in SERVICES.items():
        now = standing(name)
        answered = f"last answered {now.answered_at:%Y-%m-%d %H:%M %Z}" if now.answered_at else "has never answered"
        say(f"{words}: {answered}")
        if now.not_before is not None:
            say(f"  no answer {now.failures} times ({now.fault}); asked again after {now.not_before:%Y-%m-%d %H:%M %Z}")
        if now.refused:
            say(f"  {now.refused} things that it said could not be used")
        is_fine = is_fine and not (now.failures or now.refused)
    return 0 if is_fine else 1


@with_database
def persons(options: argparse.Namespace) -> int:
    """Ask the person register now, all of it."""
    from forloeb.jobs.persons import fetch_all, has_work
    from forloeb.people.person_register import NoAnswer

    if not has_work():
        return refuse(["no person register is named; set FORLOEB_CPR_URL and FORLOEB_CPR_TOKEN"])
    try:
        known = fetch_all(from_start=options.from_start)
    except NoAnswer as silence:
        return refuse([f"the person register does not answer ({silence.fault}); what came before is taken in"])
    say(f"{known} changes about people we know")
    return 0
