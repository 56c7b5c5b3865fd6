"""Read a shape off a value that the reverse reads anyway, so that another need not be kept for it.

Where there is no such value, the shape is kept instead of the array, if it has to be kept at all: in a loop,
and for a pullback that is a function of its own.

>>> from adjoint import source
>>> def f(x):
...     r = x - 1.0
...     return np.mean(r ** 2)
>>> for stage in ('simplify', 'shapes'):
...     print(source(f, np.ones(3), stage=stage).split('# reverse')[1])
<BLANKLINE>
    r_bar = 1.0 / max(pow_3.size, 1) * 2.0 * r
    result = r_bar
    return out, result
<BLANKLINE>
    r_bar = 1.0 / max(r.size, 1) * 2.0 * r
    result = r_bar
    return out, result
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adjoint.rules.kinds import Array, Kind

from .changes import every
from .effects import holds
from .facts import Facts, Shape
from .regions import Regions, Snapshot
from .syntax import Node, assign, attribute, load, names_written, revised, walk

#: Attributes of an array that its shape determines.
OF_SHAPE = ("shape", "size")


def kept_shapes(
    reverse: list[Node], primal: list[Node], parameters: Mapping[str, Kind], facts: Facts
) -> list[Node]:
    """Return the reverse with shapes read off values that it reads as a whole.

    Args:
        reverse: its statements.
        primal: the lowered function, whose statements know their blocks.
        parameters: the function's parameters.
        facts: which values have equal shapes.
    """
    whole, reads = names_by_use(reverse)
    wanted = {name for name, _ in reads} - set(parameters)  # a parameter is there anyway
    if not wanted:
        return reverse
    definitions = defined_once(primal, parameters)
    others = [name for name in reversed(definitions) if name in whole or name in parameters]
    others.sort(key=lambda name: (name not in whole, getattr(definitions[name], "temporary", False)))
    instead: dict[str, str] = {}
    for name in sorted(wanted & set(definitions)):
        shape = shape_of(name, definitions, parameters, facts)
        for other in others if shape else ():
            if shape_of(other, definitions, parameters, facts) == shape and surely_bound(
                definitions[other], definitions[name]
            ):
                instead[name] = other
                break
    if not instead:
        return reverse
    return [renamed(statement, instead) for statement in reverse]


def saved_shapes(
    unit: Any, regions: Regions, reverse: list[Node], primal: list[Node], split: bool
) -> list[Node]:
    """Return the reverse with shapes that the primal computes for it.

    Args:
        unit: takes the primal's new lines.
        regions: takes the new variables.
        reverse: the statements of the reverse.
        primal: the lowered function.
        split: the reverse is a function of its own.
    """
    _, reads = names_by_use(reverse)
    definitions = defined_once(primal, unit.parameters) if reads else {}
    snapshots = {each.name: each for each in regions.snapshots.values()} if reads else {}
    kept: dict[tuple[str, str], str] = {}
    for name, attr in sorted(reads):
        place = place_of(definitions.get(name), snapshots.get(name), regions)
        if place is None or not split and place.statement.region.parent is None:
            continue
        fresh = kept[name, attr] = regions.namer.fresh(f"{attr}_{place.statement.origin.lineno}")
        new = assign(fresh, attribute(load(place.variable), attr), place.statement)
        new.temporary = True
        regions.define(fresh, place.statement)
        unit.insert(place.statement, new, after=place.after)
    return [computed(statement, kept) for statement in reverse] if kept else reverse


def place_of(definition: Node | None, snapshot: Snapshot | None, regions: Regions) -> Snapshot | None:
    """Return where the primal has an array of which the reverse reads the shape alone, if that saves memory.

    Args:
        definition: the statement that defines the variable, if it is the only one.
        snapshot: where the value is taken of a variable that has several.
        regions: where variables have values.
    """
    if definition is not None:
        view = (
            type(definition.value).__name__ == "Subscript"
        )  # an element or a slice has no memory of its own
        return None if view else Snapshot("", definition.targets[0].id, definition, True, None)
    if snapshot is None or not isinstance(snapshot.kind, Array):
        return None
    statement = snapshot.statement
    if snapshot.after:
        bound = type(statement).__name__ == "Assign"
    else:
        bound = regions.is_bound(snapshot.variable, statement)
    return snapshot if bound else None


def computed(node: Node, kept: Mapping[tuple[str, str], str]) -> Node:
    """Return a statement in which shapes have names."""
    if is_shape_read(node) and (node.value.id, node.attr) in kept:
        read = load(kept[node.value.id, node.attr])
        read.shape_of = node.value
        return read
    return revised(node, lambda part: computed(part, kept))


def names_by_use(block: list[Node]) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the names that are read as a whole, and which attributes of shape are read of others."""
    if not any(holds(statement, *(f".{attr}" for attr in OF_SHAPE)) for statement in block):
        return set(), set()
    nodes = [node for node in walk(block) if node.__class__.__name__ in ("Name", "Attribute")]
    reads = [node for node in nodes if is_shape_read(node)]
    partial = {id(node.value) for node in reads}
    names = (node for node in nodes if type(node).__name__ == "Name" and id(node) not in partial)
    whole = {node.id for node in names if type(node.ctx).__name__ == "Load"}
    return whole, {(node.value.id, node.attr) for node in reads if node.value.id not in whole}


def is_shape_read(node: Node) -> bool:
    """Whether an expression is ``name.shape`` or ``name.size``."""
    return (
        type(node).__name__ == "Attribute" and node.attr in OF_SHAPE and type(node.value).__name__ == "Name"
    )


def renamed(node: Node, instead: Mapping[str, str]) -> Node:
    """Return a statement in which the shapes of some values are those of others."""
    if is_shape_read(node) and node.value.id in instead:
        return revised(node, lambda value: load(instead[value.id]))
    return revised(node, lambda part: renamed(part, instead))


def defined_once(primal: list[Node], parameters: Iterable[str]) -> dict[str, Node]:
    """Return the statement that defines each variable with one definition, None for a parameter."""
    found: dict[str, Node] = dict.fromkeys(parameters)
    written: set[str] = set()
    for statement in every(primal):
        head = names_written_here(statement)
        for name in head:
            if name in written or name in found:
                found.pop(name, None)
            elif type(statement).__name__ == "Assign" and type(statement.targets[0]).__name__ == "Name":
                found[name] = statement
        written |= head
    return found


def names_written_here(statement: Node) -> set[str]:
    """Return the names that a statement itself assigns, not those of the blocks inside it."""
    parts = {"For": ["target"], "With": ["items"], "If": [], "While": []}.get(type(statement).__name__)
    names = (names_written(getattr(statement, part)) for part in parts or ())
    return names_written(statement) if parts is None else set().union(*names)


def shape_of(
    name: str, definitions: Mapping[str, Node], parameters: Mapping[str, Kind], facts: Facts
) -> Shape:
    """Return the shape that a variable has once it is defined; None if nothing is known of it."""
    statement = definitions[name]
    if statement is None:
        return facts.from_kind(parameters[name], ("parameter", name))
    shape = facts.after(statement).shapes.get(name)
    return None if shape and shape[0][0] == "later" else shape


def surely_bound(definition: Node, statement: Node) -> bool:
    """Whether a variable with one definition has its value whenever another statement runs."""
    if definition is None:
        return True
    while statement.block is not definition.block:
        statement = statement.block.owner
        if statement is None:
            return False
    return bool(definition.position < statement.position)


__all__ = ["kept_shapes", "saved_shapes"]
