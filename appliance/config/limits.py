"""Validators that several sections share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from attrs import validators as v

if TYPE_CHECKING:
    from collections.abc import Callable

    Validator = Callable[[Any, attrs.Attribute[Any], Any], Any]


# Far above what is useful, far below what overflows a counter or an index.
LARGEST_WIDTH = 2**20
LARGEST_COUNT = 2**32 - 1
"""Samples in a file of data; more do not fit into its header."""
LARGEST_EPOCHS = 10**6
MOST_LAYERS = 1000
MOST_PARAMETERS = 2**31


def count(minimum: int, maximum: int) -> Validator:
    """Return a validator for whole numbers from `minimum` to `maximum`."""
    return v.and_(v.instance_of(int), v.ge(minimum), v.le(maximum))


def fraction(*, one: bool = False) -> Validator:
    """Return a validator for numbers from 0 to 1, without 1 unless `one`."""
    return v.and_(v.instance_of(float), v.ge(0.0), v.le(1.0) if one else v.lt(1.0))


def positive(below: float) -> Validator:
    """Return a validator for numbers above 0 and below a limit."""
    return v.and_(v.instance_of(float), v.gt(0.0), v.lt(below))
