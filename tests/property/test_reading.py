"""What holds for every value of every measure, whatever its number."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from forloeb.kernel.codes import MCS, NPU, Coding
from forloeb.kernel.measures import Measure, MeasureCode
from forloeb.kernel.quantities import Comparator
from forloeb.terminology import ReadValue, Refusal, measures, read_value

SYSTEMS = {"NPU": NPU, "MCS": MCS}
NUMBERS = [(m, code) for m in measures().values() for code in m.read if m.kind != "choice"]
UNITS = sorted(
    {u for m in measures().values() for u in (m.unit, m.unit_shown, *m.unit_conversions)} | {"", "kg", "mil"}
)

values = st.decimals(min_value=0, max_value=100_000, places=3)
comparators = st.sampled_from([None, *Comparator])


def read(code: MeasureCode, value: Decimal, unit: str, comparator: Comparator | None) -> ReadValue | Refusal:
    return read_value(Coding(SYSTEMS[code.system], code.code), value=value, unit=unit, comparator=comparator)


@given(st.sampled_from(NUMBERS), values, st.sampled_from(UNITS), comparators)
def test_a_value_that_is_read_is_in_its_own_unit_with_its_comparator_and_marked_when_impossible(
    which: tuple[Measure, MeasureCode], value: Decimal, unit: str, comparator: Comparator | None
) -> None:
    measure, code = which
    found = read(code, value, unit, comparator)
    if isinstance(found, Refusal):
        return
    assert found.measure is measure
    assert found.quantity is not None
    assert found.quantity.unit == measure.unit
    assert found.quantity.comparator is comparator
    assert measure.hard is not None
    assert found.is_implausible == (found.quantity.value not in measure.hard)


@given(st.sampled_from(NUMBERS), values, st.sampled_from(UNITS))
def test_a_value_that_was_changed_says_so(which: tuple[Measure, MeasureCode], value: Decimal, unit: str) -> None:
    found = read(which[1], value, unit, None)
    if isinstance(found, ReadValue) and found.quantity is not None and found.quantity.value != value:
        assert found.notes


@given(st.sampled_from(NUMBERS), values)
def test_a_value_in_the_measures_own_unit_that_is_possible_stays_what_it_is(
    which: tuple[Measure, MeasureCode], value: Decimal
) -> None:
    measure, code = which
    assert measure.hard is not None
    if measure.id in ("height", "waist", "fev1_pct", "spo2", "ef") or value not in measure.hard:
        return
    found = read(code, value, measure.unit, None)
    assert isinstance(found, ReadValue)
    assert found.quantity is not None
    assert found.quantity.value == value
