"""What stands for a tangent when one run of a pushforward serves many: several directions, or a recording.

Generated code and rules treat a tangent as a number or array.  A box is handed in its place and passes
every operation on to :meth:`Box.apply`.  User code never sees one: a tangent is no primal value.  What
cannot be passed on (``float(x_dot)``, a branch on a tangent, storing it in a plain array) raises
:class:`Unboxable`, never a wrong number; then the caller falls back on one run for each direction.
"""

from __future__ import annotations

import functools
import operator
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Unboxable(TypeError, AttributeError):
    """An operation that cannot be done for many tangents at once."""


class TooWide(Exception):
    """So many directions at once need too much memory."""


class Box(NDArrayOperatorsMixin):
    """A tangent that passes operations on; ``sample`` is an array of its shape and dtype."""

    __slots__ = ()
    sample: Any

    def apply(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Apply a function of tangents, of which at least one is a box."""
        raise NotImplementedError  # each kind of box says; an abstract class would slow `isinstance` down

    # --- what NumPy asks ---------------------------------------------------------------------
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Pass a ufunc on."""
        return self.apply(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function: Any, classes: Any, args: Any, kwargs: Any) -> Any:
        """Pass another function of NumPy on; questions about the form are answered."""
        if function in QUESTIONS:
            return function(*map_boxes(sampled, args), **map_boxes(sampled, kwargs))
        return self.apply(function, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse to become an array."""
        raise Unboxable("a tangent of several directions is no array")

    # --- form --------------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one tangent."""
        return np.shape(self.sample)

    @property
    def ndim(self) -> int:
        """The number of dimensions of one tangent."""
        return np.ndim(self.sample)

    @property
    def size(self) -> int:
        """The number of entries of one tangent."""
        return int(np.size(self.sample))

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return np.asarray(self.sample).dtype

    def __len__(self) -> int:
        """Return the length of the first axis."""
        return len(self.sample)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the first axis."""
        return (self[i] for i in range(len(self)))

    # --- items, attributes and methods -------------------------------------------------------
    def __getitem__(self, key: Any) -> Any:
        """Return a part."""
        return self.apply(operator.getitem, (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> None:
        """Store into the tangent."""
        self.apply(operator.setitem, (self, key, value), {})

    def __getattr__(self, name: str) -> Any:
        """Return a method or property of arrays."""
        if name in PROPERTIES:
            return self.apply(operator.attrgetter(name), (self,), {})
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise Unboxable(f"a tangent of several directions has no attribute {name!r}")
        known = getattr(np, name, None) if name in SAME else None
        return functools.partial(self.apply_method, known or method(name))

    def apply_method(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a method of the tangent."""
        return self.apply(function, (self, *args), kwargs)

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        """Return the tangent in another shape, given as numbers or as one tuple."""
        wanted = shape[0] if len(shape) == 1 else shape
        return self.apply(np.reshape, (self, wanted), {} if order == "C" else {"order": order})

    def transpose(self, *axes: Any) -> Any:
        """Return the tangent with axes in another order, given as numbers or as one tuple."""
        order = None if not axes else axes[0] if len(axes) == 1 else axes
        return self.apply(np.transpose, (self, order), {})

    def __matmul__(self, other: Any) -> Any:
        """Return a matrix product."""
        return self.apply(np.matmul, (self, other), {})

    def __bool__(self) -> bool:
        """Refuse: directions may differ."""
        raise Unboxable("a branch on a tangent of several directions")

    __float__ = __int__ = __complex__ = __index__ = __bool__


#: Properties of arrays that are arrays.
PROPERTIES = frozenset({"T", "real", "imag", "flat", "mT"})
#: Methods that are functions of the same name and parameters.
SAME = frozenset(
    "sum mean cumsum ravel squeeze swapaxes diagonal trace take repeat dot prod conj conjugate".split()
)
#: Functions whose answer is the same for every tangent of one form.
QUESTIONS = frozenset(
    {np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.common_type, np.isscalar}
)


@functools.lru_cache(maxsize=256)
def method(name: str) -> Callable[..., Any]:
    """Return a function that calls a method.

    >>> method('tolist')(np.ones(2))
    [1.0, 1.0]
    """

    def call_method(x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(x, name)(*args, **kwargs)

    call_method.__name__ = name
    return call_method


def sampled(box: Any) -> Any:
    """Return an array of the form of a box."""
    return box.sample


def map_boxes(f: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree with a function applied to every box in it."""
    if isinstance(tree, Box):
        return f(tree)
    if isinstance(tree, tuple):
        items = [map_boxes(f, item) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, list):
        return [map_boxes(f, item) for item in tree]
    if isinstance(tree, dict):
        return {key: map_boxes(f, item) for key, item in tree.items()}
    return tree


def boxes_in(tree: Any) -> Iterator[Any]:
    """Yield every box in a tree."""
    if isinstance(tree, Box):
        yield tree
    elif isinstance(tree, tuple | list):
        for item in tree:
            yield from boxes_in(item)
    elif isinstance(tree, dict):
        yield from boxes_in(list(tree.values()))


def stores_into(function: Any, args: Any, kwargs: Any) -> bool:
    """Whether a function of boxes would store its result in a plain array or in a number."""
    name = getattr(function, "__name__", "")
    in_place = function in IN_PLACE or name in IN_PLACE_METHODS
    target = args[0] if args else None
    return kwargs.get("out") is not None or in_place and not (isinstance(target, Box) and target.ndim > 0)


#: Functions that change their first argument.
IN_PLACE = frozenset(
    {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, operator.setitem}
)
IN_PLACE_METHODS = frozenset("at fill sort partition put itemset resize setfield setflags byteswap".split())


# --- the run that is going on ---------------------------------------------------------------------
class Running(threading.local):
    """How plain tangents become boxes in the run that is going on; None outside of one."""

    def __init__(self) -> None:
        self.wrap: Callable[[Any], Box] | None = None


running = Running()


@contextmanager
def boxing(wrap: Callable[[Any], Box] | None) -> Iterator[None]:
    """Run a pushforward with boxes for tangents (None: with plain ones)."""
    before, running.wrap = running.wrap, wrap
    try:
        yield
    finally:
        running.wrap = before


def owned_box(x_dot: Any) -> Any:
    """Return a tangent that may be changed in place: a box, whatever came in."""
    if isinstance(x_dot, Box):
        return x_dot.copy()
    assert running.wrap is not None  # only code for boxes calls this
    return running.wrap(x_dot)


def each(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function that is linear in its tangents and knows nothing of boxes."""
    box = next(boxes_in((args, kwargs)), None)
    return function(*args, **kwargs) if box is None else box.apply(function, args, kwargs)


def tried(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function that is linear in its tangents, with boxes if it can take them."""
    try:
        return function(*args, **kwargs)
    except TooWide:
        raise
    except Exception:  # C code raises anything; an error that has nothing to do with boxes comes again
        return each(function, *args, **kwargs)


@functools.lru_cache(maxsize=1024)
def taking_boxes(function: Any) -> Any:
    """Return the form in which a Python function is called from tangents that are boxes."""
    if not isinstance(function, types.FunctionType) or function.__module__ in AWARE:
        return function
    return functools.update_wrapper(functools.partial(tried, function), function)


#: Modules whose functions know boxes.
AWARE = ("adjoint.rules.runtime", "adjoint.rules.forward", __name__)


class BoxedNumPy:
    """NumPy for tangents: functions that make an array of anything keep boxes."""

    def __getattr__(self, name: str) -> Any:
        """Return a function of NumPy, or its form for boxes."""
        found = getattr(np, name)
        found = functools.partial(each, found) if name in MAKERS else found
        setattr(self, name, found)
        return found


#: Functions that look inside lists, and those that NumPy does not let others implement.
MAKERS = frozenset("array asarray asanyarray ascontiguousarray asfortranarray float64 complex128".split())
boxed_numpy = BoxedNumPy()

__all__ = [
    "Box",
    "TooWide",
    "Unboxable",
    "boxed_numpy",
    "boxes_in",
    "boxing",
    "each",
    "map_boxes",
    "method",
    "owned_box",
    "stores_into",
    "tried",
]
