"""The commands of the statistics, each in a few lines."""

from __future__ import annotations

import argparse
import sys

from forloeb.config.commands import refuse, with_database


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
