"""What expressions do besides giving their value: tests decided when compiling, items that are taken.

Each call below changes an object or a list inside an expression that carries no derivative itself.
"""

from __future__ import annotations

import collections
import io

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad

X = np.array([0.5, -1.2, 2.3])
SEEN: list[object] = []


class Total:
    """Adds up what it is given; says always the same."""

    def __init__(self):
        self.t = 0.0

    def add(self, z):
        self.t = self.t + np.sum(z**3)
        return 0


def note(what):
    SEEN.append(what)
    return True


def branch(x):
    total = Total()
    if total.add(x) == 0:
        return total.t
    return 1.0


def conditional(x):
    total = Total()
    y = x[0] if total.add(x) == 0 else x[1]
    return total.t * y


def inner_conditional(x):
    total = Total()
    y = x[0] * 2 + (x[0] if not total.add(x) else x[1])
    return total.t * y


def trips(x):
    total = Total()
    for _ in range(2 + total.add(x)):
        x = x * 1.1
    return total.t * x[0]


def index(x):
    total = Total()
    return x[total.add(x)] * total.t


def noted(x):
    if isinstance(x, np.ndarray) and note("seen"):
        return np.sum(x * x)
    return 0.0


def noted_choice(x):
    y = x[0] if note("chosen") else x[1]
    return y * y


def printed(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    print(ys.pop(0), file=io.StringIO())
    return ys[0] * ys[1]


def printed_key(x):
    d = {"a": x[0] ** 2, "b": x[1] ** 3}
    print(d.pop("a"), file=io.StringIO())
    return sum(d.values()) * x[2]


def printed_from_deque(x):
    q = collections.deque([x[0] ** 2, x[1] ** 3, x[2]])
    print(q.popleft(), file=io.StringIO())
    return q[0] * q[1]


def as_text(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    s = f"{ys.pop()}"
    return ys[0] * ys[-1] * len(s[:1])


def asked(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    if ys.pop(0) > 0:
        return ys[0] * ys[1]
    return ys[0]


def asked_twice(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    if ys.pop() > 0 and ys.pop() < 0:
        return ys[0]
    return ys[0] * 3


def loop_test(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2] ** 2]
    while ys.pop(0) > 0:
        x = x * 1.5
    return ys[0] * x[0]


def counted(x):
    ys = [x[0] ** 2, x[1] ** 3, abs(x[2])]
    k = int(ys.pop())
    return ys[0] * k + ys[1]


def comprehension(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    flags = [ys.pop() > 0 for _ in range(2)]
    return ys[0] * sum(flags)


def asserted(x):
    ys = [x[0] ** 2, x[1] ** 3, x[2]]
    assert ys.pop(0) > 0
    return ys[0] * ys[1]


def walrus(x):
    print(y := x * 2, file=io.StringIO())
    return np.sum(y * y)


PROGRAMS = [
    branch, conditional, inner_conditional, trips, index, noted, noted_choice, printed, printed_key,
    printed_from_deque, as_text, asked, asked_twice, loop_test, counted, comprehension, asserted, walrus,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_effects_count_in_both_modes(f):
    check_grad(f, X, wrt=0)
    SEEN.clear()
    value = f(X)
    plain = list(SEEN)
    SEEN.clear()
    assert adjoint.value_and_grad(f)(X)[0] == value
    assert plain == SEEN


def test_questions_of_type_leave_no_trace_in_the_source():
    def f(x, flag=None):
        if isinstance(x, np.ndarray) and flag is None:
            return np.sum(x * x)
        return x

    assert "isinstance" not in adjoint.source(f, X)
