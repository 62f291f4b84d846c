"""FHIR R4 at the border: what comes in is read into our own words, with a finding for all that could not be used."""
