"""Named settings: what a run is, read from TOML."""

from appliance.config.activation_layers import ReluConfig
from appliance.config.layers import DenseConfig, LayerConfig, ModelConfig, make_stack
from appliance.config.loading import list_configs, load_config, parse_settings
from appliance.config.optimizers import AdamConfig, MomentumConfig, OptimizerConfig, SgdConfig
from appliance.config.schema import Config, DataConfig, TrainingConfig

__all__ = [
    "AdamConfig",
    "Config",
    "DataConfig",
    "DenseConfig",
    "LayerConfig",
    "ModelConfig",
    "MomentumConfig",
    "OptimizerConfig",
    "ReluConfig",
    "SgdConfig",
    "TrainingConfig",
    "list_configs",
    "load_config",
    "make_stack",
    "parse_settings",
]
