"""People: patients, practitioners, organizations, and which practice a patient belongs to, over time."""
