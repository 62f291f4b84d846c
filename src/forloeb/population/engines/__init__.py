"""The same rules for many people at once: compiled from the one parse to what a database runs."""
