"""The outside world: the embedded database; practices' record systems; national services."""
