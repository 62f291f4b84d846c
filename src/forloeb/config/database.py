"""Which database, and in which role.

Three logins, each with what it needs and no more: the owner changes tables, the application serves
people under row-level security, the loader takes data in. Where only one login is given, the
connection takes on the role, and gives up its own powers, before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class BadDatabaseUrl(ValueError):
    """The address of the database cannot be read. The address is not repeated: it carries a password."""


_PREPARED_AFTER = 3
"""How often a question is asked before the server keeps its plan.

Row-level security makes a question long to plan, many times longer than to answer, and Django has neither by itself:
values stand in its texts, and each is planned anew.
"""


def read_url(url: str) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name?host=/socket` into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadDatabaseUrl("FORLOEB_DATABASE_URL begins with postgresql://")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or query.pop("dbname", "forloeb"),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": {**query, "prepare_threshold": _PREPARED_AFTER, "server_side_binding": True},
    }


def database_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Give Django's DATABASES: `default` is the application, `owner` migrates, `loader` takes data in."""
    application = environment.get("FORLOEB_DATABASE_URL", "postgresql:///forloeb")
    owner = environment.get("FORLOEB_OWNER_DATABASE_URL", application)
    loader = environment.get("FORLOEB_LOADER_DATABASE_URL", application)
    threads = int(environment.get("FORLOEB_DATABASE_CONNECTIONS", "8"))
    pooled = environment.get("FORLOEB_DATABASE_POOL", "1") == "1"
    databases = {
        "default": _in_role(read_url(application), "forloeb_app"),
        "owner": read_url(owner),
        "loader": _in_role(read_url(loader), "forloeb_loader"),
    }
    if pooled:
        databases["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": threads, "timeout": 10}
    return databases


def _in_role(settings: dict[str, Any], role: str) -> dict[str, Any]:
    # Told at connecting, not by Django's assume_role, which asks the pool for a connection while it makes one.
    given = settings["OPTIONS"].get("options", "")
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": f"{given} -c role={role}".strip()}
    return settings
