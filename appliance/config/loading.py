"""Named configurations: found, read from TOML, checked, and given a digest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import cattrs

from appliance.config.layers import ModelConfig, choose_layer, make_stack
from appliance.config.optimizers import AdamConfig, ConstantSchedule, OptimizerConfig, Schedule, split_settings
from appliance.config.schema import SCHEMA, Config
from appliance.errors import ConfigurationError
from verify.errors import UsageError
from verify.files.toml import read_toml

_converter = cattrs.Converter(forbid_extra_keys=True)
# The column sums of a gradient's operand stay exact up to a few more rows than these (docs/numerics.md, step 6).
_SMALLEST_EPSILON = 2.0**-100
_LARGEST_BATCH = {"f32": 1 << 16, "f64": 1 << 20}


def _check_type(value: object, kind: type[Any]) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {value!r}")
    return value


for _kind in (int, float, str):
    _converter.register_structure_hook(_kind, _check_type)


def _parse_model(table: Any, _: object) -> ModelConfig:  # noqa: ANN401 - any value from a file
    rest = dict(table)
    layers = rest.pop("layers", None)
    if not isinstance(layers, list | tuple):
        raise TypeError(f"layers must be a list, found {layers!r}")
    if layers and not any(isinstance(layer, dict) for layer in layers):
        if rest:
            raise ValueError(f"unknown setting next to layers: {', '.join(rest)}")
        return make_stack(*layers)
    parsed = tuple(_converter.structure(settings, kind) for kind, settings in map(choose_layer, layers))
    if unknown := [key for key in rest if key != "inputs"]:
        raise ValueError(f"unknown setting next to layers: {', '.join(unknown)}")
    return ModelConfig(layers=parsed, inputs=rest.get("inputs"))


def _parse_optimizer(table: Any, _: object) -> OptimizerConfig:  # noqa: ANN401 - any value from a file
    kind, schedule, own, inner = split_settings(dict(table))
    made = _converter.structure({**own, "schedule": {}}, kind)
    return attrs.evolve(made, schedule=_converter.structure(inner, schedule))


_converter.register_structure_hook_func(lambda kind: kind is ModelConfig, _parse_model)
_converter.register_structure_hook_func(lambda kind: kind is OptimizerConfig, _parse_optimizer)
_converter.register_structure_hook_func(lambda kind: kind == Schedule, lambda _, __: ConstantSchedule())


def find_config_directory() -> Path:
    """Return the directory of the named configurations: in the installed package, or next to it in a source tree."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def list_configs() -> list[str]:
    """Return the names of all configurations that ship with the project, sorted.

    >>> "baseline" in list_configs()
    True
    """
    return sorted(path.stem for path in find_config_directory().glob("*.toml"))


def load_config(name_or_path: str, *, seed: int | None = None) -> Config:
    """Return a configuration by name, or from a path that ends in `.toml`, with another seed if one is given.

    Raises:
        ConfigurationError: there is none of that name, or the file is malformed or out of range.

    >>> load_config("smoke", seed=7).seed
    7
    """
    is_path = name_or_path.endswith(".toml")
    path = Path(name_or_path) if is_path else find_config_directory() / f"{name_or_path}.toml"
    if not is_path and name_or_path not in list_configs():
        raise ConfigurationError(
            "there is no configuration of this name",
            expected=", ".join(list_configs()) or "at least one configuration",
            found=name_or_path,
            remedy="name one of these, or give a path that ends in .toml",
        )
    try:
        settings = read_toml(path, what="a configuration")
    except UsageError as error:
        raise ConfigurationError(
            "the configuration cannot be read",
            where=path,
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from error
    if not is_path and settings.get("name") != name_or_path:
        raise ConfigurationError(
            "the configuration's name is not its file's", where=path, expected=name_or_path, found=settings.get("name")
        )
    if seed is not None:
        settings["seed"] = seed
    return parse_settings(settings, where=path)


def parse_settings(settings: dict[str, Any], *, where: object) -> Config:
    """Return the configuration that a table of settings describes; `where` names its source in errors.

    Raises:
        ConfigurationError: a key is missing, unknown or out of range, or the settings contradict each other.

    >>> config = load_config("smoke")
    >>> parse_settings(config.settings(), where="an example") == config
    True
    """
    rest = dict(settings)
    schema = rest.pop("schema", None)
    if schema != SCHEMA:
        raise ConfigurationError("unknown configuration schema", where=where, expected=SCHEMA, found=schema)
    try:
        config = _converter.structure(rest, Config)
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error, format_exception=_describe_problem))
        raise ConfigurationError("the configuration is not valid", where=where, found=problems) from error
    check_consistency(config, where=where)
    return config


def _describe_problem(error: BaseException, kind: type[Any] | None) -> str:
    if isinstance(error, (ValueError, TypeError)) and error.args and isinstance(error.args[0], str):
        return error.args[0]
    return cattrs.v.format_exception(error, kind)


def check_consistency(config: Config, *, where: object) -> None:
    """Refuse settings that are each valid but do not fit together.

    Raises:
        ConfigurationError: a batch is too large for exact sums, synthetic data has no size, or a directory is missing
            or not used.
    """
    largest = _LARGEST_BATCH[config.precision]
    if config.training.batch_size > largest:
        raise ConfigurationError(
            "a batch is too large for exact sums",
            where=where,
            expected=f"batch_size of at most {largest} in {config.precision}",
            found=config.training.batch_size,
        )
    _check_subnormals(config, where)
    data = config.data
    if data.source == "synthetic" and not (data.train_samples and data.test_samples):
        raise ConfigurationError(
            "synthetic data needs its sizes", where=where, expected="train_samples and test_samples of at least 1"
        )
    if (data.source == "stored") != bool(data.directory):
        raise ConfigurationError(
            "stored data needs its directory, other data has none",
            where=where,
            expected="data.directory with the source stored, and with no other",
            found=f"source {data.source}, directory {data.directory or '(none)'}",
        )


def _check_subnormals(config: Config, where: object) -> None:
    """Refuse float32 settings whose results depend on subnormal numbers, which not every machine keeps.

    Raises:
        ConfigurationError: Adam's epsilon is below 2**-100, or a learning rate falls below the smallest safe one.
    """
    if config.precision != "f32":
        return
    optimizer, reason = config.optimizer, "smaller ones give float32 numbers that not every machine keeps"
    if isinstance(optimizer, AdamConfig) and optimizer.epsilon < _SMALLEST_EPSILON:
        raise ConfigurationError(
            "epsilon is too small for float32",
            where=f"{where}, optimizer.epsilon",
            expected=f"at least 2**-100 ({_SMALLEST_EPSILON:.3g}): {reason}",
            found=optimizer.epsilon,
            remedy='use a larger epsilon, or precision = "f64"',
        )
    lowest = optimizer.schedule.find_lowest(optimizer.learning_rate, config.training.epochs)
    if lowest < optimizer.smallest_rate:
        raise ConfigurationError(
            "the learning rate becomes too small for float32",
            where=f"{where}, optimizer.learning_rate",
            expected=f"at least {optimizer.smallest_rate:.3g} in every epoch: {reason}",
            found=lowest,
            remedy='use a larger learning rate or fewer epochs, or precision = "f64"',
        )
