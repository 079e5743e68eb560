"""Layers: one file each, portable and native arithmetic side by side."""

from appliance.layers.build import build_layers
from appliance.layers.layer import Layer, Signal

__all__ = ["Layer", "Signal", "build_layers"]
