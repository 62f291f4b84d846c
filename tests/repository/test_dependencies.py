"""What we lean on: each dependency says what it is for, each locked file has its hash, nothing outside is needed."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def declared() -> list[str]:
    content = tomllib.loads(PYPROJECT)
    return [*content["project"]["dependencies"], *(d for group in content["dependency-groups"].values() for d in group)]


@pytest.mark.parametrize("dependency", declared())
def test_a_dependency_says_what_it_is_for_and_under_which_licence(dependency: str) -> None:
    line = next(line for line in PYPROJECT.splitlines() if f'"{dependency}"' in line)
    purpose = line.partition(f'"{dependency}",')[2].strip()
    assert re.fullmatch(r"# \S.{5,}\([^()]*(?:BSD|MIT|Apache-2\.0|GPL|MPL-2\.0|PostgreSQL)[^()]*\)", purpose), line


def packages() -> list[dict[str, object]]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = lock["package"]
    return found


def files(package: dict[str, object]) -> Iterator[dict[str, str]]:
    for part in (package.get("sdist"), *(package.get("wheels") or ())):  # type: ignore[misc]
        if isinstance(part, dict):
            yield part


def test_every_locked_file_has_its_hash_and_comes_from_the_public_index() -> None:
    held = packages()
    assert len(held) > 50
    for package in held:
        source = package["source"]
        if source == {"editable": "."}:
            continue
        assert source == {"registry": "https://pypi.org/simple"}, package["name"]
        found = list(files(package))
        assert found, package["name"]
        for file in found:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", "")), package["name"]
            assert file["url"].startswith("https://files.pythonhosted.org/"), package["name"]


def test_everything_declared_is_locked() -> None:
    locked = {package["name"] for package in packages()}
    assert {re.split(r"[\[<>=~!;]", dependency)[0].strip().lower() for dependency in declared()} <= locked


def test_every_front_end_package_has_its_hash() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    fetched = {name: package for name, package in lock["packages"].items() if name}
    assert fetched
    for name, package in fetched.items():
        assert package.get("integrity", "").startswith("sha512-"), name
        assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), name


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    rooms = ("src/", "content/", "docs/", "tests/", "tools/", "bench/", "frontend/", ".ci/")
    named = [name for name in listed.decode().split("\0") if name]
    return [ROOT / name for name in named if name.startswith(rooms) or "/" not in name]


def test_no_file_leans_on_what_lies_outside_the_repository() -> None:
    # Written in two pieces, so that this file does not name it either.
    outside = re.compile(rb"\.\./" + rb"shared|/work/" + rb"(?:shared|h)\b")
    files = [path for path in tracked() if path.is_file()]
    assert len(files) > 300
    assert [str(path.relative_to(ROOT)) for path in files if outside.search(path.read_bytes())] == []


def test_no_link_leads_out_of_the_repository() -> None:
    for path in tracked():
        if path.is_symlink():
            assert path.resolve().is_relative_to(ROOT), path
