"""Put the record of a trip where a person would: before the assignment that overwrites a value.

A snapshot of a loop-carried variable is a copy that only waits for the end of the trip.  If every
recorded value is known by then, the record is made before the variable is overwritten, and the copy
disappears.  When a branch ends the trip, each of its arms makes its own record.

>>> from adjoint.transforms.syntax import parse, unparse
>>> body = parse('''
... sin_3 = np.sin(y)
... y_3 = y
... y = sin_3 * x
... ''').body
>>> placed = place(body, 'trips_2', ['y_3', 'sin_3'], {'y_3': 'y'}, {'y_3', 'sin_3'})
>>> print(unparse(placed))
sin_3 = np.sin(y)
trips_2.append((y, sin_3))
y = sin_3 * x
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .effects import certain, writes
from .syntax import Node, call, constant, load, make


def place(
    body: list[Node], record: str, names: list[str], snapshots: Mapping[str, str], added: set[str]
) -> list[Node] | None:
    """Return the body with the record in place and without the snapshots that became unnecessary.

    Args:
        body: the statements of a trip, snapshots included.
        record: the name of the list of records.
        names: what is recorded.
        snapshots: for each snapshot the variable it copies.
        added: names that only the compiler assigns; in an arm that does not assign them they are None.

    Returns:
        None if the record has to stay at the end.
    """
    taken = {name: snapshots[name] for name in names if name in snapshots}
    if not taken or len(set(taken.values())) < len(taken) or set(taken.values()) & set(names):
        return None
    if type(body[-1]).__name__ == "If" and not _assigned(body[:-1], set(taken)):
        arms = [
            _in_arm(arm, body[:-1], record, names, taken, added) for arm in (body[-1].body, body[-1].orelse)
        ]
        if None in arms:
            return None
        branch = body[-1]
        branch.body, branch.orelse = arms
        return body
    return _flat(body, [], record, names, taken, added)


def _in_arm(
    arm: list[Node], before: list[Node], record: str, names: list[str], taken: dict[str, str], added: set[str]
) -> list[Node] | None:
    """Return one arm with its record; values that only the other arm has are None."""
    here = _all_written(arm)
    missing = {name for name in names if name in added and name not in here | _all_written(before)}
    own = {name: variable for name, variable in taken.items() if name in here}
    if not own and not {variable for variable in taken.values()} & here:
        return [*arm, _append(record, names, {}, missing | (set(taken) - set(own)))]
    return _flat(arm, before, record, names, own, added, missing | (set(taken) - set(own)))


def _flat(
    block: list[Node],
    before: list[Node],
    record: str,
    names: list[str],
    taken: dict[str, str],
    added: set[str],
    missing: set[str] | None = None,
) -> list[Node] | None:
    """Insert the record before the first statement that overwrites a snapshotted variable."""
    copies = [i for i, s in enumerate(block) if _target(s) in taken and _copies(s, taken)]
    if len(copies) != len(taken):
        return None
    kept = [s for i, s in enumerate(block) if i not in copies]
    earliest = {taken[str(_target(block[i]))]: i - rank for rank, i in enumerate(copies)}
    plain = {name for name in names if name not in taken and name not in (missing or set())}
    known = [i + 1 for i, s in enumerate(kept) if writes(s) & plain]
    first = max([*known, *earliest.values()], default=0)  # as soon as everything is known
    if any(writes(s) & {v for v, i in earliest.items() if i <= at} for at, s in enumerate(kept[:first])):
        return None  # by then a variable that was to be copied holds another value
    if plain & added - certain([*before, *kept[:first]]):
        return None  # a branch inside may have left it without a value
    entry = _append(record, names, taken, missing or set())
    entry.origin = getattr(kept[first], "origin", None) if first < len(kept) else None
    return [*kept[:first], entry, *kept[first:]]


def _append(record: str, names: list[str], taken: Mapping[str, str], missing: set[str]) -> Node:
    """Return ``record.append((...))``."""
    values = [constant(None) if name in missing else load(taken.get(name, name)) for name in names]
    value = values[0] if len(values) == 1 else make("Tuple", elts=values)
    return make("Expr", value=call(f"{record}.append", [value]))


def _target(statement: Node) -> str | None:
    target: Any = statement.targets[0] if type(statement).__name__ == "Assign" else None
    return target.id if type(target).__name__ == "Name" else None


def _copies(statement: Node, taken: Mapping[str, str]) -> bool:
    """Whether a statement is the snapshot of its variable (containers are really copied)."""
    return getattr(statement.value, "id", None) == taken[str(_target(statement))]


def _all_written(block: list[Node]) -> set[str]:
    return set().union(*(writes(statement) for statement in block)) if block else set()


def _assigned(block: list[Node], names: set[str]) -> bool:
    return bool(_all_written(block) & names)
