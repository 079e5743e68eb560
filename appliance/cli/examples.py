"""Examples of every command, shown at the end of its help; a test runs the quick ones and parses the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Example(NamedTuple):
    """One command line to copy, with what it is for."""

    purpose: str
    line: str


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "": (
        Example("Which part of the surroundings changes the results of train.py?", "vary -- python train.py"),
        Example("Are the goldens reproduced on this machine?", "verify"),
    ),
    "vary": (
        Example("Which part of the surroundings changes the results of train.py?", "vary -- python train.py"),
        Example(
            "Only two axes, only one file of results:",
            "vary --axes threads,kernel --output w.npz -- python train.py",
        ),
        Example("Values of your own for an axis:", "vary --axis threads=1,3 -- python train.py"),
        Example("A training of this program in native arithmetic:", "vary --config smoke --profile native"),
    ),
    "diff": (
        Example("Where two runs differ first:", "diff runs/a runs/b"),
        Example("Two files of arrays; Markdown is added to a file:", "diff a.npz b.npz --markdown summary.md"),
        Example("More than two: which of them are equal?", "diff runs/a runs/b runs/c"),
    ),
    "why": (
        Example("The cause of the difference of two runs:", "why runs/a runs/b"),
        Example("The same by their files alone; nothing is run:", "why runs/a runs/b --no-replay"),
    ),
    "shrink": (
        Example("Which package changes the results between two locks?", "shrink old.lock new.lock -- python train.py"),
    ),
    "trace": (
        Example("Record the arrays of a program, to compare two traces:", "trace -o traces/a -- python train.py"),
        Example("Watch a package of your own, too:", "trace --watch mypackage -o traces/b -- python train.py"),
    ),
    "run": (
        Example("Run a program with all settings fixed that this host can fix:", "run -- python train.py"),
        Example("Do not start it where a setting cannot be fixed:", "run --strict -- python train.py"),
    ),
    "train": (
        Example("Train a configuration that ships:", "train smoke --out runs/a"),
        Example("Another seed, another setting:", "train smoke --seed 7 --set training.epochs=1 --out runs/b"),
        Example("A configuration of your own; go on after a stop:", "train mine.toml --resume"),
        Example("In the arithmetic of plain NumPy:", "train smoke --profile native --out runs/c"),
    ),
    "runs": (
        Example("The runs in ./runs, and trainings that were interrupted:", "runs"),
        Example("In another directory, for a program:", "runs results --json"),
    ),
    "predict": (
        Example("Predict the test part of a data set:", "predict runs/a synthetic"),
        Example("Predict rows of a file, and keep the predictions:", "predict runs/a rows.npy --out classes.csv"),
    ),
    "benchmark": (
        Example("Do three runs of one seed have the same bits?", "benchmark smoke"),
        Example("Mean and interval over five seeds:", "benchmark smoke --seeds 5"),
        Example("A sweep:", "benchmark smoke --sweep optimizer.learning_rate=0.05,0.1"),
        Example("What reproducibility costs, in half a minute:", "benchmark --suite cost --quick"),
    ),
    "export": (
        Example(
            "One file for a reviewer, who runs verify evidence.zip:", "export runs/a --format bundle -o evidence.zip"
        ),
        Example("An RO-Crate, for a repository of research data:", "export runs/a --format ro-crate -o crate"),
        Example("What was judged, as in-toto Statements:", "export runs/a --format in-toto -o statements.jsonl"),
        Example("Write the network for other tools:", "export runs/a --format onnx --out network.onnx"),
    ),
    "checklist": (
        Example("Answer the reproducibility checklist from a run:", "checklist runs/a"),
        Example("The same as Markdown, for the appendix of a paper:", "checklist runs/a --markdown appendix.md"),
        Example("In the order of the checklist of NeurIPS:", "checklist runs/a --for neurips"),
    ),
    "report": (
        Example("One page about a run: curves, confusion matrix, checks:", "report runs/a --out a.html"),
        Example("What differs between two runs:", "report runs/a runs/b --out pair.html"),
        Example("Answers of other commands, beside a run:", "report runs/a vary.json why.json --out page.html"),
        Example("A checklist with more answers:", "report runs/a --evidence retrained.json --out a.html"),
    ),
    "verify": (
        Example("Retrain the quick configurations, compare with their goldens:", "verify"),
        Example("One configuration; JUnit for a CI system:", "verify smoke --junit results.xml"),
        Example("Judge a run directory that somebody sent; no code is run:", "verify runs/a"),
        Example("Train it again here, too:", "verify runs/a --retrain"),
        Example("An evidence bundle: judge it, train its runs again:", "verify evidence.zip"),
    ),
    "agree": (
        Example("Compare the reports of several machines:", "agree reports/one.json reports/two.json"),
        Example("Everything in a directory; a leg that is missing is no pass:", "agree reports --expect legs.json"),
    ),
    "fleet": (
        Example("Every machine in fleet.toml, emulated and real:", "fleet --members fleet.toml"),
        Example("One of them:", "fleet haswell --members fleet.toml"),
    ),
    "certify": (
        Example("Does this machine compute as results need it?", "certify"),
        Example("Would a broken machine be noticed?", "certify --self-test"),
    ),
    "fingerprint": (
        Example("Describe this machine, for a file:", "fingerprint --json"),
        Example("What differs between the machines of two runs?", "fingerprint --diff runs/a runs/b"),
    ),
    "golden record": (
        Example("Make the result of your configuration its golden:", "golden record mine.toml"),
        Example("Record the arrays that your tests check:", "golden record tests/test_arrays.py"),
    ),
    "golden list": (
        Example("The goldens that ship:", "golden list"),
        Example("Those of your own configurations:", "golden list --goldens goldens"),
    ),
    "golden check": (
        Example("Is a golden missing, unused, damaged or outdated?", "golden check"),
        Example("Goldens of arrays, beside their tests:", "golden check tests"),
    ),
    "config list": (Example("The configurations that ship:", "config list"),),
    "config show": (
        Example("All settings, with their digest:", "config show smoke"),
        Example("With another value:", "config show smoke --set training.epochs=3"),
    ),
    "config new": (
        Example("A new file with every key explained:", "config new mine.toml"),
        Example("Begin with another configuration:", "config new mine.toml --from smoke"),
    ),
    "prove resume": (
        Example("Stop the smallest training at every point, resume it:", "prove resume"),
        Example("Another configuration, ten stop points:", "prove resume --config baseline --stops 10"),
    ),
    "prove workers": (Example("One process, two and three workers: the same bits?", "prove workers --workers 1,2,3"),),
    "data list": (Example("The data sets, and whether they are here:", "data list"),),
    "data check": (
        Example("Compare files with their digests, check the samples:", "data check synthetic"),
        Example("The data of a configuration of your own:", "data check mine.toml"),
    ),
    "data fetch": (Example("Download a data set and verify it:", "data fetch fashion-mnist --data-dir data"),),
    "data generate": (
        Example("A set of any size, written to files:", "data generate mine --train-samples 5000 --data-dir data"),
    ),
}
"""By the words of the command; those of the program itself are first."""
