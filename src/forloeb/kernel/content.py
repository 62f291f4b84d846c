"""Reads the clinical content: YAML under a closed schema, with file, line and a suggestion when something is wrong."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

Status = Literal["V", "V2", "C", "U"]
"""How sure a fact is: V read in the source itself, V2 second-hand, C computed from V, U unverified.

V2 and U are shown to professionals as *needs a clinician's confirmation*."""

NEEDS_CONFIRMATION: frozenset[str] = frozenset({"V2", "U"})


class Closed(BaseModel):
    """A piece of content that refuses any key it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Localized(Closed):
    """A text in Danish and English."""

    da: str
    en: str

    def in_language(self, language: str) -> str:
        """Give the text in a language we have; Danish otherwise."""
        return self.en if language.startswith("en") else self.da

    def filled(self, **words: str | Localized) -> Filled:
        """Put words into the text's blanks, such as `{days}`, each in its own language."""
        danish = {name: word.da if isinstance(word, Localized) else word for name, word in words.items()}
        english = {name: word.en if isinstance(word, Localized) else word for name, word in words.items()}
        return Filled(da=self.da.format(**danish), en=self.en.format(**english), template=self, words=words)


class Filled(Localized):
    """A text whose blanks have been filled in. It knows itself with its blanks, for that is what is translated."""

    template: Localized
    words: Mapping[str, str | Localized]


class ContentError(Exception):
    """Content that cannot be used. Its text says file, line, what is wrong and what to do, one fault a line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@cache
def content_folder() -> Path:
    """Give the folder of clinical content: FORLOEB_CONTENT, else the one that came with this program."""
    if named := os.environ.get("FORLOEB_CONTENT"):
        return Path(named)
    packaged = Path(__file__).parents[1] / "content"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "content"


class _Loader(yaml.CSafeLoader):
    """YAML in which only `true` and `false` are truth values: an answer `yes` and a key `on` stay words, as in 1.2."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != _BOOL]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile("^(?:true|false)$"), list("tf"))

M = TypeVar("M", bound=BaseModel)


def read_content(path: Path, schema: type[M]) -> M:
    """Read one YAML file. Raises ContentError with a line per fault."""
    return parse_content(read_text(path), path, schema)


def read_text(path: Path) -> str:
    """Read one file's text. Raises ContentError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([f"{path}: cannot be read ({error.__class__.__name__})"]) from error


def parse_content(text: str, path: Path, schema: type[M]) -> M:
    """Read one file's text; `path` is where its faults are said to be. Raises ContentError with a line per fault."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, with fewer words for true
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError([f"{path}:{line}: not valid YAML: {error.problem}"]) from error
    try:
        return schema.model_validate(data)
    except ValidationError as invalid:
        tree = compose(text)
        faults = [_fault(path, tree, fault, schema) for fault in invalid.errors()]
        raise ContentError(faults) from invalid


def compose(text: str) -> yaml.Node | None:
    """Give the tree of a YAML text, each part with the place where it stands."""
    return yaml.compose(text, Loader=_Loader)


def _fault(path: Path, tree: yaml.Node | None, fault: ErrorDetails, schema: type[BaseModel]) -> str:
    location = fault["loc"]
    line = _line_of(tree, location)
    if fault["type"] == "extra_forbidden":
        allowed = sorted(_keys_allowed(schema, location[:-1]))
        unknown = str(location[-1])
        near = difflib.get_close_matches(unknown, allowed, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return f"{path}:{line}: unknown key '{unknown}'. It may carry {', '.join(allowed)}.{hint}"
    where = ".".join(str(part) for part in location)
    return f"{path}:{line}: {where}: {fault['msg']}"


def _line_of(node: yaml.Node | None, location: Sequence[str | int]) -> int:
    """Find the line of the deepest part of the location that stands in the file."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                continue  # a union's or a tag's name, which pydantic puts in the location
            key, node = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _keys_allowed(schema: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    models: list[type[BaseModel]] = [schema]
    for part in location:
        below = [m for model in models for m in _models_at(model, part)]
        models = below or [model for model in models if part in _kinds_of(model)] or models
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def _kinds_of(model: type[BaseModel]) -> tuple[object, ...]:
    """Give the tags by which a model is told from the others of a union."""
    kind = model.model_fields.get("kind")
    return get_args(kind.annotation) if kind else ()


def _models_at(model: type[BaseModel], part: str | int) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            yield from _models_in(field.annotation)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)
