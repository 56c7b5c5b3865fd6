"""Forward mode of ``grad(f)`` by one compiled function.

Where a derivative object itself is pushed forward, it is known which function it belongs to.  So nothing is
looked up when the program runs: a function that calls the pulled form of ``f`` stands for it.
Whatever the pulled form cannot tell beforehand is left to :mod:`adjoint.runtime.nesting`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from adjoint.api import ValueAndGrad, scalar_result
from adjoint.compiling.compiler import Compiled, compile_function
from adjoint.compiling.mirror import mirror
from adjoint.compiling.specialize import Plan, is_integer
from adjoint.compiling.target import Target, argument_kinds, bind, slot, slots, target_of
from adjoint.rules.registry import frule
from adjoint.rules.second import like
from adjoint.runtime.nesting import (
    Pulled,
    captured_by,
    loaded,
    positional,
    pulled_function,
    signature,
    with_value,
    wrt_indices,
)
from adjoint.transforms.namer import Namer

_FUNCTIONS: dict[Any, tuple[Pulled, Any]] = {}
_COMPILED: dict[Any, Compiled] = {}


def mirrored(x_bar: Any, x: Any) -> Any:
    """Return a cotangent in the form of its argument."""
    return mirror(x, x_bar)


@frule(mirrored, kind=lambda x_bar, x: like(x))
def mirrored_rule(x_bar: Any, x: Any) -> Any:
    """Linear in the cotangent."""
    out = mirrored(x_bar, x)

    def mirrored_pushforward(x_bar_dot: Any, x_dot: Any) -> Any:
        return mirrored(x_bar_dot, x), None

    return out, mirrored_pushforward


def direct_plan(d: ValueAndGrad, form: str, args: tuple[Any, ...], wrt: Any) -> Plan | None:
    """Return the specialisation of a derivative object for forward mode; None if it is not known beforehand.

    Args:
        d: the derivative object.
        form: ``"forward"`` or ``"boxed"``.
        args: its arguments, all positional.
        wrt: which of them move.
    """
    found = gradient_function(d, args)
    if found is None:
        return None
    pulled, function = found
    behind, target = target_of(d), Target(function)
    indices = [index for _, index in slots(behind, bind(behind, args, {}), wrt)]
    if any(not isinstance(i, int) or is_integer(args[i]) for i in indices):
        return None
    bound = bind(target, args, {})
    places = [slot(target, bound, i) for i in indices]
    kinds = argument_kinds(target, bound, places)
    key = (function, form, *kinds.items())
    compiled = _COMPILED.get(key)
    if compiled is None or not compiled.valid():
        if len(_COMPILED) > 256:
            _COMPILED.clear()
        compiled = compile_function(function, kinds, form, nested=True)
        guards = [*compiled.guards, *(guard for each in pulled.compiled for guard in each.guards)]
        compiled = _COMPILED[key] = dataclasses.replace(compiled, guards=guards)
    return Plan(compiled, places, form, False, indices)


def gradient_function(d: ValueAndGrad, args: tuple[Any, ...]) -> tuple[Pulled, Any] | None:
    """Return the pulled form of the function of a gradient, and the gradient as a function that calls it."""
    if isinstance(d.f, ValueAndGrad) or d.has_aux or captured_by(d):
        return None
    wrt = wrt_indices(d, args, {})
    if any(is_integer(args[i]) for i in wrt):
        return None
    pulled = pulled_function(d.f, args, {}, wrt)
    unit = pulled.compiled[0].unit
    if not scalar_result(unit.result, False) or unit.changed:
        return None
    key = (pulled.function, type(d), d.single, wrt)
    if key not in _FUNCTIONS:
        if len(_FUNCTIONS) > 256:
            _FUNCTIONS.clear()
        _FUNCTIONS[key] = pulled, calling_pulled(d, pulled, wrt)
    return _FUNCTIONS[key]


def calling_pulled(d: ValueAndGrad, pulled: Pulled, wrt: tuple[int, ...]) -> Any:
    """Write the gradient as a function of the same arguments that calls the pulled form."""
    namer = Namer(set())
    value, bars, function, form = map(namer.fresh, ("value", "bars", "pulled", "mirrored"))
    parameters = positional(pulled.count, namer)
    shares = [f"{form}({bars}[{i}], {parameters[i]})" for i in wrt]
    gradient = shares[0] if d.single else f"({', '.join(shares)},)"
    result = f"{value}, {gradient}" if with_value(d) else gradient
    lines = [
        f"def gradient({signature(parameters, ())}):",
        f"    {value}, {bars} = {function}(1.0, {', '.join(parameters)})",
        f"    return {result}",
    ]
    return loaded(lines, "gradient", {function: pulled.function, form: mirrored})


ValueAndGrad.__adjoint_direct__ = direct_plan  # type: ignore[attr-defined]

__all__ = ["direct_plan"]
