"""The guidelines' pages in words: how each kind of table is read, and what each kind of change is called."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _


def how_it_is_read() -> dict[str, str]:
    """Say how a table of each kind is read."""
    first = _("Read from the top: the first row that holds decides.")
    all_of_them = _("Every row that holds is shown.")
    return {
        "inclusion": first,
        "targets": first,
        "classification": first,
        "interval": first,
        "flags": all_of_them,
        "proposals": all_of_them,
        "orders": _("Every row that holds is said to whoever orders the medicine."),
        "score": _("Calculated where the condition holds."),
    }


def cannot_publish(why: str) -> str:
    """Say why a draft cannot be published yet, and what to do."""
    return {
        "not-sound": _("The draft has faults or cases that fail. Put them right first."),
        "not-simulated": _("Simulate the draft as it stands now before it is published."),
        "own-draft": _("You have written in this draft. Somebody else with the right of a checker publishes it."),
        "too-early": _("A version holds from tomorrow at the earliest."),
        "before-another": _("Another version holds from that day or later. Choose a later day."),
        "nothing-changed": _("The draft is as the newest version: there is nothing to publish."),
        "another-base": _("Another version was published since the draft was begun. Begin a new draft from it."),
        "no-reason": _("Write why the guideline is changed. The practices and the patients read it."),
    }[why]


def kind_of_change(kind: str) -> str:
    """Name how something differs between two versions."""
    return {"added": _("new"), "removed": _("taken out"), "changed": _("changed")}[kind]


def finding_words(kind: str) -> str:
    """Say what was found in a decision table."""
    return {
        "gap": _("Gap: no row decides"),
        "unreached": _("Never reached: the rows above take everybody"),
        "overlap": _("Both rows hold; the upper one decides"),
        "not-examined": _("Too many combinations to look for gaps; try it with cases"),
    }[kind]


def group_name(axis: str, group: str) -> str:
    """Name a group that people are told apart by."""
    if axis == "age":
        low, _dash, high = group.partition("-")
        words = _("%(low)s–%(high)s years") if high else _("%(low)s years and over")
        return words % {"low": low, "high": high}
    named = {
        ("sex", "female"): _("Women"),
        ("sex", "male"): _("Men"),
        ("frailty", "yes"): _("Frail"),
        ("frailty", "no"): _("Not said to be frail"),
        ("disease", ""): _("None of the diseases"),
    }
    return named.get((axis, group), _("Unknown"))


def axis_name(axis: str) -> str:
    """Name what people are told apart by."""
    return {"age": _("Age"), "sex": _("Sex"), "disease": _("Disease"), "frailty": _("Frailty")}[axis]


def form_label(label: str) -> str:
    """Name a field of a rule."""
    named = {
        "when": _("If"),
        "unless": _("Unless"),
        "applies": _("Applies to"),
        "text-da": _("Text, Danish"),
        "text-en": _("Text, English"),
        "patient_text-da": _("Text to the patient, Danish"),
        "patient_text-en": _("Text to the patient, English"),
        "title-da": _("Title, Danish"),
        "title-en": _("Title, English"),
        "status": _("How sure the source is"),
        "sources": _("Sources"),
        "section": _("Place in the source"),
        "months": _("Months"),
        "included": _("Has the disease"),
        "level": _("Importance"),
        "value": _("Value"),
        "from": _("From"),
        "floor": _("Too low below"),
        "accept_up_to": _("Accepted up to"),
        "prevails": _("Goes before stricter goals"),
        "needs_clinician": _("Needs a clinician"),
        "reduction_percent": _("Fall in per cent"),
        "medicine": _("Medicine"),
        "measure": _("To be measured first"),
        "suggests_removal": _("Suggests taking the order away"),
    }
    return named.get(label, label)


def pairs(words: Iterable[str]) -> list[tuple[str, str]]:
    """Give words as the options of a list, each as its own name."""
    return [(word, word) for word in words]
