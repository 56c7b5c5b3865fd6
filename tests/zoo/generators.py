"""Generator functions and iterators: they feed loops, reductions, unpacking and each other, or never end."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import itertools
import math

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def powers(x, n):
    y = x
    for _ in range(n):
        yield y
        y = y * np.sin(y) + x


def forever(x):
    k = 1
    while True:
        yield x**k
        k += 1


def feeds_a_loop(x):
    total = 0.0
    for k, y in enumerate(powers(x, 4)):
        total += y * (k + 1)
    return total


def feeds_sum_max_list(x):
    return sum(powers(x, 3)) + max(powers(x, 4)) * list(powers(x, 2))[1]


def feeds_zip_and_unpacking(x):
    a, b, *rest = powers(x, 5)
    for u, v in zip(powers(x, 3), forever(x)):
        a = a + u * v
    return a * b + rest[-1]


def left_early(x):
    total = 0.0
    for y in forever(x):
        if y < 0.05 or total > 5.0:
            break
        total += y
    return total


def islice_of_endless(x):
    return sum(itertools.islice(forever(x), 1, 5, 2))


def takewhile_of_endless(x):
    return sum(itertools.takewhile(lambda y: y > 0.1, forever(x)))


def next_by_hand(x):
    g = forever(x)
    a = next(g)
    b = next(g) * next(g)
    return a + b + next(iter([]), x * 3.0)


def iterator_of_a_list(x):
    it = iter([x, x * x, np.sin(x)])
    first = next(it)
    return first * sum(it)


def yields_from(x):
    def tree(depth, value):
        if depth == 0:
            yield value
            return
        yield from tree(depth - 1, value * 0.5)
        yield from tree(depth - 1, value * x)

    return sum(v * v for v in tree(3, x))


def returns_through_yield_from(x):
    def part(y):
        yield y
        return y * y

    def whole():
        square = yield from part(x)
        yield square * 2.0

    return sum(whole())


def sends(x):
    def running():
        total = 0.0
        while True:
            value = yield total
            if value is None:
                return
            total += value * value

    g = running()
    next(g)
    g.send(x)
    return g.send(2.0 * x) * 3.0


def closes_with_finally(x):
    log = []

    def source():
        try:
            yield x
            yield x * x
        finally:
            log.append(x * 3.0)

    g = source()
    first = next(g)
    g.close()
    return first + log[0]


class Series:
    """An iterable whose iterator is a generator method."""

    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        for k in range(self.n):
            yield self.x * math.cos(k * 1.0)


def generator_method(x):
    return sum(Series(x, 3)) + sum(v * v for v in Series(x * x, 2))


class Counter:
    """An iterator written by hand."""

    def __init__(self, x, n):
        self.value, self.left = x, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        self.value = self.value * 1.5
        return self.value


def iterator_class(x):
    total = 0.0
    for value in Counter(x, 3):
        total = total + value * value
    return total


def pipeline(xs):
    def scaled(values):
        for v in values:
            yield v * 2.0

    def positive(values):
        for v in values:
            if v > 0.0:
                yield v

    def running(values):
        total = 0.0
        for v in values:
            total = total + v
            yield total

    return list(running(positive(scaled(xs))))


def expression_read_twice(x):
    values = (v * x for v in (1.0, 2.0))
    return sum(values) + 3.0 * sum(values) + x


def expression_reads_late(x):
    k = x
    values = (v * k for v in (1.0, 2.0))
    k = x * x
    return sum(values)


def map_of_a_generator(x):
    return sum(map(math.sqrt, powers(x, 3)))


def filter_is_lazy(x):
    calls = []

    def seen(v):
        calls.append(v)
        return v > 0.1

    values = filter(seen, forever(x))
    return next(values) + len(calls) * next(values) + sum(calls)


def in_a_dict(x):
    d = {"a": (v * x for v in (1.0, 2.0))}
    return next(d["a"]) + 5.0 * next(d["a"])


def tee_and_pairwise(x):
    a, b = itertools.tee(powers(x, 4))
    return sum(u * v for u, v in zip(a, itertools.islice(b, 1, None))) + sum(
        u * v for u, v in itertools.pairwise(powers(x, 3))
    )


def accumulate_of_a_generator(x):
    return list(itertools.accumulate(powers(x, 4), lambda a, b: a * b + x))


def groups(xs):
    total = 0.0
    for sign, members in itertools.groupby(sorted(xs), key=lambda v: v > 0.5):
        part = sum(members)
        total = total + part * part if sign else total + part
    return total


def cycle_and_count(x):
    total = 0.0
    for weight, value, k in zip(itertools.cycle([x, 2.0]), powers(x, 5), itertools.count(1)):
        total += weight * value / k
    return total


def product_of_generators(x):
    return sum(a * b for a, b in itertools.product(powers(x, 2), powers(x * x, 3)))


def chained_generators(x):
    return sum(itertools.chain(powers(x, 2), [x], itertools.chain.from_iterable([powers(x, 2), [x * x]])))


def star_call(x):
    def area(a, b, c):
        return a * b + c

    return area(*powers(x, 3))


def fsum_and_array(x):
    return math.fsum(powers(x, 4)) * np.array(list(powers(x, 2)))[1]


def walks_an_array(v):
    def squares(values):
        for value in values:
            yield value * value

    return sum(squares(v)) + sum(row for row in squares(v[:2]))


ZOO = [
    entry(feeds_a_loop, 0.7),
    entry(feeds_sum_max_list, 0.7),
    entry(feeds_zip_and_unpacking, 0.7),
    entry(left_early, 0.6),
    entry(islice_of_endless, 0.8),
    entry(takewhile_of_endless, 0.7),
    entry(next_by_hand, 0.7),
    entry(iterator_of_a_list, 0.7),
    entry(yields_from, 1.2),
    entry(returns_through_yield_from, 1.2),
    entry(sends, 1.2),
    entry(closes_with_finally, 1.2),
    entry(generator_method, 0.7),
    entry(iterator_class, 0.7),
    entry(pipeline, [0.3, -0.2, 0.9]),
    entry(expression_read_twice, 0.7),
    entry(expression_reads_late, 0.7),
    entry(map_of_a_generator, 0.7),
    entry(filter_is_lazy, 0.7),
    entry(in_a_dict, 0.7),
    entry(tee_and_pairwise, 0.7),
    entry(accumulate_of_a_generator, 0.7),
    entry(groups, [0.3, 0.9, 1.4, -0.2]),
    entry(cycle_and_count, 0.7),
    entry(product_of_generators, 0.7),
    entry(chained_generators, 0.7),
    entry(star_call, 0.7),
    entry(fsum_and_array, 0.7),
    entry(walks_an_array, V),
]
