"""Measure pages as Lighthouse does: on a slow phone, and the clinic's pages at a desk. Run by `make lighthouse`.

    .venv/bin/python tools/run_lighthouse.py            each page once
    .venv/bin/python tools/run_lighthouse.py --runs 3   the median of three

Starts a demo of its own on a database in a temporary folder, and fetches Lighthouse into `.cache/lighthouse` the first
time. Gives 1 when a score is below 95. A machine that does other work at the same time makes pages look slow.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from build_frontend import NODE, ROOT, BuildFailed, install_packages
from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
TOOLS = ROOT / "tools" / "lighthouse"
INSTALLED = ROOT / ".cache" / "lighthouse"
FLOOR = 95
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def main() -> int:
    """Measure and print. Gives 0, or 1 when a score is below the floor."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    asked.add_argument("--runs", type=int, default=1, help="how often each page is measured; the median counts")
    runs = asked.parse_args().runs
    have_lighthouse()
    low = False
    with demo() as address, lighthouse() as measure:
        print(
            f"{'':28}{'form':9}{'perf':>6}{'a11y':>6}{'best':>6}{'seo':>6}{'FCP':>8}{'LCP':>8}{'TBT':>8}{'CLS':>7}{'kB':>6}"
        )
        for name, form, url, cookies in pages(address):
            found = [measure({"url": url, "form": form, "cookies": cookies}) for _ in range(runs)]
            if any(one["shown"] != url for one in found):
                raise SystemExit(f"{name}: measured {found[0]['shown']}, which is another page")
            scores = [statistics.median_low([one["scores"][c] for one in found]) for c in CATEGORIES]
            fcp, lcp, tbt, cls, size = (
                statistics.median(one[k] for one in found) for k in ("fcp", "lcp", "tbt", "cls", "bytes")
            )
            print(
                f"{name:28}{form:9}"
                + "".join(f"{score:6}" for score in scores)
                + f"{fcp:6.2f} s{lcp:6.2f} s{tbt:5.0f} ms{cls:7.3f}{size / 1000:6.0f}",
                flush=True,
            )
            for lost in found[0]["lost"]:
                print(f"    {lost}")
            low = low or min(scores) < FLOOR
    return int(low)


def have_lighthouse() -> None:
    """Fetch Lighthouse, exactly as its lock file says, unless it is there."""
    lock = TOOLS / "package-lock.json"
    if (INSTALLED / lock.name).is_file() and (INSTALLED / lock.name).read_bytes() == lock.read_bytes():
        shutil.copy(TOOLS / "measure.mjs", INSTALLED)
        return
    shutil.rmtree(INSTALLED, ignore_errors=True)
    INSTALLED.mkdir(parents=True)
    shutil.copy(TOOLS / "package.json", INSTALLED)
    shutil.copy(lock, INSTALLED)
    try:
        install_packages(INSTALLED)
    except BuildFailed as failure:
        shutil.rmtree(INSTALLED)
        raise SystemExit(str(failure)) from failure
    shutil.copy(TOOLS / "measure.mjs", INSTALLED)


@contextmanager
def demo() -> Iterator[str]:
    """Serve a demo of our own; give its address."""
    with tempfile.TemporaryDirectory(prefix="forloeb-lighthouse-") as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        serve = [str(ROOT / ".venv" / "bin" / "forloeb"), "serve", "--demo", "--port", str(port)]
        server = subprocess.Popen(serve, env={**os.environ, "FORLOEB_DATA": data}, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the demo answers; filling its database takes some seconds."""
    for _ in range(240):
        if server.poll() is not None:
            raise SystemExit("the demo ended before it answered (see above)")
        try:
            urlopen(f"{address}/sign-in/", timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise SystemExit("the demo did not answer within two minutes")


def pages(address: str) -> list[tuple[str, str, str, dict[str, str]]]:
    """Give what is measured: its name, phone or desk, its address, and the cookies of who reads it."""
    with sync_playwright() as playwright:
        found = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--headless"])

        def sign_in(persona: str) -> tuple[Page, dict[str, str]]:
            page = browser.new_context(base_url=address, locale="da-DK").new_page()
            page.goto("/sign-in/")
            page.locator(f"button[name=persona][value={persona}]").click()
            page.wait_for_load_state()
            return page, {str(c.get("name")): str(c.get("value")) for c in page.context.cookies()}

        _, karen = sign_in("karen")
        start, holm = sign_in("holm")
        control = start.get_by_role("link", name="Karen Vestergaard").first.get_attribute("href")
        browser.close()
    return [
        ("sign-in", "mobile", f"{address}/sign-in/", {}),
        ("the patient's plan", "mobile", f"{address}/my-plan/", karen),
        ("the control page", "desktop", f"{address}{control}", holm),
        ("the start page", "desktop", f"{address}/start/", holm),
    ]


@contextmanager
def lighthouse() -> Iterator[Any]:
    """Keep Lighthouse and its browser running; gives the function that measures one page."""
    environment = {**os.environ, "FORLOEB_CHROMIUM": str(CHROMIUM) if CHROMIUM.exists() else ""}
    process = subprocess.Popen(
        [str(NODE), str(INSTALLED / "measure.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    assert process.stdin
    assert process.stdout

    def measure(job: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit("Lighthouse ended (see above)")
        found: dict[str, Any] = json.loads(answer)
        return found

    try:
        yield measure
    finally:
        process.stdin.close()
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
