"""Splits a font by letters, so that a phone fetches few: those of Danish and English, and the rest of the Latin ones.

A stylesheet names each part with the letters it has (`unicode-range`); a browser fetches a part when a page has one of
them. A letter that neither part has is shown in the phone's own font. Parts are made once, in `.cache/fonts`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fontTools import subset

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "fonts"
PARTS = {
    "common": "U+0000-00FF,U+2010-2027,U+2030,U+2032-2033,U+20AC,U+2190-2193,U+2212,U+2260,U+2264-2265",
    "latin": "U+0100-024F,U+02B0-02FF,U+0300-036F,U+1E00-1EFF,U+2070-209F,U+2100-214F",
}
"""Danish, English, signs and arrows; then the letters of names from Poland, Turkey, Vietnam and the like."""
FEATURES = "kern,mark,mkmk,liga,ccmp,locl,tnum"

FACE = re.compile(r"@font-face\{[^}]*?url\([\"']?([^)\"'?#]+)\.woff2[\"']?\)[^}]*\}")


def in_parts(stylesheet: str) -> str:
    """Name each part of each font of a stylesheet, instead of the whole."""

    def parts(face: re.Match[str]) -> str:
        return "".join(
            face[0][:-1].replace(f"{face[1]}.woff2", f"{face[1]}.{part}.woff2") + f";unicode-range:{letters}}}"
            for part, letters in PARTS.items()
        )

    return FACE.sub(parts, stylesheet)


def part_of(name: Path) -> Path:
    """Give the file of `<font>.<part>.woff2`, made from `<font>.woff2` beside it. Raises OSError, KeyError."""
    whole, part = re.fullmatch(r"(.+)\.(\w+)\.woff2", str(name)).groups()  # type: ignore[union-attr]
    font = Path(f"{whole}.woff2")
    letters = PARTS[part]
    made = CACHE / f"{hashlib.sha256(f'{letters} {FEATURES}'.encode() + font.read_bytes()).hexdigest()}.woff2"
    if not made.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        half_made = made.with_suffix(".new")
        wanted = (
            f"--unicodes={letters}",
            "--flavor=woff2",
            f"--layout-features={FEATURES}",
            f"--output-file={half_made}",
        )
        subset.main([str(font), *wanted])
        half_made.rename(made)
    return made
