"""The way in from a record system (LPS), with the patient in context: SMART App Launch, or a signed token."""
