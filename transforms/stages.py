"""The text of a function after each pass, for whoever wants to look into the compiler.

Passes change trees in place, so a stage is printed as soon as its pass has run.

>>> def f(x):
...     return x * x
>>> from adjoint import source
>>> print(source(f, stage='lower'))
def f(x):
    out = x * x
    return out
>>> print(source(f, stage='reverse'))
def f(x):
    out = x * x
    # reverse
    out_bar = 1.0
    x_bar = 2.0 * out_bar * x
    result = x_bar
    return out, result
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from adjoint.rules.kinds import Array, Dict, Kind, Known, List, Object, Scalar, Tuple

from .emit import Writer, signature_text
from .forms import one_or_tuple
from .syntax import Node, call, load, make, names_written, shallow, store

#: The passes after which a function can be printed, in their order, for each mode.
STAGES = {
    "reverse": (
        "read", "normalize", "infer", "lower", "reverse", "reuse", "simplify", "shapes", "share", "buffers",
        "saving", "regroup", "fold", "direct",
    ),
    "forward": ("read", "normalize", "infer", "lower", "pushforward", "regroup"),
    "jet": ("read", "normalize", "infer", "lower", "pushforward", "regroup"),
}  # fmt: skip


class Stages:
    """The texts of the first function of a compilation, by stage, if they are to be kept."""

    def __init__(self, keep: bool = False) -> None:
        self.keep = keep
        self.unit: Any = None
        self.texts: dict[str, str] = {}

    def whole(self, stage: str, unit: Any, tree: Node) -> None:
        """Note the definition of a function."""
        if not self.concerns(unit):
            return
        known = kinds_text(unit, tree) if stage == "infer" else []
        self.texts[stage] = written(unit, tree, tree.body, known)

    def halves(
        self, unit: Any, seed: str, stage: str, primal: list[Node], reverse: list[Node], results: list[Node]
    ) -> None:
        """Note the two halves of a function in reverse mode; the primal ends in its ``return``."""
        if self.concerns(unit):
            self.texts[stage] = written(unit, unit.original, primal, [], (seed, reverse, results))

    def pushed(self, unit: Any, dots: list[str], stage: str, body: list[Node]) -> None:
        """Note a function in forward mode; the tangents of its arguments come first."""
        if self.concerns(unit):
            self.texts[stage] = written(unit, unit.original, body, [], dots=dots)

    def rewrite(self, unit: Any, change: Callable[[str], str]) -> None:
        """Change what was noted of a function."""
        if self.concerns(unit):
            self.texts = {stage: change(text) for stage, text in self.texts.items()}

    def concerns(self, unit: Any) -> bool:
        """Whether a unit is the one that is looked at."""
        if self.keep and self.unit is None:
            self.unit = unit
        return self.keep and unit is self.unit


def written(
    unit: Any,
    tree: Node,
    body: list[Node],
    head: list[str],
    half: tuple[str, list[Node], list[Node]] | None = None,
    dots: Iterable[str] = (),
) -> str:
    """Return a function as text.

    Args:
        unit: what it belongs to.
        tree: its definition, for name and parameters.
        body: its statements.
        head: the lines above it.
        half: the seed if it is a parameter, the statements of the reverse, and the results.
        dots: the tangents of the arguments, which come first.
    """
    writer = Writer(unit.source.filename, unit.source.lines, comments=False)
    writer.lines += head
    seed, reverse, results = half or ("", [], [])
    parameters = ", ".join(filter(None, [*dots, signature_text(tree.args), seed]))
    writer.line(f"def {tree.name}({parameters}):")
    if half is not None:
        writer.block(shown(body[:-1]), 1)
        writer.line("    # reverse")
        value = make("Tuple", elts=[body[-1].value, one_or_tuple(results)])
        body = [*reverse, make("Return", value=value)]
    writer.block(shown(body), 1)
    return writer.text().rstrip("\n")


def shown(block: list[Node]) -> list[Node]:
    """Give the loops of the reverse a header where the pass that decides on it has not run yet."""
    result = []
    for statement in block:
        if hasattr(statement, "body") and type(statement).__name__ in ("If", "For", "While", "With"):
            statement = shallow(statement)
            statement.body = shown(statement.body)
            if hasattr(statement, "orelse"):
                statement.orelse = shown(statement.orelse)
            if hasattr(statement, "reverses") and type(statement.target).__name__ == "Constant":
                statement.target = store("trip")
                statement.iter = call("reversed", [load(f"trips_{statement.reverses.lineno}")])
        result.append(statement)
    return result


def kinds_text(unit: Any, tree: Node) -> list[str]:
    """Return one comment line for the kind of every variable."""
    names = [*unit.parameters, *sorted(names_written(tree.body) - set(unit.parameters))]
    kinds = unit.inference.kinds
    return [f"# {name}: {spelled(kinds[name])}" for name in names if name in kinds]


def spelled(kind: Kind) -> str:
    """Return a kind in words.

    >>> spelled(Tuple((Scalar(np.dtype(float), active=True), Array(np.dtype(float), ('n', '1')))))
    '(active float64, float64[n, 1])'
    """
    active = "active " if kind.active else ""
    match kind:
        case Scalar(dtype):
            return f"{active}{dtype}"
        case Array(dtype, dims):
            return f"{active}{dtype or 'number'}[{'...' if dims is None else ', '.join(dims)}]"
        case Known(value):
            return f"{active}{getattr(value, '__name__', repr(value))}"
        case Tuple(items):
            return f"({', '.join(map(spelled, items))})"
        case List(element):
            return f"[{'' if element is None else spelled(element)}]"
        case Dict(items) if items is not None:
            return f"{{{', '.join(f'{key!r}: {spelled(child)}' for key, child in items)}}}"
        case Object(cls, fields):
            return f"{cls.__name__}({', '.join(f'{name}: {spelled(child)}' for name, child in fields)})"
        case _:
            return f"{active}{type(kind).__name__.lower()}"


__all__ = ["STAGES", "Stages", "spelled"]
