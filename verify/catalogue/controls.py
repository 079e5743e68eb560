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
    _control("K010", "a product that is wrong for a transposed left operand", "C008 must fail."),
    _control("K011", "a product that is wrong for ten columns and many rows", "C008 must fail."),
    _control("K012", "a product that is wrong on one thread", "C008 must fail."),
    _control("K013", "a product that is wrong on several threads", "C009 must fail."),
    _control("K014", "a product that is wrong in the last bit of one element", "C008 and C009 must fail."),
    _control("K015", "a division by the rounded inverse", "C018 must fail."),
    _control("K016", "a conversion to float32 that cuts instead of rounding", "C018 must fail."),
    _control("K017", "a host that flushes subnormal float32 numbers", "C016 must fail; portable results stay."),
)

TRAININGS = (
    _control("K100", "nothing broken", "The verdict must be identical."),
    _control("K101", "a product that rounds while training", "The verdict must be could-not-judge."),
    _control("K102", "a sum in another order, off its grid", "The verdict must be could-not-judge."),
    _control("K103", "subnormal numbers switched off", "The verdict must be could-not-judge."),
    _control("K104", "a golden with one bit flipped", "The verdict must be could-not-judge."),
    _control("K105", "a golden of other weights with a digest that fits", "The verdict must be different."),
    _control("K106", "subnormal numbers switched off while training", "The verdict must be could-not-judge."),
    _control("K107", "a product that rounds from the start", "The verdict must be could-not-judge."),
    _control("K108", "a product that rounds since the training", "The verdict must be could-not-judge."),
    _control("K109", "a product that is wrong for one layout while training", "The verdict must be could-not-judge."),
    _control("K110", "a product that is wrong for one shape while training", "The verdict must be could-not-judge."),
    _control("K111", "a product that is wrong in one last bit while training", "The verdict must be could-not-judge."),
    _control("K112", "a host that flushes subnormal float32 numbers", "The verdict must be identical."),
    _control("K113", "another learning rate than the golden's", "The verdict must be different."),
)
