"""Draw the app's icons from our mark. Run it after the mark has changed; what it draws is kept in the repository.

python tools/draw_icons.py
"""

from __future__ import annotations

from pathlib import Path

import typst

STATIC = Path(__file__).resolve().parents[1] / "src" / "forloeb" / "web" / "static" / "forloeb"
BRAND = "#0b5563"

ICONS = {
    # name: pixels, how much of the side the mark fills
    "icon-192.png": (192, 100),
    "icon-512.png": (512, 100),
    # A phone cuts a maskable icon to its own shape; only a circle of 80 % is sure to be left.
    "icon-maskable-192.png": (192, 86),
    "icon-maskable-512.png": (512, 86),
}


def draw(pixels: int, filled: int) -> bytes:
    """Draw one icon: the mark in the middle, on its own ground where it does not fill the square."""
    ground = "none" if filled == 100 else f'rgb("{BRAND}")'
    page = f"""
        #set page(width: {pixels}pt, height: {pixels}pt, margin: 0pt, fill: {ground})
        #place(center + horizon, image("mark.svg", width: {filled}%))
    """
    return typst.compile(page.encode(), root=str(STATIC), format="png", ppi=72)


def main() -> None:
    """Draw them all."""
    for name, (pixels, filled) in ICONS.items():
        (STATIC / "app" / name).write_bytes(draw(pixels, filled))


if __name__ == "__main__":
    main()
