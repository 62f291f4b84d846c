"""PostgreSQL that comes along: found, initialised, started and stopped by us, for one machine.

`start` and `running` give a Server; `environment` gives the addresses of its three logins. A deployment that names
a server of its own (`FORLOEB_DATABASE_URL`) calls `prepare` instead.
"""

from forloeb.adapters.postgres.launcher import CannotStart, Server, environment, running, start
from forloeb.adapters.postgres.roles import CannotPrepare, prepare

__all__ = ["CannotPrepare", "CannotStart", "Server", "environment", "prepare", "running", "start"]
