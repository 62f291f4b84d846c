"""`forloeb identify`: who needs a plan in a practice, and why. Names stay out unless they are asked for."""

from __future__ import annotations

from datetime import date
from typing import TextIO

import orjson

from forloeb.people.models import Organization
from forloeb.people.viewers import Viewer, ViewerKind, looking
from forloeb.population.reasons import Reason
from forloeb.population.worklist import Entry, get_worklist

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
    if reason.list is None:
        return "kontrol i dag" if reason.kind == "planned-today" else "påbegyndt, ikke afsluttet"
    said = reason.list.title.da.lower()
    if reason.since is not None:
        return f"{said} siden {reason.since}"
    about = [measure.name.da for measure in reason.measures] or ([reason.disease.title.da] if reason.disease else [])
    return f"{said}: {', '.join(about)}" if about else said


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
                "rules": [one.rule for one in reason.because],
            }
            for reason in entry.reasons
        ],
    }
