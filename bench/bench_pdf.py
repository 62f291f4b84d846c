"""How long a plan takes to print: the cast's Karen, with all her values and their graphs, in normal and in large print.

    .venv/bin/python -m bench.bench_pdf

Every print is of a new name, since typst remembers what it has set before. The floor is typst setting an empty page
to the same standard with the same fonts on board.
"""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.database import database, milliseconds, told

TIMES = 60


def bench() -> None:
    """Print a line per kind of print, and the floor."""
    with database():
        _measure()


def _measure() -> None:
    from django.utils import timezone, translation

    from forloeb.careplans import queries
    from forloeb.jobs.demo.histories import doctor_of, make_histories
    from forloeb.jobs.demo.people import register_cast
    from forloeb.pdf.plan import render
    from forloeb.people.queries import find_practice
    from forloeb.people.viewers import looking
    from forloeb.web.print_view import plan_document

    at = timezone.now()
    as_of = timezone.localdate(at)
    demo = register_cast(as_of=as_of, at=at)
    make_histories(demo, as_of=as_of, at=at)
    doctor = doctor_of(as_of)
    with looking(doctor), translation.override("da"):
        control = queries.get_control(demo.patients["karen"].public_id, seen_by=doctor, as_of=as_of)
        practice = find_practice(control.patient.id, as_of=as_of)
        words = milliseconds(lambda: plan_document(control, practice), times=TIMES)
        plan = plan_document(control, practice)
    number = itertools.count()
    for what, large_print in (("a plan", False), ("a plan in large print", True)):
        taken = milliseconds(
            lambda large=large_print: render(replace(plan, patient=f"Karen {next(number)}"), large_print=large),
            times=TIMES,
        )
        print(f"{what} set: {told(taken)}; {len(render(plan, large_print=large_print)) / 1024:.0f} kB")
    print(f"choosing its words and drawing its graphs: {told(words)}")
    print(f"floor: an empty page by typst: {told(_empty_page())}")


def _empty_page() -> list[float]:
    import typst

    import forloeb.pdf

    fonts = Path(forloeb.pdf.__file__).parent / "fonts"
    number = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "empty.typ"
        page.write_text('#set document(title: sys.inputs.title)\n#set text(lang: "da")\n', encoding="utf-8")
        compiler = typst.Compiler(str(page), root=folder, font_paths=[str(fonts)], ignore_system_fonts=True)
        return milliseconds(
            lambda: compiler.compile(format="pdf", sys_inputs={"title": f"Tom {next(number)}"}, pdf_standards=["ua-1"]),
            times=TIMES,
        )


if __name__ == "__main__":
    bench()
