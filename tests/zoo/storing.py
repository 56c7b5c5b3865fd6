"""Objects and containers that are filled in ways which no text shows: bound methods, partials, hooks, `__dict__`."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import functools
import operator

from tests.zoo.entry import entry


class A1:
    def __init__(self, x):
        put = self.__setattr__
        put("x", x)


class A2:
    def __init__(self, x):
        put = functools.partial(setattr, self)
        put("x", x)


class A3:
    def __init__(self, x):
        d = self.__dict__
        d["x"] = x


class A3b:
    def __init__(self, x):
        d = self.__dict__
        d.update(x=x)


class A4:
    def __init__(self, x):
        vars(self).update(x=x)


class A4b:
    def __init__(self, x):
        vars(self)["x"] = x


class A5:
    def __init__(self, x):
        put = object.__setattr__.__get__(self)
        put("x", x)


GET = object.__setattr__.__get__


class A5b:
    def __init__(self, x):
        put = GET(self)
        put("x", x)


class A6:
    def __init__(self, x):
        operator.setitem(self.__dict__, "x", x)


class A7:
    def __init__(self, **kw):
        for n, v in kw.items():
            setattr(self, n, v)


S = setattr


class A8:
    def __init__(self, x):
        f = setattr
        f(self, "x", x)


class A8b:
    def __init__(self, x):
        S(self, "x", x)


class A9:
    def __init__(self, x):
        list(map(lambda n, v: setattr(self, n, v), ["x"], [x]))


class A10:
    def __init__(self, x):
        self.__dict__ = {"x": x}


class A11:
    def __init__(self, x):
        [setattr(self, n, x) for n in ("x", "y")]


class A12:
    def __init__(self, x):
        super().__setattr__("x", x)


class A13:
    def __init__(self, x):
        def put(v):
            self.x = v

        put(x)


class A14:
    def __init__(self, x):
        (lambda v: self.__dict__.update(x=v))(x)


class A15:
    def __init__(self, x):
        for f in (self.seta,):
            f(x)

    def seta(self, v):
        self.x = v


class A16:
    def __init__(self, x):
        getattr(self, "seta")(x)

    def seta(self, v):
        self.x = v


class A17:
    def __init__(self, x):
        A17.seta(self, x)

    def seta(self, v):
        self.x = v


class A18:
    def __init__(self, x):
        operator.methodcaller("seta", x)(self)

    def seta(self, v):
        self.x = v


def helper(o, v):
    o.x = v


class A19:
    def __init__(self, x):
        helper(self, x)


class A20:
    def __init__(self, x):
        functools.partial(helper, self)(x)


class A21:
    def __init__(self, x):
        functools.reduce(lambda o, v: (helper(o, v), o)[1], [x], self)


class A22:
    def __init__(self, x):
        any(helper(self, v) for v in [x])


class A23:
    def __init__(self, x):
        object.__setattr__(self, "x", x)


class A24:
    def __init__(self, x):
        type(self).__setattr__(self, "x", x)


class A25:
    x = property(lambda s: s._x, lambda s, v: s.__dict__.__setitem__("_x", v))

    def __init__(self, x):
        self.x = x


class A26:
    def __init__(self, x):
        self.set = self._set
        self.set(x)

    def _set(self, v):
        self.x = v


def mk(C, kw=False):
    if kw:

        def f(x):
            o = C(x=x * x)
            return o.x * x
    else:

        def f(x):
            o = C(x * x)
            return o.x * x

    f.__name__ = C.__name__
    return f


def cb(x):
    store = []
    put = store.append
    put(x)
    return store[0] * 2


def cb2(x):
    d = {}
    put = d.__setitem__
    put("a", x * x)
    return d["a"]


def cb3(x):
    d = {}
    functools.partial(operator.setitem, d, "a")(x * x)
    return d["a"]


def cb4(x):
    s = []
    list(map(s.append, [x, x * x]))
    return s[1] * s[0]


def cb5(x):
    s = []
    [s.append(v) for v in (x, x * x)]
    return s[1] * s[0]


def cb6(x):
    s = [0.0]
    f = functools.partial(s.__setitem__, 0)
    f(x * x)
    return s[0]


def cb7(x):
    s = {}
    any(s.update(a=v) for v in [x * x])
    return s["a"]


def cb8(x):
    s = {}
    t = s.setdefault("a", [])
    t.append(x * x)
    return s["a"][0]


def cb9(x):
    s = []
    emit = lambda v: s.append(v * v)
    emit(x)
    return s[0]


def cb10(x):
    s = []
    h = {"on": s.append}
    h["on"](x * x)
    return s[0]


def cb11(x):
    s = []
    hs = [s.append, lambda v: s.append(2 * v)]
    for h in hs:
        h(x)
    return s[0] * s[1]


class Bus:
    def __init__(self):
        self.h = {}

    def on(self, k, f):
        self.h.setdefault(k, []).append(f)

    def emit(self, k, *a):
        for f in self.h.get(k, ()):
            f(*a)


def bus(x):
    b = Bus()
    got = []
    b.on("v", got.append)
    b.on("v", lambda v: got.append(v * v))
    b.emit("v", x)
    return got[0] * got[1]


class Obs:
    def __init__(self):
        self.cbs = []
        self._v = 0.0

    @property
    def v(self):
        return self._v

    @v.setter
    def v(self, n):
        self._v = n
        for c in self.cbs:
            c(n)


def observer(x):
    o = Obs()
    s = []
    o.cbs.append(s.append)
    o.v = x * x
    return s[0] * o.v


FIELDS = [c for n, c in list(globals().items()) if n[0] == "A" and n[1:2].isdigit()]
CALLBACKS = [f for n, f in list(globals().items()) if n.startswith("cb")]
ZOO = [entry(mk(c, c is A7), 1.3, name=c.__name__) for c in FIELDS]
ZOO += [entry(f, 1.3) for f in (*CALLBACKS, bus, observer)]
