"""Tells subscribers (FHIR R4 rest-hook) of what was saved: an empty notice; whoever gets it comes and asks."""

from __future__ import annotations

import threading
import urllib.request
from contextlib import suppress

from forloeb.jobs.demo.lps.store import Resource, Store, Token


def tell_subscribers(store: Store, saved: Resource, *, twice: bool = False) -> None:
    """Send a notice to each active subscription to this kind of resource, without waiting for it to arrive."""
    for subscription in store.search("Subscription", [Token("status", "", "active")]):
        channel = subscription.get("channel", {})
        wanted = str(subscription.get("criteria", "")).partition("?")[0]
        if channel.get("type") == "rest-hook" and wanted == saved["resourceType"]:
            for _ in range(2 if twice else 1):
                threading.Thread(target=_post, args=(channel,), daemon=True).start()


def _post(channel: Resource) -> None:
    headers = dict(line.split(": ", 1) for line in channel.get("header", []))
    with suppress(OSError, ValueError):
        request = urllib.request.Request(channel["endpoint"], data=b"", headers=headers, method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310  an address of this demo
