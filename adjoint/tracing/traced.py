"""Traced values: numbers and arrays that remember where they came from.

A function that fills, passes on and empties containers in ways no compiler can follow is run with traced
values in the place of its active numbers and arrays.  Python itself then moves them through lists, dicts,
generators and closures; what is computed from them is noted by the :class:`Run` they belong to.

To everything but ``type()`` a traced value is what it stands for: it compares, prints and hashes like it.
What would take the number out of it, such as ``math.sin`` in code that was not rewritten, is refused.
"""

from __future__ import annotations

import abc
import math
import operator
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.rules.errors import RuleError


class Run(abc.ABC):
    """One run of a function with traced values; what it notes decides the mode."""

    def __init__(self) -> None:
        self.alive = 0

    @abc.abstractmethod
    def step(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``f(*args, **kwargs)`` for arguments that hold traced values; return it traced."""

    @abc.abstractmethod
    def step_method(self, base: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute ``base.name(*args, **kwargs)``."""

    @abc.abstractmethod
    def write(self, x: Any, key: Any, value: Any) -> None:
        """Assign ``x[key] = value``."""

    @abc.abstractmethod
    def stored(self, x: Any, key: Any, value: Any, fresh: bool) -> Any:
        """Return what ``x`` is after ``x[key] = value``, in memory of its own if it must be ``fresh``."""


class Memory:
    """What is known of the memory of a traced array; see :mod:`adjoint.tracing.storing`."""

    __slots__ = ("exposed", "key", "owned", "parent", "views")

    def __init__(self, owned: bool) -> None:
        self.owned = owned  #: made in this run, and nobody outside has it
        self.exposed = True  #: a step may have kept it
        self.parent: Any = None  #: what it is a view of ...
        self.key: Any = None  #: ... and where
        self.views: list[Any] = []


class Traced:
    """A number or array and its mark: what the run knows it by, ``None`` if it carries no derivative."""

    #: Long names: code that asks whether its argument has a ``value`` must get the true answer.
    __slots__ = ("traced_value", "traced_mark", "traced_run", "traced_memory", "__weakref__")

    def __init__(self, value: Any, mark: Any, run: Run, memory: Any = None) -> None:
        self.traced_value = value
        self.traced_mark = mark
        self.traced_run = run
        self.traced_memory = memory
        run.alive += 1

    def __del__(self) -> None:
        self.traced_run.alive -= 1

    @property
    def __class__(self) -> Any:
        """The class of the value: ``isinstance`` says of a traced value what it says of a plain one."""
        return type(self.traced_value)

    @__class__.setter
    def __class__(self, cls: type) -> None:
        raise TypeError("__class__ assignment is not possible for numbers and arrays")

    # --- as a value that is compared, shown, looked up ---------------------------------------
    def __bool__(self) -> bool:
        return bool(self.traced_value)

    def __hash__(self) -> int:
        return hash(self.traced_value)

    def __repr__(self) -> str:
        return repr(self.traced_value)

    def __str__(self) -> str:
        return str(self.traced_value)

    def __format__(self, specification: str) -> str:
        return format(self.traced_value, specification)

    def __len__(self) -> int:
        return len(self.traced_value)

    def __contains__(self, item: Any) -> bool:
        return plain(item) in self.traced_value

    def __int__(self) -> int:
        return int(self.traced_value)

    def __trunc__(self) -> int:
        return int(math.trunc(self.traced_value))

    def __floor__(self) -> int:
        return int(math.floor(self.traced_value))

    def __ceil__(self) -> int:
        return int(math.ceil(self.traced_value))

    # --- as an array -------------------------------------------------------------------------
    def __iter__(self) -> Iterator[Any]:
        if not isinstance(self.traced_value, np.ndarray) or not self.traced_value.ndim:
            iter(self.traced_value)  # raises what Python raises
        return (self[i] for i in range(len(self.traced_value)))

    def __getitem__(self, key: Any) -> Any:
        return self.traced_run.step(operator.getitem, (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        self.traced_run.write(self, key, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # above all the ways in which NumPy takes the memory of a value
            raise AttributeError(name)
        if name == "flat" and isinstance(self.traced_value, np.ndarray):
            return TracedFlat(self)
        found = getattr(self.traced_value, name)
        if callable(found) and not isinstance(found, type):
            return TracedMethod(self, name)
        return self.traced_run.step(getattr, (self, name), {})

    def __round__(self, digits: int | None = None) -> Any:
        args = (self,) if digits is None else (self, digits)
        return round(self.traced_value) if digits is None else self.traced_run.step(round, args, {})

    def __copy__(self) -> Any:
        return (
            self
            if not isinstance(self.traced_value, np.ndarray)
            else self.traced_run.step(np.copy, (self,), {})
        )

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    # --- where code that was not rewritten asks for the number itself --------------------------
    def __float__(self) -> float:
        raise lost("its number is taken out by compiled code")

    __complex__ = __index__ = __float__

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise lost("it is made part of an array by compiled code")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.traced_run.step(function, args, kwargs)

    def __array_function__(self, f: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.traced_run.step(f, args, kwargs)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise lost("it is pickled")


class TracedMethod:
    """A method of a traced value."""

    __slots__ = ("base", "name")

    def __init__(self, base: Traced, name: str) -> None:
        self.base, self.name = base, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method."""
        if self.name in CHANGING and isinstance(self.base.traced_value, np.ndarray):
            return CHANGING[self.name](self.base, *args, **kwargs)
        return self.base.traced_run.step_method(self.base, self.name, args, kwargs)


class TracedFlat:
    """``x.flat`` of a traced array: an iterator that can be indexed, and sees what is written into ``x``."""

    __slots__ = ("base", "index")

    def __init__(self, base: Traced) -> None:
        self.base, self.index = base, 0

    @property  # type: ignore[misc]  # it is only asked for
    def __class__(self) -> Any:
        """The class of NumPy's iterators."""
        return np.flatiter

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if self.index >= len(self):
            raise StopIteration
        place = self.coords
        self.index += 1
        return self.base[place]

    @property
    def coords(self) -> tuple[int, ...]:
        """The index of the item that comes next."""
        rest, places = self.index, []
        shape = self.base.traced_value.shape
        for count in reversed(shape[1:]):
            rest, place = divmod(rest, count or 1)
            places.append(place)
        return (rest, *reversed(places)) if shape else ()

    def vector(self) -> Any:
        """Return all items, read as they are now."""
        return self.base.traced_run.step_method(self.base, "ravel", (), {})

    def copy(self) -> Any:
        """Return all items in an array of their own."""
        return self.base.traced_run.step_method(self.base, "flatten", (), {})

    def __len__(self) -> int:
        return int(self.base.traced_value.size)

    def __getitem__(self, key: Any) -> Any:
        return self.vector()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if np.ndim(plain(value)):
            raise lost("`.flat` repeats an array as often as it fits into what it is assigned to")
        shape = self.base.traced_value.shape
        self.base[np.unravel_index(np.arange(len(self))[key], shape)] = value

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise lost("it is made part of an array by compiled code")


def filled(x: Any, value: Any) -> None:
    """``x.fill(value)``."""
    x[...] = value


def sorted_in_place(x: Any, axis: int = -1) -> None:
    """``x.sort(axis)``."""
    x[...] = x.traced_run.step(np.sort, (x, axis), {})


def unknown_change(*args: Any, **kwargs: Any) -> None:
    """Refuse the other methods of arrays that change them."""
    raise lost("a method changes an array in place")


CHANGING: dict[str, Any] = {
    "fill": filled,
    "sort": sorted_in_place,
    **dict.fromkeys("partition put resize itemset setfield byteswap setflags".split(), unknown_change),
}


def plain(x: Any) -> Any:
    """Return the value of a traced value, and anything else as it is."""
    return x.traced_value if type(x) is Traced else x


def lost(how: str) -> RuleError:
    """Return the error for a traced value whose derivative would get lost."""
    return RuleError(
        "ADJ121",
        title=f"the derivative of a value would get lost: {how}",
        why="the function runs with traced values, because of what it does with containers, generators or "
        "closures; they are followed through Python code and functions with rules.",
        fixes=("call it in the function itself, or in a function whose source can be read",),
    )


# --- operators -----------------------------------------------------------------------------------
def binary(operation: Callable[..., Any]) -> Any:
    """Return the methods of an operator and of its reflection."""

    def method(self: Traced, other: Any) -> Any:
        return self.traced_run.step(operation, (self, other), {}) if is_operand(other) else NotImplemented

    def reflected(self: Traced, other: Any) -> Any:
        return self.traced_run.step(operation, (other, self), {}) if is_operand(other) else NotImplemented

    return method, reflected


def is_operand(x: Any) -> bool:
    """Whether an operator of numbers and arrays takes a value."""
    return isinstance(x, int | float | complex | np.generic | np.ndarray | list | tuple)


def comparison(operation: Callable[..., Any]) -> Any:
    """Return the method of a comparison, which carries no derivative."""
    return lambda self, other: operation(self.traced_value, deep_plain(other))


def deep_plain(x: Any) -> Any:
    """Return a list or tuple with the values of the traced values in it."""
    if type(x) in (list, tuple):
        return type(x)(map(deep_plain, x))
    return plain(x)


def unary(operation: Callable[..., Any]) -> Any:
    """Return the method of an operator of one operand."""
    return lambda self: self.traced_run.step(operation, (self,), {})


def in_place(operation: Callable[..., Any]) -> Any:
    """Return the method of ``x += y``: a rebinding of numbers, a change of arrays."""

    def method(self: Traced, other: Any) -> Any:
        if isinstance(self.traced_value, np.ndarray):
            self.traced_run.write(self, ..., operation(self, other))
            return self
        return operation(self, other)

    return method


BINARY = {name: getattr(operator, name) for name in "add sub mul truediv floordiv mod pow matmul".split()}
for _name, _operation in {**BINARY, "divmod": divmod}.items():
    _method, _reflected = binary(_operation)
    setattr(Traced, f"__{_name}__", _method)
    setattr(Traced, f"__r{_name}__", _reflected)
for _name, _operation in BINARY.items():
    setattr(Traced, f"__i{_name}__", in_place(_operation))
for _name in "lt le gt ge eq ne".split():
    setattr(Traced, f"__{_name}__", comparison(getattr(operator, _name)))
for _name in "neg pos abs".split():
    setattr(Traced, f"__{_name}__", unary(getattr(operator, _name)))

_RUNS = threading.local()


def runs() -> list[Run]:
    """Return the runs of this thread that have not ended, the innermost last."""
    if not hasattr(_RUNS, "stack"):
        _RUNS.stack = []
    stack: list[Run] = _RUNS.stack
    return stack


__all__ = ["Memory", "Run", "Traced", "TracedFlat", "TracedMethod", "lost", "plain", "runs"]
