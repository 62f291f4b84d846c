"""Ports for servers that must know their address before they are started."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Give a TCP port on this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
