"""`forloeb apps`: registering apps of others, seeing which there are, and letting one in no more."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any


def add_apps(commands: Any) -> None:
    """Add the command to the command line."""
    command = commands.add_parser(
        "apps",
        help="register, list and remove apps of others that use the FHIR API",
        description="Apps of others use the FHIR API for those who let them. docs/how-to/register-an-app.md describes"
        " the file.",
    )
    parts = command.add_subparsers(metavar="WHAT", required=True)
    add = parts.add_parser("add", help="register an app, or bring what we know of it up to date")
    add.add_argument("file", type=Path, metavar="FILE.toml")
    add.set_defaults(run=lambda options: _with_database(_add, options))
    listed = parts.add_parser("list", help="list the apps that are registered")
    listed.set_defaults(run=lambda options: _with_database(_list, options))
    remove = parts.add_parser("remove", help="let an app in no more; its tokens are useless at once")
    remove.add_argument("client_id")
    remove.set_defaults(run=lambda options: _with_database(_remove, options))


def _with_database(what: Any, options: argparse.Namespace) -> int:
    from forloeb.config.commands import with_database

    return with_database(what)(options)


def _add(options: argparse.Namespace) -> int:
    from django.conf import settings
    from django.utils import timezone

    from forloeb.access import app_registry
    from forloeb.config.commands import refuse, say

    try:
        said = tomllib.loads(options.file.read_text(encoding="utf-8"))
        app = app_registry.read_app(said, allows_loopback=settings.DEBUG or settings.DEMO)
        app_registry.register(app, at=timezone.now())
    except (OSError, UnicodeDecodeError) as fault:
        return refuse([f"{options.file}: cannot be read ({type(fault).__name__})"])
    except tomllib.TOMLDecodeError as fault:
        return refuse([f"{options.file}: not TOML: {fault}"])
    except app_registry.BadApp as wrong:
        return refuse([f"{options.file}: {fault}" for fault in wrong.faults])
    say(f"{app.client_id} is registered")
    return 0


def _list(_options: argparse.Namespace) -> int:
    from forloeb.access import app_registry
    from forloeb.config.commands import say

    for app in app_registry.apps():
        say("\t".join(filter(None, (app.client_id, app.kind, app.name, app.organization, app.scopes))))
    return 0


def _remove(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from forloeb.access import app_registry
    from forloeb.config.commands import refuse, say

    try:
        app_registry.remove(options.client_id, at=timezone.now())
    except app_registry.NoSuchApp as refusal:
        return refuse([str(refusal)])
    say(f"{options.client_id} is removed")
    return 0
