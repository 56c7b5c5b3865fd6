"""Calls in functions that run with traced values: ``apply(f, x)`` is ``f(x)``.

A Python function is rewritten too, and runs with traced values; what only moves values, or works by their
operators, gets them as they are; the rest is a step of the run: a function with a rule, or compiled code.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import itertools
import numbers
import operator
import sys
import types
from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.rules.errors import LanguageError, SourceError
from adjoint.rules.registry import registry
from adjoint.runtime.opaque import IN_PLACE
from adjoint.runtime.standing import DISPATCHING
from adjoint.runtime.standing import held as held_by
from adjoint.tracing.holding import LEAVES, taken_out
from adjoint.tracing.quick import quick_rule
from adjoint.tracing.rewritten import is_rewritten, rewritten
from adjoint.tracing.storing import born, refused
from adjoint.tracing.traced import Run, Traced, TracedFlat, TracedMethod, deep_plain, lost, runs
from adjoint.transforms.callers import WALKERS
from adjoint.transforms.records import is_generated
from adjoint.transforms.unwrapping import behind

#: Compiled modules whose functions and classes work by the operators of what they are given.
MOVING = frozenset(
    "_operator operator itertools functools _functools _queue _heapq _bisect _collections collections "
    "builtins copy types _abc abc contextlib typing _thread weakref dataclasses".split()
)
#: Builtins that take the number out of a value, or know it by its type.
TAKING = (str.__mod__, str.format, bytes, bytearray, memoryview)
NUMBERS = (float, complex)
REFUSED = (builtins.exec, builtins.eval, builtins.globals, builtins.locals)
#: Receivers whose methods know nothing of traced values.
PLAIN_RECEIVERS = (str, bytes, int, float, complex)
DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)
BOUND = (types.BuiltinFunctionType, types.MethodWrapperType)


def apply(f: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function for a function that runs with traced values."""
    cls = type(f)
    if cls is TracedMethod:
        return f(*args, **kwargs)
    if cls is types.FunctionType:
        return function(f, args, kwargs)
    if len(args) == 1 and type(args[0]) is Traced and not kwargs and hashable(f) and quick_rule(f, 1):
        return args[0].traced_run.step(f, args, kwargs)
    if cls is types.MethodType:
        return apply(f.__func__, f.__self__, *args, **kwargs)
    if hasattr(cls, "__adjoint_pull__"):
        return step(f, args, kwargs)
    if hasattr(f, "__adjoint_function__"):
        return apply(f.__adjoint_function__, *args, **kwargs)
    if isinstance(f, functools.partial):
        return apply(f.func, *f.args, *args, **{**f.keywords, **kwargs})
    inner = behind(f)
    if inner is not None and active((*args, *kwargs.values()))[0] is not None:
        return apply(inner, *args, **kwargs)
    if isinstance(f, BOUND) and not isinstance(f.__self__, types.ModuleType | type | None):
        return method(f, args, kwargs)
    if isinstance(f, type):
        return construction(f, args, kwargs)
    if any(f is each for each in REFUSED):
        raise lost(f"{f.__name__} runs text that nobody can see beforehand")
    return compiled(f, args, kwargs)


def hashable(f: Any) -> bool:
    """Whether a callable can be looked up in a table; the hash of some classes is code of their own."""
    return not isinstance(type(f).__hash__, types.FunctionType | None)


def function(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a Python function."""
    if is_rewritten(f):
        return f(*args, **kwargs)
    if f.__code__ is DISPATCHING and args:
        return apply(f.dispatch(args[0].__class__), *args, **kwargs)
    package = (f.__module__ or "").partition(".")[0]
    if registry.lookup(f) and package != "copy":
        return step(f, args, kwargs)
    if package in sys.stdlib_module_names or package == "adjoint":
        return f(*called_back(args), **dict(zip(kwargs, called_back(kwargs.values()), strict=True)))
    if all(type(x) in LEAVES for x in (*args, *kwargs.values())) and not f.__closure__:
        return f(*args, **kwargs)
    try:
        traced = rewritten(f)
    except SourceError:
        return f(*args, **kwargs)
    return traced(*args, **kwargs)


def method(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a method of a builtin or compiled class."""
    base = f.__self__
    if isinstance(base, PLAIN_RECEIVERS):
        return f(*plainly(args), **kwargs)
    if isinstance(base, np.ndarray | np.generic) or type(base).__module__.partition(".")[0] == "numpy":
        found, _ = active((*args, *kwargs.values()))
        if found is not None and f.__name__ in IN_PLACE:
            raise refused(f"`.{f.__name__}()` writes into it")
        return f(*args, **kwargs) if found is None else found.step_method(base, f.__name__, args, kwargs)
    if f.__name__ == "sort" and "key" in kwargs:
        kwargs = {**kwargs, "key": called(kwargs["key"])}
    return f(*args, **kwargs)


def plainly(args: Any) -> list[Any]:
    """Return arguments without traced values, for text."""
    found: list[Any] = []
    return [taken_out(arg, found) for arg in args]


def construction(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an object."""
    if cls is type and len(args) == 1:
        return args[0].__class__ if type(args[0]) is Traced else type(args[0])
    if cls in SPECIAL:
        return SPECIAL[cls](*args, **kwargs)
    if cls in WALKERS and len(args) == 1 and not kwargs:
        return rewritten(WALKERS[cls])(*args)
    if cls in NUMBERS or registry.lookup(cls) and cls not in (list, tuple, dict, zip, map, filter, enumerate):
        return step(cls, args, kwargs)
    if cls.__module__.partition(".")[0] in ("numpy", "scipy"):
        return step(cls, args, kwargs)
    call = inspect.getattr_static(type(cls), "__call__", None)
    if isinstance(call, types.FunctionType) and not in_library(type(cls)):
        return apply(call, cls, *args, **kwargs)
    if not in_library(cls):
        return made(cls, args, kwargs)
    takes = cls.__module__ not in MOVING and (issubclass(cls, numbers.Number) or not is_written(cls))
    return step(cls, args, kwargs) if takes else compiled(cls, args, kwargs)


def is_written(cls: type) -> bool:
    """Whether objects of a class are made by Python code."""
    makers = (cls.__new__, inspect.getattr_static(cls, "__init__", None))
    return any(isinstance(f, types.FunctionType) for f in makers)


def made(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Make an object of a user's class, as ``type.__call__`` does: by ``__new__``, then by ``__init__``."""
    new, init = cls.__new__, inspect.getattr_static(cls, "__init__", None)
    written = [isinstance(f, types.FunctionType) and not is_generated(f) for f in (new, init)]
    if not any(written):
        return cls(*args, **kwargs)
    if written[0]:
        result = apply(new, cls, *args, **kwargs)
    else:
        result = new(cls) if new is object.__new__ else new(cls, *args, **kwargs)
    if isinstance(result, cls):
        apply(type(result).__init__, result, *args, **kwargs)
    return result


def in_library(cls: type) -> bool:
    """Whether a class comes with Python."""
    return cls.__module__.partition(".")[0] in sys.stdlib_module_names


def compiled(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call compiled code, a callable object, or a class that is not made by a Python ``__init__``."""
    if isinstance(f, operator.methodcaller):
        name, given, named = held_by(f)
        return apply(getattr(args[0], name), *given, **named)
    if isinstance(f, DESCRIPTORS) and args and type(args[0]) is Traced:
        return apply(getattr(args[0], f.__name__), *args[1:], **kwargs)
    special = SPECIAL.get(f) if hashable(f) else None
    if special is not None:
        return special(*args, **kwargs)
    module = getattr(f, "__module__", None) or type(f).__module__
    if module in MOVING or isinstance(f, type):
        if f in CALLING if hashable(f) else False:
            args = tuple(called(arg) if i < 2 and callable(arg) else arg for i, arg in enumerate(args))
            kwargs = {
                name: called(value) if name in ("key", "func") else value for name, value in kwargs.items()
            }
        return f(*args, **kwargs)
    call = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(call, types.FunctionType):
        return apply(call, f, *args, **kwargs)
    return step(f, args, kwargs)


def step(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute a function with a rule, or compiled code; it becomes a step if traced values reach it."""
    reading = getattr(f, "__module__", "") in ("math", "statistics") or f is np.fromiter
    args = tuple(map(as_vector, args))
    args = tuple(list(arg) if type(arg) is deque or reading and is_read(arg) else arg for arg in args)
    run, captured = active((*args, *kwargs.values()))
    if run is None:
        value = f(*args, **kwargs)
        return born(runs()[-1], f, args, value) if runs() else value
    if is_constant(f):
        found: list[Any] = []
        return born(run, f, args, f(*taken_out(args, found), **taken_out(kwargs, found)))
    if changes_in_place(f, kwargs):
        raise refused(f"`{getattr(f, '__name__', f)}` writes into it")
    if captured:
        raise lost(f"a function made here, which holds it, is passed to {getattr(f, '__name__', f)}")
    return run.step(f, args, kwargs)


def as_vector(x: Any) -> Any:
    """Return the items of ``x.flat`` as an array, and anything else as it is."""
    return x.vector() if type(x) is TracedFlat else x


def is_read(x: Any) -> bool:
    """Whether an argument is an iterator, or a container that is read through as one."""
    cls = type(x)
    return (
        cls is not Traced
        and issubclass(cls, Iterable)
        and not issubclass(cls, list | tuple | np.ndarray | str)
    )


def is_constant(f: Any) -> bool:
    """Whether a function has no derivative, whatever it is given."""
    return hashable(f) and any(rule.form == "constant" for rule in registry.lookup(f)[:1])


def changes_in_place(f: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a function of NumPy writes into an argument."""
    return f in WRITING or kwargs.get("out") is not None or getattr(f, "__name__", "") == "at"


#: Functions that write into their first argument.
WRITING = (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis)


def active(values: tuple[Any, ...]) -> tuple[Run | None, bool]:
    """Return the run of the traced values in some values, and whether a function among them holds one."""
    for value in values:
        if type(value) is Traced:
            return value.traced_run, any(held(other) is not None for other in values)
    found: list[Any] = []
    for value in values:
        taken_out(value, found)
        if found:
            return found[0][0].traced_run, any(held(other) is not None for other in values)
    holders = [run for run in map(held, values) if run is not None]
    return (holders[0], True) if holders else (None, False)


def held(f: Any) -> Run | None:
    """Return the run of the traced values that a function has captured."""
    if not isinstance(f, types.FunctionType) or not f.__closure__ or not is_rewritten(f):
        return None
    found: list[Any] = []
    for cell in f.__closure__:
        try:
            taken_out(cell.cell_contents, found)
        except ValueError:  # nothing has been assigned to the variable yet
            continue
    return found[0][0].traced_run if found else None


# --- functions that are given to others -----------------------------------------------------------
def called(f: Any) -> Any:
    """Return a function as it may be called by compiled code: its calls are calls of `apply`."""
    if f is None or not callable(f) or isinstance(f, types.FunctionType) and is_rewritten(f):
        return f
    return functools.partial(apply, f)


def called_back(args: Any) -> tuple[Any, ...]:
    """Return arguments with the functions among them as they may be called by other code."""
    return tuple(called(arg) if is_function(arg) else arg for arg in args)


def is_function(x: Any) -> bool:
    """Whether an argument is a function: of classes only those that make numbers are called back.

    An object whose class has a ``__call__`` may be looked at for its fields.
    """
    if isinstance(x, type):
        return x in NUMBERS
    written = isinstance(inspect.getattr_static(type(x), "__call__", None), types.FunctionType)
    return callable(x) and (not written or hasattr(x, "__adjoint_function__"))


#: Builtins with a way of their own; filled by `asking`.
SPECIAL: dict[Any, Any] = {}
#: What calls functions it is given.
CALLING = frozenset(
    {map, filter, sorted, functools.reduce, itertools.accumulate, itertools.starmap, itertools.groupby}
    | {itertools.takewhile, itertools.dropwhile, itertools.filterfalse, iter}
)

__all__ = ["apply", "deep_plain", "LanguageError"]
