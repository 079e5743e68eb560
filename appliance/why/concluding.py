"""Makes the finding of a cause: its name, its proof on the whole program, what was excluded, what helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.why import matching, mechanism, naming
from appliance.why.answer import UNKNOWN, Excluded, Finding, Proof
from appliance.why.experiments import PROGRAM
from appliance.why.proving import prove_whole
from appliance.why.remedy import prove_remedy

if TYPE_CHECKING:
    from appliance.why.alone import Operation
    from appliance.why.case import Case
    from appliance.why.mechanism import Evidence
    from appliance.why.search import Search
    from appliance.why.shown import Structure
    from appliance.why.worlds import WorldRow

SIDE_NAMES = ("the first", "the second")
_WORDS = {
    "hash-seed": "texts have other hashes, and sets of texts another order",
    "timezone": "local time is another one",
    "locale": "texts are sorted and written by other rules",
    "memory": "memory that was never written holds other bytes",
    "libm": "the C library has other variants of its functions, and their last digits are not the same",
    "ftz": "numbers below the smallest normal one are flushed to zero",
    "simd": "the loops of the library use another instruction set",
    "kernel": "the BLAS uses other code for the same operation",
    "threads": "the work is divided among another number of threads",
    "numpy": "another version of NumPy computes it in another way",
    "python": "another version of Python",
    "affinity": "the program may use another number of processors",
    "cpu-count": "the machine says that it has another number of processors",
    "aslr": "memory addresses are random on one side",
}


def conclude_axis(case: Case, searches: list[Search], operation: Operation | None) -> Finding:
    """Return the finding of axes that decide."""
    last = searches[-1]
    cause = last.cause
    name = naming.name_axes(case, cause)
    proof = [Proof(what=f"{last.title} with {', '.join(cause)} of the other side, both ways", result=_count(last))]
    whole = prove_whole(case, (*cause, *last.also))
    proof += whole
    words = _describe_axis(case, name)
    evidence: tuple[Evidence, ...] = ()
    rows: tuple[WorldRow, ...] = ()
    fixed: tuple[Proof, ...] = ()
    if operation is not None:
        rows = matching.tabulate(case, operation, 0)
        element = next((row for key, row in case.elements.items() if key.startswith("out.")), None)
        worlds = (mechanism.World(setup=case.sides.setups[0]), mechanism.World(setup=case.sides.setups[1]))
        known, evidence = mechanism.measure(operation, worlds, element)
        words = known or words
        if operation.event.stage != first_stage(case):  # the product in a stage of ours
            shapes = " and ".join(str(tuple(tensor.shape)) for tensor in operation.event.inputs or ())
            words = f"in the product of {shapes}: {words}"
        fixed = prove_remedy(operation, case.sides.setups, rows)
    if UNKNOWN in name or not all(row.holds for row in whole):
        words = f"{words}; the whole program does not confirm it" if UNKNOWN not in name else words
        name = UNKNOWN
    return Finding(
        cause=name,
        mechanism=words,
        values=naming.write_values(case, cause),
        also=last.also,
        proof=tuple(proof),
        excluded=tuple(naming.list_excluded(tuple(searches), rows, (*cause, *last.also))),
        evidence=evidence,
        worlds=rows,
        searches=tuple(searches),
        remedy=_advise(case, cause, name),
        fixed=fixed,
    )


def first_stage(case: Case) -> str:
    """Return the stage at which the difference begins."""
    return "" if case.beginning.first is None else case.beginning.first.a.stage


def _advise(case: Case, cause: tuple[str, ...], name: str) -> str:
    """Return what helps: for PyTorch, the variables that differ."""
    first = case.beginning.first
    if first is None or not first.a.stage.startswith("torch."):
        return naming.find_advice(name)
    states = [setup.get(axis) for setup in case.sides.setups for axis in cause]
    variables = sorted({key for state in states if state is not None for key, _ in state.variables})
    return f"set {', '.join(variables)} to the same value everywhere" if variables else naming.find_advice(name)


def _count(found: Search) -> str:
    decided = [trial for trial in found.trials if trial.flipped == found.cause]
    seen = ", ".join(f"{SIDE_NAMES[trial.side]} side gives {trial.answer}'s result" for trial in decided)
    return f"{seen}; as they are, each side gives its own, twice"


def _describe_axis(case: Case, name: str) -> str:
    first = case.beginning.first
    at = "" if first is None else f", seen first at {first.a.stage}"
    return f"{_WORDS.get(name, 'the world is another one')}{at}"


def conclude_program(case: Case, structure: Structure, searches: list[Search]) -> Finding:
    """Return the finding of programs that are unlike, in the same world."""
    name, words = naming.name_program_cause(case, structure)
    proof = [
        Proof(what="run each program in the world of the other, whole", result=_count(searches[-1])),
        *prove_whole(case, (PROGRAM,)),
    ]
    if not all(row.holds for row in proof):
        name = UNKNOWN
    return Finding(
        cause=name,
        mechanism=words,
        proof=tuple(proof),
        excluded=tuple(naming.list_excluded(tuple(searches), (), (PROGRAM,))),
        searches=tuple(searches),
        remedy=naming.find_advice(name),
    )


def conclude_recorded(case: Case, structure: Structure, *excluded: Excluded) -> Finding:
    """Return the finding of a cause that the records alone prove."""
    name, words = naming.name_program_cause(case, structure)
    if case.edited:
        words = f"{words}; the text of the program is not the same in both traces"
    proof = (Proof(what="as recorded in both traces", result=structure.mechanism),)
    return Finding(cause=name, mechanism=words, proof=proof, excluded=excluded, remedy=naming.find_advice(name))
