"""Layers: one file each, portable and native arithmetic beside each other."""

from appliance.layers.build import build_layers
from appliance.layers.layer import Layer, Signal

__all__ = ["Layer", "Signal", "build_layers"]
