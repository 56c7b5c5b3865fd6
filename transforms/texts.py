"""Numbers that are written as text and read back: ``float(str(x))``.

A text carries no derivative, so the number read from it would be a constant.  Inference follows the texts and
bytes that hold the digits of an active value through the expressions that only move or cut them; where a
number is read from one, the fence refuses.

>>> from adjoint.inspection import inferred
>>> from adjoint.transforms.syntax import unparse, walk
>>> def f(x):
...     line = f"{x:.3f}, {2.0 * x}"
...     print(line)
...     parts = line.split(", ")
...     return float(parts[0]) + len(line)
>>> [unparse(node) for node in walk(inferred(f, 2.0).tree.body) if getattr(node, "parses", False)]
['float(parts[0])']
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.kinds import Dict, Kind, Known, List, Tuple, Unknown, dict_values

from .syntax import Node

#: Functions that write digits, and functions that read them, by module and name.
WRITING = frozenset(
    """
    builtins.str builtins.repr builtins.ascii builtins.format builtins.bytes float.hex complex.__repr__
    float.__repr__ float.__str__ float.__format__ numpy.array2string numpy.array_str numpy.array_repr
    numpy.format_float_positional numpy.format_float_scientific ndarray.tobytes generic.tobytes
    ndarray.dumps generic.dumps _pickle.dumps json.dumps numpy.strings.mod
    """.split()
)
READING = frozenset(
    """
    builtins.float builtins.complex numpy.float64 numpy.float32 numpy.float16 numpy.longdouble
    numpy.complex128 numpy.complex64 float.fromhex numpy.fromstring numpy.frombuffer
    ast.literal_eval _pickle.loads decimal.Decimal fractions.Fraction json.loads numpy.loadtxt
    numpy.genfromtxt locale.atof
    """.split()
)
MAKING = frozenset(("numpy.array", "numpy.asarray"))
#: Methods of texts whose results are texts, lists of texts or bytes.
MOVING = frozenset(
    """
    strip lstrip rstrip split rsplit splitlines partition rpartition join format format_map replace lower
    upper title capitalize swapcase casefold center ljust rjust zfill removeprefix removesuffix expandtabs
    translate encode decode copy pop get
    """.split()
)


def marked(node: Node, kind: Kind) -> Kind:
    """Return the kind of a visited expression, with what is known of texts; note where one is read."""
    rule = RULES.get(node.__class__.__name__)
    return kind if rule is None else rule(node, kind)


def carries(node: Node) -> bool:
    """Whether a value is active, or a text made of an active value."""
    return bool(node.kind.active) or is_written(node.kind)


def is_written(kind: Kind | None) -> bool:
    """Whether a value is a text with the digits of an active value in it, or holds one."""
    match kind:
        case Unknown():
            return kind.written
        case List(element):
            return is_written(element)
        case Tuple(items):
            return any(map(is_written, items))
        case Dict():
            return any(map(is_written, dict_values(kind)))
        case _:
            return False


def of_joined(node: Node, kind: Kind) -> Kind:
    """An f-string."""
    values = (part.value for part in node.values if type(part).__name__ == "FormattedValue")
    return Unknown(False, True) if any(map(carries, values)) else kind


def of_operator(node: Node, kind: Kind) -> Kind:
    """``"%.3f" % x``, and sums of texts."""
    left = node.left.kind
    text = is_written(left) or isinstance(left, Known) and isinstance(left.value, str | bytes)
    if not text and not is_written(node.right.kind):
        return kind
    if not carries(node.left) and not carries(node.right):
        return kind
    node.decision = None
    return Unknown(False, True)


def of_item(node: Node, kind: Kind) -> Kind:
    """A part of a text, or of a list of texts."""
    return Unknown(False, True) if isinstance(node.value.kind, Unknown) and node.value.kind.written else kind


def of_call(node: Node, kind: Kind) -> Kind:
    """A call that writes digits, moves them or reads them."""
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    base = node.func.value if type(node.func).__name__ == "Attribute" else None
    texts = any(is_written(value.kind) for value in given) or base is not None and is_written(base.kind)
    name = spelled(getattr(node, "callee", None))
    inner = getattr(node, "unit", None) or getattr(node, "inner", None)
    node.parses = inner is not None and inner.parses or texts and reads_numbers(node, name)
    method = base is not None and node.func.attr in MOVING and is_text(base.kind)
    if kind.active and not method or node.parses:
        return kind
    written = name in WRITING and any(map(carries, [*given, *([base] if base is not None else [])]))
    moved = method and (texts or any(map(carries, given))) or texts and name in MAKING
    bits = name == "ndarray.view" and base is not None and carries(base)
    digits = any(map(is_text_dtype, dtypes_of(node, name))) and any(
        map(carries, [*given, *filter(None, [base])])
    )
    if not (written or moved or bits or digits):
        return kind
    node.decision = None
    return Unknown(False, True)


def is_text(kind: Kind) -> bool:
    """Whether a value is a text, or a container of texts made of active values."""
    return is_written(kind) or isinstance(kind, Known) and isinstance(kind.value, str | bytes)


def reads_numbers(node: Node, name: str) -> bool:
    """Whether a call makes numbers of the digits that it is given."""
    if name == "builtins.map" and node.args:
        return spelled(node.args[0].kind) in READING
    if name in READING:
        return True
    return any(is_dtype(kind, "fc") for kind in dtypes_of(node, name))


def dtypes_of(node: Node, name: str) -> list[Kind]:
    """Return the kinds of what a call is told of the dtype of the array that it makes."""
    converts, makes = getattr(node.func, "attr", "") in ("astype", "view"), name in MAKING
    named = [keyword.value.kind for keyword in node.keywords if keyword.arg == "dtype"]
    place = 0 if converts else 1
    return [*named, *(arg.kind for arg in node.args[place : place + 1])] if converts or makes else []


def is_text_dtype(kind: Kind) -> bool:
    """Whether a value stands for a dtype of texts or bytes."""
    return is_dtype(kind, "SU")


def is_dtype(kind: Kind, letters: str) -> bool:
    """Whether a value stands for a dtype of some kinds."""
    try:
        return isinstance(kind, Known) and np.dtype(kind.value).kind in letters
    except TypeError:
        return False


def spelled(kind: Kind | None) -> str:
    """Return module, or class, and name of a known function."""
    value: Any = kind.value if isinstance(kind, Known) else None
    home = getattr(value, "__objclass__", None)
    owner = getattr(value, "__module__", None) if home is None else home.__name__
    bound = getattr(value, "__self__", None)
    if owner is None and isinstance(bound, type):  # ``float.fromhex``
        owner = bound.__name__
    return f"{owner}.{getattr(value, '__name__', '')}"


RULES = {"JoinedStr": of_joined, "BinOp": of_operator, "Subscript": of_item, "Call": of_call}

__all__ = ["is_written", "marked"]
