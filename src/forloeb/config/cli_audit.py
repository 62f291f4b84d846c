"""`forloeb audit` on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from forloeb.config.arguments import Commands, a_day, a_public_id, of_the_demo


def add_audit(commands: Commands) -> None:
    """Add the command and its parts."""
    command = commands.add_parser(
        "audit",
        help="verify the log, sign a checkpoint of it, export its look-ups, or see how they are sent to MinLog",
        description="The log of every look and every write. docs/reference/audit-log.md describes it.",
    )
    parts = command.add_subparsers(metavar="WHAT", required=True)
    for add in (_verify, _checkpoint, _export, _minlog):
        add(parts)


def _verify(commands: Commands) -> None:
    command = commands.add_parser(
        "verify",
        help="find any entry that was changed, removed, added or moved",
        description="Recomputes the log's chains and meets them with the signed checkpoints. Any entry that was"
        " changed, removed, added or moved is named, and the exit code is 1.",
    )
    command.add_argument("--checkpoint", metavar="HASH", help="a checkpoint's hash kept elsewhere; it must be there")
    of_the_demo(command)

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import auditing

        return auditing.verify(options)

    command.set_defaults(run=run)


def _checkpoint(commands: Commands) -> None:
    command = commands.add_parser(
        "checkpoint",
        help="sign how far the log has come",
        description="Signs how far each chain of the log has come, so that a chain rewritten later is found. Prints the"
        " checkpoint's hash, to be kept elsewhere. For a timer, every few minutes; `serve` does it by itself.",
    )
    of_the_demo(command)

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import auditing

        return auditing.checkpoint(options)

    command.set_defaults(run=run)


def _export(commands: Commands) -> None:
    command = commands.add_parser(
        "export",
        help="export the look-ups in MinLog's form",
        description="Writes a registration for each look-up of a patient by somebody else: NDJSON with CPR numbers, so"
        " never to a terminal.",
    )
    command.add_argument("--from", dest="since", type=a_day, required=True, metavar="YYYY-MM-DD")
    command.add_argument("--until", type=a_day, required=True, metavar="YYYY-MM-DD", help="the day that is left out")
    command.add_argument("--patient", type=a_public_id, metavar="PUBLIC_ID", help="of one patient only")
    command.add_argument("--output", type=Path, metavar="FILE", help="write here, readable by its owner only")
    of_the_demo(command)

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import auditing

        return auditing.export(options)

    command.set_defaults(run=run)


def _minlog(commands: Commands) -> None:
    command = commands.add_parser(
        "minlog",
        help="say how the look-ups are sent to MinLog, or send again what was set aside",
        description="'status' says how many look-ups are registered, whether MinLog answers, and what was set aside and"
        " why; the exit code is 1 when there is something to see to. 'again' lets what was set aside be sent again.",
    )
    command.add_argument("what", choices=["status", "again"])
    of_the_demo(command)

    def run(options: argparse.Namespace) -> int:
        from forloeb.config import auditing

        return auditing.minlog(options)

    command.set_defaults(run=run)
