"""A municipality that takes MedCom referrals (XREF15), posted one letter at a time. Receipts come later, or at once."""

from __future__ import annotations

import requests
from django.utils import timezone

from forloeb.adapters.lps.web import ask
from forloeb.careplans.referral_letter import LetterRefused, NotAnAnswer, Outgoing, Receipt
from forloeb.medcom.municipality import read_message, write_referral
from forloeb.medcom.writing import Between
from forloeb.people.models import ReferralReceiver
from forloeb.records.laboratory_card import CardRefused


class Xref15Inbox:
    """The inbox behind a MedCom address. A letter that is sent twice has the same id, and the same referral in it."""

    def __init__(self, receiver: ReferralReceiver, session: requests.Session) -> None:
        self._inbox, self._session = receiver.medcom_inbox_url, session
        self._between = Between(receiver.own_gln, receiver.system_gln)

    def put(self, message: Outgoing) -> bool:
        """Post the letter. Raises NotNow, LetterRefused."""
        letter = write_referral(message, self._between, sent_at=timezone.localtime())
        headers = {"Content-Type": "application/xml; charset=windows-1252"}
        try:
            answer = ask(self._session, "POST", self._inbox, data=letter, headers=headers)
        except CardRefused as refusal:
            raise LetterRefused(refusal.fault) from None
        if answer.status_code in (404, 410):
            raise LetterRefused(f"answered-{answer.status_code}")
        return _receipt_in(answer.content, message.message_id)


def _receipt_in(body: bytes, message_id: int) -> bool:
    """Read the receipt of this letter in an answer, where there is one. Raises LetterRefused for a negative one."""
    try:
        said = read_message(body) if body.strip() else ()
    except NotAnAnswer:
        return False  # what was answered is no receipt: one will come
    mine = [one for one in said if isinstance(one, Receipt) and one.message_id == message_id]
    for receipt in mine:
        if not receipt.is_positive:
            raise LetterRefused("negative-receipt", receipt.said)
    return bool(mine)
