"""Iteration: generators, generator expressions, ``itertools``."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import collections
import itertools

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def nested_targets_of_enumerate(x):
    total = 0.0
    for i, (a, b) in enumerate([(x, x), (2.0, x)], start=1):
        total += i * a * b
    for i, (a, (b, *c)) in enumerate([(x, (x, 2.0, x)), (2.0, (x * x, x, x))], 1):
        total += i * a * b * c[0] + c[1]
    return total


def nested_targets_of_items(x):
    total = 0.0
    for i, (key, (a, (b, c))) in enumerate({"p": (x, [x, 2.0]), "q": (x * x, [2.0, x])}.items(), 2):
        total += i * a * b * c * len(key)
    (i, (a, b)), *rest = enumerate([(x, x), (2.0, x)], 1)
    j, (c, d) = rest[0]
    return total + i * a * b + j * c * d


def namedtuples_added_up(x):
    P = collections.namedtuple("P", "a b")
    p = P(x, b=2.0)
    a, b = p
    return p.a * b + p[0] * p._asdict()["a"] + max(p)


def lambda_that_calls_itself(x):
    f = lambda n: 1.0 if n == 0 else x * f(n - 1) + n
    return f(4)


def generator_expression_stored(x):
    squares = (x * v for v in (1.0, 2.0, 3.0))
    return sum(squares) * x


def generator_expression_in_for(values):
    total = 0.0
    for s in (v * v for v in values if v > 0):
        total += s
    return total


def generator_expression_in_any(values):
    if any(v > 1 for v in values) and all(v > -10 for v in values):
        return values[0] * values[1]
    return values[0]


def itertools_loops(values):
    total = 0.0
    for a, b in itertools.product(values, values):
        total += a * b
    for k, v in enumerate(itertools.chain(values, [1.0, 2.0])):
        total += k * v * v
    for a, b in itertools.combinations(values, 2):
        total += a * b * b
    return total


def itertools_more(values):
    partial = list(itertools.accumulate(values))
    both = list(itertools.zip_longest(values, [1.0], fillvalue=2.0))
    head = list(itertools.islice(values, 2))
    return partial[-1] * partial[0] + sum(a * b for a, b in both) + head[1] * sum(itertools.repeat(values[0], 3))


def pairwise(values):
    return sum((b - a) ** 2 for a, b in itertools.pairwise(values))


def starmap(values):
    return sum(itertools.starmap(lambda a, b: a * b * b, zip(values, values[1:])))


def zip_strict(x, z):
    return sum([a * b * a for a, b in zip(x, z, strict=True)])


def zip_strict_in_for(x, z):
    total = 0.0
    for a, b in zip(x, z, strict=True):
        total += a * b * a
    return total


def enumerate_from(values):
    return sum(k * v * v for k, v in enumerate(values, start=1))


def while_pops(values):
    stack = list(values)
    total = 0.0
    while stack:
        top = stack.pop()
        total = total * 0.5 + top * top
    return total


def zip_with_counter(x):
    total = 0.0
    for a, k in zip(x, itertools.count(1)):
        total = total + a * a * k
    return total + sum(a * k for k, a in zip(itertools.count(2), x))


def zip_with_cycles(x):
    total = 0.0
    for a, (k, sign) in zip(x, enumerate(itertools.cycle([1.0, -1.0]))):
        total = total + sign * a**2 * k
    for a, b in zip(x, itertools.cycle(x[:2])):
        total = total + a * b
    return total


def map_with_counter(x):
    return sum(map(lambda a, k: a**k, x, itertools.count(1)))


def endless_cycle_left_by_break(x):
    total = 0.0
    for k, a in enumerate(itertools.cycle(x)):
        total = total + a * k
        if k > 6:
            break
    return total * x[0]


def counted_only(x):
    n = 0
    for v in map(lambda u: u * x, [x, 2.0]):
        n += 1
    for i, v in enumerate(itertools.accumulate([x, 2.0, x])):
        n += i
    for v in itertools.starmap(lambda u, w: u * w, [(x, 2.0)]):
        n += v > 0
    for i, v in np.ndenumerate(np.array([x, 2.0])):
        n += i[0]
    return n * x


def truth_of_iterators(x):
    empty = map(lambda u: u * x, [])
    full = zip([x], [2.0])
    return (x if empty else 2.0 * x) + (x if not full else 3.0 * x * x)


def tested_by_its_sum(x):
    values = map(lambda u: u * x, [x, 2.0])
    return x * x if sum(values) > 0 else x


def pairs_of_one_iterator(xs):
    it = iter(xs)
    pairs = list(zip(it, it))
    return sum(a * b for a, b in pairs)


def iterator_read_once(xs):
    it = iter(xs)
    return sum(x * x for x in it)


def depth_and_total(tree):
    def depth(t):
        return 0 if t is None else 1 + max(depth(t["l"]), depth(t["r"]))

    def total(t, d=1):
        return 0.0 if t is None else t["v"] ** d + total(t["l"], d + 1) + total(t["r"], d + 1)

    return total(tree) * depth(tree)


ZOO = [
    entry(zip_with_counter, V),
    entry(zip_with_cycles, V),
    entry(map_with_counter, V),
    entry(endless_cycle_left_by_break, V),
    entry(nested_targets_of_enumerate, 0.7),
    entry(nested_targets_of_items, 0.7),
    entry(namedtuples_added_up, 0.7),
    entry(lambda_that_calls_itself, 0.7),
    entry(generator_expression_stored, 0.3),
    entry(generator_expression_in_for, [0.3, -0.2, 1.2]),
    entry(generator_expression_in_any, [0.3, -0.2, 1.2]),
    entry(itertools_loops, [0.3, -0.2, 1.2]),
    entry(itertools_more, [0.3, -0.2, 1.2]),
    entry(pairwise, [0.3, -0.2, 1.2]),
    entry(starmap, [0.3, -0.2, 1.2]),
    entry(zip_strict, [0.3, -0.2], [1.2, 0.4]),
    entry(zip_strict_in_for, V, [1.2, 0.4, 0.2, 0.1]),
    entry(enumerate_from, [0.3, -0.2, 1.2]),
    entry(while_pops, [0.3, -0.2, 1.2]),
    entry(counted_only, 1.3),
    entry(truth_of_iterators, 1.3),
    entry(tested_by_its_sum, 1.3),
    entry(pairs_of_one_iterator, [1.0, 2.0, 3.0, 4.0]),
    entry(iterator_read_once, [1.0, 2.0, 3.0]),
    entry(depth_and_total, {"v": 1.0, "l": {"v": 2.0, "l": None, "r": None}, "r": None}),
]
