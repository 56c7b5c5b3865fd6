"""Classes that make their objects in their own way, and containers with a class of their own."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

import numpy as np

from tests.zoo.entry import entry


@dataclass
class Path:
    points: list = field(default_factory=list)
    scale: float = 1.0

    def add(self, x):
        self.points.append(x * self.scale)

    def total(self):
        return sum(p * p for p in self.points)


def dc_list(x):
    p = Path(scale=2.0)
    for i in range(3):
        p.add(x + i)
    return p.total()


def dc_list2(x):
    p = Path([x, 2.0 * x], x)
    p.add(x)
    p.points[0] = p.points[1] * p.points[2]
    return p.total()


@dataclass
class Hist:
    d: dict = field(default_factory=dict)
    arr: list = field(default_factory=list)

    def put(self, k, v):
        self.d[k] = v
        self.arr.append(v)
        return self

    def __len__(self):
        return len(self.arr)

    def __getitem__(self, i):
        return self.arr[i]


def dc_dict(x):
    h = Hist()
    h.put("a", x).put("b", x * x)
    return h.d["a"] * h.d["b"] + h[-1] * len(h)


def prod_deque(x):
    d = deque([x, 2 * x, 3.0], maxlen=3)
    d.append(x * x)
    return math.prod(d)


def sum_deque(x):
    d = deque(maxlen=2)
    for v in x:
        d.append(v)
    return math.fsum(d) + max(d) + np.sum(np.array(d)) + math.hypot(*d) + math.dist(list(d), [0.0, 1.0])


class Meta(type):
    count = 0

    def __call__(cls, *a, **k):
        o = super().__call__(*a, **k)
        o.tag = 2.0
        return o


class WithMeta(metaclass=Meta):
    def __init__(self, v):
        self.v = v


def metaclass_call(x):
    w = WithMeta(x * x)
    return w.v * w.tag


class Single(type):
    _i = {}

    def __call__(cls, *a):
        o = cls.__new__(cls)
        o.__init__(*a)
        o.sq = o.v * o.v
        return o


class WithSingle(metaclass=Single):
    def __init__(self, v):
        self.v = v


def metaclass_call2(x):
    w = WithSingle(x * x)
    return w.v * w.sq


class DD(dict):
    def __getattr__(self, k):
        return self[k]

    def __setattr__(self, k, v):
        self[k] = v


def dict_subclass(x):
    d = DD(a=x, b=2.0)
    d.c = x * x
    return d.a * d.b + d.c * d["a"]


class L(list):
    def mean(self):
        return sum(self) / len(self)


def list_subclass(x):
    l = L([x, x * x])
    l.append(3 * x)
    return l.mean() * l[0]


class NewC:
    def __new__(cls, v):
        o = super().__new__(cls)
        o.v = v * 2.0
        return o

    def __init__(self, v):
        self.w = v


def new_class(x):
    o = NewC(x)
    return o.v * o.w


class Tup(tuple):
    def dot(self, o):
        return sum(a * b for a, b in zip(self, o))


def tuple_subclass(x):
    return Tup((x, 2 * x)).dot(Tup((x, x * x)))


class V2:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __add__(self, o):
        return V2(self.x + o.x, self.y + o.y)

    def __mul__(self, s):
        return V2(self.x * math.cos(s), self.y * math.sin(s))

    def __pow__(self, n):
        return math.pow(self.x, n) + math.exp(self.y)

    def __float__(self):
        return math.sqrt(self.x)

    def __bool__(self):
        return self.x > 0

    def __iter__(self):
        yield self.x
        yield self.y

    def __contains__(self, v):
        return math.isclose(v, self.x)

    def __getitem__(self, i):
        return math.sin(self.x) if i == 0 else self.y

    def __neg__(self):
        return V2(-self.x, math.atan(self.y))

    def __lt__(self, o):
        return math.hypot(self.x, self.y) < math.hypot(o.x, o.y)

    def __eq__(self, o):
        return math.sqrt(self.x) == math.sqrt(o.x)

    def __hash__(self):
        return 1

    def __call__(self, t):
        return math.exp(t) * self.x

    def __matmul__(self, o):
        return self.x * o.x + math.sin(self.y * o.y)

    def __len__(self):
        return 2

    def __radd__(self, o):
        return V2(math.exp(self.x) + o, self.y)

    def __iadd__(self, o):
        self.x = math.sin(self.x) + o.x
        return self


def ops_in_traced(x):
    rows = [[]]
    rows[0].append(V2(x, 2.0))
    rows.append([V2(1.0, x)])
    a, b = rows[0][0], rows[1][0]
    c = (a + b) * x
    t = abs(c) + c**2 + float(a) + c[0] + a(x) + (a @ b) + (-c).y
    if a < b:
        t = t + 1.0 * x
    t += (1.0 + a).x
    a += b
    return t * a.x + sum(c)


def ops_sum_traced(x):
    h = defaultdict(list)
    for i in range(3):
        h[i % 2].append(V2(x + i, x * i))
    s = sum(h[0], V2(0.0, 0.0))
    t = sorted(h[0] + h[1])
    m = max(h[0] + h[1])
    d = {id(a): 1.0 for a in h[0]}
    return abs(s) + t[0].x * t[-1].y + abs(m) + len(d)


def iter_stored(x):
    it = iter([x, x * x, 3 * x])
    a = next(it)
    t = 0.0
    for v in it:
        t = t + v * a
    return t + next(it, 2.0 * x)


def iter_stored2(x):
    s = {"it": iter([x, x * x, x**3])}
    a = next(s["it"])
    b = next(s["it"])
    return a * b + sum(s["it"])


def extend_disp(x):
    l = []
    l.extend([x, x * x])
    l.extend((x for _ in range(2)))
    l.extend({"a": x * 3}.values())
    l += [*l[:2]]
    l[1:2] = [x, x * l[0]]
    return sum(l) * l[-1] + l[2]


def nested_boxes(x):
    b = {"a": [{"v": x}], "b": ({"w": [x * x]},)}
    b["a"].append({"v": b["a"][0]["v"] * 2})
    b["b"][0]["w"].append(x)
    b["a"][0]["v"] += b["b"][0]["w"][0]
    return sum(d["v"] for d in b["a"]) * sum(b["b"][0]["w"])


class Acc:
    def __init__(self):
        self.t = 0.0
        self.log = []

    def push(self, v):
        self.t += v
        self.log.append(self.t)
        return self

    def reset(self):
        self.t, self.log = 0.0, []


def fields_by_method(x):
    a = Acc()
    for i in range(3):
        a.push(x * i).push(x * x)
    r = a.t
    l = a.log
    a.reset()
    a.push(x)
    return r * a.t + l[2] * len(l)


class Node:
    __slots__ = ("val", "kids", "parent")

    def __init__(self, val, parent=None):
        self.val = val
        self.kids = []
        self.parent = parent
        if parent is not None:
            parent.kids.append(self)

    def total(self):
        return self.val + sum(k.total() * 0.5 for k in self.kids)

    def depth(self):
        return 0 if self.parent is None else 1 + self.parent.depth()


def tree_parent(x):
    r = Node(x)
    a = Node(x * x, r)
    b = Node(2 * x, r)
    c = Node(x * 3, a)
    c.val = c.val * r.val
    return r.total() * (1 + c.depth())


ZOO = [
    entry(f, 1.3)
    for f in (
        dc_list,
        dc_list2,
        dc_dict,
        prod_deque,
        metaclass_call,
        metaclass_call2,
        dict_subclass,
        list_subclass,
        new_class,
        tuple_subclass,
        ops_in_traced,
        ops_sum_traced,
        iter_stored,
        iter_stored2,
        extend_disp,
        nested_boxes,
        fields_by_method,
        tree_parent,
    )
]
ZOO.append(entry(sum_deque, [1.0, 2.0, 3.5]))
