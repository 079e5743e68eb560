"""Negative controls: something is broken on purpose, and a check must notice it."""

from __future__ import annotations

from verify.catalogue.check import Check

_REMEDY = "do not rely on the verdict of this host until the cause is known"


def _control(number: str, title: str, meaning: str) -> Check:
    return Check(id=number, title=title, meaning=meaning, remedy=_REMEDY)


HOSTS = (
    _control("K001", "a product that rounds", "C008 and C009 must fail."),
    _control("K002", "a sum that rounds", "C010 must fail."),
    _control("K003", "a sum in another order each time", "C014 must fail."),
    _control("K004", "subnormal numbers switched off", "C003 must fail."),
    _control("K005", "an order that exchanges ties", "C011 must fail."),
    _control("K006", "random words of another counter", "C012 must fail."),
    _control("K007", "a second thread at work", "C013 must fail."),
    _control("K008", "a product of shortened operands", "C008 and C009 must fail."),
    _control("K009", "quotients that are rounded twice", "C017 must fail; only on hosts with an x87."),
)

TRAININGS = (
    _control("K100", "nothing broken", "The verdict must be identical."),
    _control("K101", "a product that rounds while training", "The verdict must be different."),
    _control("K102", "a sum in another order, off its grid", "The verdict must be different."),
    _control("K103", "subnormal numbers switched off", "The verdict must be could-not-judge."),
    _control("K104", "a golden with one bit flipped", "The verdict must be could-not-judge."),
    _control("K105", "a golden of other weights, sealed", "The verdict must be different."),
    _control("K106", "subnormal numbers switched off while training", "The verdict must be could-not-judge."),
    _control("K107", "a product that rounds from the start", "The verdict must be could-not-judge."),
    _control("K108", "a product that rounds since the training", "The verdict must be could-not-judge."),
)
