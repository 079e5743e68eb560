"""All keys of a configuration file as values for pages, read from the classes of the schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config.experiment import ExperimentConfig
from appliance.config.fields import list_fields
from appliance.config.growth import find_default
from appliance.config.layers import LAYERS, ModelConfig
from appliance.config.limits import choice, describe_allowed, read_about
from appliance.config.optimizers import OPTIMIZERS, SCHEDULES, OptimizerConfig
from appliance.config.own_data import DATA_SECTIONS
from appliance.config.own_files import ColumnConfig, CsvConfig
from appliance.config.schema import SCHEMA, Config, DataConfig, TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECTIONS = ("data", "model", "training", "optimizer", "experiment")


@attrs.frozen(kw_only=True)
class Key:
    """One key: its name, what may stand there, its default as in a file (None if it must be there), its meaning."""

    name: str
    allowed: str
    default: str | None
    meaning: str


@attrs.frozen(kw_only=True)
class Section:
    """Keys that belong together, under a heading; `name` is that of the table in the file, empty for no table.

    A file need not have an `optional` table.
    """

    name: str
    heading: str
    meaning: str
    keys: tuple[Key, ...]
    optional: bool = False


def _describe_field(field: attrs.Attribute[Any]) -> Key:
    default = find_default(field)
    return Key(
        name=field.name,
        allowed=describe_allowed(field),
        default=None if default in (attrs.NOTHING, None) else json.dumps(default),
        meaning=read_about(field),
    )


def _make_key(name: str, allowed: Iterable[str], meaning: str, default: str | None = None) -> Key:
    return Key(name=name, allowed=choice(*allowed).words, default=default, meaning=meaning)


def _describe_section(
    kind: type[Any], name: str, heading: str, *first: Key, without: Iterable[str] = (), optional: bool = False
) -> Section:
    fields = [field for key, field in list_fields(kind).items() if key not in without]
    meaning = " ".join((kind.__doc__ or "").partition("\n")[0].split())
    keys = (*first, *map(_describe_field, fields))
    return Section(name=name, heading=heading, meaning=meaning, keys=keys, optional=optional)


def _list_data() -> Iterable[Section]:
    """Yield the section of the data with the sections inside it; each is in a file that needs it."""
    yield _describe_section(DataConfig, "data", "[data]", without=DATA_SECTIONS)
    for name, kind in DATA_SECTIONS.items():
        yield _describe_section(kind, f"data.{name}", f"[data.{name}]", optional=True)
        if kind is CsvConfig:
            yield _describe_section(ColumnConfig, "", "A column as a table")


def list_sections() -> list[Section]:
    """Return all sections, in the order in which a file has them; kinds of layers and optimizers follow their table."""
    schema = _make_key("schema", [SCHEMA], "the version of the file's form")
    kind = _make_key("kind", LAYERS, "which layer it is")
    optimizer = _make_key("name", OPTIMIZERS, "the rule that updates the weights")
    schedule = _make_key("schedule", SCHEDULES, "how the learning rate changes from epoch to epoch", '"constant"')
    sections = [
        _describe_section(Config, "", "The file", schema, without=_SECTIONS),
        *_list_data(),
        _describe_section(ModelConfig, "model", "[model]"),
        Section(name="", heading="A layer as a table", meaning="One entry of `layers`.", keys=(kind,)),
    ]
    sections += [_describe_section(layer, "", f'A layer of the kind "{tag}"') for tag, layer in LAYERS.items()]
    sections += [
        _describe_section(TrainingConfig, "training", "[training]"),
        _describe_section(OptimizerConfig, "optimizer", "[optimizer]", optimizer, schedule, without=("schedule",)),
    ]
    common = tuple(list_fields(OptimizerConfig))
    for tag, rule in OPTIMIZERS.items():
        sections.append(_describe_section(rule, "", f'[optimizer] with name = "{tag}"', without=common))
    for tag, change in SCHEDULES.items():
        sections.append(_describe_section(change, "", f'[optimizer] with schedule = "{tag}"'))
    sections.append(_describe_section(ExperimentConfig, "experiment", "[experiment]", optional=True))
    return sections
