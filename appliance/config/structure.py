"""From the table of a TOML file to a configuration: every mistake is found, with the path of its key."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from appliance.config.experiment import GIVEN_SECTIONS, ExperimentConfig, open_layers, open_optimizer
from appliance.config.fields import find_homes, join_path, list_fields
from appliance.config.growth import read_entries
from appliance.config.layers import LAYERS, ModelConfig, make_stack
from appliance.config.limits import LARGEST_WIDTH, MOST_LAYERS, count, describe_allowed, join_names, show_value
from appliance.config.optimizers import (
    OPTIMIZERS,
    OWN_SCHEDULE,
    SCHEDULES,
    OptimizerConfig,
    OwnRuleConfig,
    list_without_effect,
)
from appliance.config.own import OWN, OWN_SOURCE, DescribedLayer
from appliance.config.own_data import DATA_SECTIONS
from appliance.config.own_rules import DescribedLoss, DescribedOptimizer, DescribedSchedule
from appliance.config.problems import Problem
from appliance.config.schema import Config, DataConfig, TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.config.layer_settings import LayerSettings

    Table = Mapping[str, Any]

Section = TypeVar("Section")
_NOTHING = "nothing"
_WIDTH = count(1, LARGEST_WIDTH)
_NESTED = tuple(tag for tag, kind in LAYERS.items() if "layers" in list_fields(kind))
_DEEPEST = 8  # lists of layers inside each other


def _list_open_sections() -> dict[str, object]:
    """Return what stands for the sections that an experiment will give."""
    data, model = DataConfig(source=OWN_SOURCE), ModelConfig(layers=open_layers())
    return {"data": data, "model": model, "optimizer": open_optimizer()}


class Reader:
    """Reads the sections of one configuration and collects the mistakes in them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, path: str, expected: str, found: str) -> None:
        """Note a mistake."""
        self.problems.append(Problem(path, expected, found))

    def read_config(self, table: Table) -> Config | None:
        """Return the configuration of a table without its schema; None if there are mistakes."""
        readers: dict[str, Callable[[object, str], object]] = {
            "data": self.read_data,
            "model": self.read_model,
            "training": self.read_training,
            "optimizer": self.read_optimizer,
        }
        given = tuple(name for name in GIVEN_SECTIONS if name not in table) if "experiment" in table else ()
        made: dict[str, object] = {}
        if "experiment" in table:
            made["experiment"] = self.read_experiment(table["experiment"], given)
        made |= {name: read(table.get(name), name) for name, read in readers.items() if name not in given}
        made |= {name: value for name, value in _list_open_sections().items() if name in given}
        config = self.read_section(Config, table, "", made)
        return None if self.problems else config

    def read_section(
        self, kind: type[Section], value: object, path: str, made: Mapping[str, object] | None = None
    ) -> Section | None:
        """Return a section of settings; None if there are mistakes, also in what was `made` of its keys before."""
        table = self.read_table(value, path)
        if table is None:
            return None
        before, made = len(self.problems), dict(made or {})
        fields = list_fields(kind)
        self.refuse_unknown(table, list(fields), path)
        values = {name: self._read_value(field, table, path) for name, field in fields.items() if name not in made}
        values = {name: found for name, found in values.items() if found is not attrs.NOTHING}
        if len(self.problems) > before or None in made.values():
            return None
        return self._make(kind, {**made, **values}, path)

    def read_data(self, value: object, path: str) -> DataConfig | None:
        """Return the section of the data with the sections inside it."""
        table = self.read_table(value, path)
        if table is None:
            return None
        made = {
            name: self.read_section(kind, table[name], join_path(path, name))
            for name, kind in DATA_SECTIONS.items()
            if name in table
        }
        return self.read_section(DataConfig, table, path, made)

    def read_experiment(self, value: object, given: tuple[str, ...]) -> ExperimentConfig | None:
        """Return the section that names a module of the user's, which gives these other sections."""
        found = self.read_section(ExperimentConfig, value, "experiment")
        return found and attrs.evolve(found, gives=given)

    def read_training(self, value: object, path: str) -> TrainingConfig | None:
        """Return the section of the training; a loss that is a table is one of a user's program."""
        loss = value.get("loss") if isinstance(value, dict) else None
        made = {"loss": DescribedLoss(loss)} if isinstance(loss, dict) else {}
        return self.read_section(TrainingConfig, value, path, made)

    def read_table(self, value: object, path: str) -> Table | None:
        """Return a table; None where it is another value, which is a mistake."""
        if isinstance(value, dict):
            return value
        self.refuse(path, f"a table [{path}]", _NOTHING if value is None else show_value(value))
        return None

    def refuse_unknown(self, table: Table, known: Sequence[str], path: str) -> None:
        """Note every key that a section does not have."""
        for key in [key for key in table if key not in known]:
            near = find_homes(key) or [join_path(path, name) for name in get_close_matches(key, known, n=1)]
            expected = f"another key: {' or '.join(near)}" if near else f"no other key than {', '.join(known)}"
            self.refuse(join_path(path, key), expected, "a key that does not exist")

    def _read_value(self, field: attrs.Attribute[Any], table: Table, path: str) -> object:
        """Return the value of a key, or attrs.NOTHING: it is left out, or it is a mistake."""
        if field.name not in table:
            if field.default is attrs.NOTHING:
                self.refuse(join_path(path, field.name), describe_allowed(field), _NOTHING)
            return attrs.NOTHING
        value = table[field.name]
        entries = read_entries(field)
        if entries is not None:
            return self._read_entries(entries, value, join_path(path, field.name))
        if field.type is float and type(value) is int:
            value = float(value)
        try:
            if field.validator is not None:
                field.validator(None, field, value)
        except (TypeError, ValueError):
            self.refuse(join_path(path, field.name), describe_allowed(field), show_value(value))
            return attrs.NOTHING
        return value

    def _read_entries(self, kind: type[Any], value: object, path: str) -> object:
        """Return a list of tables as sections, or attrs.NOTHING."""
        if not isinstance(value, list):
            self.refuse(path, "a list of tables", show_value(value))
            return attrs.NOTHING
        made = [self.read_section(kind, entry, f"{path}[{number}]") for number, entry in enumerate(value)]
        return attrs.NOTHING if None in made else tuple(made)

    def _make(self, kind: type[Section], values: Mapping[str, object], path: str) -> Section | None:
        try:
            return kind(**values)
        except ValueError as error:
            self.refuse(path, "values that fit together", str(error))
            return None

    def read_model(self, value: object, path: str) -> ModelConfig | None:
        """Return the layers of a network, from tables or from widths."""
        table = self.read_table(value, path)
        if table is None:
            return None
        layers, place = table.get("layers"), join_path(path, "layers")
        if not isinstance(layers, list) or not layers:
            self.refuse(place, "a list of widths, or of tables such as { kind = ... }", show_value(layers or _NOTHING))
            return None
        if len(layers) > MOST_LAYERS:
            self.refuse(place, f"at most {MOST_LAYERS} layers", str(len(layers)))
            return None
        if any(isinstance(layer, dict) for layer in layers):
            self.refuse_unknown(table, ("layers", "inputs"), path)
            made = [self.read_layer(layer, f"{place}[{number}]") for number, layer in enumerate(layers)]
            return self.read_section(ModelConfig, table, path, {"layers": None if None in made else tuple(made)})
        self.refuse_unknown(table, ("layers",), path)
        return self._read_widths(layers, place)

    def _read_widths(self, widths: list[object], path: str) -> ModelConfig | None:
        wrong = [number for number, width in enumerate(widths) if not _WIDTH.allows(width)]
        for number in wrong:
            self.refuse(f"{path}[{number}]", _WIDTH.words, show_value(widths[number]))
        if len(widths) < 2:  # noqa: PLR2004 - inputs and outputs
            self.refuse(path, "at least two widths: inputs and outputs", show_value(widths))
            return None
        try:
            return None if wrong else make_stack(*(width for width in widths if isinstance(width, int)))
        except ValueError as error:
            self.refuse(path, "a network of limited size", str(error))
            return None

    def read_layer(self, value: object, path: str) -> LayerSettings | None:
        """Return one layer from its table."""
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(value, dict) and kind == OWN:
            return DescribedLayer(value)
        if not isinstance(value, dict) or not isinstance(kind, str) or kind not in LAYERS:
            found = show_value(value) if not isinstance(value, dict) or kind is None else show_value(kind)
            self.refuse(join_path(path, "kind"), join_names(list(LAYERS)), found)
            return None
        rest = {key: item for key, item in value.items() if key != "kind"}
        made = {"layers": self._read_inner(rest["layers"], path)} if "layers" in rest and kind in _NESTED else {}
        return self.read_section(LAYERS[kind], rest, path, made)

    def _read_inner(self, layers: object, path: str) -> tuple[LayerSettings, ...] | None:
        """Return the layers inside a layer; None if there are mistakes."""
        place = join_path(path, "layers")
        if not isinstance(layers, list) or not 1 <= len(layers) <= MOST_LAYERS:
            self.refuse(place, f"1 to {MOST_LAYERS} tables such as {{ kind = ... }}", show_value(layers))
            return None
        if place.count(".layers") > _DEEPEST + 1:  # the list of the model is not inside another one
            self.refuse(place, f"layers inside layers at most {_DEEPEST} deep", "more")
            return None
        made = [self.read_layer(layer, f"{place}[{number}]") for number, layer in enumerate(layers)]
        return None if None in made else tuple(layer for layer in made if layer is not None)

    def read_optimizer(self, value: object, path: str) -> OptimizerConfig | None:
        """Return the optimizer with its schedule; a key of another one is a mistake unless it has its default."""
        table = self.read_table(value, path)
        if table is None:
            return None
        name, schedule = table.get("name"), table.get("schedule", "constant")
        if name == OWN:
            rule = DescribedOptimizer({key: item for key, item in table.items() if key != "name"})
            return OwnRuleConfig(learning_rate=rule.learning_rate, own=rule)
        if schedule == OWN and isinstance(table.get(OWN_SCHEDULE), dict):
            rest = {key: item for key, item in table.items() if key not in ("schedule", OWN_SCHEDULE)}
            found = self.read_optimizer(rest, path)
            return found and attrs.evolve(found, schedule=DescribedSchedule(table[OWN_SCHEDULE]))
        for key, found, kinds in (("name", name, OPTIMIZERS), ("schedule", schedule, SCHEDULES)):
            if not isinstance(found, str) or found not in kinds:
                self.refuse(
                    join_path(path, key), join_names(list(kinds)), _NOTHING if found is None else show_value(found)
                )
        kind, inner = OPTIMIZERS.get(str(name), OptimizerConfig), SCHEDULES.get(str(schedule))
        idle = list_without_effect(table, kind, inner) if str(name) in OPTIMIZERS and inner else []
        for key, default in idle:
            if table[key] != default:
                effect = f"no such key with the optimizer {name} and the schedule {schedule}, on which it has no effect"
                self.refuse(join_path(path, key), effect, show_value(table[key]))
        rest = {key: item for key, item in table.items() if key not in ("name", "schedule", *dict(idle))}
        if inner is None or str(name) not in OPTIMIZERS:
            return None
        keys = {field.name for field in attrs.fields(inner)}
        made = self.read_section(inner, {key: item for key, item in rest.items() if key in keys}, path)
        own = {key: item for key, item in rest.items() if key not in keys}
        return self.read_section(kind, own, path, {"schedule": made})
