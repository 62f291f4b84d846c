"""What other systems speak with: FHIR R4, and CDS Hooks for record systems."""
