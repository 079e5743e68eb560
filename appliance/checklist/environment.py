"""Questions about the environment of a run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, Command, Remedy, answer_no, answer_yes, say
from verify.errors import CouldNotJudgeError
from verify.files.run import FINGERPRINT_NAME
from verify.judging.pins import check_channel, check_pins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.checklist.subject import Subject
    from verify.digests import JsonValue
    from verify.results import Result

_SOFTWARE = ("python.implementation", "python.version", "numpy.version", "blas.name", "blas.version", "blas.kernel")
_PROCESSOR = ("cpu.model", "cpu.logical_cores", "memory.bytes", "machine", "byte_order", "cpu.features")
_SYSTEM = ("os.name", "os.kernel", "libc")
_CODE = ("program.version", "program.source")
# What names the code for everybody: the digest of a commit, a path of the Nix store, the digest of an image.
_REVISIONS = {
    "program.commit": "[0-9a-f]{40}(?:[0-9a-f]{24})?",
    "channel.store_path": "/nix/store/[0-9a-z]{32}-[^/]+",
    "channel.image_digest": "sha256:[0-9a-f]{64}",
}
_INSTALLED, _USED = "installed.", "package."
_VARIABLE = "env."
_LONGEST = 5  # names that are shown


def read_fields(subject: Subject) -> Mapping[str, JsonValue]:
    """Return all fields of the fingerprint; none where it could not be read."""
    machine = subject.fingerprint
    return {} if machine is None else {**machine.context, **machine.compared}


def name_some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _LONGEST} more" if len(names) > _LONGEST else ""
    return ", ".join(names[:_LONGEST]) + more


def _describe(name: str, value: JsonValue) -> str:
    return f"{name} {len(value)} of them" if isinstance(value, list) else f"{name} {value}"


def _require(*names: str) -> Callable[[Subject], Answer]:
    """Return an answer that is yes where the fingerprint has a value for each of these fields."""

    def answer(subject: Subject) -> Answer:
        fields = read_fields(subject)
        missing = [name for name in names if fields.get(name) in (None, "", [])]
        if missing:
            return answer_no(say(f"not known: {', '.join(missing)}", FINGERPRINT_NAME), remedy=subject.train_again())
        return answer_yes(say(", ".join(_describe(name, fields[name]) for name in names), FINGERPRINT_NAME))

    return answer


def _find_record(subject: Subject) -> Answer:
    machine = subject.fingerprint
    if machine is None or not machine.compared or not machine.probes:
        return answer_no(say("it has no fields or no probes", FINGERPRINT_NAME), remedy=subject.train_again())
    text = f"{len(machine.compared)} fields, {len(machine.probes)} probes, class {machine.class_digest}"
    return answer_yes(say(text, FINGERPRINT_NAME))


def _find_packages(subject: Subject) -> Answer:
    fields = read_fields(subject)
    names = [name for name in fields if name.startswith(_INSTALLED)]
    used = {"numpy": fields.get("numpy.version")}
    used |= {name.removeprefix(_USED): value for name, value in fields.items() if name.startswith(_USED) and value}
    wrong = [name for name, value in sorted(used.items()) if fields.get(f"{_INSTALLED}{name}") != value]
    empty = sorted(name for name in names if not fields[name])
    if not names or wrong or empty:
        return answer_no(say(_tell_packages(fields, wrong, empty), FINGERPRINT_NAME), remedy=subject.train_again())
    return answer_yes(say(f"{len(names)} packages with their versions", FINGERPRINT_NAME))


def _tell_packages(fields: Mapping[str, JsonValue], wrong: Sequence[str], empty: Sequence[str]) -> str:
    """Return what is wrong with the list of packages: one that was used is not in it, or one has no version."""
    if wrong:
        listed = fields.get(f"{_INSTALLED}{wrong[0]}")
        state = "is not listed" if listed is None else f"is listed as {listed}"
        return f"{wrong[0]} {fields.get(f'{_USED}{wrong[0]}') or fields.get('numpy.version')} was used, and {state}"
    return f"without a version: {name_some(empty)}" if empty else "no package is listed"


def _list_unpinned(subject: Subject) -> list[Result]:
    """Return the results of E001 to E102 that are not as pinned; those about this program are left out."""
    if subject.fingerprint is None:
        return []
    rows = [row for row in check_pins(subject.fingerprint) if row.id != "E004"]
    rows += [row for row in check_channel(subject.fingerprint.context, altered=()) if row.id == "E102"]
    return [row for row in rows if row.remedy]


def _find_pins(subject: Subject) -> Answer:
    try:
        rows = _list_unpinned(subject)
    except CouldNotJudgeError as error:
        return answer_no(say(error.title), remedy=error.remedy or "install the program again")
    if not rows:
        return answer_yes(say("Python, NumPy, OpenBLAS and every package that is used", "pins.json", "E001 to E102"))
    found = (say(f"{row.title}: {row.found} instead of {row.expected}", FINGERPRINT_NAME, row.id) for row in rows)
    return answer_no(*found, remedy=_advise_pins(subject, rows))


def _advise_pins(subject: Subject, rows: Sequence[Result]) -> Remedy:
    packages = {row.title.partition(" is ")[0].lower(): row.expected for row in rows if row.id in ("E002", "E005")}
    others = tuple(f"{row.id}: {row.remedy}; " for row in rows if row.id not in ("E002", "E005"))
    words = ["python", "-m", "pip", "install", *(f"{name}=={version}" for name, version in packages.items())]
    install = (Command(shlex.join(words)), ", then ") if packages else ("with these versions: ",)
    return (*others, *install, subject.train_again())


def _find_revision(subject: Subject) -> Answer:
    fields = read_fields(subject)
    found = {name: str(fields[name]) for name in _REVISIONS if fields.get(name)}
    wrong = [name for name, value in found.items() if not re.fullmatch(_REVISIONS[name], value)]
    if found and not wrong:
        shown = ", ".join(f"{name} {value}" for name, value in found.items())
        return answer_yes(say(shown, FINGERPRINT_NAME))
    text = "no commit, no image and no path of the Nix store"
    if wrong:
        value = found[wrong[0]]
        text = "the code was changed after the commit" if "dirty" in value else f"no {wrong[0]} has the form {value}"
    name = Command("export REPRO_APPLIANCE_COMMIT=$(git rev-parse HEAD)")
    remedy = ("in a checkout of the program without changes: ", name, ", then ", subject.train_again())
    return answer_no(say(text, FINGERPRINT_NAME), remedy=remedy)


def _find_variables(subject: Subject) -> Answer:
    machine = subject.fingerprint
    compared = {} if machine is None else machine.compared
    names = sorted(name.removeprefix(_VARIABLE) for name in compared if name.startswith(_VARIABLE))
    loaded = compared.get("preloaded")
    if loaded is None:
        return answer_no(say("it does not say what was preloaded", FINGERPRINT_NAME), remedy=subject.train_again())
    if not names and not loaded:
        return answer_yes(say("no such variable was set, and nothing was preloaded", FINGERPRINT_NAME))
    shown = [*names, *(f"preloaded {item}" for item in (loaded if isinstance(loaded, list) else [loaded]))]
    unset = Command(shlex.join(["unset", *(names or ["LD_PRELOAD"])]))
    return answer_no(say(name_some(shown), FINGERPRINT_NAME), remedy=(unset, ", then ", subject.train_again()))


def _ask(name: str, title: str, meaning: str, answer: Callable[[Subject], Answer]) -> Question:
    files = (FINGERPRINT_NAME,)
    return Question(id=f"environment.{name}", title=title, meaning=meaning, files=files, answer=answer)


QUESTIONS = (
    _ask(
        "recorded",
        "The environment is stored with the result",
        "fingerprint.json has fields of the machine, and probes: what native operations gave there.",
        _find_record,
    ),
    _ask(
        "software",
        "The versions of Python, NumPy and its BLAS are known",
        "None of these fields is empty; the BLAS is described as it reported itself while it was loaded.",
        _require(*_SOFTWARE),
    ),
    _ask(
        "packages",
        "Every installed package is listed with its version",
        "The fields installed.*; NumPy and each package that was used is among them, with the version that was used.",
        _find_packages,
    ),
    _ask(
        "pins",
        "The versions are those of the locks",
        "The versions are compared with verify/pins.json, and the contents of NumPy's wheel with the pinned ones.",
        _find_pins,
    ),
    _ask(
        "processor",
        "The processor and the memory are known",
        "None of these fields is empty: model, cores, memory, instruction set and its features, byte order.",
        _require(*_PROCESSOR),
    ),
    _ask(
        "system",
        "The operating system and the C library are known",
        "None of these fields is empty.",
        _require(*_SYSTEM),
    ),
    _ask(
        "code",
        "The code that made the run is identified",
        "The version of the program, and the digest of its whole source.",
        _require(*_CODE),
    ),
    _ask(
        "revision",
        "The code can be found again",
        "A commit, the digest of an image or a path of the Nix store; a commit with changes (dirty) does not count.",
        _find_revision,
    ),
    _ask(
        "variables",
        "No variable and no preloaded library could change native arithmetic",
        "No variable such as OMP_*, OPENBLAS_*, NPY_*, LD_* was set by the user, and no library was preloaded.",
        _find_variables,
    ),
)
