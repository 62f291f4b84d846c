"""Starts the record system: `python -m forloeb.jobs.demo.lps --port PORT --store FILE`. Says READY when it answers."""

from __future__ import annotations

import argparse
from pathlib import Path

from forloeb.jobs.demo.lps.server import serve


def main() -> None:
    """Serve until interrupted."""
    asked = argparse.ArgumentParser(prog="lps", description=__doc__)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--store", type=Path, required=True, help="a SQLite file; what is saved survives a restart")
    asked.add_argument("--forloeb", default="", help="where Forløb is, for the links into it")
    options = asked.parse_args()
    serve(options.host, options.port, options.store, forloeb=options.forloeb)


if __name__ == "__main__":
    main()
