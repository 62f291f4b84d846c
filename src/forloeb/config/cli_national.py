"""`forloeb national` on the command line: how it goes with national services, and asking them now."""

from __future__ import annotations

import argparse

from forloeb.config.arguments import Commands


def add_national(commands: Commands) -> None:
    """Add the command and its parts."""
    command = commands.add_parser(
        "national",
        help="say how it goes with national services, or ask the person register now",
        description="The worker asks them by itself. docs/how-to/connect-nationally.md describes each.",
    )
    parts = command.add_subparsers(metavar="WHAT", required=True)
    status = parts.add_parser(
        "status",
        help="say when each last answered, and what could not be used",
        description="Says for each service when it last answered and what of it could not be used. The exit code is 1"
        " when there is something to see to.",
    )
    status.set_defaults(run=_status)
    persons = parts.add_parser(
        "persons",
        help="take in what the person register (CPR) tells of people we know",
        description="Takes in names, protection, deaths and moves between practices, from where we had come to.",
    )
    persons.add_argument("--from-start", action="store_true", help="take in all that the register has ever told")
    persons.set_defaults(run=_persons)


def _status(options: argparse.Namespace) -> int:
    from forloeb.config import national

    return national.status(options)


def _persons(options: argparse.Namespace) -> int:
    from forloeb.config import national

    return national.persons(options)
