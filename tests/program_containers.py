"""Containers, unpacking and nested functions of the random programs of :mod:`tests.programs`."""

from __future__ import annotations

from tests.program_expressions import NUMBERS, Sort, parts
from tests.program_statements import Statements, mentions

RESULTS: tuple[Sort, ...] = ("f", "f", "v", ("tuple", "f", "v"), ("tuple", "f", "f"))
ELEMENTS: tuple[Sort, ...] = ("f", "f", "f", "v", ("tuple", "f", "v"))


class Containers(Statements):
    """Writes lists, tuples and dicts, and functions inside functions."""

    # --- containers --------------------------------------------------------------------------
    def container(self) -> None:
        """Write a list, tuple or dict."""
        kind, name = self.rng.choice(["empty", "list", "tuple", "dict", "comprehension"]), self.fresh("k")
        element = self.rng.choice(ELEMENTS)
        if kind == "empty":
            self.line(f"{name} = []")
            self.filled(name, element)
        elif kind == "list":
            count = self.rng.randint(1, 3)
            self.line(f"{name} = [{', '.join(self.expression(element, 2) for _ in range(count))}]")
            self.scope[name] = ("list", element, count)
        elif kind == "tuple":
            sort = self.rng.choice([("tuple", "f", "f"), ("tuple", "f", "v"), ("tuple", "v", "f", "m")])
            self.line(f"{name} = {self.expression(sort, 2)}")
            self.scope[name] = sort
        elif kind == "dict":
            sort = ("dict", (("a", "f"), ("b", self.rng.choice(["f", "f", "v"]))))
            self.line(f"{name} = {self.expression(sort, 2)}")
            self.scope[name] = sort
        else:
            self.comprehended(name, "f" if element != "v" else "v")

    def comprehended(self, name: str, element: Sort) -> None:
        target, iterable, bound, sure = self.iterable(1)
        outer, self.scope = self.scope, {**self.scope, **bound}
        item = self.expression(element, 2)
        test = f" if {self.condition(0)}" if self.chance(0.3) else ""
        self.scope = outer
        self.line(f"{name} = [{item} for {target} in {iterable}{test}]")
        self.scope[name] = ("list", element, 1 if sure and not test else 0)

    def filled(self, name: str, element: Sort) -> None:
        """Append to a new list in a loop."""
        target, iterable, bound, sure = self.iterable(1)
        before = dict(self.scope)
        self.line(f"for {target} in {iterable}:")
        self.scope |= bound
        with self.inside("for"):
            if self.chance(0.5):
                self.assignment()
            test = self.chance(0.2)
            if test:
                self.line(f"if {self.condition(1)}:")
            self.line(("    " if test else "") + f"{name}.append({self.expression(element, 2)})")
        self.scope = {**before, name: ("list", element, 1 if sure and not test else 0)}

    def change(self) -> None:
        """Change a local list or dict, or bind it anew."""
        lists = [
            n
            for n, s in self.scope.items()
            if s[0] == "list" and n[0] == "k" and n not in self.outer | self.busy
        ]
        dicts = [n for n, s in self.scope.items() if s[0] == "dict" and n[0] == "k" and n not in self.outer]
        if dicts and self.chance(0.4):
            name = self.rng.choice(dicts)
            key, sort = self.rng.choice(self.scope[name][1])
            self.line(f"{name}[{key!r}] = {self.expression(sort, 2)}")
        elif lists:
            name = self.rng.choice(lists)
            self.change_list(name, self.scope[name])
        else:
            self.container()

    def change_list(self, name: str, sort: Sort) -> None:
        element = sort[1]
        forms = [f"{name}.append({self.expression(element, 2)})"] * 3 + [
            f"{name} = {name} + [{self.expression(element, 1)}]"
        ]
        if sort[2]:
            forms += [
                f"{name}[0] = {self.expression(element, 2)}",
                f"{name}[-1] = {self.expression(element, 1)}",
            ]
        form = self.rng.choice(forms)
        self.line(form)
        if name not in self.frozen and ("append" in form or " + [" in form):
            self.scope[name] = ("list", element, sort[2] + 1)

    def unpacking(self) -> None:
        """Write ``a, b = value``."""
        a, b, c = (self.fresh("z") for _ in range(3))
        tuples = self.names(lambda s: s[0] == "tuple" and len(s) == 3)
        form = self.rng.randint(0, 5)
        if form == 0:
            first, second, third = self.expression("f", 2), self.expression("v", 1), self.expression("f", 1)
            self.line(f"{a}, ({b}, {c}) = {first}, ({second}, {third})")
            self.scope |= {a: "f", b: "v", c: "f"}
        elif form == 1:
            self.line(f"{a}, {b}, {c} = {self.expression('v', 2)}")
            self.scope |= {a: "f", b: "f", c: "f"}
        elif form == 2:
            self.line(
                f"{a}, *{b} = {self.expression('f', 1)}, {self.expression('f', 1)}, {self.expression('f', 1)}"
            )
            self.scope |= {a: "f", b: ("list", "f", 2)}
        elif form == 3 and tuples:
            name = self.rng.choice(tuples)
            self.line(f"{a}, {b} = {name}")
            self.scope |= {a: self.scope[name][1], b: self.scope[name][2]}
        else:
            sort = self.rng.choice([("tuple", "f", "v"), ("tuple", "f", "f")])
            self.line(f"{a}, {b} = {self.tuple_call(sort) or self.expression(sort, 2)}")
            self.scope |= {a: sort[1], b: sort[2]}

    def tuple_call(self, sort: Sort) -> str | None:
        """Return the call of a function whose result is a tuple of this sort."""
        own = self.names(lambda s: s[0] == "fn" and s[2] == sort and self.callable(s))
        if not own:
            return None
        name = self.rng.choice(own)
        return f"{name}({', '.join(self.expression(s, 1) for s in self.scope[name][1])})"

    def dict_items(self) -> None:
        """Write a loop over the keys and values of a dict, or over names of its keys."""
        dicts = self.names(lambda s: s[0] == "dict" and len({inner for _, inner in s[1]}) == 1)
        if not dicts:
            return self.container()
        name, total, key, value = (
            self.rng.choice(dicts),
            self.fresh("total"),
            self.fresh("key"),
            self.fresh("u"),
        )
        sort = self.scope[name][1][0][1]
        self.line(f"{total} = 0.0")
        if self.chance(0.6):
            self.line(f"for {key}, {value} in {name}.items():")
            step = f"np.sum({value})"
        else:
            self.line(f"for {key} in {[each for each, _ in self.scope[name][1]]!r}:")
            step = f"np.sum({name}[{key}])"
        before = dict(self.scope)
        self.busy, busy = self.busy | {name}, self.busy
        with self.inside("for"):
            self.scope |= {value: sort} if value in step else {}
            self.line(f"{total} += {step} * {self.expression('f', 2)}")
        self.busy = busy
        self.scope = {**before, total: "f"}
        return None

    def dict_comprehension(self) -> None:
        name, key, sort = self.fresh("k"), self.fresh("key"), self.rng.choice(["f", "f", "v"])
        self.line(f"{name} = {{{key}: {self.expression(sort, 2)} for {key} in ('a', 'b')}}")
        self.scope[name] = ("dict", (("a", sort), ("b", sort)))

    def library(self) -> None:
        """Write a call of a function of Python that takes functions or sequences."""
        lists = self.names(lambda s: s[0] == "list" and s[1] == "f" and s[2] > 0)
        source = (
            self.rng.choice(lists) if lists else f"[{self.expression('f', 1)}, {self.expression('f', 1)}]"
        )
        function = self.function(("fn", ("f",), "f"))
        forms = [
            f"sum(map({function}, {source}))",
            f"functools.reduce(lambda p, q: p * 0.5 + q, {source})",
            f"sorted({source})[0]",
            f"sum(a * b for a, b in zip({source}, {source}))",
            f"list(map({function}, {source}))[-1]",
            f"max({source}, key=lambda u: abs(u))",
            f"math.prod({source})",
            f"(*{source}, {self.expression('f', 1)})[-1]",
            f"[*{source}, {self.expression('f', 1)}][0]",
            f"np.hypot(*[{self.expression('f', 1)}, 1.0 + abs({self.expression('f', 1)})])",
            f"dict(a={self.expression('f', 1)}, b=2.0)['a']",
            f"float(np.dot({self.expression('v', 1)}, {self.expression('v', 1)}))",
        ]
        self.assign("f", self.rng.choice(forms))

    # --- functions --------------------------------------------------------------------
    def define(self, name: str, parameters: list[str], result: Sort) -> None:
        """Write a function from the current scope."""
        self.result = result
        self.line(f"def {name}({', '.join(parameters)}):")
        self.indent += 1
        if not self.block(self.rng.randint(1, 6)):
            self.line(f"return {self.final(result)}")
        self.indent -= 1
        if not self.indent:
            self.line("")

    def final(self, result: Sort) -> str:
        """Return an expression in which many of the variables matter."""
        if result[0] == "tuple":
            return f"({', '.join(self.final(sort) for sort in result[1:])})"
        live = self.names(lambda s: s in NUMBERS or s[0] in ("list", "tuple", "dict"))
        terms = [self.expression(result, 2)]
        for name in self.rng.sample(live, min(len(live), 4)):
            taken = name if self.scope[name] in NUMBERS else self.from_named(name)
            terms += [f"{self.rng.choice(['0.3', '0.7', '-0.4'])} * np.sum({taken})"] if taken else []
        return " + ".join(terms)

    def from_named(self, name: str) -> str | None:
        """Return a number out of one container."""
        found = [text for sort in ("f", "v", "m") for text in parts(name, self.scope[name], sort)]
        return self.rng.choice(found) if found else None

    def local_function(self) -> None:
        """Write a lambda or a nested function over the variables in scope."""
        name = self.fresh("g")
        if self.chance(0.5):
            sort = ("fn", (self.rng.choice(["f", "f", "v"]),), self.rng.choice(["f", "v"]))
            self.line(f"{name} = {self.function(sort)[1:-1]}")
            body = self.lines[-1]
        else:
            start = len(self.lines)
            sort = self.nested(name)
            body = "\n".join(self.lines[start:])
        captured = tuple((n, s) for n, s in self.scope.items() if mentions(body, n))
        self.scope[name] = (*sort[:3], captured, "")

    def nested(self, name: str) -> Sort:
        """Write a nested ``def``."""
        sorts = tuple(self.rng.choice(["f", "f", "v"]) for _ in range(self.rng.randint(0, 2)))
        names = [self.fresh("u") for _ in sorts]
        state = self.scope, self.frozen, self.outer, self.loop, self.result, self.budget
        self.outer = set(self.scope)
        self.scope = {**self.scope, **dict(zip(names, sorts, strict=True))}
        self.frozen, self.loop, self.budget = set(), "", min(self.budget, 3)
        result = self.rng.choice(RESULTS)
        self.define(name, names, result)
        self.scope, self.frozen, self.outer, self.loop, self.result, self.budget = state
        return ("fn", sorts, result)
