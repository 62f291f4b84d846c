"""`forloeb statistics` on the command line."""

from __future__ import annotations

import argparse
import re
from datetime import date
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _month(text: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a month; write it as 2026-03")
    return date.fromisoformat(f"{text}-01")


def add_statistics(commands: Commands) -> None:
    """Add the command and its two parts."""
    command = commands.add_parser(
        "statistics",
        help="the national reports of new and maintained plans",
        description="Prints the four reports, counted from every saved plan: practices by new plans per doctor, plans"
        " added up, plans per month, active practices. docs/reference/statistics.md has the definitions.",
    )
    _of_what(command)
    command.set_defaults(run=_report)
    parts = command.add_subparsers(metavar="WHAT")
    close = parts.add_parser(
        "close",
        help="close a month: its figures stay, and what comes later is shown as a correction",
        description="Closes a month that is over, once and for good.",
    )
    close.add_argument("month", type=_month, metavar="YYYY-MM")
    _demo(close)
    close.set_defaults(run=_close)
    count = parts.add_parser(
        "count",
        help="count a month's figures about people: plans seen, goals met, time used, quality of care",
        description="Counts the month's figures about people and keeps the sums, so that the statistics page can show"
        " them. Done again, they are brought up to date until the month is closed. For a nightly timer.",
    )
    count.add_argument("month", type=_month, metavar="YYYY-MM")
    _demo(count)
    count.set_defaults(run=_count)


def _of_what(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="first", type=_month, metavar="YYYY-MM", help="the first month")
    command.add_argument("--to", dest="last", type=_month, metavar="YYYY-MM", help="the last month, included")
    command.add_argument("--region", default="", help="practices of one region, such as 'Region Sjælland'")
    command.add_argument("--type", dest="guideline", default="", help="plans of one type, such as copd")
    command.add_argument("--format", choices=["table", "csv", "json"], default="table")
    _demo(command)


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--demo", action="store_true", help="of the demo's own database")


def _report(options: argparse.Namespace) -> int:
    from forloeb.config import statistics

    return statistics.report(options)


def _close(options: argparse.Namespace) -> int:
    from forloeb.config import statistics

    return statistics.close(options)


def _count(options: argparse.Namespace) -> int:
    from forloeb.config import statistics

    return statistics.count(options)
