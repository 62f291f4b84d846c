"""`forloeb connect-municipality`: where a municipality receives referrals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_connect_municipality(commands: Any) -> None:
    """Add the command to the command line."""
    command = commands.add_parser(
        "connect-municipality",
        help="connect where a municipality receives referrals",
        description="Reads a TOML file that says where a municipality receives referrals: on these pages, as MedCom's"
        " XREF15, or at a FHIR server. Running it again brings what we know up to date.",
    )
    command.add_argument("file", type=Path, metavar="FILE.toml")
    command.add_argument("--token", action="store_true", help="print the token that it answers with")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from forloeb.config.commands import with_database

    return with_database(_connect)(options)


def _connect(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from forloeb.config.commands import refuse, say
    from forloeb.jobs.connecting import CannotConnect
    from forloeb.jobs.connecting_municipality import run
    from forloeb.people.referral_receivers import token_of

    try:
        receiver = run(options.file, at=timezone.now())
    except CannotConnect as refusal:
        return refuse(refusal.faults)
    say(f"{receiver.name} receives referrals for {receiver.organization.name}")
    if options.token:
        say(f"Authorization: Bearer {token_of(receiver)}")
    return 0
