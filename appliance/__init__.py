"""Trains neural networks that have the same bits on every machine: the public interface.

The names in `__all__` are the public interface; everything else may change. They are imported when they are first used,
because NumPy reads its environment once, when it is loaded.
"""

import sys

TYPE_CHECKING = False  # as in `typing`, which may be the user's before the import path is in order
if TYPE_CHECKING:
    from appliance import nn as nn
    from appliance import portable
    from appliance.config import Config, list_configs, load_config, parse_settings
    from appliance.data import Dataset, MemoryRows, load_dataset
    from appliance.experiments.experiment import Experiment
    from appliance.launch.seeding import seed_everything
    from appliance.library.callbacks import Callback
    from appliance.library.checking import check_portable
    from appliance.library.checkpointed import train
    from appliance.library.fit import fit
    from appliance.library.goldens import golden, record_golden
    from appliance.library.workers import join_workers
    from appliance.portable import exp, log, matmul
    from appliance.portable.stream import Stream
    from appliance.runs.directory import write_run
    from appliance.runs.read_back import read_run
    from appliance.seeds import derive_seed
    from appliance.streams import draw_permutation, draw_uniform, draw_words
    from appliance.training.record import Record
    from appliance.verification.verify import verify
    from verify.version import __version__ as __version__

__all__ = [
    "Callback",
    "Config",
    "Dataset",
    "Experiment",
    "MemoryRows",
    "Record",
    "Stream",
    "check_portable",
    "derive_seed",
    "draw_permutation",
    "draw_uniform",
    "draw_words",
    "exp",
    "fit",
    "golden",
    "join_workers",
    "list_configs",
    "load_config",
    "load_dataset",
    "log",
    "matmul",
    "nn",
    "parse_settings",
    "portable",
    "read_run",
    "record_golden",
    "seed_everything",
    "train",
    "verify",
    "write_run",
]

_HOMES = {
    "__version__": "verify.version:__version__",
    "Callback": "appliance.library.callbacks:Callback",
    "Config": "appliance.config:Config",
    "Dataset": "appliance.data:Dataset",
    "Experiment": "appliance.experiments.experiment:Experiment",
    "MemoryRows": "appliance.data:MemoryRows",
    "Record": "appliance.training.record:Record",
    "Stream": "appliance.portable.stream:Stream",
    "check_portable": "appliance.library.checking:check_portable",
    "derive_seed": "appliance.seeds:derive_seed",
    "draw_permutation": "appliance.streams:draw_permutation",
    "draw_uniform": "appliance.streams:draw_uniform",
    "draw_words": "appliance.streams:draw_words",
    "exp": "appliance.portable:exp",
    "fit": "appliance.library.fit:fit",
    "golden": "appliance.library.goldens:golden",
    "join_workers": "appliance.library.workers:join_workers",
    "list_configs": "appliance.config:list_configs",
    "load_config": "appliance.config:load_config",
    "load_dataset": "appliance.data:load_dataset",
    "log": "appliance.portable:log",
    "matmul": "appliance.portable:matmul",
    "nn": "appliance.nn:",
    "parse_settings": "appliance.config:parse_settings",
    "portable": "appliance.portable:",
    "read_run": "appliance.runs.read_back:read_run",
    "record_golden": "appliance.library.goldens:record_golden",
    "seed_everything": "appliance.launch.seeding:seed_everything",
    "train": "appliance.library.checkpointed:train",
    "verify": "appliance.verification.verify:verify",
    "write_run": "appliance.runs.directory:write_run",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used.

    Raises:
        ImportError: a module `verify` of another project is loaded.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - see `_load_judge`

    judge = _load_judge()
    if judge is not None:
        raise ImportError(f"the module verify from {judge} is loaded in the place of the package beside {__path__[0]}")
    module, _, attribute = _HOMES[name].partition(":")
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


def _load_judge() -> str | None:
    """Import `verify` from beside this package, not from where its name is found first.

    Returns:
        None, or the file of another module `verify` that is loaded already.
    """
    root = __path__[0].rpartition("appliance")[0].rstrip("/\\")
    loaded = sys.modules.get("verify")
    if loaded is not None:
        places = list(getattr(loaded, "__path__", ()))
        beside = any(place.rpartition("verify")[0].rstrip("/\\") == root for place in places)
        return None if beside else str(getattr(loaded, "__file__", None))
    kept = list(sys.path)
    sys.path[:] = [root]
    try:
        __import__("verify")
    finally:
        sys.path[:] = kept
    return None


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]


_load_judge()
