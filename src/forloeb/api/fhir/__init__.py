"""The FHIR R4 face, at `/fhir`: what rooms know, searched and read as FHIR, by the same access and log."""
