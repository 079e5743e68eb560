"""Checks of data sets before anything is trained on them."""

from __future__ import annotations

from verify.catalogue.check import Check

_FETCH = "download the files: repro-appliance data fetch with the name of the set"
_OTHER = "use data that pass this check, or download the published files again"


def _control(number: str, title: str, meaning: str, remedy: str) -> Check:
    return Check(id=number, title=title, meaning=meaning, remedy=remedy, severity="data error")


CONTROLS = (
    _control("D001", "the file is there", "A file of the data set exists and can be read.", _FETCH),
    _control("D002", "the file has the expected SHA-256", "The published digest, or that of SHA256SUMS.", _FETCH),
    _control(
        "D003",
        "the file is a whole IDX file",
        "Magic number, element type, dimensions, length, checksum, and nothing after the end.",
        _FETCH,
    ),
    _control("D004", "every sample has the expected shape", "Bytes of the shape that the data set has.", _OTHER),
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
)
