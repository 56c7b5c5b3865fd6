"""What of a module can be differentiated: read off the registry, never written by hand."""

from __future__ import annotations

import importlib
import inspect
import platform
import types
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.rules.registry import Rule, registry
from adjoint.runtime.structural import STRUCTURAL

BY_SOURCE = "Through their Python source, as far as that can be differentiated"
MODULES = (
    "numpy",
    "numpy.linalg",
    "numpy.fft",
    "numpy.ndarray",
    "math",
    "cmath",
    "operator",
    "builtins",
    "functools",
    "itertools",
    "scipy.special",
    "scipy.linalg",
    "scipy.fft",
    "scipy.signal",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.stats",
    "scipy.sparse.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.spatial.distance",
)

UNSUPPORTED, CONSTANT = "unsupported", "constant"


@dataclass(frozen=True)
class Row:
    """One function: how it is differentiated, by which keywords it cannot be called, and its conventions.

    ``reverse`` is ``elementwise``, ``rule``, ``constant`` (no derivative), ``structure`` (a builtin that
    moves values), ``source`` (its Python source is differentiated) or ``unsupported``.
    """

    name: str
    reverse: str
    forward: bool
    refused: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def supported(self) -> bool:
        """Whether a call that carries a derivative can be differentiated, or carries none."""
        return self.reverse != UNSUPPORTED


@dataclass(frozen=True)
class Coverage:
    """The rows of one module; its text is a Markdown table."""

    module: str
    rows: tuple[Row, ...]

    @property
    def supported(self) -> list[str]:
        """Names of what can be differentiated or declared to carry no derivative."""
        return [row.name for row in self.rows if row.supported]

    @property
    def unsupported(self) -> list[str]:
        """Names of what is refused when a derivative reaches it."""
        return [row.name for row in self.rows if not row.supported]

    def __str__(self) -> str:
        """Return differentiable functions as a table, the rest as two lists."""
        rules = [row for row in self.rows if row.reverse not in (UNSUPPORTED, CONSTANT, "source")]
        lines = [
            "| function | reverse | forward | refused keywords | what the rule says |",
            "|---|---|---|---|---|",
        ]
        lines += [line(row) for row in rules] if rules else []
        parts = ["\n".join(lines)] if rules else []
        parts += listed("No derivative", [row.name for row in self.rows if row.reverse == CONSTANT])
        parts += listed(BY_SOURCE, [r.name for r in self.rows if r.reverse == "source"])
        reasons = [row for row in self.rows if not row.supported and row.notes]
        parts += listed("Unsupported", [row.name for row in self.rows if not row.supported and not row.notes])
        parts += ["\n".join(["Refused, and why:", "", *map(reason, reasons)])] if reasons else []
        return "\n\n".join(parts)


def listed(title: str, names: list[str]) -> list[str]:
    """Return a paragraph that lists names, nothing for none."""
    return [f"{title}: {', '.join(f'`{name}`' for name in names)}."] if names else []


def line(row: Row) -> str:
    """Return a row of the table."""
    refused = ", ".join(f"`{name}`" for name in row.refused)
    notes = "; ".join(row.notes).replace("``", "`").replace("|", "\\|")
    return f"| `{row.name}` | {row.reverse} | {'yes' if row.forward else ''} | {refused} | {notes} |"


def reason(row: Row) -> str:
    """Return a line that says why a function is refused."""
    return f"- `{row.name}`: {'; '.join(row.notes)}"


def coverage(module: Any) -> Coverage:
    """Return what of a module, or of the methods and attributes of a class, can be differentiated.

    Args:
        module: a module such as ``numpy``, or a class such as ``numpy.ndarray``.

    Example:
        >>> import math
        >>> table = coverage(math)
        >>> 'hypot' in table.supported, 'hypot' in table.unsupported
        (True, False)
    """
    names = [name for name in dir(module) if not name.startswith("_")]
    found = [(name, member(module, name)) for name in names]
    rows = [row_of(name, value) for name, value in found if counts(value)]
    return Coverage(module.__name__, tuple(rows))


def member(module: Any, name: str) -> Any:
    """Return a member of a module or class; reading deprecated ones warns nobody."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(module, name, None)


def counts(value: Any) -> bool:
    """Whether a member is a function, a method, an attribute, or a class that has a rule."""
    if isinstance(value, type):
        return bool(registry.lookup(value)) or value in STRUCTURAL
    called = inspect.getattr_static(type(value), "__call__", None)
    instance = isinstance(called, types.FunctionType) and not registry.lookup(value)
    return callable(value) and not instance or inspect.isgetsetdescriptor(value)


def row_of(name: str, primal: Any) -> Row:
    """Return the row of one function."""
    rules = [rule for rule in registry.lookup(primal) if rule.form != "opt_out"]
    forward = bool(registry.pushforwards(primal)) and not all(rule.form == "constant" for rule in rules)
    notes = dict.fromkeys(summary for rule in reversed(rules) if (summary := summary_of(rule)))
    whys = [why for rule in rules if (why := getattr(rule.function, "refusal", ""))]
    if whys:
        return Row(name, UNSUPPORTED, False, (), tuple(whys[:1]))
    return Row(name, how(primal, rules), forward, refused(primal, rules), tuple(notes))


def how(primal: Any, rules: list[Rule]) -> str:
    """Return in one word how a function is differentiated."""
    forms = {rule.form for rule in rules if not generic(rule)}
    if "scalar" in forms:
        return "elementwise"
    if forms & {"rrule"}:
        return "rule"
    if forms:
        return CONSTANT
    if hashed(primal) and primal in STRUCTURAL:
        return "structure"
    return "source" if isinstance(primal, types.FunctionType) else UNSUPPORTED


def hashed(primal: Any) -> bool:
    """Whether a callable can be looked up in a table."""
    return type(primal).__hash__ is not None


def refused(primal: Any, rules: list[Rule]) -> tuple[str, ...]:
    """Return the keywords of a function that none of its rules takes."""
    differentiable = [rule for rule in rules if rule.form in ("scalar", "rrule")]
    try:
        parameters = inspect.signature(primal).parameters.values()
    except (TypeError, ValueError):
        return ()
    ufunc = isinstance(primal, np.ufunc)  # they all refuse the same
    if not differentiable or ufunc or any(takes_any(rule) for rule in differentiable):
        return ()
    taken = {name for rule in differentiable for name in rule.parameters}
    keywords = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    first = [p.name for p in parameters if p.default is p.empty]
    return tuple(name for name in keywords if name not in taken and name not in first)


def takes_any(rule: Rule) -> bool:
    """Whether a rule has ``**kwargs``."""
    return any(p.kind is p.VAR_KEYWORD for p in rule.signature.parameters.values())


def generic(rule: Rule) -> bool:
    """Whether a rule is the one that every elementwise function has for lists and tuples."""
    return getattr(rule.function, "__module__", "") == "adjoint.rules.toarrays"


def summary_of(rule: Rule) -> str:
    """Return the first line of what a rule says about itself."""
    own = rule.form in ("scalar", "rrule") and rule.built_in and not generic(rule)
    text = inspect.getdoc(rule.function) if own else None
    return (text or "").partition("\n")[0].strip().rstrip(".")


def page(modules: Iterable[str] = MODULES) -> str:
    """Return the text of docs/coverage.md: one section for each module that is installed."""
    registry.refresh_rules()
    parts = [HEAD, f"Written with {versions()}."]
    for name in modules:
        found = imported(name)
        if found is not None:
            parts.append(f"## {name}\n\n{coverage(found)}")
    return "\n\n".join(parts) + "\n"


def versions() -> str:
    """Return the versions of Python, NumPy and SciPy, which have different functions."""
    scipy = imported("scipy")
    python = ".".join(platform.python_version_tuple()[:2])
    numpy = ".".join(np.__version__.split(".")[:2])
    return f"Python {python}, NumPy {numpy}" + (
        f", SciPy {'.'.join(scipy.__version__.split('.')[:2])}" if scipy else ""
    )


def imported(name: str) -> Any:
    """Return a module or class by its dotted name, None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        module, _, attribute = name.rpartition(".")
        found = imported(module) if module else None
        return getattr(found, attribute, None)


HEAD = """# Coverage

What can be differentiated, read off the rules. `adjoint.coverage(module)` gives the same for any module or
class.

- **elementwise**: the rule gives partial derivatives; reverse, forward and second derivatives follow.
- **rule**: the rule gives a value and a pullback.
- **structure**: a builtin that moves values between containers.
- **refused keywords**: parameters that no rule takes; a call that uses one is refused, never wrong
  ([ADJ202](errors.md#adj202)). Ufuncs refuse `out`, `where`, `casting`, `order`, `dtype`, `subok`.

A function without a rule is refused when a derivative reaches it ([ADJ201](errors.md#adj201)), and runs
as it stands otherwise. Conventions at kinks are in [limitations.md](limitations.md#conventions-at-kinks)."""

__all__ = ["Coverage", "Row", "coverage", "page"]
