"""What the record system has saved: FHIR resources with their versions, and MedCom letters, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS resource (
    kind TEXT, id TEXT, version INTEGER, updated TEXT, body TEXT, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS history (kind TEXT, id TEXT, version INTEGER, body TEXT, PRIMARY KEY (kind, id, version));
CREATE TABLE IF NOT EXISTS token (kind TEXT, id TEXT, name TEXT, system TEXT, value TEXT);
CREATE INDEX IF NOT EXISTS token_value ON token (kind, name, value);
CREATE INDEX IF NOT EXISTS token_of ON token (kind, id);
CREATE TABLE IF NOT EXISTS letter (sender TEXT, id TEXT, body BLOB, arrived TEXT, PRIMARY KEY (sender, id));
"""


@dataclass(frozen=True, slots=True)
class Token:
    """What a resource can be found by: an identifier, a code, a patient."""

    name: str
    system: str
    value: str


class Store:
    """The file, one connection, one writer at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.executescript(_TABLES)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Look and then write, with nobody in between."""
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")

    def _rows(self, question: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._file.execute(question, tuple(parameters)).fetchall()

    def find(self, kind: str, id_: str) -> Resource | None:
        """Give a resource as it now is."""
        rows = self._rows("SELECT body FROM resource WHERE kind = ? AND id = ?", (kind, id_))
        return json.loads(rows[0][0]) if rows else None

    def versions(self, kind: str, id_: str) -> list[Resource]:
        """Give every version, the newest first."""
        rows = self._rows("SELECT body FROM history WHERE kind = ? AND id = ? ORDER BY version DESC", (kind, id_))
        return [json.loads(row[0]) for row in rows]

    def search(self, kind: str, wanted: Sequence[Token], *, since: str = "", ids: Sequence[str] = ()) -> list[Resource]:
        """Find resources that carry every token wanted, changed since a moment, in the order they were changed."""
        question, parameters = ["SELECT body FROM resource r WHERE kind = ? AND updated >= ?"], [kind, since]
        for token in wanted:
            at = " AND t.system = ?" if token.system else ""
            question.append(
                "AND EXISTS (SELECT 1 FROM token t WHERE t.kind = r.kind AND t.id = r.id"  # noqa: S608
                f" AND t.name = ? AND t.value = ?{at})"
            )
            parameters += [token.name, token.value, *([token.system] if token.system else [])]
        if ids:
            question.append(f"AND r.id IN ({', '.join('?' * len(ids))})")
            parameters += ids
        return [json.loads(row[0]) for row in self._rows(" ".join(question) + " ORDER BY updated, id", parameters)]

    def save(self, kind: str, resource: Resource, tokens: Iterable[Token], id_: str | None = None) -> Resource:
        """Save a new resource, or a new version of one. Gives it with its id and its meta."""
        id_ = id_ or str(uuid.uuid4())
        held = self.find(kind, id_)
        version = int(held["meta"]["versionId"]) + 1 if held else 1
        updated = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        meta = {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": updated}
        saved = {**resource, "id": id_, "meta": meta}
        body = json.dumps(saved)
        with self._lock:
            run = self._file.execute
            run("INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?, ?)", (kind, id_, version, updated, body))
            run("INSERT INTO history VALUES (?, ?, ?, ?)", (kind, id_, version, body))
            run("DELETE FROM token WHERE kind = ? AND id = ?", (kind, id_))
            for token in tokens:
                run("INSERT INTO token VALUES (?, ?, ?, ?, ?)", (kind, id_, token.name, token.system, token.value))
        return saved

    def keep_letter(self, sender: str, id_: str, body: bytes) -> bool:
        """Keep a letter as it came. False when it came before."""
        arrived = datetime.now(UTC).isoformat()
        with self._lock:
            done = self._file.execute("INSERT OR IGNORE INTO letter VALUES (?, ?, ?, ?)", (sender, id_, body, arrived))
            return done.rowcount == 1

    def counts(self) -> dict[str, int]:
        """Count what there is of each kind, and the letters."""
        found = {str(kind): int(count) for kind, count in self._rows("SELECT kind, count(*) FROM resource GROUP BY 1")}
        return {**found, "letters": int(self._rows("SELECT count(*) FROM letter")[0][0])}
