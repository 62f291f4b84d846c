"""Fetches shared medication cards: when a control is opened, at night for those due, and again after silence."""

from __future__ import annotations

import time
from datetime import date, timedelta

from django.db import connections
from django.utils import timezone

from forloeb.people.actions import LOADER
from forloeb.people.models import Patient
from forloeb.people.national_services import note_answered, note_silence, standing
from forloeb.records import medication_card
from forloeb.records.medication_card import NO_CPR_NUMBER, MedicationCard, NoAnswer

NAME = "fmk"
DUE_WITHIN = timedelta(days=14)
MOST_SECONDS = 20.0
MOST = 500

# Who has a control coming, or should have had one, and a practice that will hold it; the card's age is asked too.
_DUE = """
SELECT DISTINCT m.patient_id
FROM people_practicemembership m
JOIN people_patient p ON p.id = m.patient_id AND p.deceased_on IS NULL AND p.cpr_number IS NOT NULL
JOIN careplans_careplan c ON c.patient_id = m.patient_id AND c.status = 'active'
LEFT JOIN LATERAL (SELECT next_review_on FROM careplans_annualreview r WHERE r.patient_id = m.patient_id
                   ORDER BY r.reviewed_on DESC, r.id DESC LIMIT 1) r ON true
LEFT JOIN records_medicationfetch f ON f.patient_id = m.patient_id
WHERE m.valid_from <= %(today)s AND (m.valid_until IS NULL OR m.valid_until > %(today)s)
  AND coalesce(r.next_review_on, %(today)s) <= %(until)s
  AND (f.fetched_at IS NULL OR f.fetched_at < %(old)s)
"""


def has_work() -> bool:
    """Whether there is a card to ask."""
    return medication_card.is_asked()


def fetch_medication(patient_id: int) -> None:
    """Fetch one patient's card. Silence is noted, and met by `fetch_again`."""
    card = medication_card.open_card()
    if card is not None:
        _fetch(card, patient_id)


def fetch_again(timestamp: int) -> None:
    """Fetch what could not be fetched, once the card answers again; every ten minutes."""
    card, until = medication_card.open_card(), time.monotonic() + MOST_SECONDS
    if card is None:
        return
    for patient_id in medication_card.waiting(most=MOST):
        if time.monotonic() > until or standing(NAME).is_paused(timezone.now()):
            return
        _fetch(card, patient_id)


def ask_for_those_due(timestamp: int) -> None:
    """Ask for the cards of those whose control is near or overdue; at night."""
    if not has_work():
        return
    for patient_id in due(timezone.localdate()):
        medication_card.ask_for(patient_id, using=LOADER)


def due(today: date) -> list[int]:
    """Give the patients whose control is near or overdue, and whose copy is old."""
    told = {"today": today, "until": today + DUE_WITHIN, "old": timezone.now() - medication_card.HOLDS}
    with connections[LOADER].cursor() as cursor:
        cursor.execute(_DUE, told)
        return [row[0] for row in cursor.fetchall()]


def _fetch(card: MedicationCard, patient_id: int) -> None:
    patient = Patient.objects.using(LOADER).filter(pk=patient_id, deceased_on=None).first()
    if patient is None:
        return
    if patient.cpr_number is None:
        medication_card.note_fault(patient_id, NO_CPR_NUMBER)
        return
    told = standing(NAME)
    if told.is_paused(timezone.now()):
        medication_card.note_fault(patient_id, told.fault)
        return
    try:
        found = card.medicines_of(patient.cpr_number)
    except NoAnswer as silence:
        note_silence(NAME, silence.fault, at=timezone.now())
        medication_card.note_fault(patient_id, silence.fault)
        return
    medication_card.take_in(patient_id, str(patient.public_id), found, at=timezone.now())
    note_answered(NAME, at=timezone.now())
