"""The record system's two pages: a patient, and the patient's laboratory card. Plain HTML, in Danish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from forloeb.jobs.demo.lps.store import Resource, Store, Token

Link = tuple[str, str]
"""Where it leads, and what it says."""

STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1d2a33; background: #eef2f4 }
body { margin: 0 }
header { background: #23465c; color: #fff; padding: .75rem 1.5rem; display: flex; flex-wrap: wrap; gap: .25rem 2rem }
header a { color: #fff } header strong { font-size: 1.1rem }
main { max-width: 70rem; margin: 1.5rem auto; padding: 0 1.5rem }
section { background: #fff; border: 1px solid #cfd8dd; border-radius: .4rem;
padding: 1rem 1.25rem; margin-bottom: 1rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem } h2 { font-size: 1.1rem; margin: 0 0 .5rem }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #e3e9ec; white-space: nowrap }
th:first-child { white-space: normal } td.number { font-variant-numeric: tabular-nums }
.new { background: #e5f3ea } .withdrawn { text-decoration: line-through; color: #5d6b74 }
.mark { font-size: .8rem; color: #4a5963 } .button { display: inline-block; background: #1c6b4a; color: #fff;
padding: .5rem 1rem; border-radius: .3rem; text-decoration: none; margin: 0 .5rem .5rem 0 }
.app { width: 900px; height: 80vh; border: 1px solid #cfd8dd; background: #fff }
.card { border-left: .35rem solid #3d7ea6; padding: .4rem .8rem; margin-bottom: .5rem; background: #f5f8fa }
.card.warning { border-color: #c47f00 } .card.critical { border-color: #b3261e } .card form { margin-top: .5rem }
a:focus-visible { outline: 3px solid #e0a100; outline-offset: 2px }
"""


def patients(store: Store) -> str:
    """Give the list of the practice's patients."""
    rows = sorted(store.search("Patient", []), key=lambda one: _name(one).split()[-1:])
    items = "".join(f'<li><a href="/patient/{escape(one["id"])}">{escape(_name(one))}</a></li>' for one in rows)
    return _page("Patienter", f"<h1>Patienter</h1><section><ul>{items or '<li>Ingen endnu</li>'}</ul></section>")


def patient(store: Store, found: Resource, links: Iterable[Link], panels: Iterable[str] = ()) -> str:
    """Give a patient's page: who they are, diagnoses, medicine, and the ways on."""
    buttons = "".join(f'<a class="button" href="{escape(to)}">{escape(says)}</a>' for to, says in links)
    card = f'<a class="button" href="/patient/{escape(found["id"])}/card">Laboratoriekort</a>'
    of = [Token("patient", "", found["id"])]
    body = f"""<h1>{escape(_name(found))}</h1>
<p>{escape(_number(found))} · født {escape(found.get("birthDate", ""))}</p>
<p>{card}{buttons}</p>
{"".join(panels)}
<section><h2>Diagnoser</h2>{_list(_said(one, "code") for one in store.search("Condition", of))}</section>
<section><h2>Medicin</h2>{
        _list(_said(one, "medicationCodeableConcept") for one in store.search("MedicationStatement", of))
    }</section>"""
    return _page(_name(found), body)


def card(store: Store, found: Resource) -> str:
    """Give a patient's laboratory card: a line for each value, the newest first."""
    values = [line for one in store.search("Observation", [Token("patient", "", found["id"])]) for line in _lines(one)]
    rows = "".join(row for _, row in sorted(values, key=lambda line: line[0], reverse=True))
    table = f"""<div class="scroll"><table><thead><tr><th scope="col">Analyse</th><th scope="col">Kode</th>
<th scope="col">Dato</th><th scope="col">Værdi</th><th scope="col">Status</th><th scope="col">Fra</th></tr></thead>
<tbody>{rows}</tbody></table></div>"""
    body = f"""<h1>Laboratoriekort: {escape(_name(found))}</h1>
<p><a href="/patient/{escape(found["id"])}">Tilbage til patienten</a></p>
<section>{table if rows else "<p>Ingen værdier endnu.</p>"}</section>"""
    return _page(f"Laboratoriekort: {_name(found)}", body)


def framed(found: Resource, address: str) -> str:
    """Give a page that shows another system beside the patient, 900 pixels wide."""
    body = f"""<h1>{escape(_name(found))}</h1>
<p><a href="/patient/{escape(found["id"])}">Tilbage til patienten</a></p>
<iframe class="app" src="{escape(address)}" title="Forløbsplan for {escape(_name(found))}"></iframe>"""
    return _page(f"Forløbsplan: {_name(found)}", body)


def _page(title: str, body: str) -> str:
    return f"""<!doctype html><html lang="da"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)} – Journal</title>
<style>{STYLE}</style></head><body><header><strong>Journal</strong><a href="/">Patienter</a>
<span>Lægesystem til demonstration – alle personer er opdigtede</span></header><main>{body}</main></body></html>"""


def _name(found: Resource) -> str:
    name = (found.get("name") or [{}])[0]
    return " ".join([*name.get("given", []), name.get("family", "")]).strip() or "Uden navn"


def _number(found: Resource) -> str:
    number = next((str(one["value"]) for one in found.get("identifier", []) if "1.2.208.176.1.2" in one["system"]), "")
    return f"{number[:6]}-{number[6:]}" if len(number) == 10 else number


def _said(one: Resource, element: str) -> str:
    concept: Resource = one.get(element, {})
    coding = (concept.get("coding") or [{}])[0]
    return str(concept.get("text") or "") or f"{coding.get('display', '')} {coding.get('code', '')}".strip()


def _list(items: Iterable[str]) -> str:
    found = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{found}</ul>" if found else "<p>Ingen</p>"


_STATUS = {"final": "Svar", "amended": "Rettet", "corrected": "Rettet", "entered-in-error": "Udgået: fejl"}


def _lines(one: Resource) -> Iterator[tuple[tuple[str, str], str]]:
    day, status = one.get("effectiveDateTime", "")[:10], one.get("status", "")
    by = "Forløbsplan" if any("forloeb" in n.get("system", "") for n in one.get("identifier", [])) else "Laboratoriet"
    shown = "withdrawn" if status == "entered-in-error" else "new" if by == "Forløbsplan" else ""
    for part in [one] if any(key.startswith("value") for key in one) else one.get("component", []):
        codings: list[Resource] = part["code"]["coding"]
        coding = next((c for c in codings if "loinc" not in c["system"]), codings[0])
        said = str(part["code"].get("text") or coding.get("display", coding["code"]))
        cells = (said, str(coding["code"]), day, _value(part), str(_STATUS.get(status, status)), by)
        row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield (one["meta"]["lastUpdated"], said), f'<tr class="{shown}">{row}</tr>'


def _value(part: Resource) -> str:
    if "valueQuantity" in part:
        quantity = part["valueQuantity"]
        number = f"{quantity['value']:g}".replace(".", ",")
        return f"{quantity.get('comparator', '')}{number} {quantity.get('unit', quantity.get('code', ''))}"
    concept = part.get("valueCodeableConcept")
    if concept:
        return str(concept.get("text") or concept["coding"][0].get("display", ""))
    return str(part.get("valueString", part.get("valueInteger", "–")))
