"""What to write instead of a construct that is refused: one line for each, before the general advice.

>>> from adjoint.transforms.syntax import parse_expression
>>> instead('ADJ101', parse_expression('np.ndarray.sort(x)'), 'x', 'np.ndarray.sort(x)')
('{name} = np.sort({name})',)
>>> instead('ADJ119', parse_expression('{x, y}'), 'a set of active values')
('use a list, or the keys of a dict:  list(dict.fromkeys(values))',)
"""

from __future__ import annotations

import re
from typing import Any

from adjoint.rules.kinds import Dict, Kind, List

from .syntax import Node

#: Methods, functions and attributes that change an array; ``{name}`` is the array.
ARRAYS = {
    "sort": "{name} = np.sort({name})",
    "fill": "{name} = np.full_like({name}, value)",
    "partition": "{name} = np.partition({name}, kth)",
    "resize": "{name} = np.resize({name}, shape)",
    "put": "{name} = np.where(np.isin(np.arange({name}.size), indices), new, {name})",
    "place": "{name} = np.where(mask, new, {name})",
    "putmask": "{name} = np.where(mask, new, {name})",
    "copyto": "{name} = np.where(where, new, {name})",
    "fill_diagonal": "{name} = np.where(np.eye(len({name}), dtype=bool), new, {name})",
    "at": "{name} = {name} + np.bincount(indices, weights=values, minlength={name}.size)",
    "shuffle": "{name} = {name}[rng.permutation(len({name}))]",
    "permuted": "leave `out=` out and keep the result:  {name} = rng.permuted({name})",
    "setfield": "{name} = np.full_like({name}, value)",
    "setflags": "leave it out: a derivative changes nobody's arrays",
    "shape": "{name} = {name}.reshape(shape)",
    "dtype": "{name} = {name}.view(dtype)",
    "real": "{name} = new + 1j * {name}.imag",
    "imag": "{name} = {name}.real + 1j * new",
    "flat": "{name} = np.where(np.arange({name}.size) == i, new, {name}.ravel()).reshape({name}.shape)",
}
LISTS = {
    "append": "{name} = [*{name}, item]",
    "extend": "{name} = [*{name}, *items]",
    "insert": "{name} = [*{name}[:i], item, *{name}[i:]]",
    "pop": "*{name}, item = {name}",
    "remove": "{name} = [v for v in {name} if v != item]",
    "reverse": "{name} = {name}[::-1]",
    "sort": "{name} = sorted({name})",
    "clear": "{name} = []",
    "store": "{name} = [*{name}[:i], value, *{name}[i + 1:]]",
    "delete": "{name} = [*{name}[:i], *{name}[i + 1:]]",
    "augmented": "{name} = {name} + items",
}
DICTS = {
    "pop": "value = {name}[key];  {name} = {{k: v for k, v in {name}.items() if k != key}}",
    "popitem": "key, value = list({name}.items())[-1];  {name} = dict(list({name}.items())[:-1])",
    "update": "{name} = {{**{name}, **other}}",
    "setdefault": "{name} = {{key: default, **{name}}}",
    "clear": "{name} = {{}}",
    "store": "{name} = {{**{name}, key: value}}",
    "delete": "{name} = {{k: v for k, v in {name}.items() if k != key}}",
    "augmented": "{name} = {{**{name}, **other}}",
}
#: What the name of an unsupported construct holds -> what to write instead.
CONSTRUCTS = {
    "context manager": "compute the active value before the `with`; give the manager what has no derivative",
    "deleting a field": "make a new object without the field, or leave the field where it is",
    "deleting items": "build a new container of the items that stay",
    "slice of a list": "put the list together:  values = [*values[:i], *new, *values[j:]]",
    "iterator that is kept": "make a list of it:  values = list(...)",
    "`.append()` inside": "append on a line of its own",
    "passing on the method": "write a loop that calls the method, or pass on a function that returns it",
    "a set of": "use a list, or the keys of a dict:  list(dict.fromkeys(values))",
    "while walking": "walk with a name of its own, and store in the body of the loop",
    "inside a generator": "write the loop out, or use a list:  [... for ... in ...]",
    "class defined inside": "define the class outside, and pass the active values to its constructor",
    "`match`": "write it as `if` and `elif`",
    "__post_init__": "compute the field before the object is made, and pass it to the constructor",
    "hands out its items in steps": "walk over a list:  for v in list(items)",
}


def instead(code: str, node: Node, name: str, text: str = "", kind: Kind | None = None) -> tuple[str, ...]:
    """Return what to write instead of a refused construct; empty if the general advice says it.

    Args:
        code: the code of the problem.
        node: where it stands.
        name: what the message is about.
        text: how the user wrote it.
        kind: the kind of the variable that the message is about, where it is a name.
    """
    if code == "ADJ119":
        return tuple(fix for words, fix in CONSTRUCTS.items() if words in name)[:1]
    if code == "ADJ201" and name == "slice":
        return ("write the points out:  np.linspace(a, b, 5), np.arange(a, b, step) and np.meshgrid",)
    word = construct(node, text)
    if code == "ADJ101" and has_out(node):
        return ("leave `out=` out and keep the result:  {name} = " + text.partition("(")[0] + "(...)",)
    if code == "ADJ101":
        return known(ARRAYS, word)
    if code == "ADJ103":
        held = getattr(container(node), "kind", None)
        held = held if isinstance(held, List | Dict) else kind
        return known(DICTS if isinstance(held, Dict) else LISTS if isinstance(held, List) else {}, word)
    return ()


def known(table: dict[str, str], word: str) -> tuple[str, ...]:
    return (table[word],) if word in table else ()


def has_out(node: Node) -> bool:
    """Whether a call names the array for its result."""
    return any(keyword.arg == "out" for keyword in getattr(node, "keywords", ()))


def construct(node: Node, text: str) -> str:
    """Return the method, function or attribute that a problem is about, or which kind of statement it is."""
    kind = type(node).__name__
    if called := re.findall(r"\.(\w+)\(", text):
        return str(called[-1])
    if kind == "Subscript" and getattr(node.value, "attr", "") == "flat":
        return "flat"
    named = {"Delete": "delete", "AugAssign": "augmented", "Subscript": "store"}
    return named.get(kind) or ("delete" if text.startswith("del ") else str(getattr(node, "attr", "")))


def container(node: Node) -> Any:
    """Return the expression whose value a statement or call changes."""
    kind = type(node).__name__
    if kind == "Call":
        return getattr(node.func, "value", None)
    target = node.targets[0] if kind == "Delete" else node
    return target.target if kind == "AugAssign" else getattr(target, "value", None)


__all__ = ["instead"]
