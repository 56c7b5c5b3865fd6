"""Give a function one exit, and every loop body exits only in tail position.

Early ``return`` moves the remaining statements into the other branch; inside a loop it becomes an
assignment, a flag and a ``break``.  ``continue`` disappears; ``break`` is left only as the last
statement of a loop body or of a branch that ends it.  Loop ``else`` becomes an ``if``.

>>> from adjoint.transforms.syntax import parse, unparse
>>> tree = parse('''
... def f(x):
...     if x > 0:
...         return x * x
...     return -x
... ''').body[0]
>>> print(unparse(normalize(tree, Namer({'f', 'x'}))))
def f(x):
    if x > 0:
        out = x * x
    else:
        out = -x
    return out
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

from .namer import Namer
from .syntax import Node, assign, constant, load, make, parse_expression

JUMPS = frozenset({"return", "break", "continue"})
#: How many branches that may leave a block are nested in each other; Python reads 100 levels of indentation.
MAX_NESTING = 30


@dataclass(frozen=True)
class Context:
    """Where a block stands: what a ``return``, ``break`` or ``continue`` must do there."""

    namer: Namer
    result: str
    in_loop: bool = False
    returned: str | None = None  # flag that says a loop was left by `return`
    broke: str | None = None  # flag that says the innermost loop was left by `break`
    stop: str | None = None  # flag set instead of jumping: leave the loop (or function)
    skip: str | None = None  # flag set instead of jumping: next trip


def normalize(tree: Node, namer: Namer) -> Node:
    """Return the function with a single ``return`` at its end (in place)."""
    ways = exits(tree.body)
    if (
        ways == {"return"}
        and not _returns_inside(tree.body[:-1])
        and type(tree.body[-1]).__name__ == "Return"
    ):
        final = tree.body.pop()
        result = None
    else:
        result = namer.fresh("out")
        final = make("Return", tree.body[-1], value=load(result))
    context = Context(namer, result or "")
    body = lower(tree.body, context)
    if result is not None and "fall" in ways:
        body = [assign(result, constant(None), tree.body[0]), *body]
    if final.value is None:
        final.value = constant(None)
    tree.body = [*body, final]
    return tree


def _returns_inside(block: list[Node]) -> bool:
    return "return" in exits(block)


def exits(block: list[Node]) -> set[str]:
    """Return the ways in which control may leave a block."""
    ways: set[str] = set()
    for statement in block:
        each = statement_exits(statement)
        ways |= each - {"fall"}
        if "fall" not in each:
            return ways
    return ways | {"fall"}


def statement_exits(statement: Node) -> set[str]:
    """Return the ways in which control may leave a statement."""
    kind = type(statement).__name__
    if kind in ("Return", "Break", "Continue", "Raise"):
        return {kind.lower()}
    if kind == "If":
        return exits(statement.body) | exits(statement.orelse)
    if kind in ("For", "While"):
        return _loop_exits(statement)
    if kind == "With":
        return exits(statement.body)
    if kind == "Try":
        blocks = [
            statement.body,
            statement.orelse,
            statement.finalbody,
            *(h.body for h in statement.handlers),
        ]
        return {"fall"}.union(*(exits(block) for block in blocks))
    if kind == "Match":
        return {"fall"}.union(*(exits(case.body) for case in statement.cases))
    return {"fall"}


def _loop_exits(loop: Node) -> set[str]:
    inside = exits(loop.body)
    ways = (inside & {"return"}) | exits(loop.orelse)
    endless = (
        type(loop).__name__ == "While" and getattr(loop.test, "value", None) is True and "break" not in inside
    )
    return ways - {"fall"} if endless else ways | {"fall"}


def lower(block: list[Node], context: Context) -> list[Node]:
    """Rewrite a block so that its jumps stand in tail position."""
    result: list[Node] = []
    cut = _depth_limit(block)
    if cut is not None:
        return _in_parts(block[:cut], block[cut:], context)
    for index, statement in enumerate(block):
        rest = block[index + 1 :]
        kind = type(statement).__name__
        if kind in ("Return", "Break", "Continue", "Raise"):
            return result + _jump(statement, context)
        if kind in ("For", "While"):
            lowered, finished = _lower_loop(statement, rest, context)
        elif kind in ("If", "With") and statement_exits(statement) & JUMPS:
            lowered, finished = _lower_branch(statement, rest, context)
        else:
            lowered, finished = [_lower_inside(statement, context)], False
        result += lowered
        if finished:
            break
    return result


def _lower_inside(statement: Node, context: Context) -> Node:
    if type(statement).__name__ in ("If", "With"):
        statement.body = lower(statement.body, context)
        statement.orelse = lower(getattr(statement, "orelse", []), context)
    return statement


def _jump(statement: Node, context: Context) -> list[Node]:
    """Translate a jump that ends a block."""
    kind = type(statement).__name__
    if kind == "Raise":
        return [statement]
    if kind == "Continue":
        return [] if context.skip is None else [_flag(context.skip, statement)]
    result: list[Node] = []
    if kind == "Return":
        result.append(assign(context.result, statement.value or constant(None), statement))
        flag = context.returned
    else:
        flag = context.broke
    if flag is not None:
        result.append(_flag(flag, statement))
    if context.stop is not None:
        return [*result, _flag(context.stop, statement)]
    return [*result, make("Break", statement)] if context.in_loop else result


def _flag(name: str, where: Node, value: bool = True) -> Node:
    return assign(name, constant(value), where)


def _lower_branch(statement: Node, rest: list[Node], context: Context) -> tuple[list[Node], bool]:
    """Lower an ``if`` (or ``with``) some of whose paths jump."""
    kind = type(statement).__name__
    orelse = statement.orelse if kind == "If" else []
    if rest and kind == "If" and "fall" not in exits(statement.body):
        orelse, rest = orelse + rest, []
    elif rest and kind == "If" and "fall" not in exits(orelse):
        statement.body, rest = statement.body + rest, []
    if rest:
        ways = statement_exits(statement)
        inside = _lower_with_flags(
            statement, ways, lambda inner: [_lower_inside(statement, inner)], rest, context
        )
        return inside, True
    statement.body = lower(statement.body, context) or [make("Pass", statement)]
    if kind == "If":
        statement.orelse = lower(orelse, context)
    return [statement], True


def _depth_limit(block: list[Node]) -> int | None:
    """Return where to cut a block with many branches that may leave it; an ``elif`` chain is not deep."""
    if len(block) <= MAX_NESTING:
        return None
    deep = 0
    for index, (statement, after) in enumerate(itertools.pairwise(block)):
        nested = type(statement).__name__ in ("If", "With") and bool(statement_exits(statement) & JUMPS)
        deep += nested and type(after).__name__ != "If"
        if deep > MAX_NESTING:
            return index
    return None


def _in_parts(first: list[Node], rest: list[Node], context: Context) -> list[Node]:
    """Lower a block in two parts, the second beside the first and not inside its branches."""
    return _lower_with_flags(first[0], exits(first), lambda inner: lower(first, inner), rest, context)


def _lower_with_flags(
    where: Node,
    ways: set[str],
    lowered: Callable[[Context], list[Node]],
    rest: list[Node],
    context: Context,
) -> list[Node]:
    """Paths of statements both jump and fall through: flags say which it was."""
    stop = context.namer.fresh(f"stop_{where.lineno}") if ways & {"return", "break"} else None
    skip = context.namer.fresh(f"skip_{where.lineno}") if "continue" in ways else None
    before = [_flag(name, where, False) for name in (stop, skip) if name]
    statements = lowered(replace(context, stop=stop, skip=skip))
    tail = lower(rest, context)
    if skip:
        tail = [make("If", rest[0], test=_negated(skip), body=tail, orelse=_raised(context.skip, rest[0]))]
    if stop:
        tail = _after_stop(stop, tail, rest[0], context)
    return [*before, *statements, *tail]


def _raised(flag: str | None, where: Node) -> list[Node]:
    return [] if flag is None else [_flag(flag, where)]


def _after_stop(stop: str, tail: list[Node], where: Node, context: Context) -> list[Node]:
    """Go on with ``tail`` unless the flag says that the block was left."""
    if context.stop is not None:
        return [make("If", where, test=load(stop), body=[_flag(context.stop, where)], orelse=tail)]
    if context.in_loop:
        return [make("If", where, test=load(stop), body=[make("Break", where)], orelse=tail)]
    return [make("If", where, test=_negated(stop), body=tail, orelse=[])] if tail else []


def _negated(flag: str) -> Node:
    return parse_expression(f"not {flag}")


def _lower_loop(loop: Node, rest: list[Node], context: Context) -> tuple[list[Node], bool]:
    """Lower a loop and, if it may be left by ``return``, what follows it."""
    inside = exits(loop.body)
    namer = context.namer
    returned = namer.fresh(f"returned_{loop.lineno}") if "return" in inside else None
    broke = namer.fresh(f"broke_{loop.lineno}") if loop.orelse and "break" in inside else None
    orelse = loop.orelse
    inner = Context(namer, context.result, True, returned, broke)
    loop.body = lower(loop.body, inner) or [make("Pass", loop)]
    loop.orelse = []
    before = [_flag(name, loop, False) for name in (returned, broke) if name]
    lowered = [*before, loop]
    if broke is not None:
        test = parse_expression(f"not {broke}" if returned is None else f"not ({broke} or {returned})")
        rest = [make("If", loop, test=test, body=orelse, orelse=[]), *rest]
    elif returned is None:
        rest = orelse + rest
    else:
        rest = orelse + rest
    if returned is None:
        return (lowered + lower(rest, context), True) if rest else (lowered, False)
    return lowered + _after_return(returned, rest, loop, context), True


def _after_return(returned: str, rest: list[Node], loop: Node, context: Context) -> list[Node]:
    """Skip ``rest`` when the loop was left by ``return``; leave the outer loop too."""
    tail = lower(rest, context)
    leave = _raised(context.returned, loop)
    if context.stop is not None:
        leave.append(_flag(context.stop, loop))
    elif context.in_loop:
        leave.append(make("Break", loop))
    if leave:
        return [make("If", loop, test=load(returned), body=leave, orelse=tail)]
    return [make("If", loop, test=_negated(returned), body=tail, orelse=[])] if tail else []
