"""Traced arrays that change in place.

A traced array is written into where Python says so, and its mark becomes that of the changed array.  Its
memory is written into only if no step has seen it; else it is copied first, as a pullback may read it.
A view made by an index knows what it is a view of, and is written into through it.  What cannot be kept
apart, such as two views of one array of which one changes, is refused.
"""

from __future__ import annotations

import operator
import weakref
from typing import Any

import numpy as np

from adjoint.rules.errors import MutationError
from adjoint.rules.indexing import is_basic
from adjoint.tracing.traced import Memory, Run, Traced, plain


def born(run: Run, f: Any, args: Any, value: Any) -> Any:
    """Return a value that no traced value went into: a new array of floats can be written into later."""
    if type(value) is not np.ndarray or value.dtype.kind not in "fc":
        return value
    memory = memory_of_result(f, args, value)
    return Traced(value, None, run, memory) if memory is not None and memory.owned else value


def memory_of_result(f: Any, args: Any, value: Any) -> Memory | None:
    """Return what is known of the memory of an array that a step has made."""
    if not isinstance(value, np.ndarray):
        return None
    sharing = [arg for arg in args if type(arg) is Traced and shares(arg.traced_value, value)]
    if not sharing:
        others = any(isinstance(arg, np.ndarray) and shares(arg, value) for arg in args)
        return Memory(owned=not others and value.flags.writeable)
    memory = Memory(owned=False)
    if f is operator.getitem and is_basic(args[1]):
        memory.parent, memory.key = args[0], args[1]
    return memory


def shares(x: Any, value: Any) -> bool:
    """Whether an array may lie in the memory of another one."""
    return isinstance(x, np.ndarray) and (
        value is x or value.base is not None and np.may_share_memory(x, value)
    )


def attach(child: Traced, args: Any) -> None:
    """Let the arrays whose memory a view lies in know of it."""
    for arg in args:
        if (
            type(arg) is Traced
            and arg.traced_memory is not None
            and shares(arg.traced_value, child.traced_value)
        ):
            arg.traced_memory.views.append(weakref.ref(child))


def write(x: Traced, key: Any, value: Any) -> None:
    """``x[key] = value`` for a traced array.

    Args:
        x: the array.
        key: any index.
        value: a number or array, traced or not.

    Raises:
        MutationError: ADJ101, somebody else sees the array: the caller, or a view that no index has made.
    """
    memory = x.traced_memory
    if is_that_view(value, x, key):
        return  # what ``x[key] += y`` assigns last: it has been written into through the view
    if memory.parent is not None:
        write(memory.parent, memory.key, x.traced_run.stored(x, key, value, fresh=True))
        return
    if not memory.owned:
        raise refused("it came from outside, or may share its memory with what did")
    if any(view.traced_memory.parent is None for view in below(x)):
        raise refused("another array that shares its memory is in use")
    changed = x.traced_run.stored(x, key, value, fresh=memory.exposed)
    x.traced_value, x.traced_mark = changed.traced_value, changed.traced_mark
    memory.exposed = False
    refresh(x)


def below(x: Traced) -> list[Traced]:
    """Return the views of an array that are in use, and the views of those."""
    alive = [view for view in (ref() for ref in x.traced_memory.views) if view is not None]
    x.traced_memory.views = [weakref.ref(view) for view in alive]
    return alive + [inner for view in alive for inner in below(view)]


def refresh(x: Traced) -> None:
    """Let the views of an array that has changed be views of what it is now."""
    for view in [view for view in (ref() for ref in x.traced_memory.views) if view is not None]:
        again = x[view.traced_memory.key]
        view.traced_value, view.traced_mark = again.traced_value, again.traced_mark
        view.traced_memory.exposed = True
        refresh(view)


def is_that_view(value: Any, x: Traced, key: Any) -> bool:
    """Whether a value is the view of an array at a key."""
    own = value.traced_memory if type(value) is Traced else None
    return own is not None and own.parent is x and is_basic(key) and bool(own.key == key)


def refused(why: str) -> MutationError:
    """Return the error for an array that cannot be written into."""
    return MutationError(
        "ADJ101",
        title=f"an array cannot be changed here: {why}",
        why="whoever else sees it would see the change, and the pullback may need the old values.",
        fixes=("change a copy:  x = x.copy()",),
    )


def changed_array(x: Traced, key: Any, value: Any, fresh: bool) -> Any:
    """Return the array with an item assigned, in its own memory unless it must be ``fresh``."""
    array = x.traced_value.copy(order="K") if fresh else x.traced_value
    array[key] = plain(value)
    return array


__all__ = ["attach", "born", "changed_array", "memory_of_result", "refused", "write"]
