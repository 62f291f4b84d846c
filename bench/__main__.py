"""`make bench`: every benchmark, one after another. Figures are printed beside their floor, never asserted."""

from __future__ import annotations

import importlib
import pkgutil

import bench

for found in sorted(pkgutil.iter_modules(bench.__path__), key=lambda module: module.name):
    if found.name.startswith("bench_"):
        print(f"\n== {found.name.removeprefix('bench_').replace('_', ' ')}", flush=True)
        importlib.import_module(f"bench.{found.name}").bench()
