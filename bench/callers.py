"""Sixteen callers on connections that stay open: as little of the machine as Python can ask with."""

from __future__ import annotations

import math
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Figures:
    """How fast requests were answered: how many a second, and how long the middle and the slow ones took (ms)."""

    per_second: float
    median: float
    p99: float
    faults: int

    def __str__(self) -> str:
        fault = f"; {self.faults} ANSWERED WITH A FAULT" if self.faults else ""
        return f"{self.per_second:,.0f}/s (median {self.median:.1f} ms, p99 {self.p99:.1f} ms{fault})"


@dataclass(slots=True)
class _Line:
    """One connection: what it waits for, and since when."""

    socket: socket.socket
    since: float = 0.0
    read: bytes = b""


def ask(
    port: int, requests: Iterator[bytes], *, seconds: float, each: Callable[[bytes], None] | None = None
) -> Figures:
    """Send requests over 16 connections, one at a time on each, for some seconds. `each` is given the answers."""
    waiting = selectors.DefaultSelector()
    for _ in range(CONNECTIONS):
        line = _Line(socket.create_connection(("127.0.0.1", port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(line.socket, selectors.EVENT_READ, line)
        line.since = time.perf_counter()
        line.socket.sendall(next(requests))
    taken: list[float] = []
    faults = 0
    started = now = time.perf_counter()
    while now - started < seconds or not taken:
        ready = waiting.select(60.0)
        if not ready:
            raise TimeoutError("nothing was answered for a minute")
        for key, _ in ready:
            line = key.data
            received = line.socket.recv(1 << 16)
            if not received:
                raise ConnectionError("the server closed a connection")
            line.read += received
            if not _is_whole(line.read):
                continue
            now = time.perf_counter()
            taken.append((now - line.since) * 1000)
            faults += line.read[9:10] != b"2"
            if each:
                each(line.read)
            line.read, line.since = b"", now
            line.socket.sendall(next(requests))
        now = time.perf_counter()
    elapsed = now - started
    for key in list(waiting.get_map().values()):
        key.data.socket.close()
    waiting.close()
    taken.sort()
    return Figures(len(taken) / elapsed, statistics.median(taken), taken[math.ceil(len(taken) * 0.99) - 1], faults)


def _is_whole(read: bytes) -> bool:
    head = read.find(b"\r\n\r\n")
    if head < 0:
        return False
    where = read.lower().find(b"content-length:", 0, head)
    return where < 0 or len(read) >= head + 4 + int(read[where + 15 : read.index(b"\r\n", where)])


def get(path: str, cookie: str = "") -> bytes:
    """Write a request for an address."""
    said = f"Cookie: {cookie}\r\n" if cookie else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{said}\r\n".encode()


def post(path: str, body: bytes, cookie: str = "") -> bytes:
    """Write a request that sends FHIR JSON."""
    said = f"Cookie: {cookie}\r\n" if cookie else ""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{said}Content-Type: application/fhir+json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
