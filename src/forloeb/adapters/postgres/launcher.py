"""Starts and stops the embedded server.

Data in a folder of the user's; a Unix socket in a folder that only they may enter; no TCP port; passwords by scram;
checksums and fsync on. The server ends when the process that started it ends: it asks the kernel for that signal,
so that not even kill -9 of ours leaves it behind, and losing it at any moment loses nothing that was committed.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import orjson
import psycopg

from forloeb.adapters.postgres.binaries import NoServer, binaries, runs_as_nobody, wrapper
from forloeb.adapters.postgres.roles import LOGINS, make_roles

ADMIN = "forloeb_admin"
DATABASE = "forloeb"
LONGEST_SOCKET = 107
"""The kernel's limit for a socket's path, less the byte that ends it."""
PATIENCE_SECONDS = 60
_SOCKET_NAME = "/.s.PGSQL.5432"


class CannotStart(Exception):
    """The server cannot be started; the text says why and what to do, in one line."""


@dataclass(slots=True)
class Server:
    """A running server. `stop` ends it if it was started here."""

    data: Path
    socket: Path
    passwords: dict[str, str] = field(repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _lock: IO[str] | None = field(default=None, repr=False)

    def address(self, login: str) -> str:
        """Give the database's address for one of the logins, password and all."""
        return f"postgresql://{login}:{self.passwords[login]}@/{DATABASE}?host={self.socket}"

    @property
    def pid(self) -> int | None:
        """The server's process, when it was started here."""
        return self._process.pid if self._process else None

    def stop(self) -> None:
        """Stop the server at once and cleanly; sessions are cut, nothing committed is lost."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        atexit.unregister(self.stop)


def environment(server: Server) -> dict[str, str]:
    """Give the addresses of the three logins, as the settings read them."""
    return {name: server.address(login) for name, login in LOGINS.items()}


def start(data: Path) -> Server:
    """Start the server of a data folder, making it first where there is none. Raises CannotStart."""
    data = Path(data).absolute()
    try:
        _, major = binaries()
    except NoServer as error:
        raise CannotStart(str(error)) from None
    _may_write(data)
    lock = _hold(data)
    try:
        cluster = data / "cluster"
        _same_version(cluster, major)
        socket = _socket_folder(data)
        passwords = _passwords(data)
        if not (cluster / "PG_VERSION").exists():
            _initialise(cluster, data, passwords[ADMIN])
        server = Server(data, socket, passwords, _run(cluster, socket, data), lock)
    except BaseException:
        lock.close()
        raise
    atexit.register(server.stop)
    try:
        _wait(server)
        make_roles(_admin_address(server, "postgres"), DATABASE, passwords)
    except BaseException:
        server.stop()
        raise
    _write(data / "server.json", {"socket": str(socket), "pid": server.pid})
    return server


def running(data: Path) -> Server | None:
    """Give the server that another process runs on a data folder; None when none answers."""
    data = Path(data).absolute()
    try:
        socket = Path(orjson.loads((data / "server.json").read_bytes())["socket"])
        server = Server(data, socket, orjson.loads((data / "passwords.json").read_bytes()))
        psycopg.connect(_admin_address(server, "postgres"), connect_timeout=5).close()
    except (OSError, ValueError, KeyError, psycopg.Error):
        return None
    return server


def _admin_address(server: Server, database: str) -> str:
    return f"postgresql://{ADMIN}:{server.passwords[ADMIN]}@/{database}?host={server.socket}"


def _may_write(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise CannotStart(
            f"{data}: may not be written ({error.strerror}); name another folder in FORLOEB_DATA"
        ) from None


def _hold(data: Path) -> IO[str]:
    """Take the folder for ourselves; the kernel lets go of it whenever our process ends."""
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStart(
            f"{data}: a server is already running on this folder; stop it, or use another folder"
        ) from None
    return lock


def _same_version(cluster: Path, major: int) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except OSError:
        return
    if found != str(major):
        raise CannotStart(
            f"{cluster}: was made by PostgreSQL {found}, and this is {major};"
            " move its data with pg_dump, or use another folder"
        )


def _socket_folder(data: Path) -> Path:
    """Give a folder that only we may enter; where the data folder's path is too long for a socket, a short one."""
    folder = data / "socket"
    if len(str(folder) + _SOCKET_NAME) > LONGEST_SOCKET:
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        folder = base / f"forloeb-{os.geteuid()}-{hashlib.sha256(str(data).encode()).hexdigest()[:8]}"
    if len(str(folder) + _SOCKET_NAME) > LONGEST_SOCKET:
        raise CannotStart(
            f"{folder}: the path of the socket would be longer than {LONGEST_SOCKET} bytes;"
            " choose a shorter FORLOEB_DATA"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid not in (os.geteuid(), _nobody()) or folder.is_symlink():
        raise CannotStart(f"{folder}: belongs to somebody else; remove it or choose another FORLOEB_DATA")
    folder.chmod(0o700)
    _hand_over(folder)
    return folder


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def _hand_over(folder: Path) -> None:
    if runs_as_nobody():
        shutil.chown(folder, "nobody", "nogroup")


def _passwords(data: Path) -> dict[str, str]:
    path = data / "passwords.json"
    if path.exists():
        return dict(orjson.loads(path.read_bytes()))
    passwords = {login: secrets.token_urlsafe(24) for login in (ADMIN, *LOGINS.values())}
    _write(path, passwords)
    return passwords


def _write(path: Path, content: object) -> None:
    """Write a file that only we may read, whole or not at all."""
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_bytes(orjson.dumps(content))
    half.replace(path)


def _initialise(cluster: Path, data: Path, password: str) -> None:
    """Make the cluster beside its place and move it there when it is whole: a half-made one is never started."""
    making = data / "making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    _hand_over(making)
    file = data / "initdb-password"
    file.touch(mode=0o600)
    file.write_text(password)
    if runs_as_nobody():
        shutil.chown(file, "nobody")
    options = ["--auth=scram-sha-256", f"--pwfile={file}", "-E", "UTF8", "--data-checksums"]
    options += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
    try:
        done = subprocess.run(  # noqa: S603
            [*wrapper(), str(binaries()[0] / "initdb"), "-D", str(making), "-U", ADMIN, *options],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.unlink()
    if done.returncode != 0:
        raise CannotStart(f"{cluster}: initdb failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    making.replace(cluster)


def _run(cluster: Path, socket: Path, data: Path) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "256MB",
        "effective_cache_size": "2GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        # Statements and the errors they meet may carry personal data (a CPR number that is taken): none reaches the
        # log. They are told to whoever asked; the log has what befalls the server itself.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
        "logging_collector": "off",
    }
    chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (data / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [*wrapper(), str(binaries()[0] / "postgres"), "-D", str(cluster), *chosen],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait(server: Server) -> None:
    """Wait until the server answers. Raises CannotStart with the last line of its log when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    assert server._process is not None
    while time.monotonic() < deadline:
        if server._process.poll() is not None:
            raise CannotStart(
                f"{server.data}: the server ended while starting: {_last_line(server.data / 'server.log')}"
            )
        try:
            psycopg.connect(_admin_address(server, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise CannotStart(f"{server.data}: the server did not answer within {PATIENCE_SECONDS} seconds")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty"
