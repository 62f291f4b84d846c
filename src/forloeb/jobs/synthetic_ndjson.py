"""Writes synthetic people as FHIR R4 NDJSON, from byte templates: one line a resource, in the order of patients.

Ids are made of the seed, the patient's number and what the resource is about, so that the same population has
the same ids however it is written, and importing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from forloeb.jobs.synthetic_resources import (
    MEMBERSHIP,
    PATIENT,
    Json,
    condition_template,
    medication_template,
    observation_templates,
    organization,
    practitioner,
    practitioner_role,
)
from forloeb.kernel.measures import Measure
from forloeb.population.synthesis.days import NEVER, day_of
from forloeb.population.synthesis.diseases import condition_codes
from forloeb.population.synthesis.draws import Ints
from forloeb.population.synthesis.figures import Figures
from forloeb.population.synthesis.measured import WRITTEN
from forloeb.population.synthesis.medication import medication_codes
from forloeb.population.synthesis.people import given_names
from forloeb.population.synthesis.population import Batch
from forloeb.population.synthesis.practices import SyntheticPractice


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of NDJSON in a few pieces, and how many lines there are."""

    pieces: tuple[bytes, ...]
    count: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> Lines:
        """Put lines together, a little at a time: what stays in the processor's cache is joined twice as fast."""
        parts = (lines[first : first + _AT_ONCE] for first in range(0, len(lines), _AT_ONCE))
        return cls(tuple("".join(part).encode() for part in parts), len(lines))


_NUMBERS = 1 << 15
_AT_ONCE = 500


class Ndjson:
    """Writes one population's resources. `measures` says how each measure is coded and in which unit."""

    def __init__(self, figures: Figures, seed: int, measures: Mapping[str, Measure]) -> None:
        self._prefix = f"s{seed}"
        self._given = given_names(figures)
        self._family = figures.names.family
        self._observations = observation_templates(measures)
        self._conditions = tuple(condition_template(system, code) for system, code in condition_codes(figures))
        self._medicines = tuple(medication_template(code) for code in medication_codes(figures))
        self._days = _Days()
        self._numbers = tuple(_numbers(decimals) for decimals in range(3))
        self._texts = [self._numbers[w.decimals] if not w.answers else [_text(a) for a in w.answers] for w in WRITTEN]

    def practices(self, practices: Sequence[SyntheticPractice]) -> dict[str, Lines]:
        """Write the practices and those who work there."""
        staff = [(practice, member) for practice in practices for member in practice.staff]
        return {
            "Organization": _lines([organization(self._prefix, practice) for practice in practices]),
            "Practitioner": _lines([practitioner(self._prefix, member) for _, member in staff]),
            "PractitionerRole": _lines([practitioner_role(self._prefix, p, member) for p, member in staff]),
        }

    def batch(self, batch: Batch) -> dict[str, Lines]:
        """Write a batch's patients with their conditions, observations and medication."""
        ids = [f"{self._prefix}-p{number}" for number in batch.people.numbers.tolist()]
        return {
            "Patient": self._patients(batch, ids),
            "Condition": self._condition_lines(batch, ids),
            "Observation": self._observation_lines(batch, ids),
            "MedicationStatement": self._medication_lines(batch, ids),
        }

    def _patients(self, batch: Batch, ids: list[str]) -> Lines:
        people, day = batch.people, self._days
        given = [_text(name) for name in self._given]
        family = [_text(name) for name in self._family]
        lists = self._list_memberships(batch)
        columns = zip(
            ids,
            people.cpr.tolist(),
            people.family.tolist(),
            people.given.tolist(),
            people.women.tolist(),
            people.born.tolist(),
            people.died.tolist(),
            people.practice.tolist(),
            lists,
            strict=True,
        )
        lines = []
        for patient, cpr, last, first, woman, born, died, practice, memberships in columns:
            # `active` is the place where the day of death follows, for those who died.
            active = "true" if died == NEVER else f'true,"deceasedDateTime":"{day[died]}"'
            sex = "female" if woman else "male"
            at = f"{self._prefix}-o{practice}"
            values = (
                patient,
                f"{cpr:010d}",
                patient,
                active,
                family[last],
                given[first],
                sex,
                day[born],
                at,
                memberships,
            )
            lines.append(PATIENT % values)
        return Lines.of(lines)

    def _list_memberships(self, batch: Batch) -> list[str]:
        people, day = batch.people, self._days
        columns = (people.practice, people.joined, people.died, people.previous_practice, people.previous_joined)
        texts = []
        for practice, joined, died, previous, previously in zip(*(c.tolist() for c in columns), strict=True):
            before = self._membership(previous, day[previously], day[joined]) + "," if previous >= 0 else ""
            end = "" if died == NEVER else day[died]
            texts.append(f"[{before}{self._membership(practice, day[joined], end)}]")
        return texts

    def _membership(self, practice: int, start: str, end: str) -> str:
        until = f'","end":"{end}' if end else ""
        return MEMBERSHIP % (f"{self._prefix}-o{practice}", start + until)

    def _condition_lines(self, batch: Batch, ids: list[str]) -> Lines:
        rows = batch.conditions
        columns = zip(rows.person.tolist(), rows.code.tolist(), self._days.texts(rows.onset), strict=True)
        patients = ((ids[person], code, day) for person, code, day in columns)
        return Lines.of([self._conditions[c] % (p, p, p, day) for p, c, day in patients])

    def _observation_lines(self, batch: Batch, ids: list[str]) -> Lines:
        rows = batch.observations
        form = (rows.comparator * len(WRITTEN) + rows.measure).tolist()
        columns = list(
            zip(form, rows.measure.tolist(), rows.person.tolist(), rows.day.tolist(), rows.number.tolist(), strict=True)
        )
        pieces = [columns[first : first + _AT_ONCE] for first in range(0, len(columns), _AT_ONCE)]
        return Lines(tuple(self._observations_of(piece, ids) for piece in pieces), len(columns))

    def _observations_of(self, rows: list[tuple[int, int, int, int, int]], ids: list[str]) -> bytes:
        """Write some observations. This is where the time goes: millions of lines, so an f-string and nothing else."""
        day, compact, templates, texts = self._days, self._days.compact, self._observations, self._texts
        lines = []
        for form, measure, person, when, number in rows:
            a, b, c, d, e, f, g, h = templates[form]
            who, date = ids[person], compact[when]
            lines.append(f"{a}{who}{b}{date}{c}{who}{d}{date}{e}{who}{f}{day[when]}{g}{texts[measure][number]}{h}")
        return "".join(lines).encode()

    def _medication_lines(self, batch: Batch, ids: list[str]) -> Lines:
        rows, day = batch.medication, self._days
        columns = (rows.person, rows.code, rows.started, rows.stopped)
        lines = []
        for person, code, started, stopped in zip(*(column.tolist() for column in columns), strict=True):
            status, end = ("active", "") if stopped == NEVER else ("completed", f'","end":"{day[stopped]}')
            patient = ids[person]
            lines.append(self._medicines[code] % (patient, patient, status, patient, day[started] + end))
        return Lines.of(lines)


class _Days(dict[int, str]):
    """Days by number, written as FHIR writes them; `compact` without hyphens. Written when first asked for."""

    def __init__(self) -> None:
        self.compact = _CompactDays()

    def __missing__(self, number: int) -> str:
        text = day_of(number).isoformat()
        self[number] = text
        return text

    def texts(self, days: Ints) -> list[str]:
        """Write a column of days."""
        return [self[number] for number in days.tolist()]


class _CompactDays(dict[int, str]):
    def __missing__(self, number: int) -> str:
        text = day_of(number).strftime("%Y%m%d")
        self[number] = text
        return text


def _numbers(decimals: int) -> list[str]:
    """Write every number a measure may have in steps of its last decimal, as JSON."""
    return [f"{step / 10**decimals:.{decimals}f}" for step in range(_NUMBERS)]


def _lines(resources: Sequence[Json]) -> Lines:
    return Lines.of([orjson.dumps(resource).decode() + "\n" for resource in resources])


def _text(text: str) -> str:
    return orjson.dumps(text).decode()
