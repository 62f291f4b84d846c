"""`forloeb connect`: a practice's record system, registered from a file: all of it, or nothing and a line on why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from forloeb.access.record_systems import find_by_fhir_server, find_by_launch_issuer
from forloeb.jobs.connecting import CannotConnect, run
from forloeb.people.models import RecordSystem
from tests.support.personas import Cast

KEY = ECKey.generate_key("P-384")


def file(folder: Path, ydernummer: str, *, name: str, address: str, private: bool = False) -> Path:
    """Write the file of a record system with everything that opens plans."""
    (folder / "keys.json").write_text(json.dumps({"keys": [KEY.as_dict(private=private)]}))
    told = folder / "lps.toml"
    told.write_text(f"""
ydernummer = "{ydernummer}"
name = "Journal"
[fhir]
base_url = "{address}/"
[authorization]
issuer = "https://login.example"
token_url = "https://login.example/token"
client_id = "forloeb"
[launch]
issuer = "{name}"
jwks_file = "keys.json"
[frame]
origin = "https://lps.example"
""")
    return told


def new_practice(cast: Cast) -> str:
    return str(cast.organization_of(cast.new_practice_doctor()).ydernummer)


def test_what_is_registered_is_found_by_its_name_and_by_its_address(cast: Cast, tmp_path: Path):
    run(file(tmp_path, new_practice(cast), name="urn:a", address="https://a.example/fhir"), at=cast.at)
    by_name, by_address = find_by_launch_issuer("urn:a"), find_by_fhir_server("https://a.example/fhir")
    assert by_name == by_address
    assert by_name is not None
    assert by_name.has_smart
    assert by_name.launch_jwks == {"keys": [KEY.as_dict(private=False)]}
    assert by_name.frame_origin == "https://lps.example"


@pytest.mark.parametrize(
    ("name", "address", "fault"),
    [
        ("urn:b", "https://other.example/fhir", "launch.issuer: another practice's record system has the same name"),
        ("urn:other", "https://b.example/fhir", "fhir.base_url: another practice is opened from the same address"),
    ],
)
def test_two_practices_behind_one_name_or_address_are_refused(
    cast: Cast, tmp_path: Path, name: str, address: str, fault: str
):
    first, second = new_practice(cast), new_practice(cast)
    run(file(tmp_path, first, name="urn:b", address="https://b.example/fhir"), at=cast.at)
    with pytest.raises(CannotConnect) as refusal:
        run(file(tmp_path, second, name=name, address=address), at=cast.at)
    assert fault in refusal.value.faults[0]
    assert not RecordSystem.objects.using("loader").filter(organization__ydernummer=second).exists()
    RecordSystem.objects.using("loader").filter(organization__ydernummer=first).update(launch_issuer="", client_id="")


def test_two_that_came_to_stand_behind_one_address_open_nothing(cast: Cast, tmp_path: Path):
    for name in ("urn:c", "urn:d"):
        run(file(tmp_path, new_practice(cast), name=name, address=f"https://{name[4:]}.example/fhir"), at=cast.at)
    RecordSystem.objects.using("loader").filter(launch_issuer="urn:d").update(fhir_base_url="https://c.example/fhir")
    assert find_by_fhir_server("https://c.example/fhir") is None


def test_a_private_key_is_refused(cast: Cast, tmp_path: Path):
    told = file(tmp_path, new_practice(cast), name="urn:e", address="https://e.example/fhir", private=True)
    with pytest.raises(CannotConnect) as refusal:
        run(told, at=cast.at)
    assert "holds a private key" in refusal.value.faults[0]
