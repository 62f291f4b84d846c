"""The log: every look and every write is there, and no change of it goes unseen."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from forloeb.access.policies import NoCareRelation
from forloeb.access.queries import note
from forloeb.audit.actions import append
from forloeb.audit.checkpoints import write_checkpoint
from forloeb.audit.queries import find_faults
from forloeb.audit.signing import BadKeyFile, Keys, make_key, read_keys
from forloeb.careplans import queries
from forloeb.config import serving
from forloeb.config.cli import main
from forloeb.people.viewers import looking
from tests.support.personas import Cast


def entries(database: dict[str, str], where: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        return owner.execute(f"SELECT action, event, rule FROM audit.entry WHERE {where}").fetchall()


def look(cast: Cast, key: str = "bent") -> None:
    holm = cast.staff("holm")
    with looking(holm):
        queries.get_control(cast.id_of(key), seen_by=holm, as_of=cast.as_of)


def test_opening_a_patient_is_written_down_with_who_and_why(database, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        found = owner.execute(
            "SELECT action, event, viewer, login_id, organization_id, role, practitioner_id, rule, reason, data"
            " FROM audit.entry WHERE patient_id = %s",
            [patient.pk],
        ).fetchall()
    who = ("practice", holm.login_id, holm.organization_id, "general-practitioner", holm.practitioner_id)
    assert found == [("read", "control", *who, "on-our-list", "treatment", "plan-and-record")]


def test_a_page_may_give_its_own_reason_and_kind_of_data(database, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")
    with looking(holm):
        note(holm, event="control", patient_id=patient.pk, rule="acute", reason="emergency", data="medication")
    assert entries(database, f"patient_id = {patient.pk} AND reason = 'emergency' AND data = 'medication'")


def test_a_page_that_fails_has_not_been_seen_and_leaves_no_entry(database, cast: Cast):
    patient, holm = cast.new_patient(), cast.staff("holm")

    def a_page_that_fails() -> None:
        with looking(holm):
            queries.get_control(patient.public_id, seen_by=holm, as_of=cast.as_of)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        a_page_that_fails()
    assert entries(database, f"patient_id = {patient.pk}") == []


def test_somebody_elses_patient_looks_like_nobody(cast: Cast):
    lund = cast.staff("lund")
    with pytest.raises(NoCareRelation), looking(lund):
        queries.get_control(cast.id_of("karen"), seen_by=lund, as_of=cast.as_of)


def test_two_writers_at_once_have_a_chain_each_and_do_not_wait(database):
    add = "SELECT audit.append('read', 'control', 'practice', 1, 1, 'nurse', 1, NULL, 'r', 't', 'd', '{}')"
    with (
        psycopg.connect(database["FORLOEB_DATABASE_URL"]) as one,
        psycopg.connect(database["FORLOEB_DATABASE_URL"]) as other,
    ):
        # Were they to wait for each other, the second would be stopped by its patience.
        other.execute("SET lock_timeout = '2s'")
        one.execute(add)
        for _ in range(3):
            other.execute(add)
    assert find_faults() == []


def test_when_every_chain_is_taken_a_writer_waits_and_no_entry_is_lost(database):
    add = "SELECT audit.append('read', 'full', 'practice', 1, 1, 'nurse', 1, NULL, 'r', 't', 'd', '{}')"
    taken = "SELECT pg_advisory_lock('audit.chain'::regclass::oid::int, number) FROM generate_series(0, 63) number"
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"], autocommit=True) as greedy:
        greedy.execute(taken)
        with psycopg.connect(database["FORLOEB_DATABASE_URL"], autocommit=True) as application:
            for _ in range(2):
                application.execute(add)
    assert len(entries(database, "event = 'full'")) == 2
    assert find_faults() == []


def test_another_program_can_compute_the_hashes(database):
    """As docs/reference/audit-log.md says: JSON as Python's own, letters as they are, times in microseconds."""
    append(action="read", event='sm"ørre\\brød', viewer="practice", role="læge\n", detail={"kind": "blåt «tegn»\t"})
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"]) as owner:
        rows = owner.execute(
            "SELECT chain, position, (extract(epoch FROM happened_at) * 1000000)::bigint, action, event, viewer,"
            " login_id, organization_id, role, practitioner_id, patient_id, rule, reason, data, detail::text, hash"
            " FROM audit.entry ORDER BY chain, position"
        ).fetchall()
    previous: dict[int, bytes] = {}
    for *content, kept in rows:
        said = json.dumps(content, ensure_ascii=False).encode()
        assert sha256(previous.get(content[0], b"") + said).digest() == kept
        previous[content[0]] = kept


@pytest.fixture
def keys(tmp_path) -> Keys:
    make_key(tmp_path / "key.pem")
    return read_keys(tmp_path / "key.pem")


# Tampering. Each test breaks a log that was whole, with all the powers of the owner; it is mended afterwards.

CHANGED = "it is not the entry that was written here: changed, added or moved"
MISSING = "an entry is missing before it"
CUT_OFF = "entries are missing at the end of the chain"
BEYOND = "the chain does not end here"
# What an owner can do who knows how hashes are made: write a chain anew, from its beginning to its end.
REWRITE = """
DO $$
DECLARE e audit.entry; before bytea := '';
BEGIN
    FOR e IN SELECT * FROM audit.entry WHERE chain = {chain} ORDER BY position LOOP
        before := audit.link(before, e.chain, e.position, e.happened_at, 'read', 'nothing', e.viewer, e.login_id,
            e.organization_id, e.role, e.practitioner_id, e.patient_id, e.rule, e.reason, e.data, e.detail);
        UPDATE audit.entry SET action = 'read', event = 'nothing', hash = before
        WHERE (chain, position) = (e.chain, e.position);
    END LOOP;
    UPDATE audit.chain SET head = before WHERE number = {chain};
END $$
"""
CUT = """
DELETE FROM audit.entry WHERE chain = {chain} AND position > 2;
UPDATE audit.chain c SET length = 2, head = e.hash FROM audit.entry e
WHERE c.number = {chain} AND (e.chain, e.position) = (c.number, 2)
"""
REMOVE = """
DELETE FROM audit.entry WHERE chain = {chain}; UPDATE audit.chain SET length = 0, head = '' WHERE number = {chain}
"""
SWAP = """
UPDATE audit.entry SET position = -1 WHERE (chain, position) = ({chain}, 2);
UPDATE audit.entry SET position = 2 WHERE (chain, position) = ({chain}, 3);
UPDATE audit.entry SET position = 3 WHERE (chain, position) = ({chain}, -1)
"""
INSERT = """
UPDATE audit.entry SET position = -position - 1 WHERE chain = {chain} AND position > 2;
UPDATE audit.entry SET position = -position WHERE chain = {chain} AND position < 0;
INSERT INTO audit.entry SELECT chain, 3, happened_at, action, 'invented', viewer, login_id, organization_id, role,
    practitioner_id, patient_id, rule, reason, data, detail, hash
FROM audit.entry WHERE (chain, position) = ({chain}, 2);
UPDATE audit.chain SET length = length + 1 WHERE number = {chain}
"""
ADD = """
INSERT INTO audit.entry SELECT chain, 1 + (SELECT length FROM audit.chain WHERE number = {chain}), happened_at, action,
    event, viewer, login_id, organization_id, role, practitioner_id, patient_id, rule, reason, data, detail, hash
FROM audit.entry WHERE (chain, position) = ({chain}, 1)
"""
LAST = "(SELECT length FROM audit.chain WHERE number = {chain})"


@dataclass
class Log:
    """The log in its owner's hands, with a whole chain of at least five entries to tamper with."""

    owner: psycopg.Connection
    chain: int

    def tamper(self, statements: str) -> set[str]:
        """Do something to the chain; give what is found."""
        self.owner.execute(statements.format(chain=self.chain))
        return {fault.what for fault in find_faults()}


@pytest.fixture
def log(database, cast: Cast) -> Iterator[Log]:
    tables = ("entry", "chain", "checkpoint")
    for _ in range(5):
        look(cast)
    assert find_faults() == []
    with psycopg.connect(database["FORLOEB_OWNER_DATABASE_URL"], autocommit=True) as owner:
        (chain,) = owner.execute("SELECT number FROM audit.chain ORDER BY length DESC LIMIT 1").fetchone()
        for table in tables:
            owner.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE audit.{table}")
        yield Log(owner, chain)
        for table in tables:
            owner.execute(f"TRUNCATE audit.{table}; INSERT INTO audit.{table} TABLE kept_{table}")
    assert find_faults() == []


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE audit.entry SET event = 'nothing' WHERE (chain, position) = ({chain}, 1)", CHANGED),
        ("UPDATE audit.entry SET reason = NULL WHERE (chain, position) = ({chain}, " + LAST + ")", CHANGED),
        ("UPDATE audit.entry SET hash = sha256('') WHERE (chain, position) = ({chain}, 2)", CHANGED),
        ("DELETE FROM audit.entry WHERE (chain, position) = ({chain}, 1)", MISSING),
        ("DELETE FROM audit.entry WHERE (chain, position) = ({chain}, 3)", MISSING),
        ("DELETE FROM audit.entry WHERE (chain, position) = ({chain}, " + LAST + ")", CUT_OFF),
        ("DELETE FROM audit.entry WHERE chain = {chain}", CUT_OFF),
        (SWAP, CHANGED),
        (INSERT, CHANGED),
        (ADD, BEYOND),
    ],
)
def test_a_change_a_removal_an_addition_or_a_move_is_found(log: Log, tampering: str, fault: str):
    assert fault in log.tamper(tampering)


@pytest.mark.parametrize("tampering", [REWRITE, CUT, REMOVE])
def test_a_chain_made_anew_hashes_and_all_does_not_meet_the_checkpoint(
    log: Log, cast: Cast, keys: Keys, tampering: str
):
    made = write_checkpoint(keys, at=cast.at)
    assert made is not None
    assert find_faults(keys=keys) == []
    assert log.tamper(tampering) == {f"checkpoint {made.number} signed another entry here"}


def test_a_checkpoint_names_only_what_has_grown_and_nothing_new_needs_none(log: Log, cast: Cast, keys: Keys):
    first = write_checkpoint(keys, at=cast.at)
    assert write_checkpoint(keys, at=cast.at) is None
    look(cast)
    second = write_checkpoint(keys, at=cast.at)
    assert first is not None
    assert second is not None
    said = json.loads(second.statement)
    assert (said["number"], said["previous"], len(said["heads"])) == (first.number + 1, first.hash, 1)
    assert find_faults(keys=keys, kept=first.hash) == []


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        (
            "UPDATE audit.checkpoint SET statement = replace(statement, 'T', ' ')",
            "its signature is not by a key that we",
        ),
        ("UPDATE audit.checkpoint SET statement = '[]'", "it is not a statement"),
        ("DELETE FROM audit.checkpoint WHERE number = 1", "it does not follow the one before it"),
        ("DELETE FROM audit.checkpoint WHERE number = 2", "none has the hash"),
        ("TRUNCATE audit.checkpoint", "none has the hash"),
    ],
)
def test_a_checkpoint_changed_or_removed_is_found(log: Log, cast: Cast, keys: Keys, tampering: str, fault: str):
    log.owner.execute("TRUNCATE audit.checkpoint")
    write_checkpoint(keys, at=cast.at)
    look(cast)
    last = write_checkpoint(keys, at=cast.at)
    assert last is not None
    assert find_faults(keys=keys, kept=last.hash) == []
    log.owner.execute(tampering)
    assert any(found.what.startswith(fault) for found in find_faults(keys=keys, kept=last.hash))


def test_a_checkpoint_signed_by_somebody_elses_key_is_found(log: Log, cast: Cast, keys: Keys, tmp_path):
    make_key(tmp_path / "other.pem")
    write_checkpoint(read_keys(tmp_path / "other.pem"), at=cast.at)
    assert "its signature is not by a key that we know" in {found.what for found in find_faults(keys=keys)}


def test_earlier_keys_are_believed_when_their_public_part_stands_in_the_file(tmp_path, keys: Keys):
    public = keys.believed[0].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    make_key(tmp_path / "new.pem")
    (tmp_path / "new.pem").write_bytes((tmp_path / "new.pem").read_bytes() + public)
    assert read_keys(tmp_path / "new.pem").has_signed(keys.sign("x"), "x")


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_refused_in_one_line(tmp_path, content: str):
    (tmp_path / "key.pem").write_text(content)
    with pytest.raises(BadKeyFile, match="Ed25519") as refusal:
        read_keys(tmp_path / "key.pem")
    assert "\n" not in str(refusal.value)


def test_the_key_is_readable_by_us_alone_and_never_made_twice(tmp_path, keys: Keys):
    before = (tmp_path / "key.pem").read_bytes()
    make_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").read_bytes() == before
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


def test_the_application_can_add_to_the_log_and_nothing_else(database):
    with psycopg.connect(database["FORLOEB_DATABASE_URL"]) as application:
        for statement in (
            "SELECT * FROM audit.entry",
            "UPDATE audit.entry SET event = ''",
            "DELETE FROM audit.entry",
            "UPDATE audit.chain SET length = 0",
            "SELECT * FROM audit.checkpoint",
            "DELETE FROM audit.checkpoint",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
                application.execute(statement)


@pytest.fixture
def command(database, monkeypatch, capsys, tmp_path) -> Callable[..., tuple[int, list[str]]]:
    """Give what runs `forloeb audit …` with a key, on the tests' database; it gives the exit code and what was said."""
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("FORLOEB_AUDIT_KEY_FILE", str(tmp_path / "key.pem"))
    for name, address in database.items():
        monkeypatch.setenv(name, address)

    def run(*arguments: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = main(["audit", *arguments])
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return run


def test_the_commands_sign_and_verify(log: Log, command):
    log.owner.execute("TRUNCATE audit.checkpoint")
    code, (line,) = command("checkpoint")
    assert (code, line.startswith("checkpoint 1: ")) == (0, True)
    code, (said,) = command("verify", "--checkpoint", line.split()[-1])
    assert code == 0
    assert said.endswith("1 checkpoints, all as they were written.")
    log.tamper(REWRITE)
    code, faults = command("verify")
    assert (code, len(faults)) == (1, 1)
    assert faults[0].startswith(f"chain {log.chain}, entry ")


def test_without_a_key_nothing_is_signed_and_the_verification_says_so(log: Log, command, monkeypatch):
    monkeypatch.delenv("FORLOEB_AUDIT_KEY_FILE")
    code, (line,) = command("checkpoint")
    assert code == 2
    assert "FORLOEB_AUDIT_KEY_FILE is not set" in line
    code, lines = command("verify")
    assert code == 0
    assert "signatures were not checked" in lines[-1]


def test_a_server_signs_a_checkpoint_every_few_minutes(log: Log, keys: Keys, monkeypatch, capsys):
    served = [subprocess.TimeoutExpired("granian", 1), 0]

    class Server:
        def wait(self, _seconds: float) -> int:
            now = served.pop(0)
            if isinstance(now, Exception):
                raise now
            return now

    monkeypatch.setattr(serving.subprocess, "Popen", lambda *_: Server())
    monkeypatch.setattr(serving, "_start_worker", lambda: None)
    assert serving._run_web_server(argparse.Namespace(host="127.0.0.1", port=1, workers=1), keys) == 0
    assert capsys.readouterr().out.startswith("checkpoint ")
    assert find_faults(keys=keys) == []


@pytest.mark.parametrize(
    "asked", [("verify",), ("checkpoint",), ("export", "--from", "2026-01-01", "--until", "2026-02-01")]
)
def test_the_demos_log_is_the_demos_and_none_is_made_by_asking(command, asked, tmp_path, monkeypatch):
    monkeypatch.setenv("FORLOEB_DATA", str(tmp_path / "data"))
    code, (said,) = command(*asked, "--demo")
    assert (code, said) == (2, "there is no demo here; make one with: forloeb serve --demo")
    assert not (tmp_path / "data").exists()
