"""The number that people type to find someone."""

from __future__ import annotations

import re

from forloeb.kernel.identifiers import CprNumber, NotACprNumber

# X-eCPR and D-eCPR begin with the six digits of a birthday; letters and digits follow.
_REPLACEMENT = re.compile(r"[0-9]{6}[0-9A-Z]{4,}")


def number_of(typed: str) -> str | None:
    """Read a CPR number as people write it, or a replacement number; None for anything else."""
    try:
        return CprNumber.read(typed).digits
    except NotACprNumber:
        plain = re.sub(r"[\s\-–]", "", typed).upper()
        return plain if _REPLACEMENT.fullmatch(plain) else None
