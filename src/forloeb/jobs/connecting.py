"""`forloeb connect`: registers a practice's record system (LPS) from a TOML file. All of it, or nothing."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string
from pydantic import AfterValidator, Field, ValidationError, model_validator

from forloeb.kernel.content import Closed
from forloeb.people.actions import LOADER
from forloeb.people.models import CardAdapter, Organization, RecordSystem
from forloeb.people.record_systems import token_of
from forloeb.records.laboratory_card import CardRefused, NotNow

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class CannotConnect(ValueError):
    """The file cannot be used; `faults` has a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def _address(text: str) -> str:
    """Check an address: https, and plain http on this machine only."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("write an address such as https://lps.example/fhir")
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    return text.rstrip("/")


def _origin(text: str) -> str:
    if urlsplit(_address(text)).path.strip("/"):
        raise ValueError("write the origin alone, such as https://lps.example")
    return _address(text)


def _gln(text: str) -> str:
    """Check a location number: thirteen digits whose last is the check digit of GS1."""
    if not (len(text) == 13 and text.isascii() and text.isdigit()):
        raise ValueError("a location number (GLN) has thirteen digits")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(text[:12]))
    if (10 - total % 10) % 10 != int(text[12]):
        raise ValueError("a digit is wrong: the check digit does not fit")
    return text


Address = Annotated[str, Field(max_length=300), AfterValidator(_address)]
Origin = Annotated[str, Field(max_length=300), AfterValidator(_origin)]
Gln = Annotated[str, AfterValidator(_gln)]


class Fhir(Closed):
    """The record system's FHIR R4 server."""

    base_url: Address


class Medcom(Closed):
    """Where XRPT01 letters go, and between whom."""

    inbox_url: Address
    own_gln: Gln
    system_gln: Gln


class Card(Closed):
    """How values travel to the laboratory card."""

    adapter: CardAdapter


class Authorization(Closed):
    """Where a SMART launch is authorized, and what we are called there. The key is in the environment."""

    issuer: Address
    token_url: Address
    client_id: str = Field(min_length=1, max_length=200)


class Launch(Closed):
    """Who signs context launches; `jwks_file` holds the public keys and lies beside this file."""

    issuer: str = Field(min_length=1, max_length=300)
    jwks_file: str


class Frame(Closed):
    """Who may show our pages in a frame."""

    origin: Origin


class Connection(Closed):
    """A whole file."""

    ydernummer: str = Field(pattern=r"^[0-9]{6}$")
    name: str = Field(min_length=1, max_length=120)
    fhir: Fhir | None = None
    medcom: Medcom | None = None
    laboratory_card: Card | None = None
    authorization: Authorization | None = None
    launch: Launch | None = None
    frame: Frame | None = None

    @model_validator(mode="after")
    def _has_what_the_adapter_needs(self) -> Connection:
        adapter = self.laboratory_card.adapter if self.laboratory_card else None
        if adapter is CardAdapter.FHIR and self.fhir is None:
            raise ValueError("laboratory_card.adapter is fhir: say where, in a part [fhir] with base_url")
        if adapter is CardAdapter.XRPT01 and self.medcom is None:
            raise ValueError("laboratory_card.adapter is xrpt01: a part [medcom] is missing")
        return self


def run(path: Path, *, at: datetime) -> RecordSystem:
    """Register what a file says, or bring it up to date. Raises CannotConnect."""
    connection = read(path)
    organization = Organization.objects.using(LOADER).filter(ydernummer=connection.ydernummer).first()
    if organization is None:
        raise CannotConnect([f"{path}: no practice with ydernummer {connection.ydernummer} has been imported"])
    keys = _read_keys(path.parent / connection.launch.jwks_file) if connection.launch else None
    issuer = connection.launch.issuer if connection.launch else ""
    others = RecordSystem.objects.using(LOADER).exclude(organization=organization)
    if issuer and others.filter(launch_issuer=issuer).exists():
        raise CannotConnect([f"{path}: launch.issuer: another practice's record system has the same name"])
    address = connection.fhir.base_url if connection.fhir and connection.authorization else ""
    if address and others.filter(fhir_base_url=address).exclude(client_id="").exists():
        raise CannotConnect(
            [f"{path}: fhir.base_url: another practice is opened from the same address, and must not be"]
        )
    system, _ = RecordSystem.objects.using(LOADER).update_or_create(
        organization=organization,
        defaults=_columns(connection, keys),
        create_defaults={**_columns(connection, keys), "registered_at": at},
    )
    return system


def subscribe(system: RecordSystem, endpoint: str) -> bool:
    """Ask a record system to tell us of new results. False when it cannot: then they are only fetched."""
    try:
        import_string(settings.OPEN_RESULTS)(system).subscribe(endpoint, token_of(system))
    except (NotNow, CardRefused):
        return False
    return True


def read(path: Path) -> Connection:
    """Read and check a file by itself. Raises CannotConnect."""
    return read_toml(path, Connection)


M = TypeVar("M", bound=Closed)


def read_toml(path: Path, schema: type[M]) -> M:
    """Read a TOML file of that form. Raises CannotConnect with a line for each fault."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotConnect([f"{path}: cannot be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotConnect([f"{path}: is not TOML in UTF-8: {error}"]) from None
    try:
        return schema.model_validate(told)
    except ValidationError as invalid:
        raise CannotConnect([f"{path}: {_fault(fault)}" for fault in invalid.errors()]) from None


def _fault(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    said = "unknown key" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _read_keys(path: Path) -> dict[str, Any]:
    """Read the public keys. A private one is refused: it belongs to the record system alone."""
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
        held = [key for key in keys["keys"] if key["kty"] in ("EC", "RSA", "OKP")]
    except (OSError, ValueError, KeyError, TypeError):
        raise CannotConnect([f"{path}: is not a key set (JWKS) of EC, RSA or OKP keys"]) from None
    if not held:
        raise CannotConnect([f"{path}: holds no EC, RSA or OKP key"])
    if any("d" in key for key in held):
        raise CannotConnect([f"{path}: holds a private key; ask the record system for its public keys only"])
    return {"keys": held}


def _columns(connection: Connection, keys: dict[str, Any] | None) -> dict[str, Any]:
    fhir, medcom, authorization = connection.fhir, connection.medcom, connection.authorization
    return {
        "name": connection.name,
        "card_adapter": connection.laboratory_card.adapter if connection.laboratory_card else None,
        "fhir_base_url": fhir.base_url if fhir else "",
        "medcom_inbox_url": medcom.inbox_url if medcom else "",
        "own_gln": medcom.own_gln if medcom else "",
        "system_gln": medcom.system_gln if medcom else "",
        "issuer": authorization.issuer if authorization else "",
        "token_url": authorization.token_url if authorization else "",
        "client_id": authorization.client_id if authorization else "",
        "launch_issuer": connection.launch.issuer if connection.launch else "",
        "launch_jwks": keys,
        "frame_origin": connection.frame.origin if connection.frame else "",
    }
