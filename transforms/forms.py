"""The forms in which a differentiated function is written: split in two, fused, or forward.

``f__primal`` returns the value and what ``f__pullback`` needs; ``f__value_and_grad`` is one straight
function, and so is ``f__pushforward``, which returns value and tangent.  All are shown exactly as they run.

>>> from adjoint import source
>>> def f(x):
...     return np.sin(x) * x
>>> print(source(f, stage='split'))
# reverse mode of f(x) with respect to x   (<doctest adjoint.transforms.forms[1]>:1)
def f__primal(x):
    sin_2 = np.sin(x)
    out = sin_2 * x
    return out, (x, sin_2)
<BLANKLINE>
def f__pullback(saved, out_bar):
    x, sin_2 = saved
    # <doctest adjoint.transforms.forms[1]>:2   return np.sin(x) * x
    x_bar = out_bar * sin_2 + out_bar * x * np.cos(x)
    return x_bar
<BLANKLINE>
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .changes import every
from .effects import heads, reads, writes
from .emit import Writer, signature_text
from .fresh import fresh_results
from .options import is_on
from .pipeline import Adjoint
from .push_pipeline import Pushed
from .seeding import without_ones
from .syntax import Node, assign, constant, load, make, names_written, store
from .tracing import module_names, traceable


@dataclass(frozen=True)
class Text:
    """Generated source: its text, the names it defines, and where its lines came from."""

    text: str
    names: tuple[str, ...]
    line_map: dict[int, tuple[str, int, str]]
    fresh: tuple[Any, ...] = ()  # which results of a fused function are new arrays; see fresh.py


def split(adjoint: Adjoint, title: str) -> Text:
    """Write the primal and the pullback."""
    unit = adjoint.unit
    writer = Writer(unit.source.filename, unit.source.lines)
    writer.line(title)
    names = (f"{unit.name}__primal", f"{unit.name}__pullback")
    saved = saved_tuple(adjoint.saved)
    start = [assign(name, constant(None)) for name in adjoint.unsure]
    value = make("Return", value=make("Tuple", elts=[adjoint.value, saved]))
    write_function(
        writer,
        names[0],
        signature_text(unit.tree.args),
        [*start, *adjoint.primal, value],
        False,
        "in the primal of `{}`",
    )
    writer.line("")
    unpack = []
    if adjoint.saved:
        targets = make("Tuple", elts=[store(n) for n in adjoint.saved], ctx=make("Store"))
        unpack = [assign(targets, load("saved"))]
    result = make("Return", value=one_or_tuple(adjoint.results))
    write_function(
        writer,
        names[1],
        f"saved, {adjoint.seed}",
        [*unpack, *adjoint.reverse, result],
        True,
        "in the pullback of `{}`",
    )
    return Text(writer.text(), names, writer.line_map)


def fused(adjoint: Adjoint, title: str) -> Text:
    """Write value and gradient as one function."""
    unit = adjoint.unit
    writer = Writer(unit.source.filename, unit.source.lines)
    writer.line(title)
    name = f"{unit.name}__value_and_grad"
    writer.line(f"def {name}({signature_text(unit.tree.args)}):")
    writer.comments = False
    writer.context = "in the primal of `{}`"
    for statement in adjoint.primal:
        writer.statement(statement, 1)
    value = adjoint.value
    read = reads(value)
    changing = (part for statement in every(adjoint.reverse) for part in heads(statement))
    if any(writes(part) & read for part in changing):  # the reverse uses the name again
        kept = unit.namer.fresh("value")
        writer.statement(assign(kept, value), 1)
        value = load(kept)
    writer.comments = True
    writer.context = "in the pullback of `{}`"
    for statement in adjoint.reverse:
        writer.statement(statement, 1)
    writer.statement(make("Return", value=make("Tuple", elts=[value, one_or_tuple(adjoint.results)])), 1)
    return Text(writer.text(), (name,), writer.line_map, fresh_results(adjoint.reverse, adjoint.results))


def seeded_text(pushed: Pushed, title: str) -> Text:
    """Write value and gradient with respect to one number as one function, in forward mode."""
    unit = pushed.unit
    writer = Writer(unit.source.filename, unit.source.lines)
    writer.line(title)
    name = f"{unit.name}__value_and_grad"
    written = names_written(pushed.body)
    ones = {dot for dot in pushed.dots if dot not in written}
    body = without_ones(pushed.body, ones, unit.inference.kinds.get) if is_on("fold") else pushed.body
    read = set().union(*map(reads, body))
    body = [assign(dot, constant(1.0)) for dot in pushed.dots if dot in read | written] + body
    write_function(writer, name, signature_text(unit.tree.args), body, True, "in the derivative of `{}`")
    return Text(writer.text(), (name,), writer.line_map)


def forward(pushed: Pushed, title: str, part: str = "pushforward") -> Text:
    """Write value and tangent as one function; the tangents of the arguments come first."""
    unit = pushed.unit
    writer = Writer(unit.source.filename, unit.source.lines)
    writer.line(title)
    name = f"{unit.name}__{part}"
    parameters = ", ".join(filter(None, [*pushed.dots, signature_text(unit.tree.args)]))
    write_function(writer, name, parameters, pushed.body, True, f"in the {part} of `{{}}`")
    return Text(writer.text(), (name,), writer.line_map)


def traced(unit: Any, form: str, title: str, aux: bool = False, algebra: Any = None) -> Text:
    """Write a function that runs with traced values, and the functions around it for one form.

    Args:
        unit: the function.
        form: the form of generated code.
        title: the comment at the top.
        aux: the function returns a pair of which only the first item is differentiated.
        algebra: what is carried along, if it is not tangents.
    """
    writer = Writer(unit.source.filename, unit.source.lines, comments=False)
    writer.line(title)
    name, parameters = unit.name, signature_text(unit.tree.args)
    helpers = {wish: unit.helper(wish, getattr(unit.session.runtime, wish)) for wish in TRACED[form]}
    function, inactive = f"{name}__traced", [n for n in unit.parameters if n not in unit.active]
    active, others = dict_text(unit.active), dict_text(inactive)
    if form == "forward":
        dots = [unit.namer.fresh(f"{n}_dot") for n in unit.active]
        bodies = {
            "pushforward": [
                f"return {helpers['pushed']}({function}, {dict_text(unit.active, dots)}, {active}, {others})"
            ]
        }
        parameters = ", ".join(filter(None, [*dots, parameters]))
    elif algebra is not None:
        dots = [unit.namer.fresh(f"{n}_{algebra.suffix}") for n in unit.active]
        asked = unit.namer.fresh(algebra.parameter)
        carried = f"{asked}, {function}, {dict_text(unit.active, dots)}, {active}, {others}"
        bodies = {algebra.part: [f"return {helpers['carried']}({carried})"]}
        parameters = ", ".join(filter(None, [asked, *dots, parameters]))
    else:
        recorded = f"{helpers['record']}({function}, {active}, {others})"
        tape, seed = unit.namer.fresh("tape"), "(1.0, None)" if aux else "1.0"
        bodies = {
            "primal": [f"return {recorded}"],
            "pullback": [f"return {helpers['pull']}({tape}, out_bar)"],
        }
        if form == "fused":
            lines = [f"out, {tape} = {recorded}", f"return out, {helpers['pull']}({tape}, {seed})"]
            bodies = {"value_and_grad": lines}
    for part, lines in bodies.items():
        writer.line(f"def {name}__{part}({f'{tape}, out_bar' if part == 'pullback' else parameters}):")
        for line in lines:
            writer.line("    " + line)
        writer.line("")
    modules = module_names(unit.scope.function, unit.tree)
    tree = traceable(unit.tree, helpers["apply"], helpers["operate"], modules)
    write_function(writer, function, signature_text(tree.args), tree.body, True, "in `{}`")
    return Text(writer.text(), (*(f"{name}__{part}" for part in bodies), function), writer.line_map)


#: What the forms of a function that runs with traced values call.
TRACED = {
    "split": ("record", "pull", "apply", "operate"),
    "fused": ("record", "pull", "apply", "operate"),
    "forward": ("pushed", "apply", "operate"),
    "taylor": ("carried", "apply", "operate"),
}


def dict_text(names: list[str], values: list[str] | None = None) -> str:
    """Return the text of a dict from names to variables."""
    return "{" + ", ".join(f"{n!r}: {v}" for n, v in zip(names, values or names, strict=True)) + "}"


def write_function(
    writer: Writer, name: str, parameters: str, body: list[Node], comments: bool, context: str
) -> None:
    """Write one function."""
    writer.comments, writer.last, writer.context = comments, None, context
    writer.line(f"def {name}({parameters}):")
    writer.block(body, 1)


def saved_tuple(names: list[str]) -> Node:
    """Return the tuple of saved values."""
    return make("Tuple", elts=[load(name) for name in names])


def one_or_tuple(nodes: list[Node]) -> Any:
    """Return a single node itself, several as a tuple."""
    return nodes[0] if len(nodes) == 1 else make("Tuple", elts=nodes)
