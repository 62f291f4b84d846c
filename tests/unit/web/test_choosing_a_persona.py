"""The choice of an invented person cannot be switched on where real patients are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import override_settings

from forloeb.web.signin import personas


@override_settings(DEBUG=False, DEMO=False, DEMO_PERSONAS=(("holm", ""),))
def test_a_list_of_people_alone_opens_nothing() -> None:
    assert not personas.is_open()
    assert personas.identity_of("holm") is None


@override_settings(DEBUG=False, DEMO=True, DEMO_PERSONAS=(("holm", ""),))
def test_only_someone_on_the_list_can_be_chosen_and_only_under_the_demos_own_issuer() -> None:
    identity = personas.identity_of("holm")
    assert identity is not None
    assert identity.issuer.startswith("urn:forloeb:demo")
    assert personas.identity_of("somebody") is None


@pytest.mark.parametrize(("flag", "listed"), [("", False), ("FORLOEB_DEMO", True), ("FORLOEB_DEBUG", True)])
def test_the_settings_list_nobody_without_a_demo(flag: str, listed: bool) -> None:
    clean = {k: v for k, v in os.environ.items() if k not in ("FORLOEB_DEMO", "FORLOEB_DEBUG")}
    asked = subprocess.run(
        [sys.executable, "-c", "from forloeb.config import settings; print(bool(settings.DEMO_PERSONAS))"],
        env={**clean, flag: "1"} if flag else clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == str(listed)
