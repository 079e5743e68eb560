"""Turns a function into a command: collects its options, prepares the environment, calls it."""

from __future__ import annotations

import functools
import inspect
import os
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

import attrs

from appliance.cli.later import Later
from appliance.cli.options.several_groups import RunOptions
from appliance.cli.parser import UsageError as RequestError
from appliance.cli.printing import Output
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.launch import kernels, pinning, restart, settings, started, variables

    Body = Callable[..., int]
else:
    kernels, pinning = Later("appliance.launch.kernels"), Later("appliance.launch.pinning")
    restart, variables = Later("appliance.launch.restart"), Later("appliance.launch.variables")
    settings, started = Later("appliance.launch.settings"), Later("appliance.launch.started")

Processes = Literal["one", "together", "apart"]


def prepare(profile: str, threads: int) -> None:
    """Make sure that this process has the environment of the profile; may restart the interpreter.

    Raises:
        RequestError: no such profile.
        CouldNotJudgeError: the environment cannot be prepared, or a setting in it has no effect.
    """
    if profile not in variables.PROFILES:
        raise RequestError(f"--profile is one of {', '.join(variables.PROFILES)}")
    restart.ensure_environment(profile, threads)
    settings.require_threads(threads)
    if profile == "pinned":
        pinning.confirm_pinning(kernels.plan_pinning(threads))
    elif asked := settings.list_settings(os.environ):
        settings.load_numpy(asked)
        pinning.confirm_settings(asked)


def require_one_process() -> None:
    """Return if an engine such as mpiexec has not started this command several times.

    Raises:
        UsageError: it has.
    """
    begun = started.find_started()
    if begun.is_several:
        raise UsageError(
            "this command is one process",
            expected="a start without mpiexec; train and benchmark may have several",
            found=begun.describe(),
        )


def command(*, launch: bool, workers: Processes = "one") -> Callable[[Body], Body]:
    """Make a command of a function; each parameter that is a class of options becomes these options.

    Args:
        launch: prepare the environment, with the profile and threads of the command's RunOptions where it has any.
        workers: "one" process, several that work "together", or "apart": the first one hands out work to the others.
    """

    def decorate(body: Body) -> Body:
        hints = get_type_hints(body, include_extras=True)
        groups = {name: kind for name, kind in hints.items() if name != "return" and attrs.has(kind)}

        @functools.wraps(body)
        def call(**values: Any) -> int:  # noqa: ANN401 - each option has its own type
            for name, kind in groups.items():
                values[name] = kind(**{field.name: values.pop(field.name) for field in attrs.fields(kind)})
            if workers == "one":
                require_one_process()
            Output.meets = workers != "apart"
            if launch:
                run = next((value for value in values.values() if isinstance(value, RunOptions)), RunOptions())
                prepare(run.profile, run.threads)
            else:
                restart.start_no_pool(os.environ)
                if asked := settings.list_settings(os.environ):
                    settings.load_numpy(asked)
            return body(**values)

        parameters = list(_list_parameters(body, hints, groups))
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        setattr(call, "__signature__", inspect.Signature(parameters))  # noqa: B010 - no attribute of functions
        return call

    return decorate


def _list_parameters(body: Body, hints: dict[str, Any], groups: dict[str, type]) -> Iterator[inspect.Parameter]:
    """Yield a parameter for every option, in the order of the signature."""
    for name, parameter in inspect.signature(body).parameters.items():
        if name not in groups:
            yield parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name])
            continue
        kinds = get_type_hints(groups[name], include_extras=True)
        for field in attrs.fields(groups[name]):
            yield inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=kinds[field.name]
            )
