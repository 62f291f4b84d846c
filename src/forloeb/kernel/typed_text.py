"""Words as a person typed them in a form, made fit to keep."""

from __future__ import annotations


def typed_text(text: str) -> str:
    """Give the text with plain line ends, no space around it, and no NUL, which PostgreSQL cannot keep."""
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def typed_line(text: str) -> str:
    """Give the text on one line: its words with one space between, and no NUL."""
    return " ".join(text.replace("\0", "").split())
