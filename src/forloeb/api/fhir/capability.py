"""The CapabilityStatement: made from what is served, so that it is true."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from forloeb.api import mhd as documents
from forloeb.api import subscriptions
from forloeb.api.authorization import endpoints
from forloeb.api.fhir import definitions, own_log
from forloeb.api.fhir.served import EVERY, Served
from forloeb.api.fhir.writing import CREATED, UPDATED
from forloeb.fhir.served.parts import JsonObject

FORMATS = ("application/fhir+json", "application/fhir+xml", "json", "xml")

_OPERATIONS = {
    "Patient": {
        "name": "everything",
        "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        "documentation": "Of one patient; _type and _since.",
    },
    "Observation": {
        "name": "lastn",
        "definition": "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
        "documentation": "Of the patient who is named: the newest `max` of each measure.",
    },
    "CarePlan": {
        "name": "evaluate",
        "definition": "urn:forloeb:operation:evaluate",
        "documentation": "Of a Bundle of one patient, or of `subject`: a Binary with what `forloeb evaluate` gives.",
    },
}
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def statement(base: str) -> JsonObject:
    """Say what this server does."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-23",
        "publisher": "Forløb",
        "kind": "instance",
        "software": {"name": "Forløb", "version": version("forloeb")},
        "implementation": {"description": "Forløbsplaner", "url": base},
        "fhirVersion": "4.0.1",
        "format": list(FORMATS),
        "implementationGuide": ["http://hl7.dk/fhir/core/ImplementationGuide/hl7.fhir.dk.core|3.7.0"],
        "rest": [
            {
                "mode": "server",
                "documentation": "What tells of a person is sent by POST to _search, never in an address.",
                "security": _security(base),
                "interaction": [
                    {"code": "transaction", "documentation": "Creates Observations, all or none."},
                    {"code": "batch", "documentation": "Reads, searches and writes, each by itself."},
                ],
                "resource": [
                    *(_resource(one) for one in EVERY),
                    *definitions.capabilities(),
                    *documents.CAPABILITIES,
                    own_log.CAPABILITY,
                    subscriptions.CAPABILITY,
                ],
            }
        ],
    }


def _security(base: str) -> JsonObject:
    where = endpoints(base.removesuffix("/fhir"))
    return {
        "extension": [
            {
                "url": _OAUTH_URIS,
                "extension": [
                    {"url": name, "valueUri": where[f"{kind}_endpoint"]}
                    for name, kind in (
                        ("authorize", "authorization"),
                        ("token", "token"),
                        ("revoke", "revocation"),
                        ("introspect", "introspection"),
                    )
                ],
            }
        ],
        "cors": False,
        "service": [{"coding": [{"system": _SERVICES, "code": "SMART-on-FHIR"}]}],
        "description": "An app's token (SMART, /.well-known/smart-configuration), or a session of our own pages.",
    }


def _resource(one: Served) -> JsonObject:
    interactions = ["read", "search-type", "history-instance", *(["vread"] if one.of_version else [])]
    interactions += ["create"] if one.kind in CREATED else []
    interactions += ["update"] if one.kind in UPDATED else []
    said: dict[str, Any] = {
        "type": one.kind,
        "profile": one.profile,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned" if one.of_version else "no-version",
        **({"conditionalCreate": True, "updateCreate": False} if one.kind in UPDATED else {}),
        "readHistory": one.of_version is not None,
        "operation": [_OPERATIONS[one.kind]] if one.kind in _OPERATIONS else [],
        "searchInclude": [f"{one.kind}:{name}" for name in one.links],
        "searchRevInclude": sorted(
            f"{other.kind}:{name}" for other in EVERY for name in other.parameters if other.points_at(name, one.kind)
        ),
        "searchParam": [
            {"name": "_id", "type": "token"},
            *(
                {
                    "name": name,
                    "type": parameter.kind,
                    **({"documentation": "By POST only."} if parameter.is_personal else {}),
                }
                for name, parameter in one.parameters.items()
            ),
        ],
    }
    return {name: part for name, part in said.items() if part not in ("", [])}
