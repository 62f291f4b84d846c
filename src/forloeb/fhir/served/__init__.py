"""Resources that the FHIR face serves: a module for each kind of thing, from what a room found to FHIR R4. No I/O.

People and records follow DK Core 3.7.0; CarePlan and Goal are FHIR's own, since DK Core has no profile of them.
"""
