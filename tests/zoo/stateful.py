"""Objects made in the function whose state changes: methods, operators, setters, optimizers, filters, cells."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


class Acc:
    def __init__(self, s=0.0):
        self.s = s

    def add(self, x):
        self.s = self.s + x * x
        return self

    def __iadd__(self, x):
        self.s = self.s + x
        return self

    def get(self):
        return self.s


def chained(x):
    return Acc().add(x).add(2 * x).s


def chained_var(x):
    a = Acc()
    a.add(x).add(x * x).add(3.0)
    return a.s * a.get()


def chained_rebind(x):
    a = Acc()
    a = a.add(x).add(x * x)
    b = a.add(x)
    return a.s * b.s


def iadd(x):
    a = Acc(x)
    b = a
    a += x * x
    return b.s * a.s


def iadd_loop(x):
    a = Acc()
    for k in range(4):
        a += x**k
    return a.s * x


class Grid:
    def __init__(self, n):
        self.d = {}
        self.n = n

    def __setitem__(self, k, v):
        self.d[k] = v

    def __getitem__(self, k):
        return self.d[k]


def setitem(x):
    g = Grid(3)
    g[0] = x
    g[1] = g[0] * x
    g[0] = g[1] + 1
    return g[0] * g[1]


class Temp:
    def __init__(self, c):
        self._c = c

    @property
    def k(self):
        return self._c + 273.0

    @k.setter
    def k(self, v):
        self._c = v - 273.0


def prop_setter(x):
    t = Temp(x)
    t.k = x * x
    return t.k * t._c


def prop_aug(x):
    t = Temp(x)
    t.k += x * x
    t.k *= 2.0
    return t._c


def set_attr(x):
    t = Temp(x)
    setattr(t, "_c", x * x)
    return t.k


def set_attr_loop(x):
    t = Temp(x)
    for n, v in [("a", x), ("b", x * x)]:
        setattr(t, n, v)
    return t.a * t.b


def dict_update(x):
    t = Temp(x)
    t.__dict__.update(a=x, _c=x * x)
    return t.a * t.k


class Bag:
    def __init__(self, **kw):
        self.__dict__.update(kw)


def kw_dict(x):
    b = Bag(u=x, v=x * x)
    return b.u * b.v


class Stack:
    def __init__(self):
        self.items = []

    def push(self, x):
        self.items.append(x)

    def pop(self):
        return self.items.pop()

    def total(self):
        return sum(self.items)


def stack(x):
    s = Stack()
    s.push(x)
    s.push(x * x)
    s.push(3.0)
    a = s.pop()
    s.push(a * x)
    b = s.pop()
    return s.total() * b


def stack_loop(x):
    s = Stack()
    for k in range(4):
        s.push(x**k)
    t = 0.0
    while s.items:
        t = t * x + s.pop()
    return t


class Layer:
    def __init__(self, w):
        self.w = w

    def scale(self, f):
        self.w = self.w * f


class Net:
    def __init__(self, w):
        self.child = Layer(w)
        self.layers = [Layer(w * 2), Layer(w * w)]

    def step(self, f):
        self.child.w = self.child.w * f
        self.child.scale(f)
        for l in self.layers:
            l.scale(f)

    def out(self):
        return self.child.w * self.layers[0].w + self.layers[1].w


def nested_object(x):
    n = Net(x)
    n.step(x)
    n.child.w = n.child.w + 1
    n.step(2.0)
    return n.out()


def objects_in_list(x):
    ls = [Layer(x), Layer(x * x)]
    for l in ls:
        l.w = l.w * x
    ls[0].w += ls[1].w
    return ls[0].w * ls[1].w


def objects_in_dict(x):
    ls = {"a": Layer(x), "b": Layer(x * x)}
    ls["a"].w *= x
    for l in ls.values():
        l.scale(2.0)
    return ls["a"].w * ls["b"].w


def make(x):
    l = Layer(x)
    l.scale(x)
    return l


def returned_from_helper(x):
    l = make(x)
    l.scale(3 * x)
    l.w += x
    return l.w


def change_in_helper(x):
    l = Layer(x)

    def go(o, f):
        o.w = o.w * f

    go(l, x)
    go(l, 2.0)
    return l.w


def bump(o, f):
    o.w = o.w * f
    return o


def change_in_global_helper(x):
    l = Layer(x)
    bump(l, x)
    m = bump(l, x)
    return l.w * m.w


class SGD:
    def __init__(self, p, lr, mom):
        self.p = p
        self.lr = lr
        self.v = np.zeros_like(p)
        self.mom = mom

    def step(self, g):
        self.v = self.mom * self.v - self.lr * g
        self.p = self.p + self.v


def optimizer(p, lr):
    o = SGD(p, lr, 0.9)
    for _ in range(5):
        o.step(2 * o.p + np.sin(o.p))
    return np.sum(o.p**2)


class Adam:
    def __init__(self, params, lr=0.1, b1=0.9, b2=0.99):
        self.params = params
        self.lr = lr
        self.b1, self.b2 = (b1, b2)
        self.m = {k: 0.0 * v for k, v in params.items()}
        self.v = {k: 0.0 * v for k, v in params.items()}
        self.t = 0

    def step(self, grads):
        self.t += 1
        for k in self.params:
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * grads[k]
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * grads[k] ** 2
            mh = self.m[k] / (1 - self.b1**self.t)
            vh = self.v[k] / (1 - self.b2**self.t)
            self.params[k] = self.params[k] - self.lr * mh / (np.sqrt(vh) + 1e-08)


def adam(w, b, lr):
    o = Adam({"w": w, "b": b}, lr)
    for _ in range(3):
        o.step({"w": 2 * o.params["w"] + 1, "b": np.cos(o.params["b"])})
    return np.sum(o.params["w"]) * np.sum(o.params["b"])


class Kalman:
    def __init__(self, F, H, Q, R, x, P):
        self.F, self.H, self.Q, self.R, self.x, self.P = (F, H, Q, R, x, P)

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q
        return self.x

    def update(self, z):
        y = z - self.H @ self.x
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T @ np.linalg.inv(S)
        self.x = self.x + K @ y
        self.P = (np.eye(len(self.x)) - K @ self.H) @ self.P
        return y


def kalman(q, r, zs):
    k = Kalman(
        np.array([[1, 0.1], [0, 1]]),
        np.array([[1.0, 0]]),
        q * np.eye(2),
        np.array([[r]]),
        np.zeros(2),
        np.eye(2),
    )
    t = 0.0
    for z in zs:
        k.predict()
        e = k.update(np.array([z]))
        t += e @ e
    return t + k.P[0, 1]


class RNN:
    def __init__(self, W, U):
        self.W = W
        self.U = U
        self.h = np.zeros(2)
        self.history = []

    def __call__(self, x):
        self.h = np.tanh(self.W @ self.h + self.U * x)
        self.history.append(self.h)
        return self.h


def rnn(W, U, xs):
    r = RNN(W, U)
    for x in xs:
        r(x)
    return np.sum(np.stack(r.history) ** 2) + np.sum(r.h)


class Timer:
    def __init__(self, a):
        self.a = a
        self.log = []

    def __enter__(self):
        self.log.append("in")
        return self

    def __exit__(self, *e):
        self.log.append("out")
        return False


def context(x):
    with Timer(x) as t:
        t.a = t.a * x
        y = t.a * x
    return y * t.a


class Scope:
    def __init__(self):
        self.v = 0.0

    def __enter__(self):
        self.v = self.v + 1.0
        return self

    def __exit__(self, *e):
        self.v = self.v * 2.0


def context_state(x):
    s = Scope()
    s.v = x
    with s as q:
        q.v = q.v * x
    return s.v


class Stats:
    def __init__(self):
        self.n = 0
        self.mean = 0.0
        self.m2 = 0.0

    def push(self, x):
        self.n += 1
        d = x - self.mean
        self.mean += d / self.n
        self.m2 += d * (x - self.mean)

    @property
    def var(self):
        return self.m2 / (self.n - 1)


def welford(v):
    s = Stats()
    for x in v:
        s.push(x)
    return s.var * s.mean


class Sim:
    def __init__(self, x0, v0):
        self.x = x0
        self.v = v0
        self.t = 0.0
        self.trace = [(0.0, x0)]

    def force(self):
        return -np.sin(self.x) - 0.1 * self.v

    def step(self, dt):
        self.v += dt * self.force()
        self.x += dt * self.v
        self.t += dt
        self.trace.append((self.t, self.x))

    def run(self, n, dt):
        for _ in range(n):
            self.step(dt)
        return self


def sim(x, v):
    s = Sim(x, v).run(5, 0.1)
    return s.x * s.v + sum((t * p for t, p in s.trace))


def swap_fields(x):
    l = Layer(x)
    l.u = x * x
    l.w, l.u = (l.u, l.w * 2)
    return l.w * l.u * l.u


def del_field(x):
    l = Layer(x)
    l.u = x * x
    y = l.u
    del l.u
    return y * l.w * (1 if hasattr(l, "u") else 2)


def dict_field(x):
    l = Layer({})
    l.w["a"] = x
    l.w["b"] = l.w["a"] * x
    l.w["a"] += 1
    return l.w["a"] * l.w["b"]


def conditional_state(x):
    l = Layer(x)
    if x > 0:
        l.scale(x)
    else:
        l.scale(2.0)
    if x > 100:
        l.extra = x
    return l.w


def alias_objects(x):
    a = Layer(x)
    b = a
    b.w = b.w * x
    c = Net(x)
    d = c.child
    d.w = d.w * x
    return a.w * c.child.w


def object_returned_changed(x):
    l = Layer(x)
    l.scale(x)
    return l


def loop_var_object(x):
    best = None
    for k in range(3):
        l = Layer(x + k)
        l.scale(x)
        if best is None or l.w > best.w:
            best = l
    return best.w


def recursion_state(x):

    def go(o, n):
        if n == 0:
            return o
        o.w = o.w * x
        return go(o, n - 1)

    return go(Layer(x), 3).w


class BySetattr:
    def __init__(self, x):
        object.__setattr__(self, "u", x)
        self.v = x * x


class ByMethod:
    def __init__(self, x):
        self.__setattr__("u", x)
        self.v = x * x


class Doubling:
    def __setattr__(self, k, v):
        object.__setattr__(self, k, v * 2)

    def __init__(self, x):
        self.u = x
        self.v = x * x


class Tripled:
    def __set_name__(self, o, n):
        self.n = "_" + n

    def __get__(self, o, t=None):
        return getattr(o, self.n)

    def __set__(self, o, v):
        setattr(o, self.n, v * 3)


class Described:
    u = Tripled()
    v = Tripled()

    def __init__(self, x):
        self.u = x
        self.v = x * x


class Becoming:
    def __init__(self, x):
        self.u, self.v = (x, x * x)
        self.__class__ = Became


class Became(Becoming):
    @property
    def w(self):
        return self.u * 2


class NewDict:
    def __init__(self, x):
        self.__dict__ = {"u": x, "v": x * x}


class ByKey:
    def __init__(self, x):
        for k in ("u", "v"):
            self.__dict__[k] = x**2


def product_of(cls):
    def f(x):
        made = cls(x)
        return made.u * made.v

    return f


ONE = (
    chained,
    chained_var,
    chained_rebind,
    iadd,
    iadd_loop,
    setitem,
    prop_setter,
    prop_aug,
    set_attr,
    set_attr_loop,
    dict_update,
    kw_dict,
    stack,
    stack_loop,
    nested_object,
    objects_in_list,
    objects_in_dict,
    returned_from_helper,
    change_in_helper,
    change_in_global_helper,
    context,
    context_state,
    swap_fields,
    del_field,
    dict_field,
    conditional_state,
    alias_objects,
    object_returned_changed,
    loop_var_object,
    recursion_state,
)
CLASSES = (BySetattr, ByMethod, Doubling, Described, Becoming, NewDict, ByKey)
def local_class_with_log(x):
    class Recorder:
        def __init__(self, x):
            self.x, self.seen = x, []

        def get(self, k):
            self.seen.append(k * self.x)
            return self.seen[-1] * self.seen[0]

    recorder = Recorder(x)
    return sum(recorder.get(k) * k for k in range(1, 4)) * len(recorder.seen)


def local_class_with_table(x):
    class Chebyshev:
        def __init__(self, x):
            self.x, self.table = x, {0: 1.0, 1: x}

        def __getitem__(self, k):
            if k not in self.table:
                self.table[k] = 2 * self.x * self[k - 1] - self[k - 2]
            return self.table[k]

    t = Chebyshev(x)
    return sum(t[k] * (k + 1) for k in range(5))


ZOO = (
    [entry(f, 0.4) for f in ONE]
    + [entry(product_of(cls), 0.4, name=cls.__name__) for cls in CLASSES]
    + [
        entry(optimizer, V, 0.1),
        entry(adam, V, V[:2], 0.1),
        entry(kalman, 0.1, 0.5, [0.3, -0.2, 0.9]),
        entry(rnn, V.reshape(2, 2), V[2:], [0.3, 0.1, -0.4]),
        entry(welford, V),
        entry(sim, 0.3, 0.2),
        entry(local_class_with_log, 0.9),
        entry(local_class_with_table, 0.9),
    ]
)
