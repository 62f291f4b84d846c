"""`forloeb serve`: the database, its tables, in a demo its people, and the web server; all end together."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from forloeb.access.client_keys import make_client_key
from forloeb.adapters import postgres
from forloeb.audit.signing import BadKeyFile, Keys, make_key, read_keys

CHECKPOINT_SECONDS = 300
"""How often the log's checkpoints are written while we serve."""


def data_folder(*, demo: bool = False) -> Path:
    """Give where our data lie: FORLOEB_DATA, else the user's own data folder; a demo has a place of its own."""
    base = os.environ.get("FORLOEB_DATA") or os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    named = "FORLOEB_DATA" in os.environ
    folder = Path(base) if named else Path(base) / "forloeb"
    return folder / "demo" if demo else folder / "data"


@contextmanager
def database(*, demo: bool = False) -> Iterator[None]:
    """Have a database with its addresses in the environment: the one that is named, one that runs, or our own.

    Raises CannotStart or CannotPrepare, each with one line that says what to do.
    """
    if not demo and os.environ.get("FORLOEB_DATABASE_URL"):
        owner = os.environ.get("FORLOEB_OWNER_DATABASE_URL")
        postgres.prepare(owner or os.environ["FORLOEB_DATABASE_URL"], serves_as_all=owner is None)
        yield
        return
    data = data_folder(demo=demo)
    found = postgres.running(data)
    server = found or postgres.start(data)
    os.environ.update(postgres.environment(server))
    _have_a_key(data / "audit-key.pem")
    if "FORLOEB_CLIENT_KEY_FILE" not in os.environ:
        make_client_key(data / "client-key.pem")
        os.environ["FORLOEB_CLIENT_KEY_FILE"] = str(data / "client-key.pem")
    try:
        yield
    finally:
        if found is None:
            server.stop()


def _have_a_key(own: Path) -> None:
    """Sign the log's checkpoints with a key of our own, beside the embedded database, unless one is named."""
    if "FORLOEB_AUDIT_KEY_FILE" not in os.environ:
        make_key(own)
        os.environ["FORLOEB_AUDIT_KEY_FILE"] = str(own)


def set_up_django() -> None:
    """Make Django ready; done after the database's addresses are known."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forloeb.config.settings")
    import django

    django.setup()


def serve(options: argparse.Namespace) -> int:
    """Serve until interrupted. Gives the web server's exit code, or 2 when the database could not be had."""
    if options.demo:
        os.environ["FORLOEB_DEMO"] = "1"
        os.environ.setdefault("FORLOEB_SECRET_KEY", secrets.token_urlsafe(48))
        if options.fresh:
            _forget(data_folder(demo=True))
    elif not os.environ.get("FORLOEB_SECRET_KEY"):
        return _refuse(
            "FORLOEB_SECRET_KEY is not set: sessions would end at every restart; set it to a long random text"
        )
    # A closed terminal and a service manager end us as Ctrl-C does, so that the database is stopped cleanly.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        with database(demo=options.demo):
            return _serve(options)
    except (postgres.CannotStart, postgres.CannotPrepare, BadKeyFile) as refusal:
        return _refuse(str(refusal))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _refuse(line: str) -> int:
    print(line, file=sys.stderr)  # noqa: T201
    return 2


def _forget(data: Path) -> None:
    """Begin the demo again: its folder, which holds invented people only, is removed."""
    if postgres.running(data) is None:
        shutil.rmtree(data, ignore_errors=True)


def _serve(options: argparse.Namespace) -> int:
    set_up_django()
    from django.core.management import call_command
    from django.db import connections

    keys = find_keys()
    call_command("migrate", database="owner", verbosity=0)
    if options.demo:
        from forloeb.jobs.demo.filling import fill_if_empty

        fill_if_empty(tell=_tell)
    connections.close_all()
    address = f"http://{options.host}:{options.port}"
    _tell(f"Forløb is at {address}" + (" – choose a person there: Anne Holm is the GP" if options.demo else ""))
    if keys is None:
        _tell("No checkpoints of the log are signed: FORLOEB_AUDIT_KEY_FILE is not set.")
    with _record_system(options, address) if options.demo else nullcontext():
        return _run_web_server(options, keys)


@contextmanager
def _record_system(options: argparse.Namespace, address: str) -> Iterator[None]:
    """Have the demo's record system beside us; where it cannot be started that is said, and we go on without."""
    from django.db import connections
    from django.utils import timezone

    from forloeb.jobs.demo.record_system import CannotStart, free_ports, record_system

    at, folder = timezone.now(), data_folder(demo=True)
    with ExitStack() as stack:
        try:
            beside = record_system(
                forloeb=address,
                ports=free_ports(options.port + 1),
                folder=folder,
                at=at,
                as_of=timezone.localdate(at),
            )
            running = stack.enter_context(beside)
            _tell(f"The practice's record system is at {running.address} – open a patient there, and the plan from it")
        except CannotStart as refusal:
            _tell(str(refusal))
        connections.close_all()
        yield


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def find_keys() -> Keys | None:
    """Read the key file that is named; None when none is. Raises BadKeyFile."""
    named = os.environ.get("FORLOEB_AUDIT_KEY_FILE")
    return read_keys(Path(named)) if named else None


def _run_web_server(options: argparse.Namespace, keys: Keys | None) -> int:
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        options.host,
        "--port",
        str(options.port),
    ]
    command += ["--workers", str(options.workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    server = subprocess.Popen([*command, "forloeb.config.wsgi:application"])  # noqa: S603
    worker = _start_worker()
    try:
        return _wait(server, keys)
    except KeyboardInterrupt:
        server.send_signal(signal.SIGINT)
        return 0 if server.wait(30) in (0, -signal.SIGINT, 130) else 1
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(30)


def _start_worker() -> subprocess.Popen[bytes] | None:
    """Send what waits in the outbox while we serve, where anything can leave; the environment names our database."""
    from django.db import connections

    from forloeb.jobs.outbox import has_work

    works = has_work()
    connections.close_all()
    if not works:
        return None
    return subprocess.Popen(
        [sys.executable, "-c", "from forloeb.config.cli import main; raise SystemExit(main(['work']))"]
    )


def _wait(server: subprocess.Popen[bytes], keys: Keys | None) -> int:
    """Wait for the web server to end, and sign a checkpoint every few minutes meanwhile."""
    while True:
        try:
            return server.wait(CHECKPOINT_SECONDS)
        except subprocess.TimeoutExpired:
            _write_checkpoint(keys)


def _write_checkpoint(keys: Keys | None) -> None:
    """Sign how far the log has come. What hinders it is said, and tried again the next time."""
    if keys is None or keys.signs is None:
        return
    from django.db import DatabaseError, connections
    from django.utils import timezone

    from forloeb.audit.checkpoints import write_checkpoint

    try:
        made = write_checkpoint(keys, at=timezone.now())
    except DatabaseError as fault:
        _tell(f"The log's checkpoint could not be written ({type(fault).__name__}).")
    else:
        if made:
            _tell(f"checkpoint {made.number}: {made.hash}")
    finally:
        connections.close_all()
