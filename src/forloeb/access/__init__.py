"""Who may see or do what to whom. Every question about a patient is asked here first, and written down."""
