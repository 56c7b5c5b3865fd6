"""Looking before running: checks and generated source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from adjoint.compiling.compiler import Compiled, compile_function, runs_traced, runtime
from adjoint.compiling.depth import with_deep_stack
from adjoint.compiling.specialize import Specializer, untouchable
from adjoint.compiling.target import Target, argument_kinds, bind, slots, target_of
from adjoint.rules.errors import AdjointError, LanguageError, Problem
from adjoint.rules.kinds import FLOAT, Array, Kind, Unknown, with_active
from adjoint.transforms.check import check as check_unit
from adjoint.transforms.session import Session, default_kind
from adjoint.transforms.stages import STAGES, Stages
from adjoint.transforms.unit import Unit


def source(
    f: Callable[..., Any],
    *args: Any,
    wrt: Any = None,
    mode: str = "reverse",
    stage: str = "fused",
    **kwargs: Any,
) -> str:
    """Return the generated derivative of a function as Python source.

    Args:
        f: the function, or what `grad` or `value_and_grad` made of it.
        args: example arguments; the source is specialised to their kinds.  Without them numbers
            are assumed, unless annotations or defaults say more.
        wrt: index or name of the arguments to differentiate, or a tuple of those; by default the
            first argument that can be differentiated.
        mode: ``"reverse"``, ``"forward"`` for value and tangent, ``"jet"`` for Taylor coefficients.
        stage: of reverse mode, ``"fused"`` (value and gradient in one function) or ``"split"`` (primal
            and pullback).  Or a pass of the compiler, to see the function as that pass leaves it:
            ``"read"``, ``"normalize"``, ``"infer"`` (with kinds), ``"lower"``; then ``"reverse"``,
            ``"reuse"``, ``"simplify"``, ``"shapes"``, ``"share"``, ``"buffers"``, ``"saving"``,
            ``"regroup"``, ``"fold"``, ``"direct"``, or in forward mode ``"pushforward"``, ``"regroup"``.
        kwargs: example keyword arguments.

    Returns:
        The text that runs when the function is differentiated, callees included; of a pass the
        function alone.  `grad` and `value_and_grad` choose forward mode for loops over numbers that
        follow from one number; their ``source()`` shows what ran.

    Raises:
        ValueError: there is no such mode or stage.

    Example:
        >>> def f(x):
        ...     return x * np.sin(x)
        >>> print(source(f, stage="lower"))
        def f(x):
            sin_2 = np.sin(x)
            out = x * sin_2
            return out
    """
    check_stage(mode, stage)
    made = getattr(f, "specializer", None)
    if isinstance(made, Specializer):  # what grad, value_and_grad return: the source of what they run
        if not args and not kwargs and stage in ("fused", "split"):
            return source_of_plan(made)
        f, wrt = made.f, made.wrt if wrt is None else wrt
    if wrt is None:
        wrt = next((i for i, value in enumerate(args) if not untouchable(value)), 0)
    stages = Stages(keep=stage in STAGES[mode])
    if mode in ("forward", "jet"):
        form = "taylor" if mode == "jet" else "forward"
        compiled = compiled_for(f, wrt, form, args, kwargs, stages)
    else:
        compiled = compiled_for(f, wrt, "split", args, kwargs, stages)
        result = compiled.unit.result
        if stage != "split" and not (isinstance(result, Array) and result.dims):
            stages = Stages(stages.keep)
            compiled = compiled_for(f, wrt, "fused", args, kwargs, stages)
    return stages.texts.get(stage, compiled.source) if stages.keep else compiled.source


def inferred(f: Callable[..., Any], *args: Any, wrt: Any = 0) -> Unit:
    """Return a function as inference leaves it, before any other pass.

    Args:
        f: the function.
        args: example arguments, from which the kinds of the parameters are taken.
        wrt: index or name of the arguments to differentiate, or a tuple of those.
    """
    target = target_of(f)
    bound = bind(target, args, {})
    kinds = argument_kinds(target, bound, slots(target, bound, wrt))
    unit = Session(runtime, target.function).specialize(target.function, kinds, 0)
    assert unit is not None  # the first specialisation of a session always exists
    return unit


def check_stage(mode: str, stage: str) -> None:
    """Refuse a mode or stage that does not exist."""
    if mode not in STAGES or stage not in ("fused", "split", *STAGES[mode]):
        raise ValueError(
            f"no such source: mode={mode!r}, stage={stage!r}; "
            "use mode='forward', 'jet' or 'reverse', with 'reverse' stage='fused' or 'split', "
            "or as stage the name of a pass: " + ", ".join(STAGES.get(mode, STAGES["reverse"]))
        )


def compiled_for(
    f: Any, wrt: Any, form: str, args: tuple[Any, ...], kwargs: dict[str, Any], stages: Stages | None = None
) -> Compiled:
    """Compile a function for example arguments, or for what its parameters probably are."""
    if args or kwargs:
        return Specializer(f, wrt).make(form, args, kwargs, stages).compiled
    target = target_of(f)
    return compile_function(target.function, assumed_kinds(target, wrt), form, stages=stages)


def assumed_kinds(target: Target, wrt: Any) -> dict[str, Kind]:
    """Return the kinds that parameters probably have, judged by annotations and defaults."""
    names = [n for n in target.signature.parameters]
    active = active_names(target, wrt)
    kinds: dict[str, Kind] = {}
    bound = target.signature.bind_partial(*target.args, **dict(target.kwargs))
    known = argument_kinds(target, bound, [])
    for name in names:
        parameter = target.signature.parameters[name]
        if name in bound.arguments:
            kinds[name] = known[name]
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        elif parameter.annotation in (float, "float") or parameter.default is parameter.empty:
            kinds[name] = with_active(FLOAT, name in active)
        else:
            kinds[name] = with_active(default_kind(parameter.default), name in active)
    return kinds


def active_names(target: Target, wrt: Any) -> set[str]:
    """Return the parameters named by ``wrt``."""
    names = list(target.signature.parameters)[len(target.args) :]
    chosen = wrt if isinstance(wrt, tuple) else (wrt,)
    return {names[w] if isinstance(w, int) and -len(names) <= w < len(names) else str(w) for w in chosen}


def source_of_plan(specializer: Specializer) -> str:
    """Return the source of the latest specialisation of a function."""
    if specializer.latest is not None:
        return specializer.latest.compiled.source
    return source(specializer.f, wrt=specializer.wrt)


def check(f: Callable[..., Any], *args: Any, wrt: Any = 0, **kwargs: Any) -> tuple[Problem, ...]:
    """Return everything that stands in the way of differentiating a function; run nothing.

    Args:
        f: the function.
        args: example arguments; without them nothing is assumed of the arguments' types.
        wrt: index or name of the arguments to differentiate, or a tuple of those.
        kwargs: example keyword arguments.

    Returns:
        The problems, in the order of the lines; empty if there are none.
    """
    target = target_of(f)
    try:
        if args or kwargs:
            bound = bind(target, args, kwargs)
            places = slots(target, bound, wrt)
            compile_function(target.function, argument_kinds(target, bound, places), "split")
        else:
            check_unknown(target, wrt)
    except AdjointError as error:
        if not error.problems:
            raise
        return error.problems
    return ()


@with_deep_stack
def check_unknown(target: Target, wrt: Any) -> None:
    """Check a function's own body without knowing its arguments' kinds."""
    active = active_names(target, wrt)
    kinds: dict[str, Kind] = {}
    for name, parameter in target.signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        kinds[name] = Unknown(name in active)
    session = Session(runtime, target.function)
    unit = session.specialize(target.function, kinds, 0)
    assert unit is not None  # the first specialisation of a session always exists
    unit.strict = False
    try:
        check_unit(unit)
    except LanguageError as error:
        if not runs_traced(error, target.function):
            raise


def check_at_decoration(function: Callable[..., Any], wrt: Any) -> None:
    """Check the body of a function that is being decorated."""
    target = target_of(function)
    names = list(target.signature.parameters)
    if wrt is None:
        first = [
            n
            for n, p in target.signature.parameters.items()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
        wrt = tuple(first[:2]) if first[:1] == ["self"] else tuple(first[:1])
    if wrt != () and names:
        check_unknown(target, wrt)


__all__ = ["check", "check_at_decoration", "inferred", "inspect", "source", "source_of_plan"]
