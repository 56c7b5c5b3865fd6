"""The order of the passes of forward mode.

read -> normalize -> infer -> check -> lower -> pushforward (with paste) -> dead tangents -> regroup ->
unnest.

>>> from adjoint.transforms.syntax import parse, unparse
>>> block = parse('''
... y = x * x
... y_dot = x_dot * x + x_dot * x
... n = len(x)
... n_dot = y_dot
... return y, y_dot
... ''').body
>>> print(unparse(without_dead(block, {'y_dot', 'n_dot', 'x_dot'})))
y = x * x
y_dot = x_dot * x + x_dot * x
n = len(x)
return (y, y_dot)
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from .algebras import Algebra, AlgebraPush
from .check import check, stop
from .dependence import DependencePush
from .effects import reads, writes
from .losses import losses
from .lower import Lowering
from .pipeline import temporaries
from .pushforward import Pushforward
from .quiet import quiet
from .regions import Regions
from .regroup import count_uses, regroup
from .syntax import Node, make
from .unit import Unit
from .unnest import unnested


@dataclass(eq=False)
class Pushed:
    """A function in forward mode: the names of the arguments' tangents, and the statements."""

    unit: Unit
    dots: list[str]
    body: list[Node]


def push_forward(session: Any, unit: Unit, algebra: Algebra | None = None) -> Pushed:
    """Run the passes of forward mode on an inferred unit; an algebra carries something else than tangents."""
    if not unit.trusted:
        check(unit)
    elif not hasattr(unit.scope.function, "__adjoint_text__"):
        stop(losses(unit))
    tree = Lowering(unit.namer, unit.inference, unit.tree).run(unit.tree)
    session.stages.whole("lower", unit, tree)
    regions = Regions(make("Module", body=tree.body), unit.namer, set(unit.parameters))
    if algebra is None:
        pass_, first = Pushforward(session, unit, regions), []
    else:
        make_pass = DependencePush if algebra.form == "sparsity" else AlgebraPush
        pass_ = make_pass(session, unit, regions, algebra)
        first = [pass_.parameter]
    dots = [*first, *(pass_.name(name) for name in unit.active)]
    body = pass_.run(tree.body)
    stop(pass_.problems)
    note = functools.partial(session.stages.pushed, unit, dots)
    note("pushforward", body)
    names = set(pass_.names.values())
    body = without_dead(body, names | pass_.foldable)
    used = set().union(*(reads(statement) for statement in flattened(body)))
    stop([problem for dot, problems in pass_.late.items() if dot in used for problem in problems])
    temporary = temporaries(body)
    folded = temporary | pass_.foldable | {dot for name, dot in pass_.names.items() if name in temporary}
    body = unnested(regroup(body, folded, count_uses(body)))
    note("regroup", body)
    runtime = session.runtime
    strong = {n for n, f in unit.helpers.items() if f in (runtime.strong_product, runtime.strong_quotient)}
    if strong:
        body = quiet(body, strong, unit.numpy_name())
    regions.release()
    return Pushed(unit, dots, body)


def without_dead(block: list[Node], dots: set[str]) -> list[Node]:
    """Drop the statements that only change tangents which nothing depends on."""
    flat = list(flattened(block))
    live: set[str] = set()
    for statement in flat:
        if not writes(statement) or not writes(statement) <= dots:
            live |= reads(statement)
    while True:
        before = len(live)
        for statement in flat:
            if writes(statement) & live:
                live |= reads(statement)
        if len(live) == before:
            return kept(block, dots - live)


def flattened(block: list[Node]) -> Any:
    """Yield simple statements and the heads of compound ones."""
    for statement in block:
        kind = type(statement).__name__
        if kind in ("If", "For", "While", "With"):
            heads = {"If": "test", "While": "test", "For": "iter"}
            if kind == "With":
                for item in statement.items:
                    yield make("Expr", value=item.context_expr)
            else:
                yield make("Expr", value=getattr(statement, heads[kind]))
            yield from flattened(statement.body)
            yield from flattened(getattr(statement, "orelse", []))
        else:
            yield statement


def kept(block: list[Node], dead: set[str]) -> list[Node]:
    """Return the statements that change something alive."""
    result: list[Node] = []
    for statement in block:
        if type(statement).__name__ in ("If", "For", "While", "With"):
            statement.body = kept(statement.body, dead)
            if hasattr(statement, "orelse"):
                statement.orelse = kept(statement.orelse, dead)
        elif writes(statement) and writes(statement) <= dead:
            continue
        result.append(statement)
    return result


__all__ = ["Pushed", "push_forward", "without_dead"]
