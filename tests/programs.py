"""Random small Python functions as source text, for checking gradients of programs nobody thought of.

The choices are those of a random generator, which may be hypothesis'.  Values have *sorts*: a
float ``f``, a vector ``v`` of length 3, a 3x3 matrix ``m``, a column ``c`` (3, 1), a row ``r`` (1, 3), a
number of unknown shape ``n``, an index ``i`` below 3, any other integer ``j``; and lists, tuples, dicts
and functions of those.  What is generated runs; whether its gradient can be tested by differences is
for the check to find out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.program_containers import RESULTS
from tests.program_expressions import Sort
from tests.program_gadgets import IMPORTS, Gadgets

PARAMETER = ("dict", (("w", "v"), ("b", "f"), ("k", "m")))
ARGUMENTS: tuple[tuple[str, Sort], ...] = (
    ("x", "f"), ("y", "f"), ("v", "v"), ("w", "v"), ("m", "m"), ("c", "c"), ("r", "r"),
    ("p", PARAMETER), ("t", ("tuple", "f", "v")), ("q", ("list", "f", 3)),
)  # fmt: skip
PARAMETERS: tuple[Sort, ...] = ("f", "f", "f", "v", "v", "m", ("list", "f", 2), ("tuple", "f", "v"))
SHAPES: dict[str, tuple[int, ...]] = {"v": (3,), "m": (3, 3), "c": (3, 1), "r": (1, 3)}


@dataclass(frozen=True)
class Program:
    """The text of a module, the function in it to differentiate, and the arguments to try."""

    seed: int
    text: str
    sorts: tuple[Sort, ...]
    name: str = "main"

    def arguments(self) -> tuple[Any, ...]:
        """Return fresh arguments, the same each time."""
        rng = np.random.default_rng(self.seed)
        return tuple(value_of(sort, rng) for sort in self.sorts)


def value_of(sort: Sort, rng: np.random.Generator) -> Any:
    """Return a random value of a sort, away from zero."""
    if sort == "f":
        return float(rng.uniform(0.3, 1.6) * rng.choice([-1.0, 1.0]))
    if isinstance(sort, str):
        return rng.uniform(0.3, 1.6, SHAPES[sort]) * rng.choice([-1.0, 1.0], SHAPES[sort])
    if sort[0] == "dict":
        return {key: value_of(inner, rng) for key, inner in sort[1]}
    if sort[0] == "list":
        return [value_of(sort[1], rng) for _ in range(sort[2])]
    return tuple(value_of(inner, rng) for inner in sort[1:])


def make_program(rng: random.Random) -> Program:
    """Return a program made by the choices of a random generator."""
    seed, writer = rng.randint(0, 10**6), Writer(rng)
    sorts = writer.module()
    return Program(seed, "\n".join(writer.lines) + "\n", sorts)


class Writer(Gadgets):
    """Writes a whole module."""

    def module(self) -> tuple[Sort, ...]:
        """Write a module; return the sorts of the arguments of its ``main``."""
        for text in (*IMPORTS, ""):
            self.line(text)
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            self.helper()
        if self.chance(0.12):
            self.variadic()
        if self.chance(0.12):
            self.higher()
        chosen = self.rng.sample(ARGUMENTS, self.rng.randint(1, 4))
        self.scope = {**self.scope, **dict(chosen)}
        self.budget = self.rng.randint(4, 16)
        self.define("main", [name for name, _ in chosen], self.rng.choice(RESULTS))
        return tuple(sort for _, sort in chosen)

    def helper(self) -> None:
        """Write a function that the others may call: with defaults, keywords, recursion, tuples."""
        name, outside = self.fresh("h"), dict(self.scope)
        sorts = tuple(self.rng.choice(PARAMETERS) for _ in range(self.rng.randint(1, 3)))
        names = [self.fresh("a") for _ in sorts]
        self.scope = {**outside, **dict(zip(names, sorts, strict=True))}
        named = self.rng.choice(["", "", "scale", "gain"])
        spelled = list(names)
        if named:
            self.scope[named] = "f"
            spelled += ["*", f"{named}=0.7"] if named == "gain" else [f"{named}=1.1"]
        result = self.rng.choice(RESULTS)
        self.budget = self.rng.randint(1, 5)
        if self.chance(0.25):
            self.recursive_helper(name, names, sorts)
            result, named, sorts = "f", "", (*sorts, "i")
        else:
            self.define(name, spelled, result)
        self.scope = {**outside, name: ("fn", sorts, result, (), named)}

    def recursive_helper(self, name: str, names: list[str], sorts: tuple[Sort, ...]) -> None:
        """Write a function that calls itself with a smaller last argument."""
        self.scope = {n: s for n, s in self.scope.items() if s[0] != "fn" and n not in ("scale", "gain")}
        self.line(f"def {name}({', '.join(names)}, depth=2):")
        self.indent += 1
        self.result = "f"
        self.line("if depth <= 0:")
        self.line(f"    return {self.expression('f', 2)}")
        self.block(self.rng.randint(0, 2), jumps=False)
        args = [self.expression(sort, 1) for sort in sorts]
        self.scope["deeper"] = "f"
        self.line(f"deeper = {name}({', '.join(args)}, depth - 1)")
        self.line(f"return {self.expression('f', 2)} + 0.5 * deeper")
        self.indent -= 1
        self.line("")

    def variadic(self) -> None:
        """Write a function with ``*args`` and perhaps ``**kwargs``."""
        name = self.fresh("s")
        self.lines += [
            f"def {name}(*args, **kwargs):",
            "    total = kwargs.get('start', 0.0)",
            "    for k, a in enumerate(args):",
            "        total = total + (k + 1) * np.sin(a)",
            "    return total * kwargs['gain']" if self.chance(0.4) else "    return total",
            "",
        ]
        named = "gain" if "gain" in self.lines[-2] else self.rng.choice(["", "start"])
        if named != "gain":
            self.scope[name] = ("fn", ("f",) * self.rng.randint(1, 3), "f", (), named)

    def higher(self) -> None:
        """Write a function that takes a function."""
        name = self.fresh("apply")
        taken = ("fn", ("f",), "f", (), "")
        forms = ["fn(a) * b", "fn(fn(a)) + b", "sum([fn(a), fn(b)])", "fn(a + b) - fn(b)"]
        self.lines += [f"def {name}(fn, a, b):", f"    return {self.rng.choice(forms)}", ""]
        self.scope[name] = ("fn", (taken, "f", "f"), "f", (), "")
