"""What all tests share: one real PostgreSQL server for each worker, with the cast of the demo in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# How long an example takes is the machine's affair: speed is measured by `make bench`.
hypothesis.settings.register_profile("forloeb", deadline=None)
hypothesis.settings.load_profile("forloeb")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forloeb.config.settings")
os.environ.setdefault("FORLOEB_SECRET_KEY", "only-for-tests")
os.environ["FORLOEB_DATABASE_POOL"] = "0"
os.environ["FORLOEB_DEMO"] = "1"

import django
from django.core.management import call_command
from django.db import connections

django.setup()

from forloeb.adapters import postgres
from forloeb.config.database import database_settings
from tests.support.personas import Cast, cast_on


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a server of our own with all tables; give the addresses of its three logins."""
    server = postgres.start(Path(tmp_path_factory.mktemp("pg", numbered=True)) / "data")
    try:
        addresses = postgres.environment(server)
        _connect(addresses)
        call_command("migrate", database="owner", verbosity=0)
        yield addresses
    finally:
        connections.close_all()
        server.stop()


def _connect(addresses: dict[str, str]) -> None:
    """Point Django, which read its settings before there was a server, at this one."""
    for alias, settings in database_settings({**addresses, "FORLOEB_DATABASE_POOL": "0"}).items():
        connections[alias].close()
        connections[alias].settings_dict.update(settings)
        connections.settings[alias].update(settings)


@pytest.fixture(scope="session")
def cast(database: dict[str, str]) -> Cast:
    """The personas, built through actions, in a database that all of a worker's tests share."""
    return cast_on(database)
