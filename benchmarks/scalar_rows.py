"""Scalar loops and branches: Python itself is the cost."""

from __future__ import annotations

import math

from benchmarks.case import Case


def square(x):
    return x * x


def square_by_hand(x):
    return x * x, x + x


def damped(x, n):
    y = x
    for _ in range(n):
        if y > 1.0:  # noqa: SIM108, a branch is what this row measures
            y = math.sin(y) * x
        else:
            y = y * 1.5
    return y


def damped_by_hand(x, n):
    y, trips = x, []
    for _ in range(n):
        if y > 1.0:
            s = math.sin(y)
            trips.append((y, s))
            y = s * x
        else:
            trips.append(None)
            y = y * 1.5
    y_bar, x_bar = 1.0, 0.0
    for trip in reversed(trips):
        if trip is None:
            y_bar = y_bar * 1.5
        else:
            old, s = trip
            x_bar = x_bar + y_bar * s
            y_bar = y_bar * x * math.cos(old)
    return y, x_bar + y_bar


def damped_in_jax():
    import jax

    def step(x):
        def body(_, y):
            return jax.lax.cond(y > 1.0, lambda t: jax.numpy.sin(t) * x, lambda t: t * 1.5, y)

        return body

    return lambda x, n: jax.lax.fori_loop(0, n, step(x), x)


def recurrence(x, n):
    y = x
    for k in range(n):
        y = y + 0.01 * math.sin(y) * x - 0.001 * k
    return y


def repeated(steps, y, n):
    for k in range(n):
        y = steps[k % len(steps)](y, k)
    return y


def recurrence_passed_on(x, n):
    """The same, by a function that is taken out of a list: the run-time path decides every call."""
    return repeated([lambda y, k: y + 0.01 * math.sin(y) * x - 0.001 * k], x, n)


def recurrence_by_hand(x, n):
    y, trips = x, []
    for k in range(n):
        trips.append(y)
        y = y + 0.01 * math.sin(y) * x - 0.001 * k
    y_bar, x_bar = 1.0, 0.0
    for y_old in reversed(trips):
        x_bar += y_bar * 0.01 * math.sin(y_old)
        y_bar += y_bar * 0.01 * math.cos(y_old) * x
    return y, x_bar + y_bar


def recurrence_in_jax():
    import jax

    def step(x):
        return lambda k, y: y + 0.01 * jax.numpy.sin(y) * x - 0.001 * k

    return lambda x, n: jax.lax.fori_loop(0, n, step(x), x)


def logistic_map(r, n):
    x = 0.5
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def logistic_map_by_hand(r, n):
    x, trips = 0.5, []
    for _ in range(n):
        trips.append(x)
        x = r * x * (1.0 - x)
    x_bar, r_bar = 1.0, 0.0
    for x_old in reversed(trips):
        r_bar += x_bar * x_old * (1.0 - x_old)
        x_bar = x_bar * r * (1.0 - 2.0 * x_old)
    return x, r_bar


def logistic_map_in_jax():
    import jax

    return lambda r, n: jax.lax.fori_loop(0, n, lambda _, x: r * x * (1.0 - x), 0.5)


def van_der_pol(mu, n):
    x, v = 1.0, 0.0
    for _ in range(n):
        a = mu * (1.0 - x * x) * v - x
        x = x + 0.01 * v
        v = v + 0.01 * a
    return x * x + v * v


def van_der_pol_by_hand(mu, n):
    x, v, trips = 1.0, 0.0, []
    for _ in range(n):
        trips.append((x, v))
        a = mu * (1.0 - x * x) * v - x
        x = x + 0.01 * v
        v = v + 0.01 * a
    value = x * x + v * v
    x_bar, v_bar, mu_bar = 2.0 * x, 2.0 * v, 0.0
    for x, v in reversed(trips):
        a_bar = 0.01 * v_bar
        v_bar += 0.01 * x_bar
        gap = 1.0 - x * x
        mu_bar += a_bar * gap * v
        x_bar -= a_bar * (mu * 2.0 * x * v + 1.0)
        v_bar += a_bar * mu * gap
    return value, mu_bar


def van_der_pol_in_jax():
    import jax

    def f(mu, n):
        def step(_, state):
            x, v = state
            a = mu * (1.0 - x * x) * v - x
            return x + 0.01 * v, v + 0.01 * a

        x, v = jax.lax.fori_loop(0, n, step, (1.0, 0.0))
        return x * x + v * v

    return f


def horner(x, coefficients):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def horner_by_hand(x, coefficients):
    y, slope = 0.0, 0.0
    for c in coefficients:  # the forward derivative: no record needed
        slope = slope * x + y
        y = y * x + c
    return y, slope


def newton_root(a):
    y = a
    while abs(y * y - a) > 1e-12:
        y = 0.5 * (y + a / y)
    return y


def newton_root_by_hand(a):
    y, trips = a, []
    while abs(y * y - a) > 1e-12:
        trips.append(y)
        y = 0.5 * (y + a / y)
    y_bar, a_bar = 1.0, 0.0
    for old in reversed(trips):
        y_bar *= 0.5
        share = y_bar / old
        a_bar += share
        y_bar -= share * a / old
    return y, a_bar + y_bar


def newton_root_in_jax():
    import jax

    def f(a):  # reverse mode of jax needs a bounded loop; 8 trips are what this argument takes
        return jax.lax.fori_loop(0, 8, lambda _, y: 0.5 * (y + a / y), a)

    return f


def option(spot, strike, rate, sigma, t):
    root = sigma * math.sqrt(t)
    d1 = (math.log(spot / strike) + (rate + 0.5 * sigma * sigma) * t) / root
    d2 = d1 - root
    n1 = 0.5 * (1.0 + math.tanh(0.7978845608 * (d1 + 0.044715 * d1**3)))
    n2 = 0.5 * (1.0 + math.tanh(0.7978845608 * (d2 + 0.044715 * d2**3)))
    return spot * n1 - strike * math.exp(-rate * t) * n2


def option_by_hand(spot, strike, rate, sigma, t):
    root = sigma * math.sqrt(t)
    d1 = (math.log(spot / strike) + (rate + 0.5 * sigma * sigma) * t) / root
    d2 = d1 - root
    t1 = math.tanh(0.7978845608 * (d1 + 0.044715 * d1**3))
    t2 = math.tanh(0.7978845608 * (d2 + 0.044715 * d2**3))
    paid = strike * math.exp(-rate * t)
    n1 = 0.5 * (1.0 + t1)
    slope1 = spot * 0.3989422804 * (1.0 - t1 * t1) * (1.0 + 0.134145 * d1 * d1)
    slope2 = paid * 0.3989422804 * (1.0 - t2 * t2) * (1.0 + 0.134145 * d2 * d2)
    return spot * n1 - paid * 0.5 * (1.0 + t2), n1 + (slope1 - slope2) / (root * spot)


def piecewise(x, n):
    total = 0.0
    y = x
    for k in range(n):
        y = y * 1.02
        if y > 2.0:
            y = y - 1.5
            continue
        total = total + y * y
        if total > 1e6 + k:
            break
    return total


def piecewise_by_hand(x, n):
    total, y, trips = 0.0, x, []
    for k in range(n):
        y = y * 1.02
        if y > 2.0:
            trips.append(None)
            y = y - 1.5
            continue
        trips.append(y)
        total = total + y * y
        if total > 1e6 + k:
            break
    y_bar = 0.0
    for old in reversed(trips):
        if old is not None:
            y_bar += 2.0 * old
        y_bar *= 1.02
    return total, y_bar


def piecewise_in_jax():
    import jax

    def f(x, n):
        def step(_, state):
            total, y = state
            y = y * 1.02
            above = y > 2.0
            return jax.numpy.where(above, total, total + y * y), jax.numpy.where(above, y - 1.5, y)

        return jax.lax.fori_loop(0, n, step, (0.0, x))[0]

    return f


def rows() -> list[Case]:
    family = "scalar loop"
    return [
        Case("x * x", "call overhead", square, (1.3,), square_by_hand),
        Case("option price", "scalar", option, (100.0, 95.0, 0.02, 0.3, 0.5), option_by_hand),
        Case("damped loop, 100 trips", family, damped, (1.1, 100), damped_by_hand, {"jax": damped_in_jax}),
        Case("recurrence, 1000 trips", family, recurrence, (1.1, 1000), recurrence_by_hand,
             {"jax": recurrence_in_jax}),
        Case("recurrence by a lambda, 1000 trips", family, recurrence_passed_on, (1.1, 1000), recurrence_by_hand,
             {"jax": recurrence_in_jax}),
        Case("logistic map, 500 trips", family, logistic_map, (2.9, 500), logistic_map_by_hand,
             {"jax": logistic_map_in_jax}),
        Case("Van der Pol, 500 trips", family, van_der_pol, (1.5, 500), van_der_pol_by_hand,
             {"jax": van_der_pol_in_jax}),
        Case("Horner, 50 coefficients", family, horner, (0.9, tuple(0.1 * k for k in range(50))), horner_by_hand),
        Case("Newton root", family, newton_root, (20.0,), newton_root_by_hand, {"jax": newton_root_in_jax}),
        Case("piecewise with continue, 200 trips", family, piecewise, (0.3, 200), piecewise_by_hand,
             {"jax": piecewise_in_jax}),
    ]  # fmt: skip
