"""The public interface: the list of names, and an example in every docstring that does what it says."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys

import pytest

import appliance
from appliance.config.layers import LAYERS
from appliance.config.optimizers import OPTIMIZERS, SCHEDULES

NAMES = """
    Callback Config Dataset Experiment MemoryRows Record Stream check_portable derive_seed draw_permutation draw_uniform
    draw_words exp fit golden join_workers list_configs load_config load_dataset log matmul nn parse_settings portable
    read_run record_golden seed_everything train verify write_run
""".split()


def test_the_list_of_names_changes_on_purpose_only() -> None:
    """A name that is added or removed is a decision, so it stands here too."""
    assert appliance.__all__ == NAMES
    assert sorted(dir(appliance)) == sorted([*NAMES, "__version__"])


def run_example(name: str, text: str, module: str) -> doctest.TestResults:
    """Run the examples in a docstring, with the names of its module."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    names = dict(vars(sys.modules[module]))
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    return runner.run(test, out=lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_an_example_that_works(name: str) -> None:
    """The docstring says what the name is for and shows it in use."""
    value = getattr(appliance, name)
    text = inspect.getdoc(value) or ""
    home = value.__name__ if inspect.ismodule(value) else value.__module__
    assert text.partition("\n")[0].endswith((".", ":"))
    results = run_example(name, text, home)
    assert results.attempted
    assert not results.failed


def test_an_example_that_is_wrong_is_noticed() -> None:
    """Negative control: an example with another result fails."""
    assert run_example("wrong", ">>> 1 + 1\n3", __name__).failed == 1


@pytest.mark.process
def test_public_names_are_loaded_at_their_first_use() -> None:
    """`import appliance` does not load NumPy; a name does."""
    program = "import sys, appliance; print('numpy' in sys.modules); appliance.matmul; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_every_kind_of_layer_has_a_short_name() -> None:
    """`appliance.nn` names the settings of every kind of layer, optimizer and schedule."""
    named = [getattr(appliance.nn, name) for name in appliance.nn.__all__]
    kinds = [*LAYERS.values(), *OPTIMIZERS.values(), *SCHEDULES.values()]
    assert [kind.__name__ for kind in kinds if kind not in named] == []
    assert sorted(appliance.nn.__all__) == appliance.nn.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As for any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        appliance.nothing  # noqa: B018
