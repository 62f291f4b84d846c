"""Where municipalities receive referrals: the adapters behind the port of `careplans/referral_letter.py`."""

from forloeb.adapters.municipality.opening import open_answers, open_inbox

__all__ = ["open_answers", "open_inbox"]
