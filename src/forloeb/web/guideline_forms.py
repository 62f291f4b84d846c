"""A table of a guideline as a form: each row's fields as text, and from text back to the piece of YAML that changes.

Only what was changed is written, so that the rest of the text stays to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args, get_origin

from forloeb.guidelines.editing import Plain, Way, set_value
from forloeb.guidelines.library import Guideline, rows_of
from forloeb.guidelines.schema import Limits, Parameter, Row, ScoreTable, Table, TargetTable
from forloeb.guidelines.targets import limits_text
from forloeb.kernel.content import Localized, Status


class NotAField(ValueError):
    """A field that cannot be read; the text says what and what to do, in Danish and English."""

    def __init__(self, said: Localized) -> None:
        super().__init__(said.en)
        self.said = said


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: its name in the form, where it stands in the row, what kind of field it is, and its text."""

    name: str
    label: str
    way: tuple[str, ...]
    kind: Literal["text", "long", "expression", "choice", "goal", "number", "list", "yes-no"]
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRow:
    """A row of a table, or a value of a parameter, as fields."""

    title: str
    way: tuple[str | int, ...]
    fields: tuple[FormField, ...]


def table_rows(guideline: Guideline, place: int) -> tuple[FormRow, ...]:
    """Give the rows of the table at a place among the guideline's tables."""
    _path, table = guideline.tables[place]
    number = place_in_file(guideline, place)
    if isinstance(table, ScoreTable):
        return (FormRow(table.rule, ("tables", number), tuple(_fields(table, f"{number}"))),)
    return tuple(
        FormRow(row.rule, ("tables", number, "rows", i), tuple(_row_fields(table, row, str(i))))
        for i, row in enumerate(rows_of(table))
    )


def place_in_file(guideline: Guideline, place: int) -> int:
    """Give a table's place within its own file."""
    path = guideline.tables[place][0]
    return sum(1 for other, _ in guideline.tables[:place] if other == path)


def parameter_rows(parameters: tuple[Parameter, ...], start: int = 0) -> tuple[FormRow, ...]:
    """Give the values of one file's parameters as fields."""
    return tuple(
        FormRow(
            parameter.id,
            ("parameters", i, "values", j),
            (
                FormField(f"{i}.{j}.value", "value", ("value",), "number", str(value.value)),
                FormField(f"{i}.{j}.from", "from", ("from",), "text", value.valid_from.isoformat()),
                *_sourced(value, f"{i}.{j}"),
            ),
        )
        for i, parameter in enumerate(parameters, start)
        for j, value in enumerate(parameter.values)
    )


_HIDDEN = {"kind", "rule", "otherwise", "targets", "one_of", "inputs", "bands", "measures", "default", "profile"}


def _row_fields(table: Table, row: Row, stem: str) -> Iterator[FormField]:
    if not row.otherwise:
        yield FormField(f"{stem}.when", "when", ("when",), "expression", row.when or "")
    if isinstance(table, TargetTable):
        targets: Mapping[str, Limits] = getattr(row, "targets", {})
        for measure in table.measures:
            limits = targets.get(measure)
            text = limits_text(limits) if limits else ""
            yield FormField(f"{stem}.goal.{measure}", measure, ("targets", measure), "goal", text)
            if limits is not None:
                for part in ("floor", "accept_up_to"):
                    yield _number(f"{stem}.{part}.{measure}", part, ("targets", measure, part), getattr(limits, part))
    yield from (field for field in _fields(row, stem) if field.way != ("when",))


def _fields(item: Any, stem: str) -> Iterator[FormField]:
    """Give what any row or score has: its texts, choices and numbers, and last where it stands."""
    for name, info in type(item).model_fields.items():
        value, way = getattr(item, name), (name,)
        if name in _HIDDEN or name in ("status", "sources", "section"):
            continue
        choices = _choices(info.annotation)
        if isinstance(value, Localized) or _is_localized(info.annotation):
            for language in ("da", "en"):
                text = getattr(value, language) if value else ""
                yield FormField(f"{stem}.{name}.{language}", f"{name}-{language}", (name, language), "long", text)
        elif choices:
            yield FormField(f"{stem}.{name}", name, way, "choice", str(value or ""), choices)
        elif isinstance(value, bool):
            yield FormField(f"{stem}.{name}", name, way, "yes-no", "yes" if value else "")
        elif name in ("when", "unless", "applies"):
            yield FormField(f"{stem}.{name}", name, way, "expression", value or "")
        elif name in ("months", "reduction_percent"):
            yield _number(f"{stem}.{name}", name, way, value)
        else:
            yield FormField(f"{stem}.{name}", name, way, "text", "" if value is None else str(value))
    yield from _sourced(item, stem)


def _sourced(item: Any, stem: str) -> Iterator[FormField]:
    yield FormField(f"{stem}.status", "status", ("status",), "choice", item.status, get_args(Status))
    yield FormField(f"{stem}.sources", "sources", ("sources",), "list", ", ".join(item.sources))
    yield FormField(f"{stem}.section", "section", ("section",), "text", item.section or "")


def _number(name: str, label: str, way: tuple[str, ...], value: Decimal | int | None) -> FormField:
    return FormField(name, label, way, "number", "" if value is None else str(value))


def _choices(annotation: object) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _is_localized(annotation: object) -> bool:
    return annotation is Localized or Localized in get_args(annotation)


def changed_text(text: str, rows: tuple[FormRow, ...], typed: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Write the fields that were changed into a text; gives it, and the rows that changed. Raises NotAField."""
    changed: list[str] = []
    for row in rows:
        for field in row.fields:
            new = typed.get(field.name, field.text).replace("\r\n", "\n").strip()
            if new == field.text.strip():
                continue
            text = _write(text, row.way, field, new)
            changed.append(row.title)
    return text, tuple(dict.fromkeys(changed))


def _write(text: str, way: Way, field: FormField, new: str) -> str:
    value = _value(field, new)
    here = (*way, *field.way)
    if field.kind == "goal" and isinstance(value, Mapping):
        return _write_goal(text, here, field, value)
    if len(field.way) > 1 and not field.text and value is not None:
        return _write_within(text, here, value)
    return set_value(text, here, value)


def _write_goal(text: str, here: tuple[str | int, ...], field: FormField, value: Mapping[str, Plain]) -> str:
    """Write a goal's limits; what stands beside them, such as a floor, stays."""
    if not field.text:
        return _write_within(text, here, value)
    for name in ("below", "at_most", "above", "at_least", "one_of"):
        if name in value:
            text = set_value(text, (*here, name), value[name])
    for name in ("below", "at_most", "above", "at_least", "one_of"):
        if name not in value:
            text = set_value(text, (*here, name), None)
    return text


def _write_within(text: str, here: tuple[str | int, ...], value: Plain) -> str:
    """Write a value whose mapping may not be there yet."""
    *above, last = here
    try:
        return set_value(text, here, value)
    except LookupError:
        return set_value(text, above, {str(last): value})


_GOAL = re.compile(r"(<=|>=|<|>|≤|≥)\s*([0-9]+(?:[.,][0-9]+)?)")
_BETWEEN = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*[-–]\s*(<?)\s*([0-9]+(?:[.,][0-9]+)?)")
_LIMITS = {"<": "below", "<=": "at_most", "≤": "at_most", ">": "above", ">=": "at_least", "≥": "at_least"}


def _value(field: FormField, new: str) -> Plain:
    if not new:
        return None
    match field.kind:
        case "goal":
            return read_goal(new)
        case "number":
            return read_decimal(new)
        case "list":
            return [part.strip() for part in new.split(",") if part.strip()]
        case "yes-no":
            return True
        case "choice" if new not in field.choices:
            raise NotAField(_NOT_A_CHOICE)
    return new


def read_goal(text: str) -> dict[str, Plain]:
    """Read a goal as it is shown: `< 1,4`, `<= 48`, `53-58`, `120-<130`, or accepted answers with ` / ` between."""
    if found := _GOAL.fullmatch(text):
        return {_LIMITS[found[1]]: read_decimal(found[2])}
    if found := _BETWEEN.fullmatch(text):
        return {"at_least": read_decimal(found[1]), "below" if found[2] else "at_most": read_decimal(found[3])}
    if text == "individual":
        return {}
    if not re.search(r"[0-9<>≤≥]", text):
        return {"one_of": [part.strip() for part in text.split("/") if part.strip()]}
    raise NotAField(_NOT_A_GOAL)


def read_decimal(text: str) -> Decimal:
    """Read a number with a point or a comma. Raises NotAField."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise NotAField(_NOT_A_NUMBER) from None
    if not number.is_finite() or abs(number) > 1_000_000:
        raise NotAField(_NOT_A_NUMBER)
    return number


_NOT_A_GOAL = Localized(
    da="Målet kan ikke læses. Skriv for eksempel < 1,4 eller ≤ 48 eller 53-58.",
    en="The goal cannot be read. Write for example < 1.4 or ≤ 48 or 53-58.",
)
_NOT_A_NUMBER = Localized(da="Skriv et tal, for eksempel 1,4.", en="Write a number, for example 1.4.")
_NOT_A_CHOICE = Localized(da="Vælg et af svarene på listen.", en="Choose one of the answers in the list.")
