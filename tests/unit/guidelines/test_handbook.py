"""The handbook says all that the content says: numbers with their source, cases in words, and what has changed."""

from __future__ import annotations

import pytest

from forloeb.guidelines.handbook import changelog_parts, make_handbook
from forloeb.guidelines.library import Guideline, Library, read_files, rows_of
from forloeb.guidelines.schema import ScoreTable
from forloeb.guidelines.version_differences import Version, version_differences
from forloeb.kernel.content import content_folder
from forloeb.terminology import measures

HEART = "guidelines/ischaemic_heart_disease/"
FILES = read_files(content_folder())
LIBRARY = Library.read(FILES, measures())


def heart(library: Library) -> Guideline:
    return next(found for found in library.guidelines if found.name == "ischaemic_heart_disease")


def changed(path: str, old: str, new: str) -> Library:
    assert old in FILES[path]
    return Library.read({**FILES, path: FILES[path].replace(old, new, 1)}, measures())


def difference(path: str, old: str, new: str, language: str = "da") -> tuple[str, ...]:
    library = changed(path, old, new)
    found = version_differences(Version(LIBRARY, heart(LIBRARY)), Version(library, heart(library)), language)
    return tuple(f"{one.kind} {one.rule} {one.field}: {one.before} → {one.after}" for one in found)


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("guideline", LIBRARY.guidelines, ids=lambda guideline: guideline.name)
def test_every_rule_and_number_stands_with_its_source_or_is_to_be_confirmed(
    guideline: Guideline, language: str
) -> None:
    handbook = make_handbook(LIBRARY, guideline, language, as_of=guideline.file.valid_from)
    entries = [entry for chapter in handbook.chapters for entry in chapter.entries]
    rules = {row.rule for _, table in guideline.tables for row in rows_of(table)}
    scores = {table.rule for table in guideline.all(ScoreTable)}
    assert {entry.rule for entry in entries} == rules | scores
    values = [value for number in handbook.numbers for value in number.values]
    assert len(values) == sum(len(parameter.values) for parameter in guideline.parameters)
    for each in (*entries, *values):
        assert each.source or each.status in ("C", "U")
    assert handbook.to_confirm == sum(each.status in ("V2", "U") for each in (*entries, *values))


def test_a_case_is_told_in_words_with_what_it_must_be_answered() -> None:
    handbook = make_handbook(LIBRARY, heart(LIBRARY), "da", as_of=heart(LIBRARY).file.valid_from)
    case = next(case for case in handbook.cases if case.case == "ihs-old")
    assert case.who == "kvinde, 81 år"
    assert "Systolisk blodtryk, hjemme 140 mmHg (2026-02-01)" in case.record
    assert "Mål: systolisk: < 145 (IHS-BP-old)" in case.expected


def test_the_changelog_is_read_by_its_headings() -> None:
    text = "# T\n\nFor klinikere.\n\n## 2026.2 (fra 1. marts 2027)\n\n- Et\n  videre\n- To\n\n## 2026.1\n\n- Tre\n"
    assert [(part.heading, part.lines) for part in changelog_parts(text)] == [
        ("2026.2 (fra 1. marts 2027)", ("Et videre", "To")),
        ("2026.1", ("Tre",)),
    ]


def test_a_version_differs_from_itself_in_nothing() -> None:
    version = Version(LIBRARY, heart(LIBRARY))
    assert version_differences(version, version, "da") == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "rules/rules.yaml",
            "{ldl: {below: 1.4}}",
            "{ldl: {below: 1.2}}",
            "changed IHS-LDL mål: LDL-kolesterol < 1,4 → LDL-kolesterol < 1,2",
        ),
        (
            "rules/rules.yaml",
            "when: age > old_age",
            "when: age >= old_age",
            "changed IHS-BP-old hvis: Alder > 80 år → Alder ≥ 80 år",
        ),
        (
            "rules/rules.yaml",
            "otherwise: true, months: 12",
            "otherwise: true, months: 6",
            "changed IHS-INT-YEAR måneder: 12 → 6",
        ),
        (
            "rules/rules.yaml",
            "rule: IHS-WAIST-M, when: sex ==",
            "rule: IHS-WAIST-M, when: sex !=",
            "changed IHS-WAIST-M hvis: Køn: male → Ikke køn: male",
        ),
        ("guideline.yaml", "ldl: {months: 15}", "ldl: {months: 9}", None),
        ("guideline.yaml", "Danish source is chosen", "Danish source was chosen", None),
        ("parameters/thresholds.yaml", "value: 80", "value: 82", None),
        ("cases/goals.yaml", "1.4 is not below 1.4", "1.4 is just not below 1.4", None),
    ],
)
def test_a_change_is_said_in_words(file: str, old: str, new: str, said: str | None) -> None:
    (found,) = difference(HEART + file, old, new, "en" if said is None else "da")
    assert said is None or found == said


def test_every_field_of_every_rule_that_changes_is_said() -> None:
    """A rule taken out, one put in, and the order of two changed."""
    rules = HEART + "rules/rules.yaml"
    line = next(one for one in FILES[rules].splitlines() if "rule: IHS-WAIST-F" in one)
    assert difference(rules, line + "\n", "")[0].startswith("removed IHS-WAIST-F")
    assert difference(rules, line, line.replace("IHS-WAIST-F", "IHS-WAIST-X"))[0].startswith("added IHS-WAIST-X")
    other = next(one for one in FILES[rules].splitlines() if "rule: IHS-WAIST-M" in one)
    (order,) = difference(rules, f"{line}\n{other}", f"{other}\n{line}")
    assert "rækkefølge: IHS-WAIST-F, IHS-WAIST-M, IHS-BMI → IHS-WAIST-M, IHS-WAIST-F, IHS-BMI" in order
