"""Make .venv with the locked packages, from nothing but Python's own library.

A Debian Python may have neither pip nor venv's ensurepip, so uv's wheel is fetched from the package index by hand (the
index that pip is told to use, if any) and checked against the hash below. uv then does the rest from uv.lock.
"""

from __future__ import annotations

import configparser
import hashlib
import html
import os
import platform
import re
import subprocess
import sys
import urllib.parse
import urllib.request
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
UV = "0.13.9"
DEFAULT_INDEX = "https://pypi.org/simple"


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed")
    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=False, symlinks=True)
    uv = VENV / "bin" / "uv"
    if not uv.exists() or version_of(uv) != UV:
        install(uv)
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}
    # uv brings its own list of certificate authorities; we trust what this machine trusts.
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    if index() != DEFAULT_INDEX:
        environment.setdefault("UV_DEFAULT_INDEX", index())
    subprocess.run([str(uv), "sync", "--frozen", "--quiet"], cwd=ROOT, env=environment, check=True)


def version_of(uv: Path) -> str:
    said = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=False).stdout.split()
    return said[1] if len(said) > 1 else ""


def install(uv: Path) -> None:
    """Put the uv program into the environment, from its wheel."""
    address, digest = find_wheel()
    with urllib.request.urlopen(address, timeout=120) as answer:
        body = answer.read()
    if digest and hashlib.sha256(body).hexdigest() != digest:
        sys.exit(f"the wheel of uv {UV} is not what the index says it is; try again")
    wheel = VENV / "uv.whl"
    wheel.write_bytes(body)
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/scripts/uv"))
        uv.write_bytes(archive.read(name))
    wheel.unlink()
    uv.chmod(0o755)


def find_wheel() -> tuple[str, str]:
    """Find the wheel for this machine in the index's page; gives its address and its SHA-256."""
    page = f"{index().rstrip('/')}/uv/"
    request = urllib.request.Request(page, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode()
    for link in re.findall(r'<a[^>]+href="([^"]+)"', text):
        address, _, fragment = urllib.parse.urljoin(page, html.unescape(link)).partition("#")
        if is_for_us(address.rsplit("/", 1)[-1]):
            return address, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
    sys.exit(f"the package index has no uv {UV} for {platform.system()} on {platform.machine()}")


def is_for_us(file: str) -> bool:
    if not file.startswith(f"uv-{UV}-") or not file.endswith(".whl"):
        return False
    machine = {"arm64": "aarch64" if sys.platform != "darwin" else "arm64"}.get(platform.machine(), platform.machine())
    system = "macosx" if sys.platform == "darwin" else "musllinux" if is_musl() else "manylinux"
    return system in file and machine in file


def is_musl() -> bool:
    return "musl" in (platform.libc_ver()[0] or "") or Path("/etc/alpine-release").exists()


def index() -> str:
    """Give the package index that pip is told to use: by the environment, or in its settings."""
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    home = Path(os.environ.get("HOME", "/nonexistent"))
    for path in (
        os.environ.get("PIP_CONFIG_FILE", ""),
        home / ".config/pip/pip.conf",
        home / ".pip/pip.conf",
        "/etc/pip.conf",
    ):
        settings = configparser.ConfigParser(interpolation=None)
        if path and settings.read(path) and settings.has_option("global", "index-url"):
            return settings.get("global", "index-url")
    return DEFAULT_INDEX


if __name__ == "__main__":
    main()
