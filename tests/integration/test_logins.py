"""`forloeb logins`: staff and patients get their way in from a file, all of it or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from forloeb.access.identities import find_login
from forloeb.jobs import logins
from forloeb.people.models import PractitionerRole
from forloeb.people.viewers import ViewerKind
from tests.support.personas import Cast

ISSUER = "https://broker.example"
STAFF = "issuer,subject,name,role,organization,authorization_id,national_role,since,until"


def give(tmp_path: Path, header: str, *rows: str) -> logins.Given:
    file = tmp_path / "logins.csv"
    file.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return logins.run(file)


def test_staff_come_in_where_they_work_and_again_changes_nothing(cast: Cast, tmp_path: Path):
    rows = (
        f"{ISSUER},anne,Anne Eksempel,nurse,999901,LG001,,2026-01-01,",
        f"{ISSUER},anne,Anne Eksempel,nurse,999900000000001,LG001,,2026-01-01,",
        f"{ISSUER},ida,Ida Eksempel,assistant,999900000000001,,nspSundAssistR2,2026-01-01,",
    )
    for _ in range(2):
        assert give(tmp_path, STAFF, *rows) == logins.Given(3, 0)
    anne, ida = (find_login(ISSUER, name, as_of=cast.as_of) for name in ("anne", "ida"))
    assert anne is not None
    assert ida is not None
    assert {place.name for place in anne.workplaces} == {"Lægerne ved Åen", "Åby Kommune"}
    assert (ida.viewer().kind, ida.viewer().is_authorized) == (ViewerKind.PROFESSIONAL, True)
    assert PractitionerRole.objects.using("loader").filter(practitioner=anne.practitioner_id).count() == 2


def test_work_that_has_ended_lets_nobody_in(cast: Cast, tmp_path: Path):
    give(tmp_path, STAFF, f"{ISSUER},per,Per Eksempel,nurse,999901,LG002,,2026-01-01,")
    give(tmp_path, STAFF, f"{ISSUER},per,Per Eksempel,nurse,999901,LG002,,2026-01-01,{cast.as_of}")
    per = find_login(ISSUER, "per", as_of=cast.as_of)
    assert per is not None
    assert per.workplaces == ()


def test_a_patient_comes_in_as_themselves(cast: Cast, tmp_path: Path):
    patient = cast.new_patient()
    assert give(tmp_path, "issuer,subject,cpr_number", f"{ISSUER},pat,{patient.cpr_number}") == logins.Given(0, 1)
    found = find_login(ISSUER, "pat", as_of=cast.as_of)
    assert found is not None
    assert found.patient_id == patient.pk


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (STAFF, f"{ISSUER},x,X,nurse,123456,LG009,,2026-01-01,", "organization is a ydernummer or a SOR code"),
        (STAFF, f"{ISSUER},x,X,king,999901,LG009,,2026-01-01,", "role is one of general-practitioner"),
        (STAFF, f"{ISSUER},x,X,nurse,999901,LG009,,soon,", "since is a day"),
        (STAFF, f"{ISSUER},x,X,nurse,999901,LG009X,,2026-01-01,", "authorization_id has five characters"),
        (STAFF, ",x,X,nurse,999901,LG009,,2026-01-01,", "issuer and subject are needed"),
        ("issuer,subject,cpr_number", f"{ISSUER},x,0101010000", "nobody with that CPR number has been imported"),
        ("issuer,subject,cpr_number", f"{ISSUER},x,hello", "a CPR number is ten digits"),
        ("a,b", "1,2", "the columns are issuer,subject,name"),
    ],
)
def test_a_fault_is_named_with_its_line_and_nothing_goes_in(
    cast: Cast, tmp_path: Path, header: str, row: str, said: str
):
    good = f"{ISSUER},good-{abs(hash(row))},Good,nurse,999901,,,2026-01-01," if header == STAFF else row
    with pytest.raises(logins.CannotRead) as refusal:
        give(tmp_path, header, good, row)
    assert said in refusal.value.faults[-1]
    assert "0101010000" not in str(refusal.value.faults)
    assert find_login(ISSUER, f"good-{abs(hash(row))}", as_of=cast.as_of) is None


def test_an_identity_is_one_persons_for_good(cast: Cast, tmp_path: Path):
    one, other = cast.new_patient(), cast.new_patient()
    give(tmp_path, "issuer,subject,cpr_number", f"{ISSUER},mine,{one.cpr_number}")
    with pytest.raises(logins.CannotRead) as refusal:
        give(tmp_path, "issuer,subject,cpr_number", f"{ISSUER},mine,{other.cpr_number}")
    assert "belongs to somebody else" in refusal.value.faults[0]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, database: dict[str, str]):
    with pytest.raises(logins.CannotRead) as refusal:
        logins.run(tmp_path / "nothing.csv")
    assert "cannot be read" in refusal.value.faults[0]
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(logins.CannotRead):
        logins.run(tmp_path / "bytes.csv")
