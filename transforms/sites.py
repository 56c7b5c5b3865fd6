"""Memory by where it was made: what variables refer to, what holds what, and what has been used.

A site is an allocation of the function (or a parameter, or a variable outside), followed by the way into
it.  What a line of a loop made in earlier trips is apart from what it made last.

Reference: Chase, Wegman and Zadeck, "Analysis of pointers and structures" (PLDI 1990).

>>> from adjoint.transforms.syntax import parse_expression
>>> sites = Sites(None)
>>> sites.state = Uses().bound({'row': {('table', '[]')}}).holding([('table',)], {('x',)})
>>> sites.variable('row'), sites.variable('w')
({('table', '[]')}, {('w',)})
>>> sorted(sites.sources(parse_expression('table[0]')))
[('table', '[]'), ('x',)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .changes import ALL_FIELDS, ARRAY, Change
from .decide import PATH
from .memory import Memory, dotted
from .syntax import Node

Site = tuple[str, ...]
Use = tuple[Site, str, str]  # the memory, the level, and the variable by which it is read again
DEPTH = 5
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Uses:
    """Which memory the variables refer to, what it holds, and what derivatives have read so far."""

    sites: dict[str, frozenset[Site]] = field(default_factory=dict)
    holds: dict[str, dict[Site, frozenset[Site]]] = field(default_factory=dict)  # by the first part
    used: dict[str, frozenset[Use]] = field(default_factory=dict)  # by the first part of the site

    def joined(self, other: Uses) -> Uses:
        """Return what is possible on either path."""
        holds = dict(self.holds)
        for root, table in other.holds.items():
            if holds.get(root) is not table:
                holds[root] = merged(holds.get(root, {}), table)
        return Uses(merged(self.sites, other.sites), holds, merged(self.used, other.used))

    def bound(self, names: Mapping[str, Iterable[Site]]) -> Uses:
        """Return a state with variables bound to sites."""
        return Uses({**self.sites, **{n: frozenset(s) for n, s in names.items()}}, self.holds, self.used)

    def holding(self, bases: Iterable[Site], values: set[Site]) -> Uses:
        """Return a state in which each base may hold each value."""
        holds = dict(self.holds)
        for base in bases:
            holds[base[0]] = merged(holds.get(base[0], {}), {base: frozenset(values - {base})})
        return Uses(self.sites, holds, self.used)

    def using(self, uses: Iterable[Use]) -> Uses:
        """Return a state with further uses."""
        return Uses(self.sites, self.holds, merged(self.used, by_root(uses)))

    def renamed(self, rename: Callable[[Site], Site]) -> Uses:
        """Return a state in which sites have other names."""
        sites = {n: frozenset(map(rename, s)) for n, s in self.sites.items()}
        holds: dict[str, dict[Site, frozenset[Site]]] = {}
        for base, values in ((b, v) for table in self.holds.values() for b, v in table.items()):
            table = holds.setdefault(rename(base)[0], {})
            table[rename(base)] = table.get(rename(base), frozenset()) | frozenset(map(rename, values))
        used = ((rename(s), level, via) for uses in self.used.values() for s, level, via in uses)
        return Uses(sites, holds, by_root(used))


class Sites(Memory):
    """Answers which memory an expression refers to, in a given state."""

    state: Uses = Uses()

    def variable(self, name: str) -> set[Any]:
        """Return the sites of a variable; one that is not assigned here is its own."""
        return set(self.state.sites.get(name, {(name,)}))

    def items(self, node: Node, through: bool) -> set[Any]:
        """Return the sites inside a container."""
        return self.inside(self.sources(node), "[]")

    def of_Attribute(self, node: Node, through: bool) -> set[Any]:
        found = super().of_Attribute(node, through)
        decision = getattr(node, "decision", None)
        if not found or dotted(node) or not (decision is None or decision.how == PATH):
            return found
        return self.inside(self.sources(node.value), f".{node.attr}")

    def inside(self, sites: set[Site], part: str) -> set[Site]:
        """Return the sites one step inside others."""
        below = {(*site, part) if len(site) < DEPTH else site for site in sites}
        return below.union(*(self.state.holds.get(site[0], {}).get(site, ()) for site in sites))

    def reach(self, sites: Iterable[Site]) -> set[Site]:
        """Return sites and all that they hold."""
        found: set[Site] = set()
        pending = list(sites)
        while pending:
            site = pending.pop()
            if site not in found:
                found.add(site)
                table = self.state.holds.get(site[0], {})
                pending += [s for base, held in table.items() if base[: len(site)] == site for s in held]
        return found


def merged(a: Mapping[K, frozenset[V]], b: Mapping[K, frozenset[V]]) -> dict[K, frozenset[V]]:
    """Return the union of two tables of sets."""
    result = dict(a)
    for key, values in b.items():
        known = result.get(key)
        if known is not values:
            result[key] = values if known is None else known | values
    return result


def by_root(uses: Iterable[Use]) -> dict[str, frozenset[Use]]:
    """Return uses by the first part of their sites: what has another first part is other memory."""
    found: dict[str, set[Use]] = {}
    for use in uses:
        found.setdefault(use[0][0], set()).add(use)
    return {root: frozenset(each) for root, each in found.items()}


def older(state: Uses, root: str) -> Uses:
    """Return a state in which what a line made before is apart from what it is about to make."""
    before = f"{root} before"
    return state.renamed(lambda site: (before, *site[1:]) if site[0] == root else site)


def site_of(target: Node, statement: Node) -> str:
    """Return the name of what an assignment makes."""
    return f"{target.id}:{getattr(statement, 'lineno', 0)}:{getattr(statement, 'col_offset', 0)}"


def conflict(site: Site, level: str, change: Change, use: Use) -> bool:
    """Whether a change of memory reaches what was used.

    The fields and the items that a variable is read through are kept for the reverse when they are
    changed through the same variable.  Changing what a container holds leaves alone what it held, and
    who reads what a container holds need not care for the insides.
    """
    place, used, via = use
    size = min(len(site), len(place))
    if site[:size] != place[:size]:
        return False
    if ARRAY not in (level, used):
        kept = via and via == change.via
        beside = len(place) > len(site) and not change.deep or len(site) > len(place) and via
        if kept or beside:
            return False
    fields = ALL_FIELDS in (level, used) and level.startswith("field") and used.startswith("field")
    return level == used or fields
