"""The commands of the statistics, each in a few lines."""

from __future__ import annotations

import argparse
import sys

from forloeb.config.commands import refuse, say, today, with_database


def report(options: argparse.Namespace) -> int:
    """Print the four reports."""
    if options.first is None or options.last is None:
        return refuse(["statistics needs --from YYYY-MM and --to YYYY-MM"])
    return _report(options)


@with_database
def _report(options: argparse.Namespace) -> int:
    from forloeb.jobs.statistics import Asked, run
    from forloeb.population.statistics.scope import BadScope

    asked = Asked(options.first, options.last, options.region, options.guideline)
    try:
        return run(asked, form=options.format, out=sys.stdout)
    except BadScope as refusal:
        return refuse([str(refusal)])


@with_database
def close(options: argparse.Namespace) -> int:
    """Close a month."""
    from django.utils import timezone

    from forloeb.people.actions import LOADER
    from forloeb.population.statistics.closing import ClosedAlready, NotOver, close_month

    try:
        plans = close_month(options.month, at=timezone.now(), as_of=today(), using=LOADER)
    except (NotOver, ClosedAlready) as refusal:
        return refuse([str(refusal)])
    say(f"{options.month:%Y-%m} is closed with {plans} plans")
    return 0


@with_database
def count(options: argparse.Namespace) -> int:
    """Count a month's figures about people."""
    from django.utils import timezone

    from forloeb.people.actions import LOADER
    from forloeb.population.quality import count_quality
    from forloeb.population.statistics.closing import ClosedAlready, recount

    try:
        kept = recount(options.month, at=timezone.now(), using=LOADER)
        kept += count_quality(options.month, at=timezone.now(), using=LOADER)
    except ClosedAlready as refusal:
        return refuse([str(refusal)])
    say(f"{options.month:%Y-%m}: {kept} figures")
    return 0
