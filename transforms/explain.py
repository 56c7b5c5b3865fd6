"""What to say about each construct that cannot be differentiated.

>>> from adjoint.inspection import inferred
>>> def f(x):
...     x[0] = 0.0
...     return np.sum(x)
>>> unit = inferred(f, np.ones(3))
>>> problem = problem_at(unit, unit.tree.body[0], 'ADJ101', 'x')
>>> problem.title, problem.line
('in-place change of an array cannot be differentiated', 2)
>>> problem.fixes[0]
'one expression:       x = np.where(mask, new, x)'
"""

from __future__ import annotations

from typing import Any

from adjoint.rules.errors import (
    LanguageError,
    MissingRuleError,
    MutationError,
    Problem,
    RuleError,
    SourceError,
)
from adjoint.rules.kinds import Known
from adjoint.rules.places import display_path

from .advice import instead
from .syntax import Node, shallow

MUTATIONS = frozenset({"ADJ101", "ADJ102", "ADJ103", "ADJ104", "ADJ105"})
#: code -> (title, label after the carets, why, fixes); ``{name}`` is the variable or callable.
TEXTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "ADJ101": (
        "in-place change of an array cannot be differentiated",
        "overwrites part of `{name}`; the pullback needs the old value",
        "the pullback re-reads values the primal computed; overwriting one silently changes the derivative.",
        (
            "one expression:       {name} = np.where(mask, new, {name})",
            "collect, then stack:  {name} = np.stack([... for i in range(n)])",
            "keep the code and give `{function}` a rule:  @adjoint.rrule({function})",
        ),
    ),
    "ADJ102": (
        "augmented assignment changes an array that others can see",
        "for an array this is a mutation of `{name}`, not a rebinding",
        "`{name}` may be shared with a caller or another variable, which would change too.",
        (
            "make a new array:     {name} = {name} + ...",
            "copy first:           {name} = {name}.copy()",
            "keep the code and give `{function}` a rule:  @adjoint.rrule({function})",
        ),
    ),
    "ADJ103": (
        "change of a container that others may see cannot be differentiated",
        "changes `{name}`, or a container in it, that something else may refer to",
        "only a container that this function made and that nothing else holds may change.",
        (
            "copy first:           {name} = list({name})  or  dict({name})",
            "build a new one:      {name} = [*{name}, item]  or  {{**{name}, key: value}}",
            "not a list of lists:  one dict, {name}[i, j] = value, or rows appended when they are complete",
        ),
    ),
    "ADJ104": (
        "change of an attribute cannot be differentiated",
        "writes a field of `{name}`, which others can see",
        "the pullback re-reads the fields that the primal read.",
        (
            "return the new value instead of storing it",
            "make a changed copy:  dataclasses.replace({name}, field=value)",
        ),
    ),
    "ADJ105": (
        "change in place of a value that a derivative needs",
        "changes `{name}`, which {line} has used",
        "the pullback reads `{name}` again when the function has ended; it would see the new value.",
        (
            "change a copy:        {name} = {name}.copy()",
            "make a new value:     {name} = np.where(mask, new, {name})",
            "make all changes before the first line that uses `{name}` together with active values",
        ),
    ),
    "ADJ110": (
        "a `try` block cannot be differentiated",
        "which lines ran depends on an exception",
        "reverse mode replays the lines that ran; an exception can leave a `try` body half-way through.",
        (
            "test first:           r = a / b if b != 0 else 0.0",
            "move the `try` outside the differentiated function",
            "if no exception is expected:  @adjoint.differentiable(allow_try=True)",
            "keep the code and give `{function}` a rule:  @adjoint.rrule({function})",
        ),
    ),
    "ADJ111": (
        "a generator function cannot be differentiated",
        "hands out values one at a time",
        "the caller decides in which order values are taken, so there is no fixed list of lines to reverse.",
        ("collect the values in a list and return it",),
    ),
    "ADJ112": (
        "an asynchronous function cannot be differentiated",
        "runs when an event loop decides",
        "reverse mode needs one order of execution.",
        ("move the numerical part into an ordinary function",),
    ),
    "ADJ113": (
        "assignment to a variable outside the function cannot be differentiated",
        "`{name}` is changed for everybody",
        "a derivative cannot follow a value through a variable that other code may read and change.",
        ("return the value",),
    ),
    "ADJ114": (
        "code that is made at run time cannot be differentiated",
        "`{name}` runs text that nobody can see beforehand",
        "source transformation needs the source.",
        ("write the code out", "give `{function}` a rule:  @adjoint.rrule({function})"),
    ),
    "ADJ115": (
        "a captured variable is assigned again after a function that uses it was passed on",
        "captures `{name}`, which changes later",
        "the function sees the new value, so its cotangent would belong to another value of `{name}`.",
        ("pass `{name}` as an argument", "give the later value another name"),
    ),
    "ADJ116": (
        "a number read from a text has no derivative",
        "the text was made of an active value",
        "the digits of a value are a constant: everything behind this line would have the derivative zero.",
        ("use the value itself instead of its text", "if a constant is meant:  adjoint.stop_gradient(x)"),
    ),
    "ADJ119": (
        "this construct cannot be differentiated",
        "{name} is not supported here",
        "there is no reverse for it yet; leaving it out silently would give a wrong gradient.",
        ("rewrite the line with assignments, branches and loops",),
    ),
    "ADJ120": (
        "call into compiled code cannot be differentiated",
        "`{name}` is a foreign function; it has no Python source",
        "source transformation needs source; a foreign function is only an address.",
        ("use a function that has a rule", "wrap it and give the wrapper a rule:\n{skeleton}"),
    ),
    "ADJ201": (
        "no rule for `{name}`",
        "carries a derivative into `{name}`",
        "it is compiled code without a derivative rule.",
        (
            "use a function that has a rule{nearest}",
            "write the rule:\n{skeleton}",
            "if its result is a constant here:  adjoint.non_differentiable({name})",
        ),
    ),
    "ADJ202": (
        "this call of `{name}` has no derivative",
        "the rule of `{name}` {misfit}",
        "an argument that a rule does not know is never dropped silently.",
        ("leave the argument out (`out=` in particular)", "write a rule that takes it:\n{skeleton}"),
    ),
}


def problem_at(unit: Any, node: Node, code: str, name: str, **extra: str) -> Problem:
    """Return a problem located at a node of the user's code."""
    title, label, why, fixes = TEXTS[code]
    names = {
        "name": name,
        "function": unit.tree.name,
        **dict.fromkeys(("skeleton", "nearest", "misfit"), ""),
        **extra,
    }
    place = node if hasattr(node, "lineno") else unit.tree
    lines = unit.source.lines
    line = "".join(lines[place.lineno - 1 : place.lineno])
    text = line.encode()[place.col_offset : place.end_col_offset].decode(errors="ignore")
    specific = instead(code, node, name, text, unit.inference.kinds.get(name))
    general = fixes[1:] if specific and code == "ADJ119" else fixes
    return Problem(
        code=code,
        title=title.format(**names),
        filename=unit.source.filename,
        line=place.lineno,
        column=characters(lines, place.lineno, place.col_offset),
        end_line=place.end_lineno or place.lineno,
        end_column=characters(lines, place.end_lineno or place.lineno, place.end_col_offset or 0),
        function=unit.tree.name,
        label=label.format(**names),
        why=why.format(**names),
        fixes=tuple(fix.format(**names) for fix in [*specific, *general]),
    )


def called_at(unit: Any, node: Node, error: SourceError) -> SourceError:
    """Add to the error of a function without source the line that calls it; return it."""
    place = f"{display_path(unit.source.filename)}:{node.lineno}"
    note = f"in `{unit.source.lines[node.lineno - 1].strip()}` ({place})"
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    return error


def error_of(problems: list[Problem]) -> LanguageError | RuleError:
    """Return the error that fits a list of problems."""
    codes = {p.code for p in problems}
    if codes <= {"ADJ201", "ADJ120"}:
        return MissingRuleError(problems)
    if codes <= {"ADJ202"}:
        return RuleError(problems)
    return MutationError(problems) if codes <= MUTATIONS else LanguageError(problems)


def indented(text: str) -> str:
    """Return a rule skeleton, indented below its line."""
    return "\n".join("    " + line if line else "" for line in text.split("\n"))


def spelled(node: Node) -> str:
    """Return the variable that an expression starts from."""
    while type(node).__name__ in ("Attribute", "Subscript", "Call"):
        base = getattr(node, "value", None) or getattr(node, "func", None)
        function = isinstance(getattr(base, "kind", None), Known) and getattr(node, "args", None)
        node = node.args[0] if function else base  # a function of NumPy may return a view of its argument
    return str(getattr(node, "id", "the value"))


def first_line(node: Node) -> Node:
    """Return a node that marks only the first words of a compound statement."""
    marker = shallow(node)
    words = {"Try": 3, "TryStar": 3, "Match": 5, "ClassDef": 5, "AsyncFunctionDef": 9, "Await": 5}
    marker.end_lineno = node.lineno
    marker.end_col_offset = node.col_offset + words.get(type(node).__name__, 5)
    return marker


def characters(lines: list[str], number: int, offset: int) -> int:
    """Turn a UTF-8 byte column of a line into a character column."""
    if not 0 < number <= len(lines):
        return offset
    return len(lines[number - 1].encode()[:offset].decode(errors="ignore"))
