"""The athlete: trains and benchmarks networks whose results have the same bits on every machine."""

__version__ = "0.1.0"
