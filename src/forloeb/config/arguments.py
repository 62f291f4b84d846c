"""What several commands' arguments have in common."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TypeAlias
from uuid import UUID

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def a_day(text: str) -> date:
    """Read a calendar day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day; write it as 2026-03-01") from None


def a_public_id(text: str) -> UUID:
    """Read a patient's public id."""
    try:
        return UUID(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a patient's public id") from None


def of_the_demo(command: argparse.ArgumentParser) -> None:
    """Let a command be asked of the demo."""
    command.add_argument("--demo", action="store_true", help="of the demo's own database")
