"""Sign-off is honest: the notice stands until somebody has signed that very version, and a new version is unsigned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forloeb.careplans.engine import awaiting_sign_off, is_signed_off, library
from forloeb.careplans.models import SignOff
from forloeb.config.cli import main
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.support.personas import Cast

GUIDELINE = "type2_diabetes"


@pytest.fixture
def version() -> str:
    return next(found.file.version for found in library().guidelines if found.name == GUIDELINE)


@pytest.fixture
def signed(cast: Cast, version: str) -> Iterator[None]:
    """A deployment in which somebody has signed; taken back after the test."""
    record = SignOff.objects.using("owner").create(
        guideline=GUIDELINE, guideline_version=version, name="Til Prøve", role="læge", signed_on=cast.as_of
    )
    yield
    SignOff.objects.using("owner").filter(pk=record.pk).delete()


def control(cast: Cast) -> str:
    return signed_in(cast, "holm").get(f"/patient/{cast.id_of('bent')}/").content.decode()


def test_without_a_signature_professionals_see_the_notice(cast: Cast) -> None:
    assert "Afventer klinisk godkendelse" in control(cast)
    assert "Afventer klinisk godkendelse" in signed_in(cast, "holm").get(f"/guidelines/{GUIDELINE}/").content.decode()


def test_once_signed_the_notice_is_gone_and_the_marks_stay(cast: Cast, signed: None) -> None:
    page = control(cast)
    assert "Afventer klinisk godkendelse" not in page
    assert "skal bekræftes" in page


def test_a_signature_is_for_one_version(cast: Cast, version: str, signed: None) -> None:
    with looking(cast.staff("holm")):
        assert is_signed_off(GUIDELINE, version)
        assert not is_signed_off(GUIDELINE, f"{version}.next")
        assert not is_signed_off("copd", version)


def test_another_disease_still_waits(cast: Cast, signed: None) -> None:
    from forloeb.careplans import queries

    holm = cast.staff("holm")
    with looking(holm):
        diseases = queries.get_control(cast.id_of("karen"), seen_by=holm, as_of=cast.as_of).evaluation.diseases
        assert {disease.guideline for disease in awaiting_sign_off(diseases)} == {"copd", "ischaemic_heart_disease"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--version", "2026.1", "--name", "X", "--role", "læge"], "sign-off needs --guideline"),
        (["--guideline", GUIDELINE, "--version", "2026.1", "--role", "læge"], "sign-off needs --name"),
        (
            ["--guideline", GUIDELINE, "--version", "1066", "--name", "X", "--role", "læge"],
            "there is no type2_diabetes 1066",
        ),
    ],
)
def test_what_is_missing_for_a_signature_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["guidelines", "sign-off", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_the_application_cannot_sign(cast: Cast, version: str) -> None:
    from django.db import Error, transaction

    with looking(cast.staff("holm")), pytest.raises(Error), transaction.atomic():
        SignOff.objects.create(
            guideline=GUIDELINE, guideline_version=version, name="Nobody", role="læge", signed_on=cast.as_of
        )
