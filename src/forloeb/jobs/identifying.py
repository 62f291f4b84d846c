"""`forloeb identify`: who needs a plan in a practice, and why. Names stay out unless they are asked for."""

from __future__ import annotations

from datetime import date
from typing import TextIO

import orjson

from forloeb.people.models import Organization
from forloeb.people.viewers import Viewer, ViewerKind, looking
from forloeb.population.worklist import Entry, Reason, get_worklist

_OPERATOR = 0
"""The login that the log names for what is done from the command line: the operator of the system, no person's."""


class NoSuchPractice(ValueError):
    """No practice here has that ydernummer."""


def run(ydernummer: str, *, as_of: date, with_names: bool, form: str, out: TextIO) -> int:
    """Print the practice's work list. Raises NoSuchPractice."""
    practice = Organization.objects.filter(ydernummer=ydernummer).first()
    if practice is None:
        raise NoSuchPractice(f"no practice here has ydernummer {ydernummer}")
    operator = Viewer(ViewerKind.PRACTICE, _OPERATOR, "operator", organization_id=practice.pk, role="operator")
    with looking(operator):
        entries = get_worklist(seen_by=operator, as_of=as_of)
    if form == "json":
        out.write(
            orjson.dumps([_json(entry, with_names) for entry in entries], option=orjson.OPT_INDENT_2).decode() + "\n"
        )
        return 0
    for entry in entries:
        who = f"{entry.name} " if with_names else f"{entry.public_id} "
        out.write(f"{who}({entry.age}): {'; '.join(_words(reason) for reason in entry.reasons)}\n")
    out.write(f"{len(entries)} people\n")
    return 0


def _words(reason: Reason) -> str:
    match reason.kind:
        case "no-plan" if reason.disease:
            return f"ingen plan: {reason.disease.title.da}"
        case "overdue":
            return f"kontrol overskredet siden {reason.since}"
        case "missing":
            return "mangler eller for gammel: " + ", ".join(m.name.da for m in reason.measures)
        case "evidence" if reason.disease:
            return f"værdier tyder på {reason.disease.title.da}, ingen diagnose"
        case "planned-today":
            return "kontrol i dag"
    return "påbegyndt, ikke afsluttet"


def _json(entry: Entry, with_names: bool) -> dict[str, object]:
    named = {"name": entry.name} if with_names else {}
    return {
        "patient": str(entry.public_id),
        **named,
        "age": entry.age,
        "last_review_on": entry.last_review_on.isoformat() if entry.last_review_on else None,
        "reasons": [
            {
                "kind": reason.kind,
                "guideline": reason.disease.guideline if reason.disease else None,
                "measures": [measure.id for measure in reason.measures],
            }
            for reason in entry.reasons
        ],
    }
