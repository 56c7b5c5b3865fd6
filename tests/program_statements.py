"""Statements and whole modules of the random programs of :mod:`tests.programs`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.programs import ARGUMENTS, NUMBERS, Expressions, Scope, Sort, parts

RESULTS: tuple[Sort, ...] = ("f", "f", "v", ("tuple", "f", "v"), ("tuple", "f", "f"))
PARAMETERS: tuple[Sort, ...] = ("f", "f", "f", "v", "v", "m", ("list", "f", 2), ("tuple", "f", "v"))
ELEMENTS: tuple[Sort, ...] = ("f", "f", "f", "v", ("tuple", "f", "v"))


class Writer(Expressions):
    """Writes statements; knows which variables exist on every path that reaches a line."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.frozen: set[str] = set()  # variables of the code around a loop: they keep their sort
        self.outer: set[str] = set()  # variables of the function around a nested one: only read
        self.busy: set[str] = set()  # what a loop runs over: it must not grow
        self.loop = ""  # "for" or "while" inside a loop
        self.result: Sort = "f"
        self.budget = 0
        self.recursive = ""

    # --- modules -----------------------------------------------------------------------------
    def module(self) -> tuple[Sort, ...]:
        """Write a module; return the sorts of the arguments of its ``main``."""
        for text in ("import functools", "import math", "import numpy as np", ""):
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

    # --- blocks ------------------------------------------------------------------------------
    def block(self, count: int, jumps: bool = True) -> bool:
        """Write statements; return whether control certainly leaves at the end."""
        written = len(self.lines)
        for _ in range(count):
            if self.budget <= 0:
                break
            self.budget -= 1
            if self.statement(jumps):
                return True
        if len(self.lines) == written:
            self.assignment()
        return False

    def statement(self, jumps: bool) -> bool:
        """Write one statement; return whether control certainly leaves with it."""
        makers: list[Callable[[], object]] = [
            self.assignment, self.assignment, self.assignment, self.swap, self.augmented,
            self.branch, self.branch, self.for_loop, self.for_loop, self.while_loop,
            self.container, self.container, self.container, self.change,
            self.unpacking, self.local_function, self.accumulator, self.guarded, self.walrus, self.odd,
        ]  # fmt: skip
        if self.indent > 4:
            makers = makers[:5]
        elif jumps:
            makers += [self.early_return, self.jump_out]
        self.rng.choice(makers)()
        return False

    @contextmanager
    def indented(self) -> Iterator[None]:
        self.indent += 1
        yield
        self.indent -= 1

    def arm(self, header: str, count: int) -> Scope | None:
        """Write one arm of a branch; return its scope, None if control leaves it."""
        before = dict(self.scope)
        self.line(header)
        with self.indented():
            left = self.block(count)
            left = left or (self.chance(0.12) and self.jump())
        after, self.scope = self.scope, before
        return None if left else after

    def jump(self) -> bool:
        """Write ``return``, or ``break`` or ``continue`` inside a loop."""
        if self.loop and self.chance(0.6):
            self.line("break" if self.chance(0.5) else "continue" if self.loop == "for" else "break")
        elif self.result is not None:
            self.line(f"return {self.expression(self.result, 1)}")
        else:
            return False
        return True

    # --- assignments -------------------------------------------------------------------------
    def target(self, sort: Sort) -> str:
        """Return a name to assign a value of a sort to."""

        def free(name: str) -> bool:
            same = self.scope[name] == sort
            return name not in self.outer and (
                same if name in self.frozen else self.scope[name] in NUMBERS or same
            )

        own = [name for name in self.scope if self.scope[name][0] != "fn" and free(name)]
        if own and self.chance(0.5):
            return self.rng.choice(own[-5:])
        return self.fresh("z")

    def assign(self, sort: Sort, text: str) -> None:
        name = self.target(sort)
        self.line(f"{name} = {text}")
        self.scope[name] = sort

    def assignment(self) -> None:
        sort = self.rng.choice(["f", "f", "f", "v", "v", "m", "c", "r"])
        if self.chance(0.07):
            sort = "f"
            return self.assign(sort, self.rng.choice(["0", "1", "0.0"]))
        return self.assign(sort, self.expression(sort, 3))

    def swap(self) -> None:
        names = [n for n, s in self.scope.items() if s in NUMBERS and n not in self.outer]
        if len(names) < 2:
            return self.assignment()
        a, b = self.rng.sample(names, 2)
        if self.scope[a] != self.scope[b] and {a, b} & self.frozen:
            return self.assignment()
        forms = ["{a}, {b} = {b}, {a}"]
        if self.scope[a] == self.scope[b] == "f":
            forms += [
                "{a}, {b} = {b}, {a} + 0.5 * {b}",
                "{a}, {b} = {a} * {b}, {a} - {b}",
                "{a}, {b} = np.sin({b}), {b}",
            ]
        self.line(self.rng.choice(forms).format(a=a, b=b))
        self.scope[a], self.scope[b] = self.scope[b], self.scope[a]
        return None

    def augmented(self) -> None:
        names = [n for n, s in self.scope.items() if s == "f" and n not in self.outer]
        if not names:
            return self.assignment()
        self.line(
            f"{self.rng.choice(names)} {self.rng.choice(['+=', '-=', '*=', '+='])} {self.expression('f', 2)}"
        )
        return None

    def walrus(self) -> None:
        name, sort = self.fresh("z"), self.rng.choice(["f", "v"])
        text = self.expression(sort, 2)
        self.assign("f", f"np.sum(({name} := {text})) + {self.expression('f', 1)}")
        self.scope[name] = sort

    def odd(self) -> None:
        """Write one of the rarer statements."""
        forms = ["assert {f} > -1e6", "with np.errstate(all='ignore'):", "a = b", "annotated", "del"]
        form = self.rng.choice(forms + ["items", "mapping", "library"] * 2)
        if form in ("items", "mapping", "library"):
            return {"items": self.dict_items, "mapping": self.dict_comprehension, "library": self.library}[
                form
            ]()
        if form == "a = b":
            first, second = self.fresh("z"), self.fresh("z")
            self.line(f"{first} = {second} = {self.expression('f', 2)}")
            self.scope[first] = self.scope[second] = "f"
        elif form == "annotated":
            name = self.fresh("z")
            self.line(f"{name}: float = {self.expression('f', 2)}")
            self.scope[name] = "f"
        elif form == "del":
            name = self.fresh("z")
            self.line(f"{name} = {self.expression('v', 2)}")
            self.line(f"{self.fresh('z')} = {name}.sum()")
            self.line(f"del {name}")
        else:
            self.line(self.fill(form, 1))
            if form.startswith("with"):
                with self.indented():
                    self.block(2)

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

    # --- branches ----------------------------------------------------------------------------
    def branch(self) -> None:
        """Write ``if``/``elif``/``else``."""
        arms = [self.arm(f"if {self.condition(2)}:", self.rng.randint(1, 3))]
        if self.chance(0.25):
            arms.append(self.arm(f"elif {self.condition(1)}:", self.rng.randint(1, 2)))
        if self.chance(0.55):
            arms.append(self.arm("else:", self.rng.randint(1, 2)))
            if all(arm is None for arm in arms):
                arms.append(dict(self.scope))
        else:
            arms.append(dict(self.scope))
        self.scope = merged([arm for arm in arms if arm is not None])

    def guarded(self) -> None:
        """Write a variable that only one branch assigns, read under the same test."""
        flag, name, sort = self.fresh("flag"), self.fresh("z"), self.rng.choice(["f", "v"])
        self.line(f"{flag} = {self.condition(1)}")
        self.line(f"if {flag}:")
        with self.indented():
            self.line(f"{name} = {self.expression(sort, 2)}")
        before = dict(self.scope)
        self.block(1)
        self.line(f"if {flag}:")
        self.scope[name] = sort
        with self.indented():
            self.assign("f", f"np.sum({name}) * {self.expression('f', 1)}")
        self.scope.pop(name)
        self.scope = merged([self.scope, {n: s for n, s in before.items() if n in self.scope}])

    def early_return(self) -> None:
        self.arm_that_leaves(f"return {self.expression(self.result, 2)}")

    def jump_out(self) -> None:
        if not self.loop:
            return self.assignment()
        return self.arm_that_leaves("continue" if self.loop == "for" and self.chance(0.5) else "break")

    def arm_that_leaves(self, jump: str) -> None:
        before = dict(self.scope)
        self.line(f"if {self.condition(2)}:")
        with self.indented():
            if self.chance(0.4):
                self.assignment()
            self.line(jump)
        self.scope = before

    # --- loops -------------------------------------------------------------------------------
    @contextmanager
    def inside(self, kind: str) -> Iterator[None]:
        """Enter a loop body: variables from outside keep their sorts."""
        state = self.frozen, self.loop
        self.frozen, self.loop = self.frozen | set(self.scope), kind
        self.indent += 1
        yield
        self.indent -= 1
        self.frozen, self.loop = state

    def for_loop(self) -> None:
        target, iterable, bound, sure = self.iterable(2)
        before = dict(self.scope)
        self.line(f"for {target} in {iterable}:")
        start, busy = len(self.lines), self.busy
        self.scope |= bound
        self.busy = busy | {n for n in before if mentions(iterable, n)}
        with self.inside("for"):
            self.block(self.rng.randint(1, 4))
        self.busy = busy
        body = self.lines[start:]
        self.after_loop(before, body, sure)

    def after_loop(self, before: Scope, body: list[str], sure: bool) -> None:
        """Leave a loop: what it assigned first exists if it surely ran to its end."""
        text = "\n".join(body)
        if self.chance(0.15):
            self.line("else:")
            with self.indented():
                self.block(1)
            self.scope = {n: s for n, s in self.scope.items() if n in before}
        elif not sure or "break" in text or "continue" in text or self.chance(0.4):
            self.scope = {n: s for n, s in self.scope.items() if n in before}
        self.scope = {n: weaker(s, before.get(n, s)) for n, s in self.scope.items()}

    def while_loop(self) -> None:
        counter, before = self.fresh("n"), dict(self.scope)
        self.line(f"{counter} = 0")
        test = f" and {self.condition(1)}" if self.chance(0.4) else ""
        self.line(f"while {counter} < {self.rng.randint(1, 4)}{test}:")
        start = len(self.lines)
        with self.inside(self.rng.choice(["for", "while"])):
            if self.loop == "for":  # a `continue` may follow
                self.line(f"{counter} += 1")
            self.block(self.rng.randint(1, 3))
            if self.loop == "while":
                self.line(f"{counter} += 1")
        self.after_loop(before, self.lines[start:], False)

    def accumulator(self) -> None:
        """Write a loop that adds to a number, which may become an array by that."""
        name, sort = self.fresh("total"), self.rng.choice(["f", "f", "v", "m"])
        self.line(f"{name} = {self.rng.choice(['0.0', '0', '1.0'])}")
        target, iterable, bound, sure = self.iterable(2)
        before = dict(self.scope)
        self.line(f"for {target} in {iterable}:")
        self.scope |= {**bound, name: "f" if sort == "f" else "n"}
        outer = self.frozen
        self.busy, busy = self.busy | {n for n in before if mentions(iterable, n)}, self.busy
        with self.inside("for"):
            self.frozen.add(name)
            if self.chance(0.5):
                self.block(1, jumps=False)
            step = self.expression(sort, 2)
            update = self.rng.choice(["{n} + {s}", "{n} * 0.5 + {s}", "{s} + {n} * {s}"])
            self.line(f"{name} = {update.format(n=name, s=step)}")
        self.frozen, self.busy = outer, busy
        self.scope = {**before, name: sort if sure and sort == "f" else "n"}

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

    # --- functions inside --------------------------------------------------------------------
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


def mentions(text: str, name: str) -> bool:
    """Whether a name occurs in a text."""
    return re.search(rf"\b{name}\b", text) is not None


def merged(scopes: list[Scope]) -> Scope:
    """Return what is known of the variables where several paths meet."""
    first, *rest = scopes
    common = {n: s for n, s in first.items() if all(n in other for other in rest)}
    for other in rest:
        common = {n: weaker(s, other[n]) for n, s in common.items()}
    return {n: s for n, s in common.items() if s is not None}


def weaker(a: Sort, b: Sort) -> Sort:
    """Return the sort that covers both; None if there is none."""
    if a == b:
        return a
    if a in NUMBERS and b in NUMBERS:
        return "n"
    if a is not None and b is not None and a[0] == b[0] == "list" and a[1] == b[1]:
        return ("list", a[1], min(a[2], b[2]))
    return None
