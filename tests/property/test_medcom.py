"""Both forms of any laboratory report give the same facts; no bytes at all do worse than be refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forloeb.kernel.quantities import Comparator
from forloeb.medcom.report import NotAReport, Report, Result
from forloeb.medcom.results import read_reports, to_results
from forloeb.terminology import measures
from tests.support.medcom import as_edifact, as_xml, faults, published

CODES = [(code.code, measure.unit) for measure in measures().values() for code in measure.read if code.system == "NPU"]
LETTERS = st.sampled_from("abcdefæøåÆØÅ0123456789 ?+:'<>&;,.-µ")
WORDS = st.text(LETTERS, min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
FIRST, LAST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2030-01-01")
MOMENTS = st.datetimes(FIRST, LAST).map(lambda m: m.replace(second=0, microsecond=0))
NUMBERS = st.decimals(Decimal("0.001"), Decimal(99999), places=3).map(lambda number: f"{number.normalize():f}")


@st.composite
def results(draw: st.DrawFn) -> Result:
    is_numeric = draw(st.booleans())
    code, unit = draw(st.sampled_from([*CODES, ("NPU99999", "x"), ("MCS89002", "")]))
    is_local = code.startswith("MCS")
    return Result(
        status=draw(st.sampled_from(["final", "corrected"])),
        code=code,
        code_type="lokal" if is_local else "iupac",
        code_responsible="MCS" if is_local else "SST",
        name=draw(WORDS),
        is_numeric=is_numeric,
        comparator=draw(st.sampled_from([None, Comparator.BELOW, Comparator.ABOVE])) if is_numeric else None,
        value=draw(NUMBERS if is_numeric else WORDS),
        unit=draw(st.sampled_from(["", unit[:16], "mg"])),
        low=draw(st.sampled_from(["", "1,5"])),
        high=draw(st.sampled_from(["", "7"])),
        comments=tuple(draw(st.lists(st.lists(WORDS, min_size=1, max_size=3).map("\n".join), max_size=2))),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    return Report(
        letter_id="80901082504859",
        sender_id="4201050",
        sender_name=draw(WORDS),
        receiver_ydernummer="999901",
        patient_number="1212778221",
        sample_id="00875137",
        production_id="0000426825",
        sampled_at=draw(MOMENTS),
        issued_at=draw(MOMENTS),
        results=tuple(draw(st.lists(results(), min_size=1, max_size=5))),
    )


@given(reports())
def test_both_forms_and_both_generations_give_identical_facts(report: Report) -> None:
    forms = [as_edifact(report), as_xml(report, "2007/02/01"), as_xml(report, "2014/10/08")]
    assert faults(forms[2]) == []
    for form in forms:
        assert read_reports(form) == (report,)
        assert to_results(read_reports(form)[0]) == to_results(report)


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=60).map(lambda tail: b"UNA:+.? '" + tail)))
def test_no_bytes_do_worse_than_be_refused(body: bytes) -> None:
    with suppress(NotAReport):
        read_reports(body)


@pytest.mark.parametrize("name", ["RPT01_1.xml", "RPT01_1.edi", "RPT01_2.xml", "RPT01_3.edi"])
@given(data=st.data())
def test_a_damaged_message_is_read_or_refused(name: str, data: st.DataObject) -> None:
    body = bytearray(published(name))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=3))
    with suppress(NotAReport):
        for report in read_reports(bytes(body)):
            to_results(report)
