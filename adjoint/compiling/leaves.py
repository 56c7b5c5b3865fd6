"""Trees of numbers and arrays, and their leaves.

A *tree* is a number, an array, or a dict, list, tuple, named tuple, dataclass or object of trees.

>>> [(path, leaf) for path, leaf in leaves({"w": [1.0, 2.0], "b": 3.0})]
[(('w', 0), 1.0), (('w', 1), 2.0), (('b',), 3.0)]
"""

from __future__ import annotations

import copy
import dataclasses
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.compiling.mirror import fields_of
from adjoint.rules.kinds import slot_names
from adjoint.rules.tangents import Tangent

Path = tuple[Any, ...]


def is_differentiable(leaf: Any) -> bool:
    """Return whether a leaf is a float, a complex number or an array of them."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, float | complex)


def children(tree: Any) -> list[tuple[Any, Any]] | None:
    """Return the (key, child) pairs of a container, or None for a leaf."""
    if isinstance(tree, dict | Tangent):
        return list(tree.items())
    if isinstance(tree, tuple | list):
        return list(enumerate(tree))
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(field.name, getattr(tree, field.name)) for field in dataclasses.fields(tree)]
    if _is_plain_object(tree):
        return list(fields_of(tree).items())
    return None


def _is_plain_object(tree: Any) -> bool:
    """Return whether a value is an instance of a user's class with fields of its own."""
    if isinstance(tree, type | np.ndarray | np.generic | types.FunctionType | types.ModuleType):
        return False
    module = type(tree).__module__
    own = hasattr(tree, "__dict__") or slot_names(type(tree))
    return bool(own) and module != "builtins" and module.partition(".")[0] not in ("numpy", "scipy")


def rebuild(tree: Any, items: list[Any]) -> Any:
    """Return a container like ``tree`` with its children replaced, in the order of `children`."""
    if isinstance(tree, dict):
        alike: dict[Any, Any] = {} if type(tree) is dict else copy.copy(tree)
        dict.update(alike, zip(tree, items, strict=True))
        return alike
    if isinstance(tree, Tangent):
        return Tangent(tree.cls, dict(zip(tree, items, strict=True)))
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*items)
    if isinstance(tree, tuple | list):
        return type(tree)(items)
    twin = copy.copy(tree)
    for (name, _), item in zip(children(tree) or [], items, strict=True):
        object.__setattr__(twin, name, item)
    return twin


def map_leaves(f: Callable[[Any], Any], tree: Any) -> Any:
    """Return the tree with ``f`` applied to every leaf."""
    pairs = children(tree)
    if pairs is None:
        return f(tree)
    return rebuild(tree, [map_leaves(f, child) for _, child in pairs])


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (path, leaf) for every leaf of a tree."""
    pairs = children(tree)
    if pairs is None:
        yield path, tree
        return
    for key, child in pairs:
        yield from leaves(child, (*path, key))


def child_at(tree: Any, key: Any) -> Any:
    """Return one child of a container or of its cotangent; None where the cotangent has none."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return tree.get(key)
    if isinstance(tree, Tangent):
        return tree.fields.get(key)
    if isinstance(tree, tuple | list) and isinstance(key, int):
        return tree[key] if key < len(tree) else None
    return getattr(tree, key, None)


def leaf_at(tree: Any, path: Path) -> Any:
    """Return the leaf at a path of a tree or of its cotangent; None where there is none."""
    for key in path:
        tree = child_at(tree, key)
    return tree


def replace_leaf(tree: Any, path: Path, leaf: Any) -> Any:
    """Return the tree with one leaf replaced."""
    if not path:
        return leaf
    pairs = children(tree) or []
    items = [replace_leaf(child, path[1:], leaf) if key == path[0] else child for key, child in pairs]
    return rebuild(tree, items)


def duplicate(value: Any) -> Any:
    """Return a deep copy; modules, which nobody copies, are shared."""
    modules = {id(module): module for module in sys.modules.values()}
    return copy.deepcopy(value, modules)
