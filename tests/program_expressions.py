"""Expressions of the random programs of :mod:`tests.programs`, from the variables in scope."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from tests.program_forms import CONDITIONS, FORMS, LEAVES

Sort = Any
Scope = dict[str, Sort]
NUMBERS = ("f", "v", "m", "c", "r", "n")
HOLE = re.compile(r"\{(\w)\}")


class Expressions:
    """Writes expressions of a wanted sort from the variables in scope."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.scope: Scope = {}
        self.lines: list[str] = []
        self.indent = 0
        self.counter = 0
        self.calls = 0

    # --- choices -----------------------------------------------------------------------------
    def chance(self, probability: float) -> bool:
        """Choose; the least number says no, so that making a failing program small leaves things out."""
        return self.rng.randint(1, 100) > 100 - 100 * probability

    def fresh(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def names(self, wanted: Callable[[Sort], bool]) -> list[str]:
        """Return the variables in scope whose sort is wanted."""
        return [name for name, sort in self.scope.items() if wanted(sort)]

    # --- expressions -------------------------------------------------------------------------
    def expression(self, sort: Sort, depth: int = 2) -> str:
        """Return an expression of a sort."""
        if not isinstance(sort, str):
            return self.composite(sort, depth)
        if depth <= 0 or not self.chance(0.88):
            return self.leaf(sort)
        special = SPECIALS.get(sort, ())
        if special and self.chance(0.35):
            found: str | None = getattr(self, self.rng.choice(special))(sort, depth - 1)
            if found is not None:
                return found
        return self.fill(self.rng.choice(FORMS[sort]), depth - 1)

    def fill(self, form: str, depth: int) -> str:
        """Replace the holes of a form by expressions."""
        return HOLE.sub(lambda hole: self.hole(hole[1], depth), form)

    def hole(self, letter: str, depth: int) -> str:
        if letter == "b":
            return self.condition(depth)
        if letter == "k":
            return self.rng.choice(["0.5", "1.5", "-0.7", "0.3", "2.0", "-1.2"])
        return self.expression(letter, depth)

    def leaf(self, sort: Sort) -> str:
        """Return a variable of a sort, or something that needs none."""
        own = self.names(lambda s: s == sort)
        if own and self.chance(0.9):
            return self.rng.choice(own[-6:])
        return self.fill(self.rng.choice(LEAVES[sort]), 0)

    def condition(self, depth: int) -> str:
        """Return a test."""
        forms = CONDITIONS + (["{i} == 1", "{i} % 2 == 0"] if self.names(lambda s: s == "i") else [])
        return self.fill(self.rng.choice(forms), min(depth, 1))

    # --- containers --------------------------------------------------------------------------
    def composite(self, sort: Sort, depth: int) -> str:
        """Return a list, tuple, dict or function."""
        own = self.names(lambda s: fits(s, sort))
        if own and self.chance(0.6):
            return self.rng.choice(own)
        if sort[0] == "list":
            count = max(sort[2], self.rng.randint(1, 3))
            return f"[{', '.join(self.expression(sort[1], depth - 1) for _ in range(count))}]"
        if sort[0] == "tuple":
            return f"({', '.join(self.expression(s, depth - 1) for s in sort[1:])})"
        if sort[0] == "dict":
            return "{" + ", ".join(f"{key!r}: {self.expression(s, depth - 1)}" for key, s in sort[1]) + "}"
        return self.function(sort)

    def function(self, sort: Sort) -> str:
        """Return a lambda of a sort."""
        names = [self.fresh("u") for _ in sort[1]]
        outer = self.scope
        self.scope = {**outer, **dict(zip(names, sort[1], strict=True))}
        body = self.expression(sort[2], 1)
        self.scope = outer
        return f"(lambda {', '.join(names)}: {body})"

    def from_container(self, sort: Sort, depth: int) -> str | None:
        """Return a part of a variable that is a container."""
        found = [text for name, each in self.scope.items() for text in parts(name, each, sort)]
        return self.rng.choice(found) if found else None

    # --- forms that bind names ---------------------------------------------------------------
    def call(self, sort: Sort, depth: int) -> str | None:
        """Return the call of a function in scope."""
        own = self.names(lambda s: s[0] == "fn" and gives(s[2], sort) and self.callable(s))
        if not own or self.calls >= 12:
            return None
        self.calls += 1
        name = self.rng.choice(own)
        _, parameters, result, _, named = self.scope[name]
        args = [self.expression(s, depth) for s in parameters]
        if named and self.chance(0.6):
            args.append(f"{named}={self.expression('f', depth)}")
        text = f"{name}({', '.join(args)})"
        return text if result == sort else f"{text}[{result.index(sort) - 1}]"

    def callable(self, sort: Sort) -> bool:
        """Whether what a function captured is still there, with the sort it had."""
        return all(self.scope.get(name) == captured for name, captured in sort[3])

    def comprehension(self, sort: Sort, depth: int) -> str | None:
        """Return the sum of a comprehension."""
        target, iterable, bound, sure = self.iterable(depth)
        outer = self.scope
        self.scope = {**outer, **bound}
        item = self.expression(sort, depth)
        test = f" if {self.condition(0)}" if sort == "f" and self.chance(0.3) else ""
        self.scope = outer
        if not sure and sort != "f":
            return None
        opening, closing = self.rng.choice(["[]", "()"]) if sort == "f" else "[]"
        body = f"{opening}{item} for {target} in {iterable}{test}{closing}"
        if sort != "f":
            return self.rng.choice(
                [f"np.stack({body}).sum(axis=0)", f"np.sum(np.array({body}), axis=0)", f"sum({body})"]
            )
        return (
            f"sum{body}" if opening == "(" else self.rng.choice([f"sum({body})", f"np.sum(np.array({body}))"])
        )

    def iterable(self, depth: int) -> tuple[str, str, Scope, bool]:
        """Return a loop target, what it runs over, the sorts it binds, and whether it surely runs."""
        form = self.rng.randint(1, 100)
        if form > 88:
            first, second = self.column(depth), self.column(depth)
            return (
                f"{first[0]}, {second[0]}",
                f"zip({first[1]}, {second[1]})",
                {**first[2], **second[2]},
                first[3] and second[3],
            )
        if form > 76:
            index, inner = self.fresh("i"), self.column(depth)
            return f"{index}, {inner[0]}", f"enumerate({inner[1]})", {index: "j", **inner[2]}, inner[3]
        if form <= 21:
            index = self.fresh("i")
            span = self.rng.choice(["range(3)", "range(1, 3)", "range(2, -1, -1)", "range(2)"])
            return index, span, {index: "i"}, True
        return self.column(depth)

    def column(self, depth: int) -> tuple[str, str, Scope, bool]:
        """Return one thing to iterate over; as ``iterable``."""
        lists = self.names(lambda s: s[0] == "list")
        dicts = self.names(lambda s: s[0] == "dict" and len({inner for _, inner in s[1]}) == 1)
        name = self.fresh("u")
        if lists and self.chance(0.4):
            source = self.rng.choice(lists)
            text = f"reversed({source})" if self.chance(0.15) else source
            return name, text, {name: self.scope[source][1]}, self.scope[source][2] > 0
        if dicts and self.chance(0.4):
            source = self.rng.choice(dicts)
            return name, f"{source}.values()", {name: self.scope[source][1][0][1]}, True
        if self.chance(0.3):
            sort = self.rng.choice(["f", "f", "v"])
            items = ", ".join(self.expression(sort, depth - 1) for _ in range(self.rng.randint(2, 3)))
            return name, self.rng.choice([f"[{items}]", f"({items})"]), {name: sort}, True
        whole = self.rng.choice(["v", "v", "m"])
        return name, self.expression(whole, depth - 1), {name: "f" if whole == "v" else "v"}, True


SPECIALS = {
    "f": ("call", "call", "from_container", "from_container", "comprehension"),
    "v": ("call", "call", "from_container", "comprehension"),
    "m": ("from_container",),
}


def gives(result: Sort, sort: Sort) -> bool:
    """Whether a function's result is a sort or a tuple that holds one."""
    return bool(result == sort or (result[0] == "tuple" and sort in result[1:]))


def fits(own: Sort, wanted: Sort) -> bool:
    """Whether a variable may stand where a container is wanted."""
    if own[0] == wanted[0] == "list":
        return bool(own[1] == wanted[1] and own[2] >= wanted[2])
    if own[0] == wanted[0] == "fn":
        return bool(own[1:3] == wanted[1:3] and not own[3])
    return bool(own == wanted)


def parts(name: str, own: Sort, sort: Sort) -> list[str]:
    """Return the ways to get a sort out of a container."""
    if own[0] == "tuple":
        return [f"{name}[{i}]" for i, s in enumerate(own[1:]) if s == sort]
    if own[0] == "dict":
        return [f"{name}[{key!r}]" for key, s in own[1] if s == sort]
    if own[0] != "list":
        return []
    found = [f"{name}[-1]", f"{name}[0]"] if own[2] and own[1] == sort else []
    if own[1] == "f" and sort == "f":
        found += [f"sum({name})", f"len({name}) * 0.25", f"np.sum(np.array({name}))", f"sum({name}[1:])"]
        found += (
            [f"max({name})", f"np.tanh({name}[len({name}) - 1])", f"np.stack({name}).sum()"] if own[2] else []
        )
    if own[1] == sort == "v" and own[2]:
        found += [f"np.stack({name}).sum(axis=0)", f"np.array({name}).mean(axis=0)", f"sum({name})"]
    return found
