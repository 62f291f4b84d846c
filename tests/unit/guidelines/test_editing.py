"""A change in a text changes that piece alone, and the text reads back as what was meant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from forloeb.guidelines.editing import NoSuchPlace, Way, add_row, move_row, remove_row, set_value, written
from forloeb.guidelines.library import read_files
from forloeb.guidelines.schema import RuleFile
from forloeb.kernel.content import compose, content_folder, parse_content

RULES = {path: text for path, text in read_files(content_folder()).items() if "/rules/" in path}


def read(text: str) -> Any:
    return parse_plain(compose(text))


def parse_plain(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: parse_plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [parse_plain(one) for one in node.value]
    return (node.tag, node.value) if node else None


def ways(tree: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [way for key, value in items for way in ((*above, key), *ways(value, (*above, key)))]


def at(tree: Any, way: Way) -> Any:
    for step in way:
        tree = tree[step]
    return tree


WAYS = [(path, way) for path, text in RULES.items() for way in ways(read(text))]
ROWS = [(path, way) for path, way in WAYS if len(way) == 4 and way[2] == "rows"]
TEXTS = [(path, way) for path, way in WAYS if isinstance(at(read(RULES[path]), way), tuple)]


@given(st.sampled_from(TEXTS), st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_can_stand_at_any_place_and_nothing_else_changes(place: tuple[str, Way], value: str) -> None:
    path, way = place
    before, after = read(RULES[path]), read(set_value(RULES[path], way, value))
    assert at(after, way) == ("tag:yaml.org,2002:str", value)
    at(before, way[:-1])[way[-1]] = at(after, way)
    assert after == before


@given(st.sampled_from(ROWS))
def test_a_row_goes_and_comes_back(place: tuple[str, Way]) -> None:
    path, way = place
    rows = at(read(RULES[path]), way[:-1])
    if len(rows) == 1:
        with pytest.raises(NoSuchPlace):
            remove_row(RULES[path], way)
        return
    left = read(remove_row(RULES[path], way))
    assert at(left, way[:-1]) == rows[: way[-1]] + rows[int(way[-1]) + 1 :]  # type: ignore[misc]
    more = read(add_row(RULES[path], way[:-1], int(way[-1]), {"rule": "NEW", "months": 3, "text": {"da": "Å: ja"}}))
    assert at(more, (*way[:-1], int(way[-1]) + 1, "text", "da"))[1] == "Å: ja"


@given(st.sampled_from(ROWS), st.booleans())
def test_two_rows_change_places_and_back_to_the_very_text(place: tuple[str, Way], up: bool) -> None:
    path, way = place
    count, row = len(at(read(RULES[path]), way[:-1])), int(way[-1])
    there = row - 1 if up else row + 1
    moved = move_row(RULES[path], way, up=up)
    if not 0 <= there < count:
        assert moved == RULES[path]
        return
    assert at(read(moved), (*way[:-1], there)) == at(read(RULES[path]), way)
    assert move_row(moved, (*way[:-1], there), up=not up) == RULES[path]


@pytest.mark.parametrize(("path", "way"), ROWS[::5])
def test_a_key_is_added_and_taken_away_to_the_very_text(path: str, way: Way) -> None:
    text = RULES[path]
    assert set_value(set_value(text, (*way, "note_of_test"), "ja"), (*way, "note_of_test"), None) == text
    assert set_value(text, (*way, "nothing"), None) == text


def test_values_are_written_as_what_they_are() -> None:
    row = {"version": "2027.1", "on": date(2027, 1, 2), "value": Decimal("1.40"), "no": False, "all": ["a", "b: c"]}
    assert written(row) == '{version: "2027.1", on: 2027-01-02, value: 1.40, no: false, all: [a, "b: c"]}'


def test_what_is_changed_stays_content() -> None:
    path = next(path for path in RULES if "ischaemic" in path)
    changed = set_value(RULES[path], ("tables", 1, "rows", 0, "targets", "ldl", "below"), Decimal("1.2"))
    tables = parse_content(changed, content_folder() / path, RuleFile).tables
    assert tables[1].rows[0].targets["ldl"].below == Decimal("1.2")  # type: ignore[union-attr]
