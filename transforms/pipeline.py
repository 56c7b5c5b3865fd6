"""The order of the passes, written in one place.

read -> normalize -> infer -> check -> lower -> reverse (with paste) -> reuse -> simplify -> shapes ->
share -> buffers -> saving -> regroup -> unnest -> fold -> direct.
Reading, normalising and inference happen when a unit is made (:mod:`adjoint.transforms.session`),
because the kinds of a caller depend on those of its callees.

>>> from adjoint import source
>>> def f(x):
...     return np.sin(x) * x
>>> for stage in ('lower', 'reverse', 'fold'):
...     print(source(f, stage=stage))
def f(x):
    sin_2 = np.sin(x)
    out = sin_2 * x
    return out
def f(x):
    sin_2 = np.sin(x)
    out = sin_2 * x
    # reverse
    out_bar = 1.0
    sin_2_bar = out_bar * x
    x_bar = out_bar * sin_2
    x_bar = x_bar + sin_2_bar * np.cos(x)
    result = x_bar
    return out, result
def f(x):
    sin_2 = np.sin(x)
    out = sin_2 * x
    # reverse
    x_bar = sin_2 + x * np.cos(x)
    result = x_bar
    return out, result
"""

from __future__ import annotations

import functools
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from adjoint.rules.kinds import Array, Closure, Dict, Kind, Known, Object, Scalar, Tuple, is_number

from .bars import BORROWED, OPTIONAL, Bars
from .buffers import started
from .changes import every
from .check import check
from .direct import direct
from .effects import STRAIGHT, Effects, accesses, certain
from .facts import Facts
from .fold import fold
from .lower import Lowering
from .options import is_on
from .quiet import may_warn, quiet
from .regions import Regions
from .regroup import count_uses, regroup
from .reuse import reused
from .reverse import Reverse
from .saving import Saving, free_names
from .shapes import kept_shapes, saved_shapes
from .share import shared
from .simplify import changed_in_place, simplify
from .syntax import Node, assign, call, clone, constant, load, make, names_written, walk
from .unit import Unit
from .unnest import unnested


@dataclass(eq=False)
class Adjoint:
    """A differentiated function: the primal's statements, the reverse's, and what joins them."""

    unit: Unit
    primal: list[Node]
    reverse: list[Node]
    value: Node
    seed: str
    results: list[Node]
    saved: list[str]
    unsure: list[str] = field(default_factory=list)


def differentiate(session: Any, unit: Unit, seeded: bool, aux: bool = False) -> Adjoint:
    """Run the passes on an inferred unit.

    Args:
        session: the compilation the unit belongs to.
        unit: the inferred unit.
        seeded: the cotangent of the result is the number one, written into the code.
        aux: the result is a pair whose first item is differentiated.
    """
    check(unit)
    tree = Lowering(unit.namer, unit.inference, unit.tree).run(unit.tree)
    session.stages.whole("lower", unit, tree)
    body, final = tree.body[:-1], tree.body[-1]
    filled = {unit.initializes} if unit.initializes is not None else set()
    facts = Facts(unit.changing)
    if is_on("facts"):
        facts.run(tree.body, unit.parameters)
    module, volatile = make("Module", body=tree.body), unit.inference.volatile
    regions = Regions(module, unit.namer, set(unit.parameters), filled, volatile)
    pass_ = make_reverse(session, unit, regions)
    pass_.facts = facts
    seed = sow(pass_, final.value, seeded, aux)
    pass_.block(body)
    results = [parameter_bar(pass_, name, tree.body[0]) for name in unit.active]
    adjoint = finish(unit, pass_, body, final, seed, results, seeded)
    regions.release()
    return adjoint


def make_reverse(session: Any, unit: Unit, regions: Regions) -> Reverse:
    """Return a reverse pass for a unit."""
    pass_ = Reverse()
    pass_.session, pass_.unit, pass_.regions = session, unit, regions
    pass_.kinds = unit.inference.kinds
    pass_.bars = Bars(unit.namer, lambda name: unit.helper(name, getattr(session.runtime, name)))
    return pass_


def sow(pass_: Reverse, value: Node, seeded: bool, aux: bool) -> str:
    """Give the result its cotangent; return the name of the seed."""
    variable = value.id if type(value).__name__ == "Name" else pass_.unit.namer.fresh("out")
    key = (variable, (0,) if aux else ())
    pass_.bars.origin = None
    name = pass_.bars.name(key)
    active = value.kind.active
    if aux and active and isinstance(value.kind, Tuple):
        active = value.kind.items[0].active
    if active and type(value).__name__ == "Name":
        pass_.bars.state[key] = BORROWED if seeded or is_number(pass_.unit.result) else OPTIONAL
        if seeded:
            pass_.bars.emit(assign(name, constant(1.0)))
    return name


def parameter_bar(pass_: Reverse, name: str, first: Node) -> Node:
    """Return the cotangent of a parameter; a number that nothing depends on has real zeros."""
    kind = pass_.unit.parameters[name]
    collapsed = pass_.bars.collapse(name, kind)
    if collapsed is not None:
        value, optional = collapsed
        if optional and is_number(kind):
            return call(pass_.helper("instantiate"), [value, load(pass_.regions.read(name, first))])
        return value
    if isinstance(kind, Scalar):
        return constant(0.0)
    if isinstance(kind, Array):
        return pass_.zeros(kind, load(pass_.regions.read(name, first)))
    return constant(None)


def finish(
    unit: Unit,
    pass_: Reverse,
    body: list[Node],
    final: Node,
    seed: str,
    results: list[Node],
    seeded: bool,
) -> Adjoint:
    """Simplify the reverse, decide what is saved, and fold temporaries back."""
    note = functools.partial(pass_.session.stages.halves, unit, "" if seeded else seed)
    named = [load(unit.namer.fresh("result")) for _ in results]
    names = [n.id for n in named]
    tail = [make("Return", value=final.value)]
    reverse = pass_.bars.out + [assign(name, value) for name, value in zip(names, results, strict=True)]
    note("reverse", body + tail, reverse, named)
    reverse = reused(reverse, body, pass_.regions) if is_on("reuse") else reverse
    note("reuse", body + tail, reverse, named)
    reverse = simplify(reverse, set(names))
    note("simplify", body + tail, reverse, named)
    if is_on("facts"):
        reverse = kept_shapes(reverse, body, unit.parameters, pass_.facts)
    note("shapes", body + tail, reverse, named)
    if is_on("share"):
        reverse = shared(reverse, unit.namer.fresh, changed_in_place(reverse))
    note("share", body + tail, reverse, named)
    reverse = started(reverse) if is_on("buffers") else reverse
    note("buffers", body + tail, reverse, named)
    if is_on("facts"):
        reverse = saved_shapes(unit, pass_.regions, reverse, body, split=not seeded)
    saving = Saving(unit, pass_, seeded)
    primal, reverse = saving.run(body, reverse)
    note("saving", primal + tail, reverse, named)
    uses, temporary = count_uses(primal, tail), temporaries(primal)
    reverse = regroup(
        reverse, foldable_bars(pass_, temporary) | saving.again | set(names), uses + count_uses(reverse)
    )
    primal = unnested(regroup(primal + tail, temporary, uses + count_uses(reverse)))
    note("regroup", primal, reverse, named)
    reverse = fold(reverse) if is_on("fold") else reverse
    note("fold", primal, reverse, named)
    primal = direct(primal, unit.numpy_name) if is_on("direct") and pass_.session.direct else primal
    note("direct", primal, reverse, named)
    reverse, results = split_results(reverse, names)
    reverse, results = silenced(unit, pass_, reverse, results, named)
    return adjoint_of(unit, primal, reverse, seed, results)


def silenced(
    unit: Unit, pass_: Reverse, reverse: list[Node], results: list[Node], named: list[Node]
) -> tuple[list[Node], list[Node]]:
    """Keep the warnings of masked singular partials from the user."""
    runtime = pass_.session.runtime
    functions = (runtime.strong_product, runtime.strong_quotient, runtime.strong_dot)
    strong = {n for n, f in unit.helpers.items() if f in functions}
    if not strong:
        return reverse, results
    reverse, results = quiet_results(reverse, results, named, strong)
    return quiet(reverse, strong, unit.numpy_name()), results


def adjoint_of(
    unit: Unit, primal: list[Node], reverse: list[Node], seed: str, results: list[Node]
) -> Adjoint:
    """Return the finished halves, and what the second reads of the first."""
    value = primal.pop().value
    wanted = free_names([*reverse, *(make("Expr", value=r) for r in results)])
    saved = [n for n in in_order(primal, unit) if n in wanted and (n != seed or n in unit.parameters)]
    written = frozenset().union(*(found.bound for found in map(Effects(), primal)))
    saved += outside_data(unit, wanted.difference(saved, written))
    sure = certain(primal) | set(unit.parameters) | set(saved) - written
    return Adjoint(unit, primal, reverse, value, seed, results, saved, [n for n in saved if n not in sure])


def temporaries(block: list[Node]) -> set[str]:
    """Return the names that the lowering introduced."""
    marked = (s for s in every(block) if type(s).__name__ == "Assign" and getattr(s, "temporary", False))
    return {target.id for s in marked for target in s.targets if type(target).__name__ == "Name"}


def foldable_bars(pass_: Reverse, temporary: set[str]) -> set[str]:
    """Return the cotangents of temporaries and the locals of rules."""
    bars = {name for (variable, _), name in pass_.bars.names.items() if variable in temporary}
    known = set(pass_.bars.names.values())
    local = {
        n.id
        for s in every(pass_.bars.out)
        if type(s).__name__ == "Assign"
        for n in s.targets
        if type(n).__name__ == "Name"
    }
    return bars | (local - known)


def split_results(reverse: list[Node], names: list[str]) -> tuple[list[Node], list[Node]]:
    """Take the closing assignments of the results off the end of the reverse."""
    values: dict[str, Node] = {}
    rest = []
    for statement in reverse:
        target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
        if type(target).__name__ == "Name" and target.id in names and simple(statement.value):
            values[target.id] = statement.value
        else:
            rest.append(statement)
    return rest, [values.get(name, load(name)) for name in names]


def quiet_results(
    reverse: list[Node], results: list[Node], named: list[Node], strong: set[str]
) -> tuple[list[Node], list[Node]]:
    """Give results that are singular products a statement of their own again."""
    kept: list[Node] = []
    for value, name in zip(results, named, strict=True):
        if may_warn(value, strong):
            reverse = [*reverse, assign(name.id, value)]
            kept.append(name)
        else:
            kept.append(value)
    return reverse, kept


def simple(value: Node) -> bool:
    """Whether a result may be written in the ``return`` itself."""
    return True


def outside_data(unit: Unit, names: Set[str]) -> list[str]:
    """Return which of the names are data outside the function: another time they may hold another value."""
    made = {*unit.helpers, *unit.callees}
    return [
        name for name in sorted(names) if name not in made and not isinstance(unit.scope.data(name), Known)
    ]


def in_order(primal: list[Node], unit: Unit) -> list[str]:
    """Return the parameters and the names a function assigns, in the order of their appearance."""
    names = list(unit.parameters)
    for statement in primal:
        straight = type(statement).__name__ in STRAIGHT and len(accesses(statement).bound) < 2
        names += accesses(statement).bound if straight else assigned_in_order(statement)
    return list(dict.fromkeys(names))


def assigned_in_order(statement: Node) -> list[str]:
    """Return the names that a statement assigns, in the order of their appearance."""
    names, nodes = [], list(walk(statement))
    inside = {
        id(node)
        for function in nodes
        if type(function).__name__ in ("FunctionDef", "comprehension")
        for node in walk(function.target if hasattr(function, "target") else function.body)
    }
    for node in nodes:
        kind = type(node).__name__
        if id(node) in inside:
            continue
        if kind == "Name" and type(node.ctx).__name__ == "Store":
            names.append(node.id)
        elif kind == "FunctionDef":
            names.append(node.name)
        elif kind in ("Import", "ImportFrom"):
            names += sorted(names_written(node))
    return names


__all__ = ["Adjoint", "Closure", "Dict", "Kind", "Object", "clone", "differentiate"]
