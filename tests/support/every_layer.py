"""Small networks that together have layers of every kind, for samples of shape (28, 28), or of 784 tokens."""

from __future__ import annotations

from typing import Any

Tables = list[dict[str, Any]]

_POSITION: dict[str, Any] = {"kind": "dense", "units": 6, "per_position": True}
_LAST: dict[str, Any] = {"kind": "dense", "units": 10}
NETWORKS: dict[str, Tables] = {
    "images": [
        {"kind": "conv2d", "channels": 3, "kernel": 5, "stride": 2},
        {"kind": "relu"},
        {"kind": "max_pool", "kernel": 2},
        {"kind": "conv2d", "channels": 4, "kernel": 3, "padding": 1},
        {"kind": "sigmoid"},
        {"kind": "average_pool", "kernel": 2},
        {"kind": "flatten"},
        _LAST,
    ],
    "norms": [
        {"kind": "dense", "units": 12},
        {"kind": "batch_norm"},
        {"kind": "gelu"},
        {"kind": "dropout"},
        {"kind": "dense", "units": 7, "product": "accurate"},
        {"kind": "tanh"},
        _LAST,
    ],
    "dropout": [{"kind": "dense", "units": 12}, {"kind": "dropout"}, {"kind": "relu"}, _LAST],
    "sequence": [
        _POSITION,
        {"kind": "positions"},
        {"kind": "residual", "layers": [{"kind": "layer_norm"}, {"kind": "attention", "heads": 2}]},
        {"kind": "residual", "layers": [{"kind": "layer_norm"}, _POSITION, {"kind": "gelu"}]},
        {"kind": "mean_positions"},
        _LAST,
    ],
    "tokens": [{"kind": "embedding", "entries": 256, "units": 4}, {"kind": "mean_positions"}, _LAST],
}

CAUSAL: Tables = [_POSITION, {"kind": "attention", "heads": 3, "causal": True}, {"kind": "batch_norm"}, _LAST]
"""Attention to earlier positions only, and normalisation of a sequence, channel by channel."""
