"""Every address, asked by everybody who has nothing to do with a patient, with that patient's ids: nothing comes out.

Not in the status, the text, a part of a page or a file; not by how much work the answer takes; and nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forloeb.access import blocks
from forloeb.careplans import disputes, own_words, referring
from forloeb.careplans.referral_models import LetterKind
from forloeb.people.actions import register_organization
from forloeb.people.models import OrganizationKind, Patient, ReferralAdapter, ReferralReceiver
from forloeb.people.viewers import looking
from tests.integration.test_access import signed_in
from tests.integration.test_row_security import PATIENT_TABLES
from tests.integration.test_who_may_read import finished
from tests.repository.test_anonymous_visitors import ALL, VALUES
from tests.support.personas import Cast

STRANGERS = (None, "lund", "nygaard", "birk", "storm", "bent", "sofie")
"""Nobody signed in; another practice's doctor; other sectors without a referral; a patient; a relative."""
SECRETS = ("Ukendtmand", "Kolibrien", "Tordenvejr", "87,65")
ENDS_THE_SESSION = {"sign-out", "sign-in-persona", "sign-out-back-channel"}
TOKENS = re.compile(r"[0-9A-Za-z]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What is made anew for each page, and the id that was asked with."""


@dataclass(frozen=True, slots=True)
class Victim:
    """Somebody with a plan, words of their own, a referral, a relative, a block and a dispute."""

    public_id: UUID
    pk: int
    cpr_number: str
    letter: UUID
    rows: dict[str, int]


@pytest.fixture(scope="module")
def victim(cast: Cast) -> Victim:
    patient = cast.new_patient(conditions=("T90", "R95"))
    Patient.objects.using("loader").filter(pk=patient.pk).update(family_name=SECRETS[0])
    cast.give_values(patient, 1, weight=SECRETS[3])
    finished(cast, patient, cast.staff("holm"))
    elsewhere = register_organization(name="Fjern Sygehus", kind=OrganizationKind.HOSPITAL, sor_code="999900000000099")
    referral = cast.refer(patient, elsewhere, offer="diet")
    letter = send_letter(cast, patient)
    cast.relative_of(patient)
    by = cast.as_patient(patient)
    told: dict[str, Any] = {"by": by, "at": cast.at, "as_of": cast.as_of}
    with looking(by):
        own_words.write_own_words({"matters": SECRETS[1]}, **told)
        disputes.raise_dispute("Vægt", SECRETS[2], **told)
        (dispute,) = disputes.disputes_of(patient.pk)
        blocks.set_block(None, **told)
        (block,) = blocks.blocks_of(patient.pk)
    assert patient.cpr_number is not None
    return Victim(
        patient.public_id,
        patient.pk,
        patient.cpr_number,
        letter,
        {"revoke": referral, "seen": referral, "answer": dispute.id, "lift": block.id, "withdraw": block.id},
    )


def send_letter(cast: Cast, patient: Patient) -> UUID:
    """Refer a patient of the cast's practice to the municipality nobody of the strangers works in."""
    far = register_organization(name="Fjern Kommune", kind=OrganizationKind.MUNICIPALITY, sor_code="999900000000098")
    ReferralReceiver.objects.using("loader").get_or_create(
        organization=far, defaults={"name": "Fjern", "adapter": ReferralAdapter.HERE, "registered_at": cast.at}
    )
    holm = cast.staff("holm")
    with looking(holm):
        form = referring.get_form(patient.public_id, LetterKind.PREVENTION, seen_by=holm, as_of=cast.as_of)
        typed = referring.Typed(far.pk, ("diet",), SECRETS[2], form.shown)
        return referring.send(patient.public_id, LetterKind.PREVENTION, typed, by=holm, at=cast.at, as_of=cast.as_of)


def posts(victim: Victim) -> Iterator[dict[str, str]]:
    """Give what a stranger may try to post: nothing, a control, and every verb with the patient's own row ids."""
    yield {}
    yield {"do": "finish", "base": "{}", "value.weight": "70", "plan.type2_diabetes": "yes", "statement.matters": "x"}
    for verb, row in victim.rows.items():
        yield {"do": f"{verb}:{row}", "text": "x", "outcome": "kept", f"reply.{row}": "x", f"outcome.{row}": "kept"}
    yield {"do": "invite", "channel": "letter", "month": "2099-01", "person": str(victim.public_id)}
    yield {"do": "later", "until": "2099-01-01", "reason": "no-plan:type2_diabetes"}
    yield {"do": "settle", "why": "declined", "reason": "no-plan:type2_diabetes"}
    yield {"do": "end:type2_diabetes"}
    yield {"sought": victim.cpr_number, "number": victim.cpr_number}
    yield {"sought": SECRETS[0]}


def all_rows(database: dict[str, str], victim: Victim) -> dict[str, object]:
    """Fingerprint every row of a patient's, so that a change of any is seen."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(PATIENT_TABLES)
        tables = [row[0] for row in cursor.fetchall()]
    found: dict[str, object] = {}
    with connections["loader"].cursor() as cursor:
        for table in tables:
            column = "id" if table == "people_patient" else "patient_id"
            rows = "coalesce(string_agg(t::text, '|' ORDER BY t::text), '')"
            cursor.execute(f"SELECT md5({rows}) FROM {table} t WHERE {column} = %s", [victim.pk])
            found[table] = cursor.fetchone()
    return found


def address(name: str, public_id: UUID, letter: UUID | None = None) -> str:
    values = {**VALUES, "public_id": public_id, **({"letter": letter} if letter else {})}
    return reverse(name, kwargs={key: values[key] for key in ALL[name].pattern.regex.groupindex})


def shown(answer: HttpResponse) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return TOKENS.sub("", body.decode("latin-1") + str(sorted(answer.headers.items())))


def check_tells_nothing(answer: HttpResponse, victim: Victim, asked: str) -> None:
    said = shown(answer)
    secrets = (*SECRETS, victim.cpr_number, f"{victim.cpr_number[:6]}-{victim.cpr_number[6:]}")
    # What was typed may be shown again to the one who typed it.
    assert [secret for secret in secrets if secret in said and secret not in asked] == []
    assert answer.status_code < 500


@pytest.mark.parametrize("name", sorted(set(ALL) - ENDS_THE_SESSION))
@pytest.mark.parametrize("who", STRANGERS, ids=lambda who: who or "nobody")
def test_an_address_tells_a_stranger_nothing_and_changes_nothing(
    database: dict[str, str], cast: Cast, victim: Victim, who: str | None, name: str
):
    client = signed_in(cast, who) if who else Client(headers={"host": "localhost"})
    before = all_rows(database, victim)
    where = address(name, victim.public_id, victim.letter)
    for headers in ({}, {"HX-Request": "true"}):
        check_tells_nothing(client.get(where, headers=headers), victim, "")
        for posted in posts(victim):
            check_tells_nothing(client.post(where, posted, headers=headers), victim, str(posted))
    assert all_rows(database, victim) == before


@pytest.mark.parametrize("name", sorted(name for name in ALL if "public_id" in ALL[name].pattern.regex.groupindex))
@pytest.mark.parametrize("who", ["lund", "nygaard", "birk", "bent", "sofie"])
def test_an_answer_is_the_same_and_costs_the_same_whether_or_not_there_is_such_a_patient(
    cast: Cast, victim: Victim, who: str, name: str
):
    client = signed_in(cast, who)
    client.get(address(name, uuid4()))  # the session has been touched, and everything is loaded

    def asked(public_id: UUID) -> tuple[int, str, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address(name, public_id))
        return answer.status_code, shown(answer), len(queries)

    assert asked(victim.public_id) == asked(uuid4())


def test_the_reason_page_is_the_same_for_a_number_that_is_nobodys(cast: Cast, victim: Victim):
    client = signed_in(cast, "nygaard")
    answers = []
    for number in (victim.cpr_number, "0101010000"):
        answer = client.post(reverse("look-up"), {"number": number})
        answers.append((answer.status_code, shown(answer).replace(number, "")))
    assert answers[0] == answers[1]
