"""What the compiler made of a function, in words: kinds, what runs slowly and why, what is relied upon."""

from __future__ import annotations

import re
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

from adjoint.backend import known_backend
from adjoint.compiling.compiler import Compiled
from adjoint.compiling.specialize import Specializer
from adjoint.inspection import compiled_for
from adjoint.rules.places import display_path
from adjoint.transforms.forms import Text
from adjoint.transforms.scope import Guard
from adjoint.transforms.stages import spelled

#: Helpers of generated code that ask the running program what is called.
AT_RUN_TIME = ("call", "call_method", "push", "push_method")
#: What every function relies on, and nobody needs to be told.
ALWAYS = ("__code__", "__defaults__", "__kwdefaults__")


def explain(f: Callable[..., Any], *args: Any, wrt: Any = None, backend: str = "numpy", **kwargs: Any) -> str:
    """Say what the gradient of a function is made of.

    Args:
        f: the function, or what `grad`, `value_and_grad` or `differentiable` made of it.
        args: example arguments; with ``backend="numba"`` or ``"auto"`` the gradient is computed once for
            them, since numba compiles at the first call.  Without them numbers are assumed, unless
            annotations or defaults say more.
        wrt: index or name of the arguments to differentiate, or a tuple of those.
        backend: ``"numpy"``, ``"numba"`` or ``"auto"``, as in `grad`.
        kwargs: example keyword arguments.

    Returns:
        The mode and what the code runs on, with the reason if numba cannot compile it; the kinds of the
        arguments and of the result; the functions compiled along; the calls that only the running program
        knows, with their lines; why the function runs with traced values, if it does; the names outside
        on which the code relies, so that it is compiled again when one of them changes.

    Raises:
        DifferentiationError: the function cannot be differentiated.

    Example:
        >>> def f(x, scale):
        ...     return scale * np.sum(x * x)
        >>> print(explain(f, np.ones(3), 2.0))  # doctest: +ELLIPSIS
        `f` (...), derivative with respect to x
        mode:       reverse, compiled in ... ms, runs with NumPy
        arguments:  x: float64[n], scale: float64
        result:     float64
        relies on:  np
    """
    known_backend(backend)
    made = getattr(f, "specializer", None) or getattr(
        getattr(f, "_value_and_grad", None), "specializer", None
    )
    if isinstance(made, Specializer):
        f, wrt, backend = made.f, made.wrt if wrt is None else wrt, made.backend or backend
    start = time.perf_counter()
    if args or kwargs:
        specializer = Specializer(f, 0 if wrt is None else wrt, backend=backend)
        compiled = specializer.make("fused", args, kwargs).compiled
    else:
        compiled = compiled_for(f, 0 if wrt is None else wrt, "fused", args, kwargs)
    seconds = time.perf_counter() - start
    if backend != "numpy" and (args or kwargs):
        compiled.value_and_grad(*args, **kwargs)
    return "\n".join(lines_of(compiled, seconds))


def lines_of(compiled: Compiled, seconds: float) -> Iterator[str]:
    """Yield the lines of an explanation."""
    unit = compiled.unit
    yield f"{headed(compiled.texts[0])}, derivative with respect to {', '.join(unit.active) or 'nothing'}"
    heading = compiled.texts[0].text.partition("\n")[0]
    mode = "forward" if heading.startswith("# forward") else "reverse"
    runs = "by numba" if heading.endswith("compiled by numba") else "with NumPy"
    because = heading.partition("; with NumPy, since ")[2]
    yield f"mode:       {mode}, compiled in {1e3 * seconds:.1f} ms, runs {runs}"
    if because:
        yield f"            not compiled by numba: {because}"
    kinds = ", ".join(f"{name}: {plain(spelled(kind))}" for name, kind in unit.parameters.items())
    yield f"arguments:  {kinds}"
    if unit.result is not None:
        yield f"result:     {plain(spelled(unit.result))}"
    yield from listed("along:", list(dict.fromkeys(map(headed, compiled.texts[1:]))))
    yield from listed("run time:", list(dict.fromkeys(run_time_calls(compiled))))
    yield from listed("traced:", traced_because(compiled))
    yield from listed("relies on:", [", ".join(relied_upon(compiled.guards))])


def plain(text: str) -> str:
    """Return the words for a kind without what is active; the heading says it."""
    return text.replace("active ", "")


def listed(word: str, items: list[str]) -> Iterator[str]:
    """Yield lines that begin with a word and go on below it; none for no items."""
    for item in filter(None, items):
        yield f"{word:<11s} {item}"
        word = ""


def headed(text: Text) -> str:
    """Return the name and the place of the function that a generated text is headed by."""
    found = re.match(r"# \w+ mode of (\w+)\(.*\(([^()]+:\d+)\)", text.text)
    return f"`{found[1]}` ({found[2]})" if found else ""


def run_time_calls(compiled: Compiled) -> Iterator[str]:
    """Yield the user's lines in which only the running program knows what is called."""
    pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(AT_RUN_TIME)})(?:_\d+)?\(")
    for text in compiled.texts:
        for number, line in enumerate(text.text.splitlines(), 1):
            if pattern.search(line) and number in text.line_map:
                path, user_line, phrase = text.line_map[number]
                yield f"{display_path(path)}:{user_line}   {phrase.partition('`')[2].rstrip('`')}"


def traced_because(compiled: Compiled) -> list[str]:
    """Return why a function runs with traced values, in one line for each reason."""
    refusals = [getattr(each, "__adjoint_refusal__", None) for each in compiled.functions.values()]
    problems = [problem for refusal in refusals if refusal is not None for problem in refusal.problems]
    lines = [f"{display_path(p.filename)}:{p.line}   {p.label} [{p.code}]" for p in problems]
    return list(dict.fromkeys(lines))


def relied_upon(guards: list[Guard]) -> list[str]:
    """Return the names outside that the code relies on: globals, closure cells, attributes."""
    names = []
    for guard in guards:
        if guard.key in ALWAYS:
            continue
        if isinstance(guard.owner, dict):
            inside = guard.owner.get("__name__", "")
            builtin = guard.key not in guard.owner
            names += [] if builtin or inside.partition(".")[0] in ("numpy", "scipy") else [guard.key]
        elif isinstance(guard.owner, types.CellType):
            names.append(f"{guard.key} (closure)")
        elif not isinstance(guard.owner, types.ModuleType):
            names.append(f"{getattr(guard.owner, '__qualname__', type(guard.owner).__name__)}.{guard.key}")
    return list(dict.fromkeys(names))


__all__ = ["explain"]
