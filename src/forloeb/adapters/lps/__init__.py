"""Practices' record systems (LPS): the adapters behind the port of `records/laboratory_card.py`, and their results."""

from forloeb.adapters.lps.opening import open_card, open_results

__all__ = ["open_card", "open_results"]
