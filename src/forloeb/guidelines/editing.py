"""Changes a YAML text in place: only the piece that is changed differs, so that every change is small in the history.

A place in the text is told as the way to it, such as `("tables", 0, "rows", 2, "when")`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import yaml

from forloeb.kernel.content import compose

Way = Sequence[str | int]
Plain = str | bool | int | Decimal | date | Sequence["Plain"] | Mapping[str, "Plain"] | None
"""What can be written in the text."""


class NoSuchPlace(LookupError):
    """The text has nothing at the place that was told."""

    def __init__(self, way: Way) -> None:
        super().__init__(".".join(str(step) for step in way))


def set_value(text: str, way: Way, value: Plain) -> str:
    """Write a value where one stands, or add its key to the mapping that is to hold it. None takes the key away."""
    *above, last = way
    holder = _at(text, above)
    found = _child(holder, last)
    if found is None:
        return text if value is None else _add_key(text, holder, str(last), written(value))
    if value is None:
        return _remove_key(text, holder, str(last))
    end = _end(found)
    return text[: found.start_mark.index] + written(value) + text[end:]


def add_row(text: str, way: Way, after: int, row: Mapping[str, Plain]) -> str:
    """Put a row after another of the same list. The list has at least one."""
    rows = _at(text, way)
    if not isinstance(rows, yaml.SequenceNode) or not 0 <= after < len(rows.value):
        raise NoSuchPlace((*way, after))
    before = rows.value[after]
    end = _end(before)
    if rows.flow_style:
        return f"{text[:end]}, {written(row)}{text[end:]}"
    lead = text[_line_start(text, before) : before.start_mark.index]
    return f"{text[:end]}\n{lead}{written(row)}{text[end:]}"


def remove_row(text: str, way: Way) -> str:
    """Take a row out of its list. A list keeps at least one."""
    *above, place = way
    rows = _at(text, above)
    if not isinstance(rows, yaml.SequenceNode) or not isinstance(place, int) or not 0 <= place < len(rows.value):
        raise NoSuchPlace(way)
    if len(rows.value) == 1:
        raise NoSuchPlace(above)
    node = rows.value[place]
    if rows.flow_style:
        return _without_piece(text, rows.value, place)
    return text[: _line_start(text, node)] + text[_end(node) :].removeprefix("\n")


def move_row(text: str, way: Way, *, up: bool) -> str:
    """Let a row and its neighbour change places; the first cannot go up, nor the last down."""
    *above, place = way
    rows = _at(text, above)
    if not isinstance(rows, yaml.SequenceNode) or not isinstance(place, int):
        raise NoSuchPlace(way)
    first = place - 1 if up else place
    if not 0 <= first < len(rows.value) - 1:
        return text
    one, other = rows.value[first], rows.value[first + 1]
    starts, ends = (one.start_mark.index, other.start_mark.index), (_end(one), _end(other))
    upper, lower = text[starts[0] : ends[0]], text[starts[1] : ends[1]]
    return text[: starts[0]] + lower + text[ends[0] : starts[1]] + upper + text[ends[1] :]


def written(value: Plain) -> str:
    """Write a value on one line, so that it reads back as itself."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal() | date():
            return str(value)
        case str():
            return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    return "[" + ", ".join(written(each) for each in value) + "]"


def _is_plain(text: str) -> bool:
    """Whether a text can stand without quotes wherever it is put."""
    if not text or text != text.strip() or "\n" in text:
        return False
    try:
        node = compose(f"[{text}]")
    except yaml.YAMLError:
        return False
    if not isinstance(node, yaml.SequenceNode) or len(node.value) != 1:
        return False
    (only,) = node.value
    return isinstance(only, yaml.ScalarNode) and only.value == text and only.tag == "tag:yaml.org,2002:str"


def _at(text: str, way: Way) -> yaml.Node:
    node = compose(text)
    for step in way:
        node = None if node is None else _child(node, step)
    if node is None:
        raise NoSuchPlace(way)
    return node


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _end(node: yaml.Node) -> int:
    """Give where a node's text ends: a block ends with its last part, not where the next begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return end - 1
    return end


def _line_start(text: str, node: yaml.Node) -> int:
    return text.rfind("\n", 0, node.start_mark.index) + 1


def _add_key(text: str, holder: yaml.Node, key: str, value: str) -> str:
    if not isinstance(holder, yaml.MappingNode) or not holder.value:
        raise NoSuchPlace((key,))
    end = _end(holder.value[-1][1])
    if holder.flow_style:
        return f"{text[:end]}, {key}: {value}{text[end:]}"
    column = holder.value[0][0].start_mark.column
    return f"{text[:end]}\n{' ' * column}{key}: {value}{text[end:]}"


def _remove_key(text: str, holder: yaml.Node, key: str) -> str:
    assert isinstance(holder, yaml.MappingNode)
    place = next(i for i, (name, _) in enumerate(holder.value) if name.value == key)
    if len(holder.value) == 1 or (place == 0 and not holder.flow_style):
        raise NoSuchPlace((key,))  # the first key stands on the line of its row's dash
    if holder.flow_style:
        return _without_piece(text, [_Pair(name, value) for name, value in holder.value], place)
    name, value = holder.value[place]
    return text[: _line_start(text, name)] + text[_end(value) :].removeprefix("\n")


class _Pair(yaml.Node):
    """A key with its value, as one piece of a mapping."""

    def __init__(self, key: yaml.Node, value: yaml.Node) -> None:
        super().__init__("", None, key.start_mark, value.end_mark)


def _without_piece(text: str, pieces: Sequence[yaml.Node], place: int) -> str:
    """Take one piece out of a flow, with the comma between it and its neighbour."""
    if place + 1 < len(pieces):
        return text[: pieces[place].start_mark.index] + text[pieces[place + 1].start_mark.index :]
    return text[: _end(pieces[place - 1])] + text[_end(pieces[place]) :]
