"""`forloeb connect-municipality`: registers where a municipality receives referrals, from a TOML file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import Field, model_validator

from forloeb.jobs.connecting import Address, CannotConnect, Fhir, Medcom, read_toml
from forloeb.kernel.content import Closed
from forloeb.people.actions import LOADER
from forloeb.people.models import Organization, OrganizationKind, ReferralAdapter, ReferralReceiver


class Referrals(Closed):
    """How referrals travel."""

    adapter: ReferralAdapter


class Token(Closed):
    """Where a token for the FHIR server is asked for (SMART Backend Services), and what we are called there."""

    token_url: Address
    client_id: str = Field(min_length=1, max_length=200)


class Municipality(Closed):
    """A whole file."""

    sor_code: str = Field(pattern=r"^[0-9]{11,18}$")
    name: str = Field(min_length=1, max_length=120)
    referrals: Referrals
    fhir: Fhir | None = None
    medcom: Medcom | None = None
    authorization: Token | None = None

    @model_validator(mode="after")
    def _has_what_the_adapter_needs(self) -> Municipality:
        if self.referrals.adapter is ReferralAdapter.FHIR and self.fhir is None:
            raise ValueError("referrals.adapter is fhir: say where, in a part [fhir] with base_url")
        if self.referrals.adapter is ReferralAdapter.XREF15 and self.medcom is None:
            raise ValueError("referrals.adapter is xref15: a part [medcom] is missing")
        return self


def run(path: Path, *, at: datetime) -> ReferralReceiver:
    """Register what a file says, or bring it up to date. Raises CannotConnect."""
    told = read_toml(path, Municipality)
    found = Organization.objects.using(LOADER).filter(sor_code=told.sor_code, kind=OrganizationKind.MUNICIPALITY)
    organization = found.first()
    if organization is None:
        raise CannotConnect([f"{path}: no municipality with SOR code {told.sor_code} has been imported"])
    columns = {
        "name": told.name,
        "adapter": told.referrals.adapter,
        "token_url": told.authorization.token_url if told.authorization else "",
        "client_id": told.authorization.client_id if told.authorization else "",
        "fhir_base_url": told.fhir.base_url if told.fhir else "",
        "medcom_inbox_url": told.medcom.inbox_url if told.medcom else "",
        "own_gln": told.medcom.own_gln if told.medcom else "",
        "system_gln": told.medcom.system_gln if told.medcom else "",
    }
    receiver, _made = ReferralReceiver.objects.using(LOADER).update_or_create(
        organization=organization, defaults=columns, create_defaults={**columns, "registered_at": at}
    )
    return receiver
