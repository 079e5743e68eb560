"""Named settings: what a run is, read from TOML."""

from appliance.config.loading import list_configs, load_config, parse_settings
from appliance.config.schema import Config, DataConfig, ModelConfig, OptimizerConfig, TrainingConfig

__all__ = [
    "Config",
    "DataConfig",
    "ModelConfig",
    "OptimizerConfig",
    "TrainingConfig",
    "list_configs",
    "load_config",
    "parse_settings",
]
