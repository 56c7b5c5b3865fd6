"""What Python 3.12 brought: type parameters, free f-strings, comprehensions in place, ``itertools.batched``."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

import dataclasses
import itertools
import math
import typing

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def cube[T](x: T) -> T:
    return x * x * x


def bounded[T: (float, np.ndarray)](x: T, y: T) -> T:
    return x * y


def generic_functions(x):
    return bounded(x, cube(x)) + np.sum(bounded(V, x))


def many_parameters[T, *Ts, **P](x: T, *args: *Ts, **more) -> T:
    return x * sum(args) + more.get("k", 0.0)


def variadic_generic(x):
    return many_parameters(x, x, 2.0, k=x * x)


def type_alias(x):
    type Number = float
    type Pair[T] = tuple[T, T]
    y: Number = x * x
    pair: Pair[float] = (y, x)
    return pair[0] * pair[1]


def generic_inside(x):
    def scaled[T](v: T) -> T:
        return v * v * x

    return scaled(x)


class Box[T]:
    def __init__(self, value: T):
        self.value = value

    def times[U](self, k: U) -> T:
        return self.value * k

    @classmethod
    def of[U](cls, value: U):
        return cls(value)


class Big[T](Box[T]):
    @typing.override
    def times(self, k):
        return super().times(k) * k


def generic_class(x):
    return Box(x).times(3.0) * Big.of(x).times(x)


def subscripted_class(x):
    return Box[float](x).times(3.0) * x


@dataclasses.dataclass
class Spring[T]:
    stiffness: T
    length: float = 2.0


def generic_record(x):
    s = Spring(x)
    return s.stiffness * dataclasses.replace(s, length=x).length


def quotes_in_an_f_string(x):
    names = {"a": 1}
    text = f"{names["a"]} {f"{x:{'.3'}f}"} {'\n'.join(["a", "b"])} {
        x  # with a comment
        :.2f}"
    return x * x if text else x


def f_string_in_an_assertion(x):
    assert x > 0, f"{x=} {"not positive"!r}"
    return x**3


def comprehension_hides_a_variable(x):
    k = 5.0
    terms = [k * x for k in range(3)]
    return k * sum(terms)


def comprehension_hides_the_argument(x):
    return sum([x * x for x in (x, 2.0 * x)]) * x


def walrus_in_a_comprehension(x):
    terms = [(last := x * k) for k in range(1, 4)]
    kept = [y for k in range(4) if (y := x * k) > 1.0]
    return last * sum(terms) + sum(kept)


def nested_comprehensions(x):
    rows = [[x * i * j for j in range(i)] for i in range(4)]
    return sum(sum(row) for row in rows) * len({i for row in rows for i in range(len(row))})


def closures_in_a_comprehension(x):
    late = [lambda v: v * k * x for k in range(3)]
    early = [lambda v, k=k: v * k * x for k in range(3)]
    return sum(f(x) for f in late) + sum(f(x) for f in early)


def batches_of_a_list(x):
    return sum([b[0] * b[-1] for b in itertools.batched([x, x * x, 3.0, x, x], 2)])


def batches_of_an_array(v):
    total = 0.0
    for batch in itertools.batched(v, 3):
        total = total + batch[0] * sum(batch)
    return total


def sum_of_products(x):
    return math.sumprod([x, 2.0], (x, x * x))


ZOO = [
    *(
        entry(function, 1.3)
        for function in (
            cube,
            generic_functions,
            variadic_generic,
            type_alias,
            generic_inside,
            generic_class,
            subscripted_class,
            generic_record,
            quotes_in_an_f_string,
            f_string_in_an_assertion,
            comprehension_hides_a_variable,
            comprehension_hides_the_argument,
            walrus_in_a_comprehension,
            nested_comprehensions,
            closures_in_a_comprehension,
            batches_of_a_list,
            sum_of_products,
        )
    ),
    entry(batches_of_an_array, V),
]
