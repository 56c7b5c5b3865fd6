"""What generated code calls to run a whole function with traced values.

``value, tape = record(f__traced, {'x': x}, {'n': n})`` runs it, ``pull(tape, out_bar)`` gives cotangents.
"""

from __future__ import annotations

import gc
import inspect
import sys
import types
from typing import Any

from adjoint.compiling.compiler import runtime
from adjoint.rules.errors import LanguageError, MutationError, RuleError
from adjoint.rules.forward import filled
from adjoint.runtime.captured import captures, holds_closure
from adjoint.runtime.opaque import has_tangent_space
from adjoint.tracing import asking, nditers
from adjoint.tracing.applying import apply
from adjoint.tracing.duals import ForwardRun
from adjoint.tracing.holding import changed, gathered, put_in, released
from adjoint.tracing.operating import operate
from adjoint.tracing.rewritten import HELPERS, is_rewritten
from adjoint.tracing.tape import ReverseRun, Tape
from adjoint.tracing.traced import Run, Traced, lost, runs

#: How many frames a rewritten function needs for one of the user's, and how many a stack surely holds.
FRAMES, DEEPEST = 4, 8000
Copies = list[tuple[Any, list[Any]]]


def record(function: Any, active: dict[str, Any], others: dict[str, Any]) -> tuple[Any, Tape]:
    """Run a rewritten function; return its value and the tape.

    Args:
        function: the rewritten function.
        active: the arguments that are differentiated, by name.
        others: the other arguments.

    Raises:
        MutationError: ADJ103, a container from outside was changed.
    """
    refuse_functions(function, [value for value in active.values() if carries(value)])
    run = ReverseRun()
    copies: Copies = []
    pairs = {name: put_in(value, run.enter, copies) for name, value in active.items()}
    run.tape.arguments = [template for _, template in pairs.values()]
    entered = {name: value for name, (value, _) in pairs.items()}
    del pairs
    value, run.tape.result = finished(function, run, entered, others, copies)
    return value, run.tape


def pushed(
    function: Any, dots: dict[str, Any], active: dict[str, Any], others: dict[str, Any]
) -> tuple[Any, Any]:
    """Run a rewritten function in forward mode; return its value and tangent.

    Args:
        function: the rewritten function.
        dots: the tangents of the arguments that are differentiated, by name.
        active: these arguments.
        others: the other arguments.

    Raises:
        MutationError: ADJ103, a container from outside was changed.
    """
    refuse_functions(function, [value for name, value in active.items() if dots[name] is not None])
    run = ForwardRun()
    copies: Copies = []
    entered = {}
    for name, value in active.items():
        dot = dots[name]
        entered[name], template = put_in(value, run.enter, copies)
        run.set_tangents(template, filled(dot, value))
    value, template = finished(function, run, entered, others, copies)
    return value, gathered(template, run.tangents.__getitem__)


def carries(value: Any, above: tuple[int, ...] = ()) -> bool:
    """Whether a function made in generated code has captured a value that may carry a derivative.

    Args:
        value: a function, a container of some, or anything else.
        above: the functions that have captured it, which may be the function itself.
    """
    if isinstance(value, tuple | list | dict):
        return any(carries(x, above) for x in (value.values() if isinstance(value, dict) else value))
    if not holds_closure(value) or id(value) in above:
        return False
    above = (*above, id(value))
    held = captures(value).values()
    plain = (x for x in held if not isinstance(x, types.FunctionType))
    return any(carries(x, above) for x in held) or any(map(has_tangent_space, plain))


def refuse_functions(function: Any, values: list[Any]) -> None:
    """Refuse arguments that are functions whose captured values carry a derivative: no tape would see them.

    Raises:
        AdjointError: why the function runs with traced values, or ADJ121 where nothing else is the matter.
    """
    if any(map(holds_closure, values)):
        found = getattr(function, "__adjoint_refusal__", None)
        name = function.__name__.removesuffix("__traced")
        raise found or lost(f"a function, which holds it, is passed to {name}, which runs with traced values")


def finished(
    function: Any, run: Run, entered: dict[str, Any], others: dict[str, Any], copies: Copies
) -> tuple[Any, Any]:
    """Run a function; take the traced values out of its result, and refuse to let one escape."""
    runs().append(run)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, min(FRAMES * before, DEEPEST)))
    try:
        value = invoke(function, {**entered, **others})
    except MutationError as error:
        found = getattr(function, "__adjoint_refusal__", None)
        raise found if isinstance(found, MutationError) else error from None
    except (TypeError, ValueError) as error:  # NumPy's words for what a traced value refuses
        if isinstance(error.__cause__, RuleError):
            raise error.__cause__ from None
        raise
    finally:
        sys.setrecursionlimit(before)
        runs().pop()
    refuse_late(value)
    if any(changed(x, before) for x, before in copies):
        raise changed_outside(function)
    value, template = released(value, {})
    copies.clear()
    entered.clear()
    if run.alive and escaped(run):
        raise changed_outside(function)
    return value, template


def refuse_late(value: Any) -> None:
    """Refuse a result that would compute something after the function has ended.

    Raises:
        LanguageError: ADJ111, it is a generator; ADJ119, it is a function made in the function.
    """
    if isinstance(value, types.GeneratorType) or type(value) in (zip, map, filter, enumerate):
        raise LanguageError(
            "ADJ111",
            title=f"a {type(value).__name__} cannot be the result of a differentiated function",
            why="what it hands out is computed when the function has ended.",
            fixes=("return a list of the values",),
        )
    if isinstance(value, types.FunctionType) and is_rewritten(value):
        raise LanguageError(
            "ADJ119",
            title="a function made in a function that runs with traced values cannot be its result",
            why="what it has captured would be lost.",
            fixes=("return the values it has captured",),
        )


def changed_outside(function: Any) -> MutationError:
    """Return the error for a container from outside that a run has changed."""
    found = getattr(function, "__adjoint_refusal__", None)
    if isinstance(found, MutationError):
        return found
    return MutationError(
        "ADJ103",
        title=f"`{function.__name__.removesuffix('__traced')}` changes a container that came from outside",
        why="only containers that the function makes may hold values that carry a derivative.",
        fixes=("make a copy in the function, and change that",),
    )


def escaped(run: Run) -> bool:
    """Give back their values to containers outside that hold traced values; return whether there were any."""
    for generation in range(3):  # cycles made in this run are young, and cheap to find
        gc.collect(generation)
        if not run.alive:
            return False
    traced = [x for x in gc.get_objects() if type(x) is Traced and x.traced_run is run]
    for holder in gc.get_referrers(*traced) if traced else ():
        if holder is not traced and isinstance(holder, list | dict | set):
            released(holder, {})
    return True


def invoke(function: Any, arguments: dict[str, Any]) -> Any:
    """Call a function with the values of its parameters by name."""
    code = function.__code__
    names = code.co_varnames
    first, last = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    args = [arguments[name] for name in names[:first]]
    kwargs = {name: arguments[name] for name in names[first:last]}
    if code.co_flags & inspect.CO_VARARGS:
        args += arguments[names[last]]
        last += 1
    if code.co_flags & inspect.CO_VARKEYWORDS:
        kwargs |= arguments[names[last]]
    return function(*args, **kwargs)


def pull(tape: Tape, out_bar: Any) -> Any:
    """Return the cotangent of the only argument, or a tuple of those of several."""
    bars = tape.pullback(out_bar)
    return bars[0] if len(bars) == 1 else bars


HELPERS.update({"apply": apply, "operate": operate})
for _function in (record, pull, pushed, apply, operate):
    setattr(runtime, _function.__name__, _function)
    vars(_function)["__adjoint_dynamic__"] = True

__all__ = ["asking", "nditers", "pull", "pushed", "record"]
