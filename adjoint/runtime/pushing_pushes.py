"""Forward over the run-time path of forward mode: ``push((f, f_dot), (x, x_dot), ...)`` is pushed itself.

Every operand comes as ``((x, x_dot), (x_e, x_dot_e))``: a value, its tangent, and the derivatives of both
in a further direction ``e``.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from typing import Any

import numpy as np

from adjoint.api import grad, value_and_grad
from adjoint.rules.apply import argument_kinds, find_rule, is_given, primal_of, rule_options
from adjoint.rules.forward import dots_of, filled, paired, spread, total, unpacked_dots, zero_tangent
from adjoint.rules.registry import Rule, registry
from adjoint.rules.runtime import strong_product
from adjoint.runtime.arrangements import is_numbers
from adjoint.runtime.classes import IN_PLACE, attribute_reader, operator_methods, overloaded
from adjoint.runtime.dynamic import BOUND, hashable, is_replace
from adjoint.runtime.moving import MOVING, replaced
from adjoint.runtime.pushing import bound_pairs, prepared, push, push_method, tangents_for, unsupported
from adjoint.runtime.standing import call_named, held, meant
from adjoint.runtime.structural import as_changed, augmented, changing_method, takes_items
from adjoint.transforms.callers import CALLERS, added
from adjoint.transforms.records import generating, initializer, record_fields

Pair = tuple[Any, Any]


class Operand:
    """A value with its tangent, and the derivatives of both in a further direction."""

    def __init__(self, pair: Pair) -> None:
        self.x: Any = pair[0][0]
        self.dot: Any = pair[0][1]
        self.e: Any = None if pair[1] is None else pair[1][0]
        self.dot_e: Any = None if pair[1] is None else pair[1][1]

    @property
    def outer(self) -> Pair:
        """The value and its derivative in the further direction."""
        return self.x, self.e

    @property
    def inner(self) -> Pair:
        """The tangent and its derivative in the further direction."""
        return self.dot, self.dot_e


def push_push(push_: Any, head: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """Return ``((y, y_dot), (y_e, y_dot_e))``."""
    f = Operand(head)
    operands = [Operand(pair) for pair in args]
    named = {name: Operand(pair) for name, pair in kwargs.items()}
    everything = [f, *operands, *named.values()]
    if all(o.dot is None for o in everything):
        y, y_e = push(f.outer, *(o.outer for o in operands), **{n: o.outer for n, o in named.items()})
        return (y, None), (y_e, None)
    if all(o.e is None and o.dot_e is None for o in everything):
        pairs = {n: (o.x, o.dot) for n, o in named.items()}
        return push((f.x, f.dot), *((o.x, o.dot) for o in operands), **pairs), (None, None)
    again = getattr(type(f.x), "__adjoint_push_push__", None) or TWICE.get(f.x if hashable(f.x) else None)
    if again is not None:
        return again(f, operands, named)  # type: ignore[no-any-return]
    if isinstance(f.x, types.MethodType):
        bound = ((f.x.__self__, f.dot), (f.e, f.dot_e))
        return push_push(push_, plain(f.x.__func__), bound, *args, **kwargs)
    if isinstance(f.x, BOUND) and not isinstance(f.x.__self__, types.ModuleType | type):
        own = [getattr(each, "__self__", each) for each in (f.dot, f.e, f.dot_e)]
        bound = ((f.x.__self__, own[0]), (own[1], own[2]))
        return push_push_method(push_, bound, (f.x.__name__, None), *args, **kwargs)
    if hashable(f.x):
        values = tuple(o.x for o in operands)
        result = by_table(f, operands, named, values, args, kwargs)
        if result is not NotImplemented:
            return result  # type: ignore[no-any-return]
    if isinstance(f.x, types.FunctionType):
        return by_source(f, operands, named)
    if hasattr(type(f.x), "__adjoint_push__"):  # one of ours: its code is not that of a user
        raise refused(f.x)
    if isinstance(f.x, functools.partial):
        return push_push_partial(f, args, kwargs)
    standing = meant(f.x, tuple(o.x for o in operands))
    if standing is not None:
        return push_push(push_, plain(standing[0]), *args, *map(plain, standing[1]), **kwargs)
    if isinstance(f.x, operator.methodcaller):
        return push_push_methodcaller(f, args)
    if isinstance(f.x, type):
        return push_push_construction(f, operands, named)
    called = inspect.getattr_static(type(f.x), "__call__", None)
    if isinstance(called, types.FunctionType):
        return push_push(push_, plain(called), head, *args, **kwargs)
    raise refused(f.x)


def plain(f: Any) -> Pair:
    """Return a function that does not move."""
    return (f, None), None


def refused(f: Any) -> Exception:
    """Return the error for what cannot be pushed twice at run time."""
    return unsupported(f, f"a second forward derivative through `{getattr(f, '__name__', f)}` at run time")


#: Functions with a way of their own.
TWICE: dict[Any, Any] = {}


def by_table(
    f: Operand,
    operands: list[Operand],
    named: dict[str, Operand],
    values: tuple[Any, ...],
    args: tuple[Pair, ...],
    kwargs: dict[str, Pair],
) -> Any:
    """Operators of users' classes, builtins that move values, and functions with rules."""
    if overloaded(f.x, values):
        result = user_operator(f.x, args)
        if result is NotImplemented:
            raise refused(f.x)
        return result
    result = CALLING[f.x](*args, **kwargs) if f.x in CALLING else NotImplemented
    if result is not NotImplemented:
        return result
    rule = replaced if is_replace(f.x, values) else MOVING.get(f.x)
    if rule is not None:
        moved = by_moving(f, rule, operands, named)
        if moved is not NotImplemented:
            return moved
    found = find_rule(f.x, values, {n: o.x for n, o in named.items()})
    if found is not None and found[0].form == "constant":
        return (primal_of(f.x, values, {n: o.x for n, o in named.items()}), None), (None, None)
    for rule in registry.pushforwards(f.x, beside=None if found is None else found[0]):
        result = by_rule(f.x, rule, found, operands, named)
        if result is not NotImplemented:
            return result
    return NotImplemented


def by_moving(f: Operand, rule: Any, operands: list[Operand], named: dict[str, Operand]) -> Any:
    """What moves values moves each of their derivatives the same way; what calls a function is refused."""
    if differentiates(f.x):
        raise refused(f.x)

    def moved(choose: Any) -> Any:
        pairs = {n: (o.x, choose(o)) for n, o in named.items()}
        return rule(calls_nothing(f.x), *((o.x, choose(o)) for o in operands), **pairs)

    first = moved(lambda o: o.dot)
    if first is NotImplemented:
        return NotImplemented
    return (first[0], first[1]), (moved(lambda o: o.e)[1], moved(lambda o: o.dot_e)[1])


def differentiates(f: Any) -> bool:
    """Whether a function of this package differentiates: what it returns does not move part by part."""
    module = str(getattr(f, "__module__", ""))
    own = module.startswith("adjoint.") and not module.startswith("adjoint.rules.")
    return own and f not in (grad, value_and_grad)


def calls_nothing(f: Any) -> Any:
    """Return what a rule is given to call functions with: sums of numbers are linear, all else is refused."""

    def checked(head: Pair, *args: Pair) -> Pair:
        if head[0] is added and is_numbers(args[0][0]):
            return push(head, *args)
        raise refused(f)

    return checked


# --- what calls functions ------------------------------------------------------------------------
def user_operator(f: Any, args: tuple[Pair, ...]) -> Any:
    """Operators that a user's class defines."""
    for method, exchanged, as_number in operator_methods(f, tuple(value for (value, _), _ in args)):
        first, *others = args[::-1] if exchanged else args
        if as_number:
            others = [((value.item(), dot), moved) for (value, dot), moved in others]
        result = push_push(push, plain(method), first, *others)
        if result[0][0] is not NotImplemented:
            return result
    return NotImplemented


def push_push_attribute(base: Pair, name: Pair, *default: Pair) -> Any:
    """``getattr(base, name)``: properties and their like are calls."""
    x, attr = base[0][0], name[0][0]
    descriptor = getattr(np.ndarray, attr, None)
    if isinstance(x, np.ndarray) and isinstance(descriptor, types.GetSetDescriptorType):
        return push_push(push, plain(descriptor), base)
    reader = None if isinstance(x, super) else attribute_reader(type(x), static(x, attr), x, attr)
    if reader is None or default and not hasattr(x, attr):
        return NotImplemented
    given = [base if item is x else plain(item) for item in reader[1:]]
    return push_push(push, plain(reader[0]), *given)


def static(x: Any, name: str) -> Any:
    """Return what the class of a value holds under a name."""
    return inspect.getattr_static(type(x), name, None)


def push_push_augmented(operation: Pair, owned: Pair, problems: Pair, x: Pair, y: Pair) -> Pair:
    """``x op= y`` when the kind of ``x`` was not known before."""
    function, value = operation[0][0], x[0][0]
    method = changing_method(function, owned[0][0], problems[0][0], value)
    if method is not None:
        result = push_push(push, plain(method), x, y)
        if result[0][0] is not NotImplemented:
            return result
    if takes_items(function, value, y[0][0]):
        y = push_push(push, plain(list), y)
    (out, out_dot), dots = push_push(push, plain(function), x, y)
    return (as_changed(function, out, value, y[0][0]), out_dot), dots


def push_push_sum(items: Pair, start: Pair | None = None) -> Any:
    """``sum(items, start)`` of what users' classes add."""
    if is_numbers(items[0][0]):
        return NotImplemented
    return push_push(push, plain(added), items, plain(0) if start is None else start)


def push_push_partial(f: Operand, args: tuple[Pair, ...], kwargs: dict[str, Pair]) -> Pair:
    """A ``functools.partial``."""
    dots, moved, moved_dots = ({} if part is None else part for part in (f.dot, f.e, f.dot_e))

    def share(part: str, place: Any, value: Any) -> Pair:
        found = [(each.get(part) or {}) for each in (dots, moved, moved_dots)]
        dot, e, dot_e = ((each[place] if not isinstance(each, dict) else each.get(place)) for each in found)
        return (value, dot), (e, dot_e)

    first = [share("args", i, value) for i, value in enumerate(f.x.args)]
    keywords = {name: share("keywords", name, value) for name, value in f.x.keywords.items()}
    head = (f.x.func, dots.get("func")), (moved.get("func"), moved_dots.get("func"))
    return push_push(push, head, *first, *args, **{**keywords, **kwargs})


def push_push_methodcaller(f: Operand, args: tuple[Pair, ...]) -> Pair:
    """An ``operator.methodcaller``."""
    dots, moved, moved_dots = ({} if part is None else part for part in (f.dot, f.e, f.dot_e))
    name, given, keywords = held(f.x)
    pairs = [
        ((value, dots.get(part)), (moved.get(part), moved_dots.get(part)))
        for part, value in (("args", given), ("keywords", keywords))
    ]
    return push_push(push, plain(call_named), *args, plain(name), *pairs)


def push_push_construction(f: Operand, operands: list[Operand], named: dict[str, Operand]) -> Pair:
    """Make an object from its fields, or by its ``__init__``."""
    if record_fields(f.x) is not None:

        def made(choose: Any) -> Pair:
            pairs = {n: (o.x, choose(o)) for n, o in named.items()}
            return push((f.x, None), *((o.x, choose(o)) for o in operands), **pairs)

        value, dot = made(lambda o: o.dot)
        return (value, dot), (made(lambda o: o.e)[1], made(lambda o: o.dot_e)[1])
    init = initializer(f.x)
    if init is None or generating(f.x) is not None:
        raise refused(f.x)
    empty = Operand(((object.__new__(f.x), {}), ({}, {})))
    return by_source(Operand(plain(init)), [empty, *operands], named, initializes=True)


#: What calls functions on the way.
CALLING: dict[Any, Any] = {
    getattr: push_push_attribute,
    augmented: push_push_augmented,
    sum: push_push_sum,
    **{changing: functools.partial(push_push, push, plain(f)) for changing, f in IN_PLACE.items()},
    **{builtin: functools.partial(push_push, push, plain(function)) for builtin, function in CALLERS.items()},
}


def by_rule(f: Any, rule: Rule, found: Any, operands: list[Operand], named: dict[str, Operand]) -> Any:
    """A function with a forward rule."""
    values, keywords = [o.x for o in operands], {n: o.x for n, o in named.items()}
    if rule.form == "linear":
        return by_linear(f, operands, named)
    if rule.form == "constant" or rule.form == "scalar" and (found is None or rule is not found[0]):
        return NotImplemented
    try:
        bound = rule.signature.bind(*values, **keywords)
    except TypeError:
        return NotImplemented
    if rule.when is not None and not rule.when(**argument_kinds(rule, bound)):
        return NotImplemented
    outer = rule.signature.bind(*(o.outer for o in operands), **{n: o.outer for n, o in named.items()})
    dots = rule.signature.bind(*(o.dot for o in operands), **{n: o.dot for n, o in named.items()}).arguments
    dots_e = rule.signature.bind(*(o.dot_e for o in operands), **{n: o.dot_e for n, o in named.items()})
    if rule.form == "scalar":
        return by_partials(f, rule, outer, dots, dots_e.arguments)
    return by_pushforward(rule, bound, outer, dots, dots_e.arguments)


def by_linear(f: Any, operands: list[Operand], named: dict[str, Operand]) -> Any:
    """A function that is linear in its first argument."""
    rest = [*operands[1:], *named.values()]
    if not operands or any(part is not None for o in rest for part in (o.dot, o.e, o.dot_e)):
        return NotImplemented
    first, others = operands[0], [o.x for o in operands[1:]]
    keywords = {n: o.x for n, o in named.items()}

    def applied(dot: Any) -> Any:
        return None if dot is None else primal_of(f, (filled(dot, first.x), *others), keywords)

    value = primal_of(f, (first.x, *others), keywords)
    return (value, applied(first.dot)), (applied(first.e), applied(first.dot_e))


def by_partials(f: Any, rule: Rule, outer: Any, dots: Any, dots_e: Any) -> Pair:
    """An elementwise function: the sum of partials times tangents, differentiated as a product."""
    out, out_e = push((f, None), *outer.args, **outer.kwargs)
    partials, partials_e = push((rule.function, None), (out, out_e), *outer.args, **outer.kwargs)
    if len(rule.parameters) == 1:
        partials, partials_e = (partials,), None if partials_e is None else (partials_e,)
    moved = partials_e or (None,) * len(partials)
    terms, terms_e = [], []
    for name, partial, partial_e in zip(rule.parameters, partials, moved, strict=True):
        dot, dot_e = dots.get(name), dots_e.get(name)
        terms.append(None if dot is None else strong_product(dot, partial))
        terms_e.append(None if dot_e is None else strong_product(dot_e, partial))
        if dot is not None and partial_e is not None:
            terms_e.append(strong_product(dot, partial_e))
    return (out, summed(terms, out)), (out_e, summed(terms_e, out))


def summed(terms: list[Any], out: Any) -> Any:
    """Return the sum of some tangents in the shape of the value."""
    result = total(tuple(terms))
    if result is None:
        return None
    return spread(np.real(result) if not np.iscomplexobj(out) else result, out)


def by_pushforward(rule: Rule, bound: Any, outer: Any, dots: Any, dots_e: Any) -> Any:
    """A function with an frule: the rule's own source is pushed."""
    options = {name: (value, None) for name, value in rule_options(rule, bound).items()}
    result, result_e = push((rule.function, None), *outer.args, **outer.kwargs, **options)
    if result is NotImplemented:
        return NotImplemented
    (out, inner), (out_e, inner_e) = result, (None, None) if result_e is None else result_e
    given = [n for n in rule.parameters if is_given(dots.get(n)) or is_given(dots_e.get(n))]
    bound.apply_defaults()
    zeros = {n: zero_tangent(bound.arguments.get(n)) for n in rule.parameters}
    tangents = [
        (filled(dots.get(n), bound.arguments.get(n)) if n in given else zeros[n], dots_e.get(n))
        for n in rule.parameters
    ]
    parts, parts_e = push((inner, inner_e), *tangents)
    if len(rule.parameters) == 1:
        parts, parts_e = (parts,), None if parts_e is None else (parts_e,)
    places = [rule.parameters.index(n) for n in given]
    out_dot = total(tuple(parts[i] for i in places))
    out_dot_e = None if parts_e is None else total(tuple(parts_e[i] for i in places))
    return (out, out_dot), (out_e, out_dot_e)


def by_source(
    f: Operand, operands: list[Operand], named: dict[str, Operand], initializes: bool = False
) -> Pair:
    """A Python function: its compiled pushforward is pushed."""
    moves = moving(f) if f.dot is None and isinstance(f.dot_e, dict) else f.dot
    given = [(o.x, moving(o)) for o in operands]
    compiled, bound, captured = prepared(
        (f.x, moves), given, {name: (o.x, moving(o)) for name, o in named.items()}, initializes
    )
    last = {name: (o.x, o.dot_e) for name, o in named.items()}
    bound_e, captured_e = bound_pairs((f.x, f.dot_e), [(o.x, o.dot_e) for o in operands], last)
    seeds = zip(
        tangents_for(compiled, bound, captured), tangents_for(compiled, bound_e, captured_e), strict=True
    )
    outer, held = bound_pairs((f.x, f.e), [o.outer for o in operands], {n: o.outer for n, o in named.items()})
    result = push((compiled.pushforward, None), *seeds, *outer.args, **outer.kwargs, **held)
    return result if result[1] is not None else (result[0], (None, None))


def moving(o: Operand) -> Any:
    """Return the tangent of an operand, a zero one if only its derivative moves."""
    return zero_tangent(o.x) if o.dot is None and o.dot_e is not None else o.dot


def push_push_method(push_: Any, base: Pair, name: Pair, /, *args: Pair, **kwargs: Pair) -> Pair:
    """``push_method(base, name, ...)``."""
    x, attr = base[0][0], name[0]
    if isinstance(x, types.ModuleType | type):
        return push_push(push_, plain(getattr(x, attr)), *args, **kwargs)
    cls = np.ndarray if isinstance(x, np.generic) else type(x)
    found = inspect.getattr_static(cls, attr, None)
    if found is None or attr in getattr(x, "__dict__", {}):
        raise refused(getattr(x, attr))
    return push_push(push_, plain(found), base, *args, **kwargs)


def push_paired(push_: Any, x: Pair, x_dot: Pair) -> Pair:
    """``paired(x, x_dot)``: the derivatives of values and tangents are paired the same way."""
    pairs = paired(x[0], x_dot[0])
    if isinstance(pairs, dict):
        e, dots_e = ({} if part is None else part for part in (x[1], x_dot[1]))
        return pairs, {key: (e.get(key), dots_e.get(key)) for key in pairs}
    items = [value for value, _ in pairs]
    return pairs, list(zip(dots_of(items, x[1]), dots_of(items, x_dot[1]), strict=True))


def push_unpacked(push_: Any, x: Pair, x_dot: Pair, count: Pair, star: Pair) -> Pair:
    """``unpacked_dots(x, x_dot, ...)``: linear in the tangent."""
    return (
        list(unpacked_dots(x[0], x_dot[0], count[0], star[0])),
        list(unpacked_dots(x[0], x_dot[1], count[0], star[0])),
    )


MOVING[push], MOVING[push_method] = push_push, push_push_method
MOVING[paired], MOVING[unpacked_dots] = push_paired, push_unpacked
for _function in (paired, unpacked_dots):
    vars(_function)["__adjoint_dynamic__"] = True

__all__ = ["Operand", "push_push"]
