"""The axis `locale`: language, order of letters, decimal point and encoding of the surroundings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command, Limits
from appliance.vary.axes.probing import (
    AS_IT_IS,
    compare,
    make_folder,
    refuse,
    refuse_other_library,
    start_probe,
)

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_BUILT_IN = ("C", "POSIX", "C.UTF-8", "C.utf8")
_SECONDS = 60.0  # for one locale to be compiled; it needs about one
_PROBE = """
import functools, locale, sys
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    print("refused: the locale is not installed")
else:
    words = sorted(["b", "A", "a", "_", "I", "i", "Z", "z"], key=functools.cmp_to_key(locale.strcoll))
    point = locale.localeconv()["decimal_point"]
    print("order", "".join(words), "point", point, "encoding", locale.nl_langinfo(locale.CODESET),
          "of Python", locale.getpreferredencoding(False), "UTF-8 mode", sys.flags.utf8_mode)
"""


class Locale:
    """Compiles locales into a scratch directory and sets LC_ALL; reads order, point and encoding in the child."""

    name = "locale"
    title = "locale: language, sorting, decimal point, encoding"
    default = True

    def __init__(self) -> None:
        self._folder = Path()
        self._compiled: set[str] = set()

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return locales with a decimal comma, another rule for i, another encoding, and C.

        LC_ALL=C turns Python's UTF-8 mode on, so it alone would hide errors of encodings.
        """
        self._folder = subject.scratch / "locales"
        return (AS_IT_IS, "de_DE.UTF-8", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "C")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set LC_ALL and LANG, with LOCPATH for a locale that was compiled here."""
        if value == AS_IT_IS:
            return launch
        variables = {"LC_ALL": value, "LANG": value}
        if value in self._compiled or (self._folder / value).is_dir():
            variables["LOCPATH"] = str(self._folder)
        kept = {name: text for name, text in launch.environment.items() if name != "LANGUAGE"}
        return attrs.evolve(launch, environment=kept | variables)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the order of letters, the decimal point and the encoding in the child."""
        remedy = "install the package locales (localedef and its sources), or name an installed one: locale -a"
        other = refuse_other_library(subject)
        if other is not None:
            return other
        self._compile(value, subject)
        proof = compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)
        if proof.found.startswith("refused"):
            return refuse(f"the locale {value} is not installed and cannot be compiled here", remedy, found=proof.found)
        return proof

    def _compile(self, value: str, subject: Subject) -> None:
        """Compile a locale once, if its name and the tool are known; without success its effect is missing later."""
        language, dot, charset = value.partition(".")
        folder = make_folder(subject, "locales")
        if value in _BUILT_IN or not dot or (folder / value).is_dir() or shutil.which("localedef") is None:
            return
        command = ("localedef", "-i", language, "-f", charset, "--no-archive", str(folder / value))
        run_captured(Command(arguments=command), Limits(seconds=_SECONDS))
        if (folder / value).is_dir():
            self._compiled.add(value)

    def advise(self) -> str:
        """Return what helps."""
        return (
            "sort by code points (sorted without locale.strxfrm, LC_ALL=C for sort), name the encoding of every file "
            '(open(..., encoding="utf-8")), and parse numbers without the locale'
        )
