"""Validators that several sections share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from attrs import validators as v

if TYPE_CHECKING:
    from collections.abc import Callable

    Validator = Callable[[Any, attrs.Attribute[Any], Any], Any]


def count(minimum: int) -> Validator:
    """Return a validator for whole numbers of at least `minimum`."""
    return v.and_(v.instance_of(int), v.ge(minimum))


def fraction(*, one: bool = False) -> Validator:
    """Return a validator for numbers from 0 to 1, without 1 unless `one`."""
    return v.and_(v.instance_of(float), v.ge(0.0), v.le(1.0) if one else v.lt(1.0))


def positive(below: float) -> Validator:
    """Return a validator for numbers above 0 and below a limit."""
    return v.and_(v.instance_of(float), v.gt(0.0), v.lt(below))
