"""The hook on PyTorch with a stand-in for PyTorch, so that it is tested where PyTorch is not."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.recorded import read_events
from verify.tracing import pytorch
from verify.tracing import session as sessions
from verify.tracing.fingerprints import fingerprint_array
from verify.tracing.recorder import Recorder
from verify.tracing.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any, Self

STRIDED = "strided"


class Tensor:
    """Has what the recorder reads of a tensor."""

    __module__ = "torch"

    def __init__(self, array: Any) -> None:  # noqa: ANN401 - what NumPy takes
        self.array = np.asarray(array, np.float32)
        self.layout, self.dtype, self.is_quantized = STRIDED, "float32", False
        self.device = SimpleNamespace(type="cpu")

    def element_size(self) -> int:
        """Return the bytes of an element."""
        return 4

    def detach(self) -> Tensor:
        """Return the tensor, as all following functions do."""
        return self

    resolve_conj = resolve_neg = detach

    def numpy(self) -> Any:  # noqa: ANN401 - an array
        """Return the memory of the tensor."""
        return self.array


class Device:
    """A setting of an operation."""

    __module__ = "torch"


class Mode:
    """Stands for `TorchDispatchMode`: keeps the mode that was entered last."""

    entered: Any = None

    def __enter__(self) -> Self:
        """Enter the mode."""
        Mode.entered = self
        return self


def make_operation(name: str, function: Callable[..., object], *arguments: str) -> Any:  # noqa: ANN401
    """Return an operation that tells the names of its arguments."""

    def operation(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - passed on
        return function(*args, **kwargs)

    operation.__name__ = name
    operation._schema = SimpleNamespace(  # type: ignore[attr-defined]
        arguments=[SimpleNamespace(name=argument) for argument in arguments]
    )
    return operation


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Put a stand-in in the place of PyTorch, and hooks of a new trace into this process."""
    torch, dispatch = ModuleType("torch"), ModuleType("torch.utils._python_dispatch")
    vars(torch).update(
        strided=STRIDED,
        bfloat16="bfloat16",
        random=SimpleNamespace(get_rng_state=lambda: Tensor([1, 2, 3])),
    )
    vars(dispatch)["TorchDispatchMode"] = Mode
    for name, module in (("torch", torch), ("torch.utils", ModuleType("torch.utils")), (dispatch.__name__, dispatch)):
        monkeypatch.setitem(sys.modules, name, module)
    recorder = Recorder(tmp_path / "trace", level="calls")
    monkeypatch.setattr(sessions, "session", Session(recorder))
    monkeypatch.setattr(Mode, "entered", None)
    yield recorder
    recorder.close()


def call(operation: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - an operation of PyTorch
    """Call an operation as PyTorch does while the mode is entered."""
    return Mode.entered.__torch_dispatch__(operation, (), args, kwargs)


def test_operations_are_recorded(recorder: Recorder) -> None:
    """An operation is called once; its tensors have the names of its arguments; settings are left out."""
    pytorch.install()
    a, b = Tensor([[1, 2], [3, 4]]), Tensor([[5], [6]])
    multiply = make_operation("mm.default", lambda x, y, **_: Tensor(np.matmul(x.array, y.array)), "self", "mat2")
    result = call(multiply, a, b, device=Device(), alpha=2)
    assert result.array.tolist() == [[17], [39]]
    (event,) = read_events(recorder.directory)
    assert (event["kind"], event["stage"]) == ("operation", "torch.mm")
    assert [tensor["name"] for tensor in event["inputs"]] == ["self", "mat2", "alpha"]
    marks = [fingerprint_array(tensor.array) for tensor in (a, b, result)]
    found = [*event["inputs"][:2], *event["outputs"]]
    assert [tensor["fingerprint"] for tensor in found] == marks
    assert {tensor["dtype"] for tensor in found} == {"<f4"}


def test_draws_have_the_state_of_the_generator(recorder: Recorder) -> None:
    """A draw into a tensor does not read the tensor, which may have had no value."""
    pytorch.install()
    call(make_operation("normal_.default", lambda x, *_: x, "self", "mean", "std"), Tensor([7, 8]), 0.0, 1.0)
    (event,) = read_events(recorder.directory)
    assert (event["kind"], event["stage"]) == ("draw", "torch.normal_")
    assert [tensor["name"] for tensor in event["inputs"]] == ["state", "mean", "std"]
    assert event["inputs"][0]["fingerprint"] == fingerprint_array(np.array([1, 2, 3], np.float32))


def test_views_and_unset_memory_are_not_recorded(recorder: Recorder) -> None:
    """A view is no event; memory that was never written is no output; nothing is recorded inside the recorder."""
    pytorch.install()
    call(make_operation("transpose.int", lambda x, *_: x, "self"), Tensor([1, 2]), 0, 1)
    call(make_operation("empty.memory_format", lambda *_: Tensor([5]), "size"), [1])
    session = sessions.session
    assert session is not None
    session.busy.on = True
    call(make_operation("add.Tensor", lambda x: x, "self"), Tensor([1]))
    events = read_events(recorder.directory)
    assert [(event["stage"], event["outputs"]) for event in events] == [("torch.empty", [])]


def test_another_version_does_not_end_the_program(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the mode nothing is recorded, and the coverage says so."""
    monkeypatch.setitem(sys.modules, "torch.utils._python_dispatch", ModuleType("torch.utils._python_dispatch"))
    pytorch.install()
    session = sessions.session
    assert session is not None
    assert (Mode.entered, read_events(recorder.directory)) == (None, [])
    assert any(note.startswith("operations of PyTorch (ImportError") for note in session.notes)
