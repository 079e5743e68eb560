"""Checks of data sets before anything is trained on them."""

from __future__ import annotations

from verify.catalogue.check import Check

_FETCH = "download the files: repro-appliance data fetch with the name of the set"
_OTHER = "use data that pass this check, or download the published files again"

_OWN = "correct the values in the files, or the configuration"
_DECLARED = "use the data that were declared, or correct data.controls in the configuration"


def _control(number: str, title: str, meaning: str, remedy: str) -> Check:
    return Check(id=number, title=title, meaning=meaning, remedy=remedy, severity="data error")


CONTROLS = (
    _control("D001", "the file is there", "A file of the data set exists and can be read.", _FETCH),
    _control("D002", "the file has the expected SHA-256", "The published digest, or that of SHA256SUMS.", _FETCH),
    _control(
        "D003",
        "the file is whole, and of its type",
        "Header, element type, dimensions, length, checksum, and nothing after the end.",
        _FETCH,
    ),
    _control("D004", "every sample has the expected shape", "Values of the data set's type and shape.", _OTHER),
    _control("D005", "there is one label for each sample", "Samples and labels have the same number.", _OTHER),
    _control("D006", "there are enough samples", "All published samples, or at least ten of each part.", _OTHER),
    _control("D007", "every label is the number of a class", "No label is outside the range of classes.", _OTHER),
    _control("D008", "every class has a sample", "No class is without a sample.", _OTHER),
    _control(
        "D009",
        "generated samples have the digest of bits 2",
        "The generator, which uses whole numbers only, gives the same bytes on every machine.",
        "report this machine",
    ),
    _control("D010", "every value is a finite number", "No NaN and no infinity, also not as float32.", _OWN),
    _control("D011", "every value is in its range", "The declared range, or that of bytes or tokens.", _OWN),
    _control("D012", "there are as many samples as declared", "Those that a run uses, after a split.", _DECLARED),
    _control("D013", "classes and targets are as declared", "The number of classes, or of targets.", _DECLARED),
    _control(
        "D014",
        "the data set has the declared digest",
        "The digest of the samples as used: after split and standardisation.",
        _DECLARED,
    ),
)
