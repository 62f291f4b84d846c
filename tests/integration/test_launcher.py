"""The database that comes along: what it refuses, who may run it, and that nothing committed is lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from forloeb.adapters import postgres
from forloeb.adapters.postgres import launcher

NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A short path: a socket's may not be long."""
    short = Path(
        subprocess.run(["mktemp", "-d", "/tmp/pg-XXXXXX"], capture_output=True, text=True, check=True).stdout.strip()
    )
    yield short
    shutil.rmtree(short, ignore_errors=True)


def owner_of(server: postgres.Server) -> str:
    return postgres.environment(server)["FORLOEB_OWNER_DATABASE_URL"]


def refusal_of(data: Path) -> str:
    with pytest.raises(postgres.CannotStart) as refused:
        postgres.start(data)
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    return text


def test_a_data_folder_of_another_major_version_is_refused(folder: Path) -> None:
    (folder / "cluster").mkdir()
    (folder / "cluster" / "PG_VERSION").write_text("15\n")
    said = refusal_of(folder)
    assert "was made by PostgreSQL 15" in said
    assert "pg_dump" in said


def test_a_second_start_on_one_folder_is_refused(folder: Path) -> None:
    server = postgres.start(folder)
    try:
        assert "already running on this folder" in refusal_of(folder)
    finally:
        server.stop()


def test_a_folder_that_cannot_be_written_is_refused(folder: Path) -> None:
    blocked = folder / "file"
    blocked.write_text("in the way")
    assert "may not be written" in refusal_of(blocked / "data")


def test_a_socket_path_that_is_too_long_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = folder / ("x" * 60) / ("y" * 60)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    said = refusal_of(long)
    assert f"longer than {launcher.LONGEST_SOCKET} bytes" in said
    assert "FORLOEB_DATA" in said


def test_a_long_data_folder_gets_a_short_socket_elsewhere(folder: Path) -> None:
    server = postgres.start(folder / ("x" * 100))
    try:
        assert len(f"{server.socket}/.s.PGSQL.5432") <= launcher.LONGEST_SOCKET
        assert server.socket.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()


def test_it_listens_on_no_port_and_shows_no_password(folder: Path) -> None:
    server = postgres.start(folder)
    try:
        with psycopg.connect(owner_of(server)) as found:
            assert found.execute("SHOW listen_addresses").fetchone() == ("",)
            assert found.execute("SHOW data_checksums").fetchone() == ("on",)
        assert not any(password in repr(server) for password in server.passwords.values())
        assert (folder / "passwords.json").stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_kill_9_of_the_server_loses_nothing_committed(folder: Path) -> None:
    server = postgres.start(folder)
    found = psycopg.connect(owner_of(server))
    found.execute("CREATE TABLE kept (number int)")
    found.execute("INSERT INTO kept VALUES (1)")
    found.commit()
    found.execute("INSERT INTO kept VALUES (2)")
    assert server.pid is not None
    # Under a wrapper the server is a child of the process we started: all are killed, none is asked.
    for pid in [*_children(server.pid), server.pid]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    found.close()
    server.stop()
    _wait_until_free(folder)
    again = postgres.start(folder)
    try:
        with psycopg.connect(owner_of(again)) as found:
            assert found.execute("SELECT array_agg(number) FROM kept").fetchone() == ([1],)
    finally:
        again.stop()


def _children(pid: int) -> list[int]:
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    found = [int(line) for line in said.stdout.split()]
    return [grandchild for child in found for grandchild in [*_children(child), child]]


def _wait_until_free(folder: Path) -> None:
    """A killed server's own processes may take a moment to notice that it is gone."""
    for _ in range(100):
        said = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True).stdout.split()
        if not [pid for pid in said if int(pid) != os.getpid()]:
            return
        time.sleep(0.05)


def test_it_ends_with_the_program_that_started_it_however_that_ends(folder: Path) -> None:
    program = f"from forloeb.adapters import postgres; from pathlib import Path; postgres.start(Path({str(folder)!r}));"
    program += "print('up', flush=True); import time; time.sleep(60)"
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "up\n"
    started.kill()
    started.wait()
    _wait_until_free(folder)
    server = postgres.start(folder)
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try it as somebody else")
def test_an_ordinary_user_runs_it_too(folder: Path) -> None:
    if not all(parent.stat().st_mode & 0o001 for parent in Path(sys.executable).absolute().parents):
        pytest.skip("an ordinary user may not enter the folder this Python lies in")
    os.chown(folder, NOBODY, NOBODY)
    program = textwrap.dedent(f"""
        import os
        from pathlib import Path
        import psycopg
        from forloeb.adapters import postgres
        server = postgres.start(Path({str(folder / "data")!r}))
        with psycopg.connect(postgres.environment(server)["FORLOEB_OWNER_DATABASE_URL"]) as found:
            print(os.geteuid(), found.execute("SELECT 1").fetchone()[0])
        server.stop()
    """)
    as_nobody = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run([*as_nobody, sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.stdout == f"{NOBODY} 1\n", done.stderr
