"""Our key, read once from the file that is named."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from django.conf import settings

from forloeb.access.client_keys import BadClientKey, ClientKeys, read_client_keys

log = logging.getLogger(__name__)


def client_keys() -> ClientKeys | None:
    """Give our keys; None where no file is named, or it cannot be used."""
    return _read(settings.CLIENT_KEY_FILE) if settings.CLIENT_KEY_FILE else None


@cache
def _read(path: str) -> ClientKeys | None:
    try:
        return read_client_keys(Path(path))
    except BadClientKey as fault:
        log.error("no launch can be answered: %s", fault)
        return None
