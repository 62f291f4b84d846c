"""The pages' language, for tests of words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def danish() -> Iterator[None]:
    """Speak Danish unless a test says otherwise."""
    with translation.override("da"):
        yield


@pytest.fixture
def english(danish: None) -> Iterator[None]:
    """Speak English."""
    with translation.override("en"):
        yield
