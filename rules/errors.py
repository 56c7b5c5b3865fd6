"""The errors of adjoint: what went wrong, where, why, and what to do instead.

An error is one or more :class:`Problem` records, or a single problem without a location.  Its text
is complete when the error is made, so it survives pickling and later edits of the user's file.
Codes: ADJ1xx language, ADJ2xx rules, ADJ3xx run time, ADJ4xx source.  This module knows nothing of
syntax trees; columns are counted in characters, from 0.
"""

from __future__ import annotations

import inspect
import keyword
import linecache
import math
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from adjoint.rules.places import display_path

TAB = 4


@dataclass(frozen=True)
class Problem:
    """One thing in the user's code that cannot be differentiated, and where it stands.

    ``line`` counts from 1 (0: unknown); the columns count characters from 0, the end is exclusive.
    ``label`` follows the carets; ``fixes`` are ordered, best first, and may span several lines.
    """

    code: str
    title: str
    filename: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str
    label: str
    why: str
    fixes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the problem as a user sees it."""
        return render(self)


class AdjointError(Exception):
    """Raised for everything that adjoint refuses to do; the base of its other errors.

    Made from problems that have a location, ``LanguageError([problem, ...])``, or from a code and
    texts, ``ArgumentError("ADJ303", title=..., why=..., fixes=(...))``.
    """

    def __init__(
        self,
        source: Problem | Iterable[Problem] | str,
        *,
        title: str = "",
        why: str = "",
        fixes: Sequence[str] = (),
    ) -> None:
        super().__init__(source if isinstance(source, str | Problem) else tuple(source))
        self.place: tuple[str, int] | None = None  # in generated code, where the traceback does not show it
        self.problems: tuple[Problem, ...] = ()
        if isinstance(self.args[0], str):
            self.code: str = self.args[0]
            self.message = "\n".join([f"{title} [{self.code}]", *_advice(self.code, why, fixes)])
        else:
            self.problems = (self.args[0],) if isinstance(self.args[0], Problem) else self.args[0]
            self.code = self.problems[0].code if self.problems else "ADJ000"
            self.message = render_all(self.problems)

    def __str__(self) -> str:
        """Return the whole message: title, place, reason and fixes of every problem."""
        return self.message


class LanguageError(AdjointError):
    """Raised when a function uses a construct that cannot be differentiated (ADJ1xx).

    All problems of a function are reported together, before it runs.
    """

    #: Whether the refusal stands however the function is run.
    final = False


class MutationError(LanguageError):
    """Raised when a function overwrites an array or container that others can see (ADJ1xx).

    The pullback reads values again that the primal computed; overwriting one would silently change
    the derivative.
    """


class RuleError(AdjointError):
    """Raised when a rule is wrong: bad registration, bad result, no derivative defined (ADJ2xx)."""


class MissingRuleError(RuleError):
    """Raised when an active value reaches a callable without a rule and without source (ADJ2xx).

    The message holds a rule skeleton with the callable's parameters.
    """


class DifferentiationError(AdjointError):
    """Raised while a derivative runs: an output or cotangent that does not fit (ADJ3xx)."""


class ArgumentError(DifferentiationError, TypeError):
    """Raised when adjoint's own functions are called with unsuitable arguments (ADJ3xx).

    It is a TypeError too, as Python raises one for any call that does not fit.
    """


class PreparationMismatch(ArgumentError):
    """Raised when a prepared gradient is called with arguments it was not prepared for (ADJ307)."""


class SourceError(AdjointError):
    """Raised when the source of a function is missing, ambiguous or out of date (ADJ4xx)."""


class BackendError(AdjointError):
    """Raised when a backend is missing, or cannot compile a function (ADJ5xx)."""


def render_all(problems: Sequence[Problem]) -> str:
    """Return several problems one after the other, numbered if there is more than one."""
    if len(problems) == 1:
        return render(problems[0])
    count = len(problems)
    texts = (f"problem {i} of {count}: {render(p)}" for i, p in enumerate(problems, 1))
    return "\n\n".join(texts)


def render(problem: Problem) -> str:
    """Return one problem as text: title, place, source line with carets, why, fixes, docs."""
    place = display_path(problem.filename)
    if problem.line > 0:
        place += f":{problem.line}"
    head = f"{problem.title} [{problem.code}]\n  {place}, in `{problem.function}`"
    body = [*_excerpt(problem), *_advice(problem.code, problem.why, problem.fixes)]
    return "\n".join([head, *body])


def _excerpt(problem: Problem) -> list[str]:
    """Return the source line and, under it, the carets and the label."""
    line = linecache.getline(problem.filename, problem.line) if problem.line > 0 else ""
    line = line.rstrip()
    if not line:
        return [f"     | {problem.label}"] if problem.label else []
    start = min(max(problem.column, 0), len(line))
    end = problem.end_column if problem.end_line <= problem.line else len(line)
    shown, offsets = _display(line)
    width = max(offsets[min(max(end, start), len(line))] - offsets[start], 1)
    number = f"{problem.line:>4}"
    carets = " " * offsets[start] + "^" * width
    return [f"{number} | {shown}", f"{' ' * len(number)} | {carets} {problem.label}".rstrip()]


def _display(line: str) -> tuple[str, list[int]]:
    """Return a line with its tabs expanded, and the terminal column of each character."""
    shown, offsets, at = [], [], 0
    for character in line:
        offsets.append(at)
        cells = TAB - at % TAB if character == "\t" else _cells(character)
        shown.append(" " * cells if character == "\t" else character if cells or character > "\x1f" else "")
        at += cells
    return "".join(shown), [*offsets, at]


def _cells(character: str) -> int:
    """Return how many terminal cells a character takes: 2 if wide, 0 if combining or control."""
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc") else 1


def _advice(code: str, why: str, fixes: Sequence[str]) -> list[str]:
    """Return the lines that say why, what to do and where to read more."""
    lines = _hanging("why:  ", why) if why else []
    for i, fix in enumerate(fixes, 1):
        lines += _hanging(f"{'fix:' if i == 1 else '':6}{i}. ", fix)
    return [*lines, f"docs: docs/errors.md#{code.lower()}"]


def _hanging(head: str, text: str) -> list[str]:
    """Return a text whose later lines are indented under its first."""
    first, *rest = text.splitlines() or [""]
    return [head + first, *((" " * len(head) + line).rstrip() for line in rest)]


# -- rule skeletons -----------------------------------------------------------------------------


def spell(function: Any) -> str:
    """Return a callable's name as a user writes it: ``np.linalg.norm``, ``Model.step``, ``erf``."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if not isinstance(name, str):
        name = type(function).__name__
    if isinstance(owner := getattr(function, "__self__", None), np.ufunc):
        return f"{spell(owner)}.{function.__name__}"
    name = name.rpartition("<locals>.")[2].removeprefix("function ")  # as those in Fortran are called
    module = _home(function, name)
    return re.sub(r"^numpy\.", "np.", f"{module}.{name}") if module else name


def _home(function: Any, name: str) -> str:
    """Return the shortest public module in which ``name`` is this callable, or nothing."""
    module = getattr(function, "__module__", None)
    if module is None and inspect.isbuiltin(function) and isinstance(function.__self__, ModuleType):
        module = function.__self__.__name__
    if module is None:  # ufuncs do not know their module
        found = [m for m in ("numpy", "scipy.special") if _lookup(m, name) is function]
        return found[0] if found else ""
    if module in ("__main__", "builtins"):
        return ""
    parts = str(module).split(".")
    prefixes = (".".join(parts[:i]) for i in range(1, len(parts) + 1))
    return next((m for m in prefixes if _lookup(m, name) is function), "")


def _lookup(module: str, name: str) -> Any:
    """Return what a dotted name means in an imported module, or None."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def missing_rule(function: Any, form: str = "rrule") -> MissingRuleError:
    """Return the error for a callable without a rule, met while the program runs.

    Args:
        function: the callable.
        form: what is missing, ``rrule`` or ``frule``.
    """
    if form == "frule":
        return MissingRuleError(
            "ADJ201",
            title=f"no forward rule for `{spell(function)}`",
            why="its derivative is a rule of yours, which has no forward rule beside it.",
            fixes=("use reverse mode: adjoint.grad or adjoint.vjp", "write:\n" + skeleton(function, form)),
        )
    return MissingRuleError(
        "ADJ201",
        title=f"no rule for `{spell(function)}`",
        why="a derivative was asked of code that has neither a rule nor source.",
        fixes=(rewritten(function), "write the rule:\n" + skeleton(function)),
    )


def rewritten(function: Any) -> str:
    """Return what to write instead of a method of a ufunc, and general advice for other callables."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if isinstance(owner, np.ufunc) and name == "outer":
        return f"broadcast:  {spell(owner)}(a[:, None], b)  for vectors"
    if isinstance(owner, np.ufunc) and name == "reduceat":
        return (
            f"cut and reduce:  np.stack([{spell(owner)}.reduce(part) for part in np.split(a, indices)[1:]])"
        )
    if isinstance(function, type) and issubclass(function, np.ndarray | np.generic | float | complex):
        return "use plain numbers and arrays: a subclass can give any operation another meaning"
    if function is np.nditer:
        return "read the entries in their usual order:  for value in x.flat"
    return "use a function that has a rule"


def skeleton(function: Any, form: str = "rrule") -> str:
    """Return the text of a rule for a callable, ready to be pasted and filled in.

    The parameters are the callable's own; for C callables they come from the text signature, the
    documentation's first line, a ufunc's ``nin`` or the ``argtypes`` of ctypes.

    Example:
        >>> def gain(x, k=2.0, *, strict=False): ...
        >>> print(skeleton(gain))
        @adjoint.rrule(gain)
        def gain_rule(x, k=2.0, *, strict=False):
            out = gain(x, k=k, strict=strict)
        <BLANKLINE>
            def gain_pullback(out_bar):
                x_bar = ...  # out_bar times the derivative with respect to x
                k_bar = ...  # out_bar times the derivative with respect to k
                return x_bar, k_bar, None
        <BLANKLINE>
            return out, gain_pullback
    """
    if form == "frule":
        return forward_skeleton(function)
    primal = spell(function)
    primal = primal if primal.replace(".", "").isidentifier() else "function"  # a lambda
    name = primal.rpartition(".")[2]
    parameters = _parameters(function)
    active = [p.name for p in parameters if _carries_derivative(p)]
    bars = [f"{p.name}_bar" if p.name in active else "None" for p in parameters]
    lines = [
        f"@adjoint.rrule({primal})",
        f"def {name}_rule{_declaration(parameters)}:",
        f"    out = {primal}({_forwarded(parameters)})",
        "",
        f"    def {name}_pullback(out_bar):",
        *(f"        {a}_bar = ...  # out_bar times the derivative with respect to {a}" for a in active),
        f"        return {', '.join(bars) or '()'}",
        "",
        f"    return out, {name}_pullback",
    ]
    return "\n".join(lines)


def forward_skeleton(function: Any) -> str:
    """Return the text of a forward rule for a callable, ready to be filled in.

    Example:
        >>> def gain(x, k=2.0): ...
        >>> print(forward_skeleton(gain))
        @adjoint.frule(gain)
        def gain_frule(x, k=2.0):
            out = gain(x, k=k)
        <BLANKLINE>
            def gain_pushforward(x_dot, k_dot):
                out_dot_by_x = ...  # the derivative with respect to x times x_dot
                out_dot_by_k = ...  # the derivative with respect to k times k_dot
                return out_dot_by_x, out_dot_by_k
        <BLANKLINE>
            return out, gain_pushforward
    """
    primal = spell(function)
    primal = primal if primal.replace(".", "").isidentifier() else "function"
    name = primal.rpartition(".")[2]
    parameters = _parameters(function)
    active = [p.name for p in parameters if _carries_derivative(p)]
    parts = [f"out_dot_by_{p.name}" if p.name in active else "None" for p in parameters]
    lines = [
        f"@adjoint.frule({primal})",
        f"def {name}_frule{_declaration(parameters)}:",
        f"    out = {primal}({_forwarded(parameters)})",
        "",
        f"    def {name}_pushforward({', '.join(f'{p.name}_dot' for p in parameters)}):",
        *(
            f"        out_dot_by_{a} = ...  # the derivative with respect to {a} times {a}_dot"
            for a in active
        ),
        f"        return {', '.join(parts) or '()'}",
        "",
        f"    return out, {name}_pushforward",
    ]
    return "\n".join(lines)


class _Verbatim:
    """A default value that prints as the text it was made from."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class _Callable(_Verbatim):
    """A default value that is a function or class; it carries no derivative."""


def _parameters(function: Any) -> list[inspect.Parameter]:
    """Return the parameters that a rule can name, their defaults printable."""
    nin = getattr(function, "nin", None)
    if isinstance(nin, int):
        return _positional(nin)
    argtypes = getattr(function, "argtypes", None)
    if isinstance(argtypes, list | tuple):
        return _positional(len(argtypes))
    try:
        found = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        found = _documented(function)
    bare = (p.replace(annotation=inspect.Parameter.empty) for p in found if p.name != "out")
    return [q for p in bare if (q := _printable(p)) is not None]


def _positional(count: int) -> list[inspect.Parameter]:
    """Return ``count`` parameters named ``x`` or ``x1, x2, ...``."""
    names = ["x"] if count == 1 else [f"x{i}" for i in range(1, count + 1)]
    return [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names]


def _documented(function: Any) -> list[inspect.Parameter]:
    """Return the positional parameters in ``name(a, b[, c]) -> ...``, else ``*args``."""
    text = (getattr(function, "__doc__", None) or "").strip().partition("\n")[0]
    match = re.match(r"[\w.]+\(([^()]*)\)", text)
    parts = re.sub(r"[\[\]]", "", match[1]).split(",") if match else []
    names = [part.split("=")[0].strip() for part in parts]
    names = names[: names.index("*")] if "*" in names else names
    if not names or not all(n.isidentifier() and not keyword.iskeyword(n) for n in names):
        return [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]
    return [inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD) for n in names]


def _printable(parameter: inspect.Parameter) -> inspect.Parameter | None:
    """Return a parameter whose default is valid source, or None if it has no such text."""
    default = parameter.default
    if default is inspect.Parameter.empty or default is None or type(default) in (bool, int, str):
        return parameter
    if isinstance(default, float):
        text = repr(default) if math.isfinite(default) else f"float('{default}')"
        return parameter.replace(default=_Verbatim(text))
    text = spell(default) if callable(default) and hasattr(default, "__name__") else ""
    return parameter.replace(default=_Callable(text)) if re.fullmatch(r"[\w.]+", text) else None


def _carries_derivative(parameter: inspect.Parameter) -> bool:
    """Tell whether a parameter is likely to be differentiated: no default, or a float one."""
    required = parameter.default is inspect.Parameter.empty
    return required or type(parameter.default) is _Verbatim


def _declaration(parameters: list[inspect.Parameter]) -> str:
    """Return a parameter list as source text; positional-only marks are dropped."""
    free = inspect.Parameter.POSITIONAL_OR_KEYWORD
    plain = [p.replace(kind=free) if p.kind is p.POSITIONAL_ONLY else p for p in parameters]
    return str(inspect.Signature(plain))


def _forwarded(parameters: list[inspect.Parameter]) -> str:
    """Return the arguments with which a rule calls its primal.

    Optional ones go by keyword, since a parameter before them may have been left out; after
    ``*args`` in the signature that is impossible.
    """
    starred = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return ", ".join(_argument(p, by_keyword=not starred) for p in parameters)


def _argument(p: inspect.Parameter, *, by_keyword: bool) -> str:
    """Return one parameter as an argument of a call."""
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
        return f"{'*' if p.kind is p.VAR_POSITIONAL else '**'}{p.name}"
    optional = by_keyword and p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty
    return f"{p.name}={p.name}" if optional or p.kind is p.KEYWORD_ONLY else p.name
