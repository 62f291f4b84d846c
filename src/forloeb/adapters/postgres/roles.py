"""The three logins: the owner changes tables, the application serves people, the loader takes data in."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

LOGINS = {
    "FORLOEB_DATABASE_URL": "forloeb_app",
    "FORLOEB_OWNER_DATABASE_URL": "forloeb_owner",
    "FORLOEB_LOADER_DATABASE_URL": "forloeb_loader",
}
_POWERLESS = sql.SQL("NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB")


class CannotPrepare(Exception):
    """A server of somebody else's is not ready for us; the text says what an administrator runs."""


def make_roles(address: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make the logins with their passwords, and the database that the owner owns. Done again, it changes nothing."""
    with psycopg.connect(address, autocommit=True) as admin:
        known = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
        for login in LOGINS.values():
            verb = sql.SQL("ALTER" if login in known else "CREATE")
            admin.execute(
                sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
                    verb, sql.Identifier(login), _POWERLESS, sql.Literal(passwords[login])
                )
            )
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier("forloeb_owner"))
            )


def prepare(address: str, *, serves_as_all: bool = True) -> None:
    """Make the roles in a server that was named to us, where its login may. Raises CannotPrepare with what to run.

    The login that was named is made a member of the application's and the loader's role, so that it can give up its own
    powers when it serves.
    """
    try:
        with psycopg.connect(address, autocommit=True, connect_timeout=10) as server:
            if server.info.server_version < 180000:
                raise CannotPrepare("PostgreSQL 18 or newer is needed; this server is older")
            known = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
            for login in ("forloeb_app", "forloeb_loader"):
                if login not in known:
                    server.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(login), _POWERLESS))
                if serves_as_all and not _may_take_on(server, login):
                    server.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(login)))
    except psycopg.errors.InsufficientPrivilege:
        raise CannotPrepare(
            "the login may not make roles; let an administrator run:"
            " CREATE ROLE forloeb_app; CREATE ROLE forloeb_loader;"
            " GRANT forloeb_app, forloeb_loader TO <login>;"
        ) from None
    except psycopg.OperationalError as error:
        raise CannotPrepare(f"the database does not answer: {str(error).strip().splitlines()[-1]}") from None


def _may_take_on(server: psycopg.Connection, login: str) -> bool:
    """Whether the login may become that role already: an administrator has granted it, or it is the role itself."""
    found = server.execute("SELECT pg_has_role(current_user, %s, 'SET')", [login]).fetchone()
    return bool(found and found[0])
