"""Statements of the random programs of :mod:`tests.programs`: assignments, branches, loops."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.program_expressions import NUMBERS, Expressions, Scope, Sort


class Statements(Expressions):
    """Writes statements; knows which variables exist on every path that reaches a line."""

    gadget: Callable[[], object]

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.frozen: set[str] = set()  # variables of the code around a loop: they keep their sort
        self.outer: set[str] = set()  # variables of the function around a nested one: only read
        self.busy: set[str] = set()  # what a loop runs over: it must not grow
        self.loop = ""  # "for" or "while" inside a loop
        self.result: Sort = "f"
        self.budget = 0
        self.recursive = ""

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
            self.gadget, self.gadget, self.gadget,
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
