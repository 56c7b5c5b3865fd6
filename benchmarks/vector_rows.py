"""Loops over 3-vectors and small matrices: the cost of calling NumPy."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def orbit(x0, v0, n):
    x, v = x0, v0
    for _ in range(n):
        x = x + 0.01 * v
        r = np.sqrt(np.sum(x * x))
        v = v - 0.01 * x / r**3
    return np.sum(v * v) - 1.0 / np.sqrt(np.sum(x * x))


def orbit_by_hand(x0, v0, n):
    x, v, trips = x0, v0, []
    for _ in range(n):
        x = x + 0.01 * v
        r = np.sqrt(x @ x)
        k = 0.01 / r**3
        trips.append((x, r, k))
        v = v - k * x
    last = np.sqrt(x @ x)
    value = np.sum(v * v) - 1.0 / last
    x_bar, v_bar = x / last**3, 2.0 * v
    for x, r, k in reversed(trips):
        x_bar = x_bar - k * v_bar + (3.0 * k / (r * r) * (v_bar @ x)) * x
        v_bar = v_bar + 0.01 * x_bar
    return value, x_bar


def orbit_in_jax():
    import jax
    import jax.numpy as jnp

    def f(x0, v0, n):
        def step(_, state):
            x, v = state
            x = x + 0.01 * v
            r = jnp.sqrt(jnp.sum(x * x))
            return x, v - 0.01 * x / r**3

        x, v = jax.lax.fori_loop(0, n, step, (x0, v0))
        return jnp.sum(v * v) - 1.0 / jnp.sqrt(jnp.sum(x * x))

    return f


def transfer(a, x, n):
    p = x
    for _ in range(n):
        p = np.tanh(a @ p)
    return np.sum(p * p)


def transfer_by_hand(a, x, n):
    ps = [x]
    for _ in range(n):
        ps.append(np.tanh(a @ ps[-1]))
    p = ps.pop()
    value, p_bar, a_bar = np.sum(p * p), 2.0 * p, np.zeros_like(a)
    for old in reversed(ps):
        u_bar = p_bar * (1.0 - p * p)
        a_bar += np.outer(u_bar, old)
        p_bar = u_bar @ a
        p = old
    return value, a_bar


def transfer_in_jax():
    import jax
    import jax.numpy as jnp

    def f(a, x, n):
        p = jax.lax.fori_loop(0, n, lambda _, p: jnp.tanh(a @ p), x)
        return jnp.sum(p * p)

    return f


def rotations(angles, v):
    for k in range(angles.shape[0]):
        c, s = np.cos(angles[k]), np.sin(angles[k])
        x = c * v[0] - s * v[1]
        y = s * v[0] + c * v[1]
        v = np.stack([x, v[2], y])
    return v[0] * v[1] + v[2]


def rotations_by_hand(angles, v):
    cs, ss, vs = np.cos(angles).tolist(), np.sin(angles).tolist(), []
    v0, v1, v2 = v.tolist()
    for c, s in zip(cs, ss, strict=True):
        vs.append((v0, v1))
        v0, v1, v2 = c * v0 - s * v1, v2, s * v0 + c * v1
    b0, b1, b2 = v1, v0, 1.0
    angles_bar = np.empty_like(angles)
    for k in range(len(cs) - 1, -1, -1):
        c, s = cs[k], ss[k]
        u0, u1 = vs[k]
        angles_bar[k] = b0 * (-s * u0 - c * u1) + b2 * (c * u0 - s * u1)
        b0, b1, b2 = c * b0 + s * b2, c * b2 - s * b0, b1
    return v0 * v1 + v2, angles_bar


def lorenz(state, n):
    for _ in range(n):
        x, y, z = state[0], state[1], state[2]
        slope = np.stack([10.0 * (y - x), x * (28.0 - z) - y, x * y - 2.6 * z])
        state = state + 0.01 * slope
    return np.sum(state * state)


def lorenz_by_hand(state, n):
    x, y, z = state.tolist()
    trips = []
    for _ in range(n):
        trips.append((x, y, z))
        x, y, z = (
            x + 0.01 * (10.0 * (y - x)),
            y + 0.01 * (x * (28.0 - z) - y),
            z + 0.01 * (x * y - 2.6 * z),
        )
    value = x * x + y * y + z * z
    a, b, c = 2.0 * x, 2.0 * y, 2.0 * z
    for x, y, z in reversed(trips):
        a, b, c = (
            a + 0.01 * (-10.0 * a + (28.0 - z) * b + y * c),
            b + 0.01 * (10.0 * a - b + x * c),
            c + 0.01 * (-x * b - 2.6 * c),
        )
    return value, np.array([a, b, c])


def lorenz_in_jax():
    import jax
    import jax.numpy as jnp

    def f(state, n):
        def step(_, s):
            x, y, z = s
            return s + 0.01 * jnp.stack([10.0 * (y - x), x * (28.0 - z) - y, x * y - 2.6 * z])

        state = jax.lax.fori_loop(0, n, step, state)
        return jnp.sum(state * state)

    return f


def kalman(q, xs, f, h):
    m, p = np.zeros(2), np.eye(2)
    loss = 0.0
    for x in xs:
        m = f @ m
        p = f @ p @ f.T + q
        s = h @ p @ h + 0.5
        e = x - h @ m
        gain = (p @ h) / s
        m = m + gain * e
        p = p - np.outer(gain, h @ p)
        loss = loss + np.log(s) + e * e / s
    return loss


def kalman_by_hand(q, xs, f, h):
    m, p, loss, trips = np.zeros(2), np.eye(2), 0.0, []
    for x in xs:
        m = f @ m
        p = f @ p @ f.T + q
        ph = p @ h
        s = h @ ph + 0.5
        e = x - h @ m
        gain = ph / s
        hp = h @ p
        trips.append((p, ph, s, e, gain, hp))
        m = m + gain * e
        p = p - np.outer(gain, hp)
        loss = loss + np.log(s) + e * e / s
    m_bar, p_bar, q_bar = np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2))
    for _p, ph, s, e, gain, hp in reversed(trips):
        gain_bar = m_bar * e - p_bar @ hp
        e_bar = m_bar @ gain + 2.0 * e / s
        m_bar = m_bar - e_bar * h
        ph_bar = gain_bar / s
        s_bar = 1.0 / s - e * e / (s * s) - (ph_bar @ ph) / s
        p_bar = p_bar + np.outer(ph_bar + s_bar * h, h) - np.outer(h, gain @ p_bar)
        q_bar += p_bar
        p_bar = f.T @ p_bar @ f
        m_bar = f.T @ m_bar
    return loss, q_bar


def kalman_in_torch():
    import torch

    def run(q, xs, f, h):
        m, p = torch.zeros(2, dtype=q.dtype), torch.eye(2, dtype=q.dtype)
        loss = 0.0
        for x in xs:
            m = f @ m
            p = f @ p @ f.T + q
            s = h @ p @ h + 0.5
            e = x - h @ m
            gain = (p @ h) / s
            m = m + gain * e
            p = p - torch.outer(gain, h @ p)
            loss = loss + torch.log(s) + e * e / s
        return loss

    return run


def forward_algorithm(logits, start, likelihoods):
    a = np.exp(logits)
    a = a / np.sum(a, axis=1, keepdims=True)
    p, total = start, 0.0
    for like in likelihoods:
        p = (p @ a) * like
        s = np.sum(p)
        p = p / s
        total = total + np.log(s)
    return total


def forward_algorithm_by_hand(logits, start, likelihoods):
    a = np.exp(logits)
    a = a / np.sum(a, axis=1, keepdims=True)
    p, total, trips = start, 0.0, []
    for like in likelihoods:
        old = p
        p = (p @ a) * like
        s = np.sum(p)
        p = p / s
        trips.append((old, like, s, p))
        total = total + np.log(s)
    a_bar, p_bar = np.zeros_like(a), np.zeros_like(start)
    for old, like, s, p in reversed(trips):
        u_bar = (p_bar + (1.0 - p_bar @ p)) * like / s
        a_bar += np.outer(old, u_bar)
        p_bar = a @ u_bar
    return total, a * (a_bar - np.sum(a_bar * a, axis=1, keepdims=True))


def forward_algorithm_in_jax():
    import jax
    import jax.numpy as jnp

    def f(logits, start, likelihoods):
        a = jnp.exp(logits)
        a = a / jnp.sum(a, axis=1, keepdims=True)

        def step(p, like):
            p = (p @ a) * like
            s = jnp.sum(p)
            return p / s, jnp.log(s)

        return jnp.sum(jax.lax.scan(step, start, likelihoods)[1])

    return f


def rotations_in_jax():
    import jax
    import jax.numpy as jnp

    def f(angles, v):
        def step(v, angle):
            c, s = jnp.cos(angle), jnp.sin(angle)
            return jnp.stack([c * v[0] - s * v[1], v[2], s * v[0] + c * v[1]]), None

        v = jax.lax.scan(step, v, angles)[0]
        return v[0] * v[1] + v[2]

    return f


def kalman_in_jax():
    import jax
    import jax.numpy as jnp

    def run(q, xs, f, h):
        def step(state, x):
            m, p = state
            m = f @ m
            p = f @ p @ f.T + q
            s = h @ p @ h + 0.5
            e = x - h @ m
            gain = (p @ h) / s
            return (m + gain * e, p - jnp.outer(gain, h @ p)), jnp.log(s) + e * e / s

        return jnp.sum(jax.lax.scan(step, (jnp.zeros(2), jnp.eye(2)), xs)[1])

    return run


def rows() -> list[Case]:
    rng = np.random.default_rng(1)
    family = "small arrays"
    x0, v0 = np.array([1.0, 0.1, -0.2]), np.array([0.1, 0.9, 0.2])
    a = 0.5 * rng.normal(size=(3, 3))
    f, h, q = np.array([[1.0, 0.1], [0.0, 0.95]]), np.array([1.0, 0.3]), np.array([[0.2, 0.05], [0.05, 0.1]])
    return [
        Case("Kepler orbit, 100 steps", family, orbit, (x0, v0, 100), orbit_by_hand, {"jax": orbit_in_jax}),
        Case("3 x 3 map, 100 trips", family, transfer, (a, x0, 100), transfer_by_hand, {"jax": transfer_in_jax}),
        Case("rotations of a 3-vector, 50 angles", family, rotations, (rng.normal(size=50), x0), rotations_by_hand,
             {"jax": rotations_in_jax}),
        Case("Lorenz by np.stack, 100 steps", family, lorenz, (x0, 100), lorenz_by_hand, {"jax": lorenz_in_jax}),
        Case("Kalman filter, 50 steps", family, kalman, (q, rng.normal(size=50), f, h), kalman_by_hand,
             {"torch": kalman_in_torch, "jax": kalman_in_jax}),
        Case("hidden Markov, 60 steps", family, forward_algorithm,
             (rng.normal(size=(4, 4)), np.full(4, 0.25), rng.random((60, 4))), forward_algorithm_by_hand,
             {"jax": forward_algorithm_in_jax}),
    ]  # fmt: skip
