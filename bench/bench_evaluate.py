"""How long all guidelines take on one patient: the cast's Karen, with three diseases and ten years of values.

    .venv/bin/python -m bench.bench_evaluate

The floor is a bare Python loop that reads the same record once and keeps the newest value of each measure.
"""

from __future__ import annotations

from datetime import date

from bench.database import milliseconds, told
from forloeb.guidelines.library import Library
from forloeb.guidelines.record import Condition, Measurement, Medication, PatientRecord
from forloeb.jobs.demo.cast import KAREN, Persona
from forloeb.kernel.codes import Coding
from forloeb.kernel.content import content_folder
from forloeb.kernel.periods import months_before
from forloeb.terminology import check_typed, measures

AS_OF = date(2026, 3, 1)
TIMES = 400


def bench() -> None:
    """Print the time of one evaluation, of reading the content, and the floor."""
    record = _record(KAREN)
    loading = milliseconds(lambda: Library.load(content_folder(), measures()), times=5, warm=0)
    library = Library.load(content_folder(), measures())
    said = library.evaluate(record, AS_OF)
    diseases = sum(disease.included.value == "yes" for disease in said.diseases)
    assert diseases == 3, "the figure is for three diseases"
    evaluating = milliseconds(lambda: library.evaluate(record, AS_OF), times=TIMES)
    print(
        f"one patient, {len(library.guidelines)} guidelines, {diseases} diseases, {len(record.measurements)}"
        f" observations: {told(evaluating)}"
    )
    print(f"reading the content, once at the start: {loading[len(loading) // 2]:.0f} ms")
    print(f"floor: the record read once in a bare loop: {told(milliseconds(lambda: _newest(record), times=TIMES))}")


def _record(persona: Persona) -> PatientRecord:
    known, (years, month, day) = measures(), persona.born
    values = [
        Measurement(name, months_before(AS_OF, months), typed.quantity, typed.answer)
        for name, series in persona.values.items()
        for months, text in series
        for typed in [check_typed(known[name], text)]
    ]
    return PatientRecord(
        date(AS_OF.year - years, month, day),
        persona.sex,
        values,
        [Condition(Coding.of(system, code), months_before(AS_OF, ago)) for system, code, ago in persona.conditions],
        [Medication(atc, months_before(AS_OF, months)) for atc, months in persona.medication],
    )


def _newest(record: PatientRecord) -> dict[str, Measurement]:
    newest: dict[str, Measurement] = {}
    for measurement in record.measurements:
        held = newest.get(measurement.measure)
        if held is None or held.measured_on <= measurement.measured_on:
            newest[measurement.measure] = measurement
    return newest


if __name__ == "__main__":
    bench()
