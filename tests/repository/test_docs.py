"""The docs lead somewhere and leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_to_something_that_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    inside = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    gone = [link for link in inside if not (page.parent / link).exists()]
    assert not gone


def test_every_setting_is_described() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"\bFORLOEB_[A-Z_]+[A-Z]\b", code))
    described = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    short = {name.replace("FORLOEB_OIDC", "") for name in named if name.startswith("FORLOEB_OIDC")}
    assert not {name for name in named if name not in described and name.replace("FORLOEB_OIDC", "") not in short}
    assert all(name in described for name in short if name)


def test_every_test_that_a_promise_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)/?`", (ROOT / "DEVELOPERS.md").read_text(encoding="utf-8"))
    assert len(named) > 5
    assert not [path for path in named if not (ROOT / path).exists()]
