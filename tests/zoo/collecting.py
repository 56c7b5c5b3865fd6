"""Containers that change: inside each other, by every method, in helpers, closures and classes of `collections`."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import bisect
import collections
import copy
import heapq
import operator

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def list_of_lists(x):
    g = [[0.0] * 3 for _ in range(2)]
    for i in range(2):
        for j in range(3):
            g[i][j] = x * i + np.sin(x * j)
    g[0][2] += g[1][1] * x
    return sum(sum(row) for row in g) * g[0][2]


def aliased_row(x):
    g = [[x], [x * x]]
    row = g[0]
    row.append(x**3)
    row[0] *= 2.0
    return g[0][0] * g[0][1] + g[1][0]


def same_row_twice(x):
    row = [0.0]
    g = [row] * 3
    g[1][0] = x * x
    return g[0][0] + g[2][0] * x


def dict_of_lists(x):
    d = {"a": [], "b": [x]}
    d["a"].append(x * x)
    d["b"].append(d["a"][0] * x)
    d["b"][0] = d["b"][0] + 1.0
    return d["b"][0] * d["b"][1]


def list_of_dicts(x):
    rows = [{"x": x * k} for k in range(3)]
    for row in rows:
        row["y"] = row["x"] ** 2
    rows[1].update(x=x, z=5.0 * x)
    return sum(row["x"] * row["y"] + row.get("z", 0.0) for row in rows)


def nested_result(x):
    g = {"rows": [[x], []], "n": 2}
    g["rows"][1].append(x * x)
    g["rows"].append([np.sin(x)])
    return g


def fill(out, x):
    out.append(x * 2.0)
    out.append(x * x)
    return len(out)


def out_parameter(x):
    out = [x]
    n = fill(out, x)
    fill(out, out[-1])
    return sum(out) * n


def filled_by_nested_function(x):
    values, totals = [], {}

    def note(name, value):
        values.append(value)
        totals[name] = totals.get(name, 0.0) + value * x

    for k in range(3):
        note("even" if k % 2 == 0 else "odd", x**k)
    return sum(values) * totals["even"] + totals["odd"]


def nonlocal_total(x):
    total = x

    def add(y):
        nonlocal total
        total = total + y * x

    add(2.0)
    add(total)
    return total


def every_list_method(x):
    v = [x, 2.0 * x]
    v.extend([x * x, 3.0])
    v.insert(1, np.sin(x))
    v.remove(3.0)
    v += [x**3, 4.0 * x]
    v.reverse()
    last = v.pop()
    second = v.pop(1)
    v.sort(key=lambda a: -a)
    v *= 2
    w = v.copy()
    w.clear()
    v.append(last * second)
    return sum(a * (i + 1) for i, a in enumerate(v)) + len(w) + v.count(last)


def slice_stores(x):
    v = [x, x * x, x**3, x**4]
    v[1:3] = [np.sin(x)]
    v[::2] = [a * 2.0 for a in v[::2]]
    del v[1]
    v[len(v) :] = (x, x * 5.0)
    return sum(a * (i + 1) for i, a in enumerate(v))


def every_dict_method(x):
    d = {"a": x}
    d.setdefault("b", x * x)
    d.setdefault("a", 100.0)
    d |= {"c": np.sin(x), "a": d["a"] * 3.0}
    d.update([("e", x**3)], f=x * 7.0)
    popped = d.pop("b") * d.pop("zz", 2.0)
    key, item = d.popitem()
    del d["e"]
    e = d | {"g": item}
    return popped + sum(e.values()) * x + len(d) + sum(v * len(k) for k, v in e.items())


def deque_rotates(x):
    q = collections.deque([x, x * x], maxlen=3)
    q.append(np.sin(x))
    q.appendleft(2.0 * x)
    q.rotate(1)
    q.extend([x**3])
    q.extendleft([x * 5.0])
    left = q.popleft()
    return left * q.pop() + q[0] * 3.0 + len(q)


def moving_average(v):
    window, out = collections.deque(maxlen=2), []
    for value in v:
        window.append(value)
        out.append(sum(window) / len(window))
    return np.array(out)


def default_dicts(x):
    groups, totals = collections.defaultdict(list), collections.defaultdict(float)
    lazily = collections.defaultdict(lambda: x * 10.0)
    for k in range(4):
        groups[k % 2].append(x**k)
        totals[k % 2] += x * k
    return sum(groups[0]) * sum(groups[1]) + totals[1] * totals[0] + lazily["new"] + totals["none"]


def ordered_dict(x):
    d = collections.OrderedDict(a=x, b=x * x)
    d["c"] = x**3
    d.move_to_end("a")
    d.move_to_end("c", last=False)
    first = d.popitem(last=False)[1]
    return first + sum(v * (i + 1) for i, v in enumerate(d.values()))


def counter_of_weights(x):
    c = collections.Counter()
    c["a"] += x
    c.update({"a": x * x, "b": 2.0 * x})
    c.subtract({"b": x * 0.5})
    total = c + collections.Counter(a=x)
    return total["a"] * total["b"] + c.most_common(1)[0][1] + c["none"]


def chain_map(x):
    base, over = {"a": x, "b": x * x}, {}
    d = collections.ChainMap(over, base)
    d["a"] = x**3
    base["b"] = base["b"] * 2.0
    return d["a"] + d["b"] * base["a"] + len(over)


class Stack(collections.UserList):
    """A list of its own class."""

    def push(self, value):
        self.data.append(value * 2.0)


def user_containers(x):
    s = Stack([x])
    s.push(x * x)
    s.append(np.sin(x))
    d = collections.UserDict(a=x)
    d["b"] = s[1] * x
    return sum(s) * d["b"] + d["a"]


def heap(xs):
    h = []
    for i, v in enumerate(xs):
        heapq.heappush(h, (v * v, i, v))
    smallest = heapq.heappop(h)
    replaced = heapq.heapreplace(h, (0.01, 9, smallest[0] * 3.0))
    return smallest[0] * replaced[2] + sum(a * c for a, _, c in h) + heapq.nsmallest(2, xs)[1]


def heap_of_values(xs):
    h = [v * 2.0 for v in xs]
    heapq.heapify(h)
    a = heapq.heappushpop(h, xs[0] * xs[1])
    merged = list(heapq.merge(sorted(h), sorted(xs)))
    return a * heapq.heappop(h) + merged[2] * merged[-1] + heapq.nlargest(1, h, key=lambda v: -v)[0]


def bisected(xs):
    kept = []
    for v in xs:
        bisect.insort(kept, v)
    kept.insert(bisect.bisect_left(kept, 0.5), xs[0] * 0.9)
    return sum(v * (i + 1) for i, v in enumerate(kept))


def knots(x):
    table = [0.0, 1.0, 2.0]
    values = [x, x * x, x**3]
    i = bisect.bisect_right(table, x) - 1
    return values[i] + (x - table[i]) * (values[i + 1] - values[i])


def sets_and_keys(x):
    seen = {x, x * x}
    seen.add(x)
    names = {x: "first", x * x: "second"}
    return len(seen) * x + (2.0 if x in names else 3.0) * sum(sorted(seen)) + len(names[x])


def memo(x):
    cache = {}

    def fib(n):
        if n not in cache:
            cache[n] = x * n if n < 2 else fib(n - 1) + fib(n - 2) * x
        return cache[n]

    return fib(7)


def graph_walk(x):
    edges = {"a": [("b", x), ("c", 2.0)], "b": [("c", x * x)], "c": []}
    best, queue = {"a": 0.0 * x}, collections.deque(["a"])
    while queue:
        here = queue.popleft()
        for there, length in edges[here]:
            if there not in best or best[here] + length < best[there]:
                best[there] = best[here] + length
                queue.append(there)
    return best["c"] * best["b"]


def dijkstra(x):
    edges = {0: [(1, x), (2, 3.0)], 1: [(2, x * x), (3, 5.0)], 2: [(3, np.sin(x))], 3: []}
    distance, heap_, done = {}, [(0.0, 0)], set()
    while heap_:
        d, node = heapq.heappop(heap_)
        if node in done:
            continue
        done.add(node)
        distance[node] = d
        for other, length in edges[node]:
            heapq.heappush(heap_, (d + length, other))
    return sum(distance.values()) * distance[3]


def copies(x):
    a = [[x], {"k": x * x}]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    a[0].append(x * 3.0)
    a[1]["k"] = 1.0
    return sum(shallow[0]) * deep[1]["k"] + len(deep[0]) + shallow[1]["k"]


def operators_on_items(x):
    d = {"a": x}
    operator.setitem(d, "b", x * x)
    pair = operator.itemgetter("a", "b")(d)
    operator.iadd(total := [x], [x * 2.0])
    return pair[0] * pair[1] + sum(total)


def matrix_rows(m):
    rows = [list(row) for row in m]
    n = len(rows)
    for i in range(n):
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            for k in range(n):
                rows[j][k] -= factor * rows[i][k]
    det = 1.0
    for i in range(n):
        det *= rows[i][i]
    return det


def pascal(x):
    rows = [[x]]
    for _ in range(4):
        last = rows[-1]
        rows.append([x] + [last[i] + last[i + 1] * x for i in range(len(last) - 1)] + [x])
    return np.array(rows[-1])


class Node:
    """A node of a tree that grows."""

    def __init__(self, value):
        self.value = value
        self.children = []

    def add(self, child):
        self.children.append(child)
        child.parent = self
        return child

    def total(self):
        return self.value + sum(child.total() * 0.5 for child in self.children)


def tree_of_objects(x):
    root = Node(x)
    leaf = root.add(Node(x * x)).add(Node(np.sin(x)))
    leaf.parent.value *= 3.0
    return root.total() * leaf.value


def unpacks_into_items(x):
    v, d = [0.0, 0.0], {}
    v[0], d["a"] = x, x * x
    for v[1], d["b"] in [(x, 2.0), (x * 3.0, x**3)]:
        v[0] = v[0] + v[1] * d["b"]
    return v[0] * d["a"]


def method_kept(x):
    out = []
    put = out.append
    for k in range(3):
        put(x**k)
    return sum(out)


def changes_while_walking(x):
    todo, total = [x], 0.0
    for value in todo:
        total = total + value
        if len(todo) < 4:
            todo.append(value * 0.5 + x)
    return total


def string_report(x):
    lines = []
    rows = {"x": [x]}
    rows["x"].append(x * x)
    for name, values in rows.items():
        lines.append(f"{name}: {values[0]:.3f} %s" % values[1])
        lines.append("%g and %d" % (values[0], 3))
        lines.append("{:.2f}".format(values[1]))
    return sum(rows["x"]) * len(lines)


def number_tests(x):
    rows = [[x]]
    rows[0].append(2)
    total = 0.0
    for value in rows[0]:
        if isinstance(value, float) and type(value) is float:
            total = total + value * value + round(value) + int(value)
        elif isinstance(value, int):
            total = total + value * x + abs(value - x) + divmod(value, x)[1]
    return total


ZOO = [
    entry(list_of_lists, 0.7),
    entry(aliased_row, 0.7),
    entry(same_row_twice, 0.7),
    entry(dict_of_lists, 0.7),
    entry(list_of_dicts, 0.7),
    entry(nested_result, 0.7),
    entry(out_parameter, 0.7),
    entry(filled_by_nested_function, 0.7),
    entry(nonlocal_total, 0.7),
    entry(every_list_method, 0.7),
    entry(slice_stores, 0.7),
    entry(every_dict_method, 0.7),
    entry(deque_rotates, 0.7),
    entry(moving_average, V),
    entry(default_dicts, 0.7),
    entry(ordered_dict, 0.7),
    entry(counter_of_weights, 0.7),
    entry(chain_map, 0.7),
    entry(user_containers, 0.7),
    entry(heap, [0.7, 0.3, 1.4]),
    entry(heap_of_values, [0.7, 0.3, 1.4]),
    entry(bisected, [0.7, 0.3, 1.4]),
    entry(knots, 0.7),
    entry(sets_and_keys, 0.7),
    entry(memo, 0.7),
    entry(graph_walk, 0.7),
    entry(dijkstra, 0.7),
    entry(copies, 0.7),
    entry(operators_on_items, 0.7),
    entry(matrix_rows, np.array([[1.3, 0.2, 0.5], [0.1, 0.9, 0.3], [0.4, 0.6, 2.0]])),
    entry(pascal, 0.7),
    entry(tree_of_objects, 0.7),
    entry(unpacks_into_items, 0.7),
    entry(method_kept, 0.7),
    entry(changes_while_walking, 0.7),
    entry(string_report, 0.7),
    entry(number_tests, 0.7),
]
