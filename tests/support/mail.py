"""A mail server of our own, which keeps what it is sent and can say no."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Mailbox:
    """What arrived, and an answer to give instead of taking more."""

    port: int = 0
    messages: list[Message] = field(default_factory=list)
    refuses: str = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuses:
            return self.refuses
        self.messages.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    """Run a server on a port of this machine."""
    mailbox = Mailbox(port)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
