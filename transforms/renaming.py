"""Rename variables, with regard for the scopes of lambdas and comprehensions.

>>> from adjoint.transforms.namer import Namer
>>> from adjoint.transforms.syntax import parse_expression, unparse
>>> node = parse_expression('[x * y for x in x if (lambda y, x=x: x * y)(x)]')
>>> rename_targets(node, Namer({'x'}), 7)
>>> print(unparse(node))
[x_7 * y for x_7 in x if (lambda y, x=x_7: x * y)(x_7)]
"""

from __future__ import annotations

from .closures import defaults_of
from .namer import Namer
from .syntax import Node, free_names, iter_child_nodes, names_read, names_written


def rename_targets(node: Node, namer: Namer, line: int) -> None:
    """Give the targets of a comprehension names that nothing else uses: they were its own (in place)."""
    targets = set().union(*(names_written(generator.target) for generator in node.generators))
    renamed = {name: namer.fresh(f"{name}_{line}") for name in sorted(targets)}
    outside, node.generators[0].iter = node.generators[0].iter, node.generators[0].target
    for child in iter_child_nodes(node):
        rename(child, renamed)
    node.generators[0].iter = outside


def rename(node: Node, renamed: dict[str, str]) -> None:
    """Rename variables where they mean those of the scope that a node stands in (in place)."""
    kind = type(node).__name__
    if kind == "Name" and node.id in renamed:
        node.id = renamed[node.id]
    if kind == "Lambda":
        own = names_read(node.body) - free_names(node)
        for default in defaults_of(node.args).values():
            rename(default, renamed)
        rename(node.body, {old: new for old, new in renamed.items() if old not in own})
        return
    if kind in ("ListComp", "SetComp", "DictComp", "GeneratorExp"):
        own = set().union(*(names_written(generator.target) for generator in node.generators))
        rename(node.generators[0].iter, renamed)
        renamed = {old: new for old, new in renamed.items() if old not in own}
    for child in iter_child_nodes(node):
        rename(child, renamed)
