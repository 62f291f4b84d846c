"""The database that comes along: it starts for anybody, refuses in one line, and loses nothing when it is killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest

from forloeb.adapters import postgres
from forloeb.adapters.postgres import binaries, launcher

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Make a data folder once, with a table in it; tests take copies, for making one takes seconds."""
    with _short_folder() as folder:
        server = postgres.start(folder / "data")
        with owner(server) as database:
            database.execute("CREATE TABLE kept (number int)")
        server.stop()
        yield folder / "data"


@pytest.fixture
def data(made: Path) -> Iterator[Path]:
    with _short_folder() as folder:
        shutil.copytree(made, folder / "data", symlinks=True)
        yield folder / "data"


def _short_folder() -> tempfile.TemporaryDirectory[str]:
    """Give a folder whose path leaves room for a socket, as pytest's own does not always."""

    class Folder(tempfile.TemporaryDirectory[str]):
        def __enter__(self) -> Path:  # type: ignore[override]
            return Path(super().__enter__())

    return Folder(prefix="forloeb-", ignore_cleanup_errors=True)


def owner(server: postgres.Server) -> psycopg.Connection:
    return psycopg.connect(server.address("forloeb_owner"), autocommit=True)


def refusal(data: Path) -> str:
    """Start where it must not start; give the one line it says."""
    with pytest.raises(postgres.CannotStart) as refused:
        postgres.start(data)
    said = str(refused.value)
    assert said
    assert "\n" not in said
    return said


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- refusals


def test_a_data_folder_of_another_major_version_is_refused_and_left_as_it_is(tmp_path: Path):
    cluster = tmp_path / "data" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    (cluster / "precious").write_text("rows")
    said = refusal(tmp_path / "data")
    assert said.startswith(f"{cluster}: was made by PostgreSQL 16, and this is {binaries.binaries()[1]};")
    assert "pg_dump" in said
    assert tree(cluster) == {"PG_VERSION": b"16\n", "precious": b"rows"}


def test_a_second_start_is_refused_and_the_first_runs_on(data: Path):
    server = postgres.start(data)
    try:
        assert "a server is already running on this folder" in refusal(data)
        elsewhere = forloeb_python(f"from forloeb.adapters import postgres; postgres.start({str(data)!r})")
        assert elsewhere.returncode != 0
        assert elsewhere.stderr.strip().splitlines()[-1].endswith("stop it, or use another folder")
        with owner(server) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        found = postgres.running(data)
        assert found is not None
        assert found.pid is None
        found.stop()  # it is not this one's to stop
        with owner(server) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
    assert postgres.running(data) is None


def test_a_long_path_gets_a_short_socket_and_a_socket_too_long_everywhere_is_refused(made, tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    shutil.copytree(made, deep / "data")
    with _short_folder() as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
        server = postgres.start(deep / "data")
        try:
            assert server.socket.parent == short
            assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
            with owner(server) as database:
                assert database.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        finally:
            server.stop()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    said = refusal(deep / "data")
    assert "would be longer than 107 bytes; choose a shorter FORLOEB_DATA" in said


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        said = refusal(place)
        assert said.startswith(f"{place}: may not be written (")
        assert said.endswith("name another folder in FORLOEB_DATA")


def test_a_socket_folder_that_belongs_to_somebody_else_is_refused(made: Path, tmp_path: Path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    shutil.copytree(made, deep / "data")
    with _short_folder() as short, _short_folder() as trap:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
        folder = launcher._socket_folder(deep / "data")
        folder.rmdir()
        folder.symlink_to(trap)
        assert "belongs to somebody else" in refusal(deep / "data")


def test_a_folder_that_was_refused_can_be_started_once_the_fault_is_gone(data: Path):
    version = (data / "cluster" / "PG_VERSION").read_text()
    (data / "cluster" / "PG_VERSION").write_text("17\n")
    refusal(data)
    (data / "cluster" / "PG_VERSION").write_text(version)
    postgres.start(data).stop()


def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path):
    with _short_folder() as folder:
        (folder / "data" / "making" / "base").mkdir(parents=True)
        (folder / "data" / "making" / "PG_VERSION").write_text("18\n")
        server = postgres.start(folder / "data")
        server.stop()
        assert not (folder / "data" / "making").exists()


def test_a_server_that_ends_while_starting_says_the_last_line_of_its_log(data: Path):
    (data / "cluster" / "postgresql.conf").write_text("no_such_setting = 1\n")
    said = refusal(data)
    assert "the server ended while starting" in said
    assert "configuration file" in said


# --- an ordinary user


def forloeb_python(code: str, *, as_user: tuple[str, ...] = (), home: Path | None = None):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home or "/nonexistent"), "TMPDIR": str(home or "/tmp")}
    return subprocess.run(
        [*as_user, sys.executable, "-c", code], env=environment, cwd="/", capture_output=True, text=True, timeout=120
    )


@only_root
def test_an_ordinary_user_makes_starts_and_stops_it_and_keeps_it_to_themselves():
    with _short_folder() as folder:
        shutil.chown(folder, NOBODY, NOBODY)
        code = f"""
import os, psycopg
from pathlib import Path
from forloeb.adapters import postgres
from forloeb.adapters.postgres.binaries import wrapper
assert os.geteuid() == {NOBODY} and wrapper() == ()
server = postgres.start(Path({str(folder / "data")!r}))
with psycopg.connect(server.address("forloeb_owner"), autocommit=True) as owner:
    owner.execute("CREATE TABLE kept (number int)")
    print(owner.execute("SHOW fsync").fetchone()[0], owner.execute("SHOW data_checksums").fetchone()[0])
    print(repr(owner.execute("SHOW listen_addresses").fetchone()[0]))
server.stop()
"""
        done = forloeb_python(code, as_user=AS_NOBODY, home=folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "on on\n''\n"
        data = folder / "data"
        assert {path.lstat().st_uid for path in (data, *data.rglob("*"))} == {NOBODY}
        for name, mode in ((".", 0o700), ("cluster", 0o700), ("socket", 0o700), ("passwords.json", 0o600)):
            assert stat.S_IMODE((data / name).stat().st_mode) == mode, name


@only_root
def test_an_ordinary_user_is_refused_a_folder_they_may_not_write_in_one_line():
    with _short_folder() as folder:
        folder.chmod(0o755)
        (folder / "data").mkdir(mode=0o755)
        for place in (folder / "data", folder / "new"):
            done = subprocess.run(
                [*AS_NOBODY, str(Path(sys.executable).with_name("forloeb")), "migrate"],
                env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "FORLOEB_DATA": str(place)},
                cwd="/",
                capture_output=True,
                text=True,
            )
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.count("\n") == 1
            assert "may not be written (Permission denied); name another folder in FORLOEB_DATA" in done.stderr


# --- killed


def test_killing_the_postmaster_loses_no_committed_row(data: Path):
    server = postgres.start(data)
    committed = 0
    assert server.pid is not None
    database = owner(server)
    try:
        while committed < 10**6:
            database.execute("INSERT INTO kept VALUES (%s)", [committed])
            committed += 1
            if committed == 200:
                os.kill(server.pid, signal.SIGKILL)
    except psycopg.OperationalError:
        database.close()
    server.stop()
    again = postgres.start(data)
    try:
        with owner(again) as database:
            numbers = [row[0] for row in database.execute("SELECT number FROM kept ORDER BY number")]
    finally:
        again.stop()
    assert 200 <= committed < 10**6
    # The one that was under way may be in or not; all before it are.
    assert numbers in (list(range(committed)), list(range(committed + 1)))


def test_a_program_that_is_killed_leaves_no_server_behind_and_loses_no_committed_row(data: Path):
    code = f"""
import psycopg, sys
from pathlib import Path
from forloeb.adapters import postgres
server = postgres.start(Path({str(data)!r}))
with psycopg.connect(server.address("forloeb_owner"), autocommit=True) as owner:
    owner.execute("INSERT INTO kept VALUES (7)")
print(server.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        postmaster = int(program.stdout.readline())
        program.kill()
    _wait_until_gone(postmaster)
    server = postgres.start(data)
    try:
        with owner(server) as database:
            assert database.execute("SELECT number FROM kept").fetchall() == [(7,)]
    finally:
        server.stop()


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError(f"the server {pid} outlived its program")


# --- what it is


def test_the_three_logins_have_no_power_and_the_passwords_are_not_shown(data: Path):
    server = postgres.start(data)
    try:
        addresses = postgres.environment(server)
        for name, address in addresses.items():
            with psycopg.connect(address) as login:
                powers = login.execute(
                    "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles"
                    " WHERE rolname = current_user"
                ).fetchone()
            assert powers == (False,) * 5, name
        assert set(addresses) == {
            "FORLOEB_DATABASE_URL",
            "FORLOEB_OWNER_DATABASE_URL",
            "FORLOEB_LOADER_DATABASE_URL",
        }
        assert not any(password in repr(server) for password in server.passwords.values())
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgresql://forloeb_app:guess@/forloeb?host={server.socket}")
    finally:
        server.stop()


def test_an_error_in_a_statement_leaves_nothing_personal_in_the_servers_log(data: Path):
    server = postgres.start(data)
    try:
        with owner(server) as database:
            database.execute("CREATE TABLE people (cpr_number text UNIQUE CHECK (cpr_number <> '030303-4321'))")
            database.execute("INSERT INTO people VALUES ('010101-1234')")
            for mistake in (
                "INSERT INTO people VALUES ('010101-1234')",
                "INSERT INTO people VALUES ('030303-4321')",
                "INSERT INTO kept VALUES ('010101-1234')",
                "INSERT INTO nowhere VALUES ('010101-1234')",
            ):
                with pytest.raises(psycopg.Error):
                    database.execute(mistake)
    finally:
        server.stop()
    log = (data / "server.log").read_text()
    assert "database system is ready" in log
    assert not re.search(r"010101-1234|030303-4321", log)


def test_passwords_are_made_once(data: Path):
    before = orjson.loads((data / "passwords.json").read_bytes())
    server = postgres.start(data)
    server.stop()
    assert server.passwords == before


# --- a server of somebody else's


def test_a_named_server_is_accepted_with_three_logins_and_with_roles_already_granted(data: Path):
    server = postgres.start(data)
    try:
        address = server.address("forloeb_owner")
        with pytest.raises(postgres.CannotPrepare, match="let an administrator run: CREATE ROLE"):
            postgres.prepare(address)
        postgres.prepare(address, serves_as_all=False)
        with psycopg.connect(launcher._admin_address(server, "postgres"), autocommit=True) as admin:
            admin.execute("GRANT forloeb_app, forloeb_loader TO forloeb_owner")
        postgres.prepare(address)
    finally:
        server.stop()


def test_a_named_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path):
    with pytest.raises(postgres.CannotPrepare) as refused:
        postgres.prepare(f"postgresql://someone:secret-word@/forloeb?host={tmp_path}")
    assert "the database does not answer" in str(refused.value)
    assert "secret-word" not in str(refused.value)
