"""The tables of a TOML file, checked against their models; every error names the file, the key and the remedy."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from desk.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def read_toml(file: Path) -> dict[str, Any]:
    """Raises ConfigError where there is no such file, or it is not TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist: run `postdesk init DIR` to get one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None


def read_table(file: Path, name: str, model: type[Model], data: object) -> Model:
    """A table as its model; `name` is how messages call it: "desk", "mailbox 2". Raises ConfigError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_context=False)
        key = name + "".join(f" {part + 1}" if isinstance(part, int) else f".{part}" for part in first["loc"])
        message = _IN_TOML.get(first["type"], first["msg"].removeprefix("Value error, "))
        if first["type"] == "tuple_type" and isinstance(first["input"], dict):
            message = f"write [[{_without_numbers(key)}]] with two brackets: there may be several"
        elif first["type"] == "extra_forbidden":
            message = f"unknown key; there are {', '.join(_keys(_at(model, first['loc'][:-1])))}"
        elif first["type"] == "missing":
            message = "is missing"
        more = f" (and {len(others)} more)" if others else ""
        raise ConfigError(f"{file}: {key}: {message}{more}") from None


# What pydantic says in the words of Python, said in those of TOML.
_IN_TOML = {
    "tuple_type": 'write one value in quotes, such as "a", or a list of them, such as ["a", "b"]',
    "too_short": "name at least one",
    "string_type": 'write it in quotes, such as "a"',
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number, without quotes",
    "int_parsing": "write a whole number, without quotes",
    "dict_type": "is a table: write its keys in lines below its name in brackets",
    "model_type": "is a table: write its keys in lines below its name in brackets",
}


def _keys(model: type[BaseModel]) -> list[str]:
    """The keys of a table as they are written in TOML."""
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _without_numbers(key: str) -> str:
    """The name of a table as it stands in brackets: "policy.step" for "policy 2 (vip).step"."""
    return re.sub(r" \d+( \(.*\))?", "", key)


def _at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The model of the table at a path below this one's."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = next(iter(_models(field.annotation)), model)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation is made of: `OAuth | None`, `dict[str, Targets]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def read_tables(file: Path, data: Mapping[str, Any], name: str, model: type[Model]) -> tuple[Model, ...]:
    """All tables [[name]]; messages call them "name 1", "name 2". Raises ConfigError."""
    return tuple(
        read_table(file, f"{name} {n}", model, row) for n, row in enumerate(list_of_tables(file, data, name), 1)
    )


def list_of_tables(file: Path, data: Mapping[str, Any], name: str) -> list[Any]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file}: write [[{name}]] with two brackets: there may be several")
    return rows


def require_distinct(file: Path, key: str, values: Sequence[str]) -> None:
    """Raises ConfigError for a value that stands twice."""
    for value in values:
        if values.count(value) > 1:
            raise ConfigError(f"{file}: {key}: {value!r} stands twice")
