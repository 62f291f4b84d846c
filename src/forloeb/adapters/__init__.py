"""The outside world: the embedded database; later the record systems, registers and mail."""
