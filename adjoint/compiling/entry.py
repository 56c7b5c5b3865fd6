"""The short way into a specialisation: one function that checks the arguments and the guards, and calls.

What :mod:`adjoint.compiling.specialize` finds out for any call by a key and a look into a dictionary, the
entry of the specialisation that was used last asks in plain Python, written for arguments like the first.
Where something does not fit it returns ``MISS``, and the general way decides.

>>> print(Entry(True, ('x_bar',), {'x_bar': False}).written([(0, 'x_bar')], (np.ones(3), 2)))
def entry(args):
    if len(args) != 2:
        return MISS
    arg, arg_2 = args
    if type(arg) is not ndarray or arg.dtype is not const or arg.ndim != 1 or 1 in arg.shape:
        return MISS
    if type(arg_2) is not int:
        return MISS
    value, x_bar = function(arg, arg_2)
    if type(value) is not float and type(value) is not float64:
        check(value)
    return value, mirror(arg, x_bar)
"""

from __future__ import annotations

import builtins
import itertools
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.compiling.mirror import mirror
from adjoint.compiling.specialize import PLAIN, Plan, signature
from adjoint.rules.registry import registry
from adjoint.transforms.scope import MISSING, Guard, checker

#: What an entry returns when the general way must decide.
MISS = object()
#: How many numbers and arrays an entry looks at one by one.
MAX_LEAVES = 64
#: How many numbers of a tuple are looked at anew in every call.
FEW = 6
Run = Callable[[tuple[Any, ...]], Any]
#: What every entry carries with it: the user's globals may hide the builtins.
ALWAYS: dict[str, Any] = {
    **{"MISS": MISS, "mirror": mirror, "ndarray": np.ndarray, "float64": np.float64},
    **{builtin.__name__: builtin for builtin in (type, len, map, set)},
    **{builtin.__name__: builtin for builtin in (float, int, bool, complex, str, tuple, dict, list)},
    **{error.__name__: error for error in (NameError, AttributeError)},
}


def entry_of(
    plan: Plan, args: tuple[Any, ...], single: bool, check: Callable[[Any], None], numpy: bool
) -> Run | None:
    """Return the entry of a fused specialisation for arguments like these, None if it has none.

    Args:
        plan: the specialisation.
        args: the arguments of a call that used it.
        single: one gradient is returned as it is, not in a tuple.
        check: raises unless a value is a real number.
        numpy: the generated text runs as it is, so that results it made need no copy.
    """
    if plan.indices is None or plan.promote or plan.compiled.unit.changed:
        return None
    active = plan.compiled.active
    text = plan.compiled.texts[0]
    fresh = dict(zip(active, text.fresh, strict=True)) if numpy and text.fresh else {}
    entry = Entry(single, tuple(active), fresh)
    places = [(index, place[0]) for index, place in zip(plan.indices, plan.places, strict=True)]
    try:
        return entry.made(plan, places, args, check)
    except TooLarge:
        return None


class TooLarge(Exception):
    """The arguments have too many parts for an entry of their own."""


class Entry:
    """Writes one entry.

    Args:
        single: one gradient is returned as it is, not in a tuple.
        active: the parameters whose cotangents the function returns, in this order.
        fresh: which of the cotangents are new arrays (in a tuple: which of its items).
    """

    def __init__(self, single: bool, active: tuple[str, ...], fresh: Mapping[str, Any]) -> None:
        self.single, self.active, self.fresh = single, active, fresh
        self.lines: list[str] = ["def entry(args):"]
        self.values: dict[str, Any] = dict(ALWAYS)
        self.taken = {"args", "value", "bars", "function", "check", "registry", "hold", "differs", *ALWAYS}
        self.outside: set[str] = set()
        self.owners: dict[int, str] = {}
        self.leaves = 0

    def made(
        self, plan: Plan, places: list[tuple[int, str]], args: tuple[Any, ...], check: Callable[[Any], None]
    ) -> Run:
        """Write the entry and return it, in the globals of the user's function."""
        self.values |= {"function": plan.compiled.value_and_grad, "check": check}
        world = plan.compiled.unit.scope.function.__globals__
        guards = relevant(plan.compiled.guards, plan.compiled.unit.scope.function)
        text = self.written(places, args, plan.compiled.epoch, guards, world)
        namespace: dict[str, Any] = {}
        shell = f"def factory({', '.join(self.values)}):\n    " + text.replace("\n", "\n    ")
        exec(f"{shell}\n    return entry", namespace)
        factory = types.FunctionType(namespace["factory"].__code__, world)
        run: Run = factory(*self.values.values())
        return run

    def written(
        self,
        places: list[tuple[int, str]],
        args: tuple[Any, ...],
        epoch: int | None = None,
        guards: Sequence[Guard] = (),
        world: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the text of an entry.

        Args:
            places: the differentiated arguments, and the parameters they stand for.
            args: arguments like those it is for.
            epoch: the registry's when the function was compiled.
            guards: what was assumed about the world outside.
            world: the globals in which the entry runs.
        """
        self.outside = {guard.key for guard in guards if guard.owner is world} - self.taken
        self.taken |= self.outside
        self.miss(1, f"len(args) != {len(args)}")
        names = [self.fresh_name("arg") for _ in args]
        if args:
            self.line(1, f"{', '.join(names)}{',' * (len(names) == 1)} = args")
        for name, value in zip(names, args, strict=True):
            self.fits(name, value)
        self.guarded(epoch, guards, world)
        bars = {parameter: self.fresh_name(parameter) for parameter in self.active}
        target = next(iter(bars.values())) if len(bars) == 1 else "bars"
        self.line(1, f"value, {target} = function({', '.join(names)})")
        self.line(1, "if type(value) is not float and type(value) is not float64:")
        self.line(2, "check(value)")
        if len(bars) > 1:
            self.line(1, f"{', '.join(bars.values())} = bars")
        results = [self.mirrored(1, names[i], bars.get(p), args[i], self.fresh.get(p)) for i, p in places]
        self.line(1, f"return value, {results[0] if self.single else as_tuple(results)}")
        return "\n".join(self.lines)

    # -- the parts ------------------------------------------------------------------------------

    def fits(self, name: str, value: Any) -> None:
        """Let an argument through that has the signature of this one."""
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise TooLarge
        cls = type(value)
        if value is None:
            self.miss(1, f"{name} is not None")
        elif cls is str:
            self.miss(1, f"type({name}) is not str or {name} != {self.constant(value)}")
        elif cls in PLAIN:
            self.miss(1, f"type({name}) is not {cls.__name__}")
        elif cls is np.ndarray:
            self.miss(1, self.other_array(name, value))
        elif cls is tuple and len(value) > FEW and set(map(type, value)) <= PLAIN - {str}:
            self.same_or_fits(name, value)
        elif cls is tuple:
            self.miss(1, f"type({name}) is not tuple or len({name}) != {len(value)}")
            self.items(name, value, name)
        elif cls is dict:
            keys = self.constant(tuple(value))
            self.miss(1, f"type({name}) is not dict or tuple({name}) != {keys}")
            self.items(name, tuple(value.values()), f"{name}.values()")
        elif cls is list and value and type(value[0]) in PLAIN - {str} and len(set(map(type, value))) == 1:
            only = self.constant({type(value[0])})
            self.miss(1, f"type({name}) is not list or set(map(type, {name})) != {only}")
        elif isinstance(value, np.generic):
            self.miss(1, f"type({name}) is not {self.constant(cls)}")
        else:
            self.values["differs"] = differs
            self.miss(1, f"differs({name}, {self.constant(signature(value))})")

    def same_or_fits(self, name: str, value: tuple[Any, ...]) -> None:
        """Let a tuple of numbers through that is the one of the last call, or has the same types."""
        types_, last = self.constant(list(map(type, value))), self.constant([None])
        self.line(1, f"if {name} is not {last}[0]:")
        self.miss(2, f"type({name}) is not tuple or [*map(type, {name})] != {types_}")
        self.line(2, f"{last}[0] = {name}")

    def items(self, name: str, values: tuple[Any, ...], source: str) -> None:
        """Let a container through whose items have the signatures of these."""
        if values:
            names = [self.fresh_name(name) for _ in values]
            self.line(1, f"{', '.join(names)}{',' * (len(names) == 1)} = {source}")
            for item, value in zip(names, values, strict=True):
                self.fits(item, value)

    def other_array(self, name: str, value: Any) -> str:
        """Return the test whether an argument is no array of the same dtype, rank and axes of length one."""
        shape = value.shape
        test = f"type({name}) is not ndarray or {name}.dtype is not {self.constant(value.dtype)}"
        if 1 in shape:
            return f"{test} or [n == 1 for n in {name}.shape] != {[n == 1 for n in shape]}"
        return f"{test} or {name}.ndim != {len(shape)}" + (f" or 1 in {name}.shape" if shape else "")

    def guarded(self, epoch: int | None, guards: Sequence[Guard], world: Mapping[str, Any] | None) -> None:
        """Let a call through for which all that was assumed still holds."""
        tests = []
        if epoch is not None:
            self.values["registry"] = registry
            tests.append(f"registry.epoch != {epoch}")
        plain = [guard for guard in guards if guard.identical and self.spelled(guard, world)]
        known = {id(guard) for guard in plain}
        rest = [guard for guard in guards if id(guard) not in known]
        tests += [f"{self.spelled(g, world)} is not {self.constant(expected(g))}" for g in plain]
        if rest:
            self.values["hold"] = checker(rest)
            tests.append("not hold()")
        if not plain:
            if tests:
                self.miss(1, " or ".join(tests))
            return
        self.line(1, "try:")
        self.miss(2, " or ".join(tests))
        self.line(1, "except (NameError, AttributeError):")
        self.line(2, "return MISS")

    def spelled(self, guard: Guard, world: Mapping[str, Any] | None) -> str:
        """Return an expression that reads what a guard is about; empty if there is none."""
        if guard.owner is world:
            return guard.key if guard.key in self.outside else ""
        owner = module_of(guard.owner) if isinstance(guard.owner, dict) else guard.owner
        if owner is None or isinstance(owner, types.CellType):
            return ""
        name = self.owners.get(id(owner)) or self.constant(owner)
        self.owners[id(owner)] = name
        return f"{name}.{guard.key}"

    def mirrored(self, depth: int, name: str, bar: str | None, value: Any, fresh: Any) -> str:
        """Return the expression of a gradient in the form of an argument; see :func:`mirror`."""
        cls = type(value)
        if bar is None:
            return f"mirror({name}, None)"
        if cls is float or cls is np.float64:
            self.line(depth, f"if type({bar}) is not {cls.__name__}:")
        elif cls is np.ndarray and fresh is True and value.dtype.kind == "f":
            other = f"{bar}.dtype is not {name}.dtype or {bar}.shape != {name}.shape"
            self.line(depth, f"if type({bar}) is not ndarray or {other}:")
        elif cls is tuple and value and isinstance(fresh, tuple) and len(fresh) == len(value):
            return self.mirrored_tuple(depth, name, bar, value, fresh)
        else:
            return f"mirror({name}, {bar})"
        self.line(depth + 1, f"{bar} = mirror({name}, {bar})")
        return bar

    def mirrored_tuple(self, depth: int, name: str, bar: str, value: Any, fresh: tuple[Any, ...]) -> str:
        """Return the expression of the gradient of a tuple whose items the generated text lists."""
        items, bars = [self.fresh_name(name) for _ in value], [self.fresh_name(bar) for _ in value]
        self.line(depth, f"{as_tuple(items)[1:-1]} = {name}")
        self.line(depth, f"{as_tuple(bars)[1:-1]} = {bar}")
        parts = zip(items, bars, value, fresh, strict=True)
        return as_tuple([self.mirrored(depth, *part) for part in parts])

    # -- text -----------------------------------------------------------------------------------

    def line(self, depth: int, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * depth + text)

    def miss(self, depth: int, test: str) -> None:
        """Leave the decision to the general way if a test is true."""
        self.line(depth, f"if {test}:")
        self.line(depth + 1, "return MISS")

    def constant(self, value: Any) -> str:
        """Return the name of a value that the entry carries with it."""
        name = self.fresh_name("const")
        self.values[name] = value
        return name

    def fresh_name(self, wish: str) -> str:
        """Return a name that is not taken."""
        numbered = (wish if n == 1 else f"{wish}_{n}" for n in itertools.count(1))
        name = next(name for name in numbered if name not in self.taken)
        self.taken.add(name)
        return name


def expected(guard: Guard) -> Any:
    """Return what reading gives while a guard holds; a builtin where nothing hides it."""
    return getattr(builtins, guard.key) if guard.value is MISSING else guard.value


def relevant(guards: Sequence[Guard], function: Any) -> list[Guard]:
    """Return the guards but those that a function still has no defaults: an entry is given all arguments."""
    return [
        guard
        for guard in guards
        if not (guard.owner is function and guard.key.endswith("defaults__") and guard.value is None)
    ]


def module_of(names: Mapping[str, Any]) -> Any:
    """Return the module whose variables these are, None if there is none."""
    module = sys.modules.get(names.get("__name__", ""))
    return module if type(module) is types.ModuleType and vars(module) is names else None


def differs(value: Any, token: Any) -> bool:
    """Whether a value has another signature."""
    try:
        return bool(signature(value) != token)
    except RecursionError:
        return True


def as_tuple(names: list[str]) -> str:
    """Return the text of a tuple."""
    return f"({', '.join(names)}{',' * (len(names) == 1)})"
