"""What the patient reads, chosen from the plan: plain words, nothing unexplained, *we do not know yet* where so.

The page and the print show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forloeb.careplans.control import Agreement, Control, PastReview, Row
from forloeb.kernel.measures import Measure

How = Literal["good", "near", "off", "unknown", "followed"]
"""How a value stands to its goal: at goal, off it, not known yet, or followed without a goal."""


@dataclass(frozen=True, slots=True)
class Card:
    """One value as the patient meets it. `partner` is the lower pressure beside the upper."""

    row: Row
    partner: Row | None
    how: How

    @property
    def measure(self) -> Measure:
        """What is measured."""
        return self.row.measure


@dataclass(frozen=True, slots=True)
class PatientView:
    """The plan as the patient reads it."""

    control: Control
    statements: Mapping[str, str]
    has_plan: bool
    cards: tuple[Card, ...]
    unknown: tuple[Measure, ...]
    """What we have not measured, or not for long."""
    agreements: tuple[Agreement, ...]
    reminders: tuple[Agreement, ...]
    last_review: PastReview | None
    next_review_on: date | None
    at_goal: int
    off_goal: int


_PARTNERS = {"sbp_home": "dbp_home", "sbp_clinic": "dbp_clinic"}
_HOW: dict[str, How] = {
    "in_target": "good",
    "above_target": "off",
    "below_floor": "off",
    "confirm_at_home": "near",
    "missing": "unknown",
    "stale": "unknown",
    "implausible": "unknown",
    "conflict": "unknown",
    "not_applicable": "followed",
}


def patient_view(control: Control) -> PatientView:
    """Choose and order what the patient reads: values off their goal first, then those at goal, then the rest."""
    rows = {row.measure.id: row for row in control.rows}
    hidden = set(_PARTNERS.values()) | _superfluous(rows)
    cards = [_card(row, rows) for row in control.rows if row.measure.id not in hidden]
    shown = [card for card in cards if card.how != "unknown"]
    last = control.last_review
    return PatientView(
        control,
        control.statements,
        any(plan.created_at for plan in control.plans),
        tuple(sorted(shown, key=lambda card: ("off", "near", "good", "followed").index(card.how))),
        tuple(card.measure for card in cards if card.how == "unknown" and not card.row.is_quiet),
        tuple(a for a in control.agreements if not a.is_reminder),
        tuple(a for a in control.agreements if a.is_reminder),
        last,
        last.next_review_on if last else None,
        sum(card.how == "good" for card in shown),
        sum(card.how in ("off", "near") for card in shown),
    )


def _card(row: Row, rows: Mapping[str, Row]) -> Card:
    partner = rows.get(_PARTNERS.get(row.measure.id, ""))
    how = _HOW[row.status]
    if partner is not None and how == "good" and _HOW[partner.status] in ("off", "near"):
        how = _HOW[partner.status]
    return Card(row, partner, how)


def _superfluous(rows: Mapping[str, Row]) -> set[str]:
    """Leave out the clinic's pressure where there is one from home, and what only the clinician needs."""
    home = rows.get("sbp_home")
    leave_clinic = home is not None and home.value.quantity is not None
    leave_home = not leave_clinic and "sbp_clinic" in rows
    return ({"sbp_clinic"} if leave_clinic else set()) | ({"sbp_home"} if leave_home else set())
