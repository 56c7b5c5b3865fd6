"""Which fields of a node class hold nodes: what every walk over a tree asks, answered once per class.

>>> from adjoint.transforms.syntax import parse
>>> statement = parse('y += x').body[0]
>>> statement._fields, BELOW[type(statement)]
(('target', 'op', 'value'), ('value', 'target'))
"""

from __future__ import annotations

import ast
import typing
from typing import Any

#: Fields that gast fills with a name node, although their type is ``str``.
NAMED = {"ExceptHandler": "name"}
#: Contexts and operators: they have no fields, and no pass ever changes one.
LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


class Below(dict[type, tuple[str, ...]]):
    """For each node class the fields that may hold a node or a list of nodes, the last one first."""

    def __missing__(self, cls: Any) -> tuple[str, ...]:
        self[cls] = tuple(
            field
            for field in reversed(cls._fields)
            if holds_nodes(cls._field_types[field]) or NAMED.get(cls.__name__) == field
        )
        return self[cls]


def holds_nodes(annotation: Any) -> bool:
    """Whether values of a field's type are nodes other than contexts and operators.

    >>> holds_nodes(list[ast.expr]), holds_nodes(ast.expr | None), holds_nodes(str | None)
    (True, True, False)
    """
    types = typing.get_args(annotation) or (annotation,)
    return any(issubclass(each, ast.AST) and not issubclass(each, LEAVES) for each in types)


def structured(cls: Any) -> tuple[str, ...]:
    """Return the fields of a node class that may hold a node of any kind, or a list.

    >>> from adjoint.transforms.syntax import AugAssign
    >>> structured(AugAssign)
    ('target', 'op', 'value')
    """
    return tuple(
        field
        for field, annotation in cls._field_types.items()
        if typing.get_origin(annotation) is list
        or any(issubclass(each, ast.AST) for each in typing.get_args(annotation) or (annotation,))
    )


BELOW = Below()
