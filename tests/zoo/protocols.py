"""What classes may be: local, abstract, generic, frozen, dispatching, with descriptors and metaclasses; getters."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

import abc
import dataclasses
import enum
import functools
import math
import operator
from collections import namedtuple
from dataclasses import InitVar, asdict, astuple, dataclass, field, replace
from functools import cached_property, singledispatch, singledispatchmethod
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from tests.zoo.entry import entry
from tests.zoo.overloading import Pair as Vec

V = np.array([0.3, -1.2, 2.1, 0.7])
T = TypeVar("T")


def local_class(x):

    class A:
        k = 2.0

        def __init__(self, a):
            self.a = a

        def sq(self):
            return self.a**2 * self.k

        @property
        def dbl(self):
            return 2 * self.a

        @staticmethod
        def cube(t):
            return t**3

        @classmethod
        def make(cls, a):
            return cls(a * a)

    return A(x).sq() * A.make(x).dbl + A.cube(x)


def local_class_captures(x):

    class A:
        def __init__(self, a):
            self.a = a

        def sq(self):
            return self.a**2 * x

    return A(2.0).sq()


def local_dataclass(x):

    @dataclass
    class P:
        a: float
        b: float = 2.0

        def s(self):
            return self.a * self.b

    return P(x).s() + P(x, b=x).s()


def local_namedtuple(x):
    P = namedtuple("P", "a b")
    p = P(x, x * x)
    return p.a * p.b + p[0]


class Meta(type):
    def __new__(m, n, b, d):
        d["tag"] = 3.0
        return super().__new__(m, n, b, d)


class M(metaclass=Meta):
    def __init__(self, a):
        self.a = a

    def v(self):
        return self.a * self.tag


def metaclass(x):
    return M(x).v() * x


class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self): ...

    def scaled(self, k):
        return k * self.area


class Circle(Shape):
    def __init__(self, r):
        self.r = r

    @property
    def area(self):
        return math.pi * self.r**2


def abc_prop(x):
    return Circle(x).scaled(x)


class Op(enum.Enum):
    ADD = enum.auto()
    MUL = 2

    def apply(self, a, b):
        return a + b if self is Op.ADD else a * b

    @property
    def w(self):
        return self.value * 1.5


def enum_members(x):
    t = 0.0
    for op in Op:
        t = t + op.apply(x, 2.0) * op.w
    return t * Op["MUL"].apply(x, x) * Op(2).apply(x, 3.0)


def enum_dict(x):
    f = {Op.ADD: lambda a: a * 2, Op.MUL: lambda a: a * a}
    return f[Op.MUL](x) + f[Op.ADD](x)


class IE(enum.IntEnum):
    A = 1
    B = 2


def intenum(x, a):
    return a[IE.A] * x**IE.B


class NT(NamedTuple):
    a: float
    b: float = 2.0

    @property
    def s(self):
        return self.a + self.b

    def scaled(self, k):
        return NT(self.a * k, self.b * k)

    @classmethod
    def unit(cls):
        return cls(1.0, 1.0)

    def __add__(self, o):
        return NT(self.a + o.a, self.b + o.b)


def named(x):
    n = NT(x, x * x).scaled(x) + NT.unit() + NT(x)
    u, v = n
    return n.s * u * v * n._asdict()["a"] * max(n) * sum(n)


def named_arg(n):
    return n.scaled(n.b).s * n[0] + (n + n).a


@dataclass
class PI:
    a: float
    b: float = field(init=False)
    items: list = field(default_factory=list)
    k: InitVar[float] = 2.0

    def __post_init__(self, k):
        self.b = self.a * k


def post_init(x):
    p = PI(x, k=3.0)
    return p.a * p.b + len(p.items)


def post_init_def(x):
    p = PI(x)
    return p.a * p.b


@dataclass
class DF:
    a: float
    w: np.ndarray = field(default_factory=lambda: np.ones(2))
    h: list = field(default_factory=list)


def factory(x):
    d = DF(x)
    d.h.append(x)
    d.h.append(x * x)
    return np.sum(d.w * d.a) * sum(d.h)


def factory_fn(x):
    d = DF(x)
    return np.sum(d.w * d.a)


@dataclass(frozen=True)
class FP:
    a: float
    b: float = 0.0

    def __post_init__(self):
        object.__setattr__(self, "b", self.a**2)


def frozen_post(x):
    p = FP(x)
    return p.a * p.b


@dataclass(slots=True)
class SL:
    a: float
    b: float = 1.0

    def bump(self, k):
        self.a = self.a * k
        return self


def slots_dc(x):
    s = SL(x).bump(x)
    return s.a * s.b


@dataclass(frozen=True, order=True)
class OR:
    a: float
    b: float = 0.0


def ordered(x):
    l = sorted([OR(2 * x), OR(x, x * x)])
    return l[0].b * l[1].a + (x if OR(x) < OR(2 * x) else 0) + max(OR(x), OR(3 * x)).a


@dataclass(kw_only=True)
class KW:
    a: float
    b: float = 1.0


def kwonly(x):
    k = KW(a=x)
    return replace(k, b=x * x).b * k.a


def as_dict(x):
    d = asdict(DF(x))
    return d["a"] * np.sum(d["w"])


def as_tuple(x):
    a, b = astuple(OR(x, x * x))
    return a * b


def fields_loop(o):
    return sum((getattr(o, f.name) * k for k, f in enumerate(dataclasses.fields(o), 1)))


@dataclass
class Base:
    a: float

    def v(self):
        return self.a


@dataclass
class Derived(Base):
    b: float = 1.0

    def v(self):
        return super().v() * self.b


@dataclass
class Nested:
    d: Derived
    l: list[Derived]
    m: dict


def nested_arg(n):
    return n.d.v() * sum((q.v() for q in n.l)) * n.m["k"].v() + n.m["s"]


def nested_made(x):
    n = Nested(Derived(x, x), [Derived(x), Derived(2.0, x)], {"k": Derived(x), "s": x})
    return nested_arg(n)


class HasV(Protocol):
    def v(self) -> float: ...


class Box(Generic[T]):
    def __init__(self, i: T):
        self.i = i

    def get(self) -> T:
        return self.i

    def map(self, f):
        return Box(f(self.i))


def generic(x):
    return Box[float](x).get() * Box(x * x).map(np.sin).map(lambda t: t * x).get()


def proto(h, x):
    return h.v() * x


class A0:
    def __init__(self, **k):
        self.k = k.get("k", 1.0)
        super().__init__()

    def f(self, x):
        return x * self.k


class B0(A0):
    def __init__(self, b=1.0, **k):
        super().__init__(**k)
        self.b = b

    def f(self, x):
        return super().f(x) * self.b


class C0(A0):
    def __init__(self, c=1.0, **k):
        super().__init__(**k)
        self.c = c

    def f(self, x):
        return super().f(x) + self.c


class D0(B0, C0):
    def __init__(self, d=1.0, **k):
        super().__init__(**k)
        self.d = d

    def f(self, x):
        return super().f(x) ** self.d


def diamond(x):
    return D0(d=2.0, b=x, c=x * x, k=3.0).f(x)


def diamond_arg(o, x):
    return o.f(x)


class TS:
    n = 0

    def __init__(self, a):
        self.a = a

    def again(self, b):
        return type(self)(b)

    def twin(self):
        return self.__class__(self.a * 2)


class TS2(TS):
    def val(self):
        return self.a**3


def type_self(x):
    return TS2(x).again(x * x).twin().val()


class CA:
    scale = 2.0
    table = {"a": 1.5}

    def f(self, x):
        return x * self.scale * CA.scale * type(self).table["a"]


def class_attr(x):
    return CA().f(x) * x


class Dsc:
    def __set_name__(s, o, n):
        s.n = "_" + n

    def __get__(s, o, t=None):
        if o is None:
            return s
        return getattr(o, s.n) * 2


class HD:
    a = Dsc()

    def __init__(self, v):
        self._a = v


def descriptor(x):
    return HD(x).a * x


def descriptor_arg(h):
    return h.a**2


class GA:
    def __init__(self, d):
        self._d = d

    def __getattr__(self, k):
        try:
            return self.__dict__["_d"][k]
        except KeyError:
            raise AttributeError(k)


class GA2:
    def __init__(self, i):
        self._i = i

    def __getattr__(self, k):
        return getattr(self._i, k)


def getattr_dict(x):
    g = GA({"u": x, "v": x * x})
    return g.u * g.v


class Cubes:
    def __init__(self, v):
        self.v = v

    def __getattr__(self, name):
        if name == "cube":
            return self.v**3
        raise AttributeError(name)


def getattr_default(x):
    c = Cubes(x)
    return c.cube + getattr(c, "cube", 1.0) * getattr(c, "missing", x)


def getattr_proxy(x):
    g = GA2(Derived(x, x * x))
    return g.v() * g.a


class Sing:
    _i = None

    def __new__(cls):
        if cls._i is None:
            cls._i = super().__new__(cls)
        return cls._i

    def f(self, x):
        return x * x


def singleton(x):
    return Sing().f(x)


class Callable_:
    def __init__(self, f, k):
        self.f = f
        self.k = k

    def __call__(self, x):
        return self.k * self.f(x)


def callable_chain(x):
    return Callable_(Callable_(np.sin, x), 2.0)(x)


def method_table(x):
    d = Derived(x, x * x)
    t = {"v": d.v, "w": Base(x).v}
    return t["v"]() * t["w"]() + sum((f() for f in t.values()))


def getattr_call(x, name):
    return getattr(TS2(x), name)() * x


def unbound(x):
    return Base.v(Derived(x, 3.0)) * Derived.v(Derived(x, x))


def vars_arg(o):
    return sum((v for v in vars(o).values()))


def obj_default(x, o=Derived(2.0, 3.0)):
    return o.v() * x


def isinst(o):
    match o:
        case Derived(a=a, b=b):
            return a * b
        case Base(a):
            return a


def eq_objs(x):
    return x * x if Derived(x) == Derived(x) else x


def copy_obj(x):
    import copy

    a = Derived(x, x * x)
    b = copy.copy(a)
    c = copy.deepcopy(a)
    return b.v() * c.v()


def tup_of_objs(x):
    a, b = (Derived(x), Base(x * x))
    return (a, b)[1].v() * [a, b][0].v()


def ret_obj(x):
    return Derived(x * x, np.sin(x))


def ret_nested(x):
    return {"a": Derived(x, 2.0), "b": [Base(x * x)]}


def two_results(d):
    return (d.v(), Derived(d.a * 2, d.b))


@singledispatch
def area(s):
    return 0.0


class Sq:
    def __init__(s, a):
        s.a = a


class Ci:
    def __init__(s, r):
        s.r = r


@area.register(Sq)
def _(s):
    return s.a * s.a


@area.register
def _(s: Ci):
    return math.pi * s.r**2


@area.register(float)
def _(s):
    return s * 3


def dispatch(x):
    return area(Sq(x)) * area(Ci(x * x)) + area(x) + sum((area(s) for s in [Sq(x), Ci(x), x]))


class Fmt:
    def __init__(s, k):
        s.k = k

    @singledispatchmethod
    def go(s, v):
        return s.k

    @go.register
    def _(s, v: float):
        return v * s.k

    @go.register(list)
    def _(s, v):
        return sum(v) * s.k


def dispatch_method(x):
    return Fmt(x).go(x) + Fmt(x).go([x, x * x]) + Fmt(x).go("a")


class Lazy:
    def __init__(s, x):
        s.x = x

    @cached_property
    def sq(s):
        return s.x**2

    @cached_property
    def cube(s):
        return s.sq * s.x


def cached(x):
    l = Lazy(x)
    return l.cube * l.sq + l.cube


def getters(x):
    g = operator.itemgetter(1, 0)
    a = operator.attrgetter("x", "y")
    m = operator.methodcaller("rotate", [1.0, 0, 0])
    i = operator.itemgetter("k")
    p, q = g([x, x * x])
    r, s = a(Vec(x, 3 * x))
    return p * q * r * s * i({"k": x})


def methodcall(x):
    m = operator.methodcaller("__call__", x)
    return abs(m(Vec(x, 2.0)))


def attr_nested(x):

    class A:
        pass

    a = A()
    a.b = Vec(x, x * x)
    return operator.attrgetter("b.y")(a) * operator.attrgetter("b.x")(a)


def sort_attr(x):
    return [v.y for v in sorted([Vec(2 * x, x), Vec(x, x * x)], key=operator.attrgetter("x"))][0]


class PM:
    def __init__(self, k):
        self.k = k

    def f(self, a, x, b=1.0):
        return self.k * a * x * b

    g = functools.partialmethod(f, 2.0, b=3.0)


def partial_method(x):
    return PM(x).g(x)


def partial_method_arg(p, x):
    return p.g(x * x)


def caller_active(x):
    return operator.methodcaller("f", 2.0, x)(PM(x)) + operator.methodcaller("f", x, 2.0, b=x)(PM(x))


def getter_map(v):
    return sum(map(operator.itemgetter(0), [(x, 1) for x in v]))


def getter_sort(v):
    return sorted([(x, x * x) for x in v], key=operator.itemgetter(1))[0][0]


def attr_min(x):
    return min([Vec(x, x * x), Vec(2 * x, 3 * x)], key=operator.attrgetter("y")).x


def attr_max(x):
    return max((Vec(x, x * x), Vec(2 * x, 3 * x)), key=lambda v: v.y).x


def item_dict(d):
    return operator.itemgetter("a", "b")(d)[0] * operator.itemgetter("b")(d)


def item_slice(v):
    return np.sum(operator.itemgetter(slice(1, 3))(v) ** 2)


class Ratio:
    def __init__(self, n):
        self.n = n

    def __get__(self, o, t=None):
        return o._v / self.n


class HR:
    r = Ratio(3.0)

    def __init__(self, v):
        self._v = v


def nondata(x):
    return HR(x).r * x


class Typed:
    def __set_name__(s, o, n):
        s.n = n

    def __get__(s, o, t=None):
        return o.__dict__[s.n]

    def __set__(s, o, v):
        o.__dict__[s.n] = v * 1.0


class HT:
    a = Typed()
    b = Typed()

    def __init__(self, a, b):
        self.a = a
        self.b = b


def typed(x):
    h = HT(x, x * x)
    return h.a * h.b


def typed_arg(h):
    return h.a * h.b


def class_m(x):
    return Derived2.make(x).v() * Derived2.make2(x).v() + sum(
        (m(x).v() for m in (Derived2.make, Derived2.make2))
    )


class Derived2(Base):
    @classmethod
    def make(cls, a):
        return cls(a * a)

    @classmethod
    def make2(cls, a, k=2.0):
        return cls.make(a * k)

    def other(self):
        return self.make(self.a).v() + type(self).make(self.a).v()


def class_m2(x):
    return Derived2(x).other()


class Alt:
    def __init__(self, v):
        self.v = v

    @classmethod
    def from_list(cls, l):
        return cls(np.array(l))

    @classmethod
    def zeros(cls, n):
        return cls(np.zeros(n))

    def __add__(self, o):
        return type(self)(self.v + o.v)

    def norm(self):
        return np.sqrt(np.sum(self.v**2))


def alt(x):
    return (Alt.from_list([x, x * x]) + Alt.zeros(2)).norm()


class Chain:
    def __init__(self, fs=()):
        self.fs = list(fs)

    def then(self, f):
        return Chain(self.fs + [f])

    def __or__(self, f):
        return self.then(f)

    def __rshift__(self, f):
        return self.then(f)

    def __call__(self, x):
        for f in self.fs:
            x = f(x)
        return x


def chain_obj(x):
    return (Chain() | np.sin | (lambda t: t * x))(x) * (Chain() >> math.sin >> (lambda t: t * x))(x)


ONE = (
    local_class,
    local_class_captures,
    local_dataclass,
    local_namedtuple,
    metaclass,
    abc_prop,
    enum_members,
    enum_dict,
    named,
    post_init,
    post_init_def,
    factory,
    factory_fn,
    frozen_post,
    slots_dc,
    ordered,
    kwonly,
    as_dict,
    as_tuple,
    nested_made,
    generic,
    diamond,
    type_self,
    class_attr,
    descriptor,
    getattr_dict,
    getattr_default,
    getattr_proxy,
    singleton,
    callable_chain,
    method_table,
    unbound,
    obj_default,
    eq_objs,
    copy_obj,
    tup_of_objs,
    ret_obj,
    ret_nested,
    partial_method,
    caller_active,
    attr_min,
    attr_max,
    nondata,
    typed,
    class_m,
    class_m2,
    alt,
    chain_obj,
    dispatch,
    dispatch_method,
    getters,
    methodcall,
    sort_attr,
    attr_nested,
    cached,
    area,
)
ZOO = [entry(f, 0.4) for f in ONE] + [
    entry(intenum, 0.4, [1.0, 2.0]),
    entry(named_arg, NT(0.3, 0.4)),
    entry(fields_loop, OR(0.3, 0.4)),
    entry(nested_arg, Nested(Derived(0.3, 0.4), [Derived(0.5)], {"k": Derived(0.6), "s": 0.2})),
    entry(proto, Derived(0.3, 0.4), 0.5),
    entry(diamond_arg, D0(d=2.0, b=0.3, c=0.4, k=3.0), 0.5),
    entry(descriptor_arg, HD(0.4)),
    entry(getattr_call, 0.4, "val"),
    entry(vars_arg, Derived(0.3, 0.4)),
    entry(isinst, Derived(0.3, 0.4)),
    entry(isinst, Base(0.3), name="isinst_base"),
    entry(two_results, Derived(0.3, 0.4)),
    entry(TS2(0.3).val, name="bound_method_of_made"),
    entry(Derived.v, Derived(0.3, 0.4), name="unbound_method_with_super"),
    entry(partial_method_arg, PM(0.3), 0.4),
    entry(getter_map, [0.3, 0.4]),
    entry(getter_sort, [0.3, -0.4]),
    entry(item_dict, {"a": 0.3, "b": 0.4}),
    entry(item_slice, V),
    entry(typed_arg, HT(0.3, 0.4)),
    entry(area, Sq(0.4), name="area_of_square"),
    entry(Derived2.make2, 0.4, name="class_method"),
    entry(operator.itemgetter(1), [0.3, 0.4], name="itemgetter"),
    entry(operator.attrgetter("x"), Vec(0.3, 0.4), name="attrgetter"),
]
