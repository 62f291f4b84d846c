"""Starts the record system: `python -m forloeb.jobs.demo.lps --port PORT --store FILE`. Says READY when it answers."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
from pathlib import Path

from forloeb.jobs.demo.lps.advice import Advice
from forloeb.jobs.demo.lps.keys import signer
from forloeb.jobs.demo.lps.launching import CLIENT, SYSTEM_SCOPES, Launching, User
from forloeb.jobs.demo.lps.server import System, serve

_SCRIPT = Path(__file__).with_name("authorization.mjs")


def main() -> None:
    """Serve until interrupted."""
    asked = argparse.ArgumentParser(prog="lps", description=__doc__)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", type=int, required=True)
    asked.add_argument("--store", type=Path, required=True, help="a SQLite file; what is saved survives a restart")
    asked.add_argument("--forloeb", default="", help="where Forløb is, for the links into it")
    asked.add_argument("--user", default="holm", help="who is signed in at the record system")
    asked.add_argument("--ydernummer", default="999901", help="the practice it belongs to")
    asked.add_argument(
        "--authorization-port", type=int, default=0, help="where its SMART server answers; 0: it has none"
    )
    asked.add_argument("--node", default="", help="the Node program that runs the SMART server")
    options = asked.parse_args()
    provider = None

    def attach(system: System) -> None:
        nonlocal provider
        if not options.forloeb:
            return
        signs = signer(system.base, options.store.with_suffix(".key.pem"))
        secret = secrets.token_urlsafe(32)
        authorization = ""
        if options.authorization_port:
            provider, authorization = _start_authorization(options, system, secret)
        user = User(options.user, options.ydernummer)
        own = os.environ.get("LPS_OWN_TOKEN", "")
        Launching(system, signs, user, authorization, secret, own).attach()
        Advice(system, signs, options.user).attach()

    try:
        serve(options.host, options.port, options.store, forloeb=options.forloeb, attach=attach)
    finally:
        if provider is not None:
            provider.terminate()
            provider.wait(10)


def _start_authorization(options: argparse.Namespace, system: System, secret: str) -> tuple[subprocess.Popen[str], str]:
    """Start the SMART server; gives its process and its address."""
    told = {
        "host": options.host,
        "port": options.authorization_port,
        "recordSystem": system.base,
        "secret": secret,
        "forloeb": options.forloeb,
        "client": CLIENT,
        "systemScopes": SYSTEM_SCOPES,
    }
    started = subprocess.Popen(  # noqa: S603  the Node that was named
        [options.node, str(_SCRIPT)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LPS_AUTHORIZATION": json.dumps(told)},
    )
    assert started.stdout is not None
    address = started.stdout.readline().strip()
    if not address:
        raise SystemExit("the SMART server did not start")
    return started, address


if __name__ == "__main__":
    main()
