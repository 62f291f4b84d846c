"""National services over HTTP: what stands behind access's ports to them."""

from __future__ import annotations

from django.conf import settings

from forloeb.adapters.national.blocks import HttpBlocks


def open_blocks() -> HttpBlocks | None:
    """Open the register of blocks that the settings name; None where they name none."""
    if not settings.MINSPAERRING_URL:
        return None
    return HttpBlocks(settings.MINSPAERRING_URL, settings.MINSPAERRING_TOKEN)
