"""Models that are fitted: dense and recurrent networks, mixtures, attention, bundle adjustment."""

from __future__ import annotations

import numpy as np

from benchmarks.case import Case


def mlp_loss(params, x, y):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    r = h @ w2 + b2 - y
    return np.mean(r**2)


def mlp_loss_by_hand(params, x, y):
    w1, b1, w2, b2 = params
    h = np.tanh(x @ w1 + b1)
    r = h @ w2 + b2 - y
    r_bar = r * (2.0 / r.size)
    a_bar = (r_bar @ w2.T) * (1.0 - h * h)
    return np.mean(r**2), (x.T @ a_bar, a_bar.sum(0), h.T @ r_bar, r_bar.sum(0))


def logistic(w, x, y):
    margins = y * (x @ w)
    return np.sum(np.logaddexp(0.0 * margins, -margins)) + 0.05 * np.sum(w * w)


def logistic_by_hand(w, x, y):
    margins = y * (x @ w)
    chance = 1.0 / (1.0 + np.exp(margins))
    value = np.sum(np.logaddexp(0.0, -margins)) + 0.05 * np.sum(w * w)
    return value, 0.1 * w - x.T @ (chance * y)


def cross_entropy(w, x, onehot):
    z = x @ w
    z = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(np.sum(z * onehot, axis=1))


def cross_entropy_by_hand(w, x, onehot):
    z = x @ w
    e = np.exp(z)
    s = np.sum(e, axis=1, keepdims=True)
    value = -np.mean(np.sum((z - np.log(s)) * onehot, axis=1))
    return value, x.T @ ((e / s - onehot) / len(x))


def rnn_loss(params, xs, h):
    w, u, b, v = params
    total = 0.0
    for x in xs:
        h = np.tanh(x @ w + h @ u + b)
        total = total + np.sum((h @ v) ** 2)
    return total


def rnn_loss_by_hand(params, xs, h):
    w, u, b, v = params
    total, trips = 0.0, []
    for x in xs:
        old = h
        h = np.tanh(x @ w + h @ u + b)
        o = h @ v
        trips.append((x, old, h, o))
        total = total + np.sum(o**2)
    w_bar, u_bar, b_bar, v_bar = map(np.zeros_like, params)
    h_bar = np.zeros_like(h)
    for x, old, h, o in reversed(trips):
        o_bar = 2.0 * o
        v_bar += h.T @ o_bar
        a_bar = (h_bar + o_bar @ v.T) * (1.0 - h * h)
        w_bar += x.T @ a_bar
        u_bar += old.T @ a_bar
        b_bar += a_bar.sum(0)
        h_bar = a_bar @ u.T
    return total, (w_bar, u_bar, b_bar, v_bar)


def rnn_in_jax():
    import jax
    import jax.numpy as jnp

    def f(params, xs, h):
        w, u, b, v = params

        def step(h, x):
            h = jnp.tanh(x @ w + h @ u + b)
            return h, jnp.sum((h @ v) ** 2)

        return jnp.sum(jax.lax.scan(step, h, xs)[1])

    return f


def lstm_in_jax():
    import jax
    import jax.numpy as jnp

    def f(params, xs, h, c):
        w, u, b = params

        def step(state, x):
            h, c = state
            a = x @ w + h @ u + b
            i, f, o = jnp.split(jax.nn.sigmoid(a[:, : 3 * h.shape[1]]), 3, axis=1)
            c = f * c + i * jnp.tanh(a[:, 3 * h.shape[1] :])
            return (o * jnp.tanh(c), c), None

        h = jax.lax.scan(step, (h, c), xs)[0][0]
        return jnp.sum(h**2)

    return f


def lstm_loss(params, xs, h, c):
    w, u, b = params
    n = h.shape[1]
    for x in xs:
        a = x @ w + h @ u + b
        i = 1.0 / (1.0 + np.exp(-a[:, :n]))
        f = 1.0 / (1.0 + np.exp(-a[:, n : 2 * n]))
        o = 1.0 / (1.0 + np.exp(-a[:, 2 * n : 3 * n]))
        g = np.tanh(a[:, 3 * n :])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h**2)


def lstm_loss_by_hand(params, xs, h, c):
    w, u, b = params
    n = h.shape[1]
    trips = []
    for x in xs:
        a = x @ w + h @ u + b
        gates = 1.0 / (1.0 + np.exp(-a[:, : 3 * n]))
        g = np.tanh(a[:, 3 * n :])
        i, f, o = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
        new = f * c + i * g
        t = np.tanh(new)
        trips.append((x, h, c, gates, g, t))
        c, h = new, o * t
    w_bar, u_bar, b_bar = map(np.zeros_like, params)
    h_bar, c_bar = 2.0 * h, np.zeros_like(c)
    for x, old_h, old_c, gates, g, t in reversed(trips):
        i, f, o = gates[:, :n], gates[:, n : 2 * n], gates[:, 2 * n :]
        c_bar = c_bar + h_bar * o * (1.0 - t * t)
        a_bar = np.empty((len(g), 4 * n))
        a_bar[:, :n] = c_bar * g
        a_bar[:, n : 2 * n] = c_bar * old_c
        a_bar[:, 2 * n : 3 * n] = h_bar * t
        a_bar[:, : 3 * n] *= gates * (1.0 - gates)
        a_bar[:, 3 * n :] = c_bar * i * (1.0 - g * g)
        w_bar += x.T @ a_bar
        u_bar += old_h.T @ a_bar
        b_bar += a_bar.sum(0)
        h_bar, c_bar = a_bar @ u.T, c_bar * f
    return np.sum(h**2), (w_bar, u_bar, b_bar)


def mixture(params, x):
    logits, means, logs = params
    scaled = (x[:, None, :] - means) * np.exp(-logs)
    parts = logits - np.sum(logs, axis=1) - 0.5 * np.sum(scaled**2, axis=2)
    top = np.max(parts, axis=1, keepdims=True)
    total = np.sum(np.log(np.sum(np.exp(parts - top), axis=1)) + top[:, 0])
    return total - len(x) * np.log(np.sum(np.exp(logits)))


def mixture_by_hand(params, x):
    logits, means, logs = params
    inverse = np.exp(-logs)
    scaled = (x[:, None, :] - means) * inverse
    parts = logits - np.sum(logs, axis=1) - 0.5 * np.sum(scaled * scaled, axis=2)
    top = np.max(parts, axis=1, keepdims=True)
    e = np.exp(parts - top)
    s = np.sum(e, axis=1)
    share = e / s[:, None]
    chance = np.exp(logits)
    norm = np.sum(chance)
    value = np.sum(np.log(s) + top[:, 0]) - len(x) * np.log(norm)
    weight = np.sum(share, axis=0)
    weighted = share[:, :, None] * scaled
    logs_bar = np.sum(weighted * scaled, axis=0) - weight[:, None]
    return value, (weight - len(x) * chance / norm, np.sum(weighted, axis=0) * inverse, logs_bar)


def mixture_in_torch():
    import torch

    def f(params, x):
        logits, means, logs = params
        scaled = (x[:, None, :] - means) * torch.exp(-logs)
        parts = logits - torch.sum(logs, dim=1) - 0.5 * torch.sum(scaled**2, dim=2)
        top = torch.amax(parts, dim=1, keepdim=True)
        total = torch.sum(torch.log(torch.sum(torch.exp(parts - top), dim=1)) + top[:, 0])
        return total - len(x) * torch.log(torch.sum(torch.exp(logits)))

    return f


def attention(params, x):
    wq, wk, wv = params
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = np.exp(q @ k.T / 8.0)
    weights = scores / np.sum(scores, axis=1, keepdims=True)
    return np.sum((weights @ v) ** 2)


def attention_by_hand(params, x):
    wq, wk, wv = params
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = np.exp(q @ k.T / 8.0)
    weights = scores / np.sum(scores, axis=1, keepdims=True)
    o = weights @ v
    o_bar = 2.0 * o
    weights_bar = o_bar @ v.T
    a_bar = weights * (weights_bar - np.sum(weights_bar * weights, axis=1, keepdims=True)) / 8.0
    return np.sum(o**2), (x.T @ (a_bar @ k), x.T @ (a_bar.T @ q), x.T @ (weights.T @ o_bar))


def factorisation(params, ratings, mask):
    u, v = params
    e = (u @ v.T - ratings) * mask
    return np.sum(e**2) + 0.1 * (np.sum(u**2) + np.sum(v**2))


def factorisation_by_hand(params, ratings, mask):
    u, v = params
    e = (u @ v.T - ratings) * mask
    e_bar = 2.0 * e * mask
    value = np.sum(e**2) + 0.1 * (np.sum(u**2) + np.sum(v**2))
    return value, (e_bar @ v + 0.2 * u, e_bar.T @ u + 0.2 * v)


def bundle(params, cameras, points, seen):
    poses, places = params
    pose, place = poses[cameras], places[points]
    angle = pose[:, 0]
    c, s = np.cos(angle), np.sin(angle)
    x = c * place[:, 0] + s * place[:, 2] + pose[:, 1]
    y = place[:, 1] + pose[:, 2]
    z = c * place[:, 2] - s * place[:, 0] + pose[:, 3]
    u, v = x / z, y / z
    r2 = u * u + v * v
    f = pose[:, 4] * (1.0 + 0.1 * r2)
    return np.sum((f * u - seen[:, 0]) ** 2 + (f * v - seen[:, 1]) ** 2)


def bundle_by_hand(params, cameras, points, seen):
    poses, places = params
    pose, place = poses[cameras], places[points]
    p0, p1, p2 = place[:, 0], place[:, 1], place[:, 2]
    c, s = np.cos(pose[:, 0]), np.sin(pose[:, 0])
    x, y = c * p0 + s * p2 + pose[:, 1], p1 + pose[:, 2]
    z = c * p2 - s * p0 + pose[:, 3]
    u, v = x / z, y / z
    g = 1.0 + 0.1 * (u * u + v * v)
    f = pose[:, 4] * g
    eu, ev = f * u - seen[:, 0], f * v - seen[:, 1]
    value = np.sum(eu * eu + ev * ev)
    eu, ev = 2.0 * eu, 2.0 * ev
    f_bar = eu * u + ev * v
    r2_bar = 0.2 * f_bar * pose[:, 4]
    u_bar, v_bar = eu * f + r2_bar * u, ev * f + r2_bar * v
    x_bar, y_bar = u_bar / z, v_bar / z
    z_bar = -(x_bar * u + y_bar * v)
    pose_bar, place_bar = np.empty_like(pose), np.empty_like(place)
    pose_bar[:, 0] = x_bar * (c * p2 - s * p0) - z_bar * (s * p2 + c * p0)
    pose_bar[:, 1], pose_bar[:, 2], pose_bar[:, 3], pose_bar[:, 4] = x_bar, y_bar, z_bar, f_bar * g
    place_bar[:, 0], place_bar[:, 1], place_bar[:, 2] = x_bar * c - z_bar * s, y_bar, x_bar * s + z_bar * c
    poses_bar, places_bar = np.zeros_like(poses), np.zeros_like(places)
    np.add.at(poses_bar, cameras, pose_bar)
    np.add.at(places_bar, points, place_bar)
    return value, (poses_bar, places_bar)


def rows() -> list[Case]:
    rng = np.random.default_rng(3)
    family = "learning"

    def weights(*shape):
        return 0.3 * rng.normal(size=shape)

    def layers(d, h, k):
        return (weights(d, h), np.zeros(h), weights(h, k), np.zeros(k))

    small, wide = rng.normal(size=(32, 8)), rng.normal(size=(256, 64))
    table, labels = rng.normal(size=(500, 20)), np.where(rng.random(500) > 0.5, 1.0, -1.0)
    onehot = np.eye(10)[rng.integers(0, 10, size=256)]
    recurrent = (weights(8, 16), weights(16, 16), np.zeros(16), weights(16, 2))
    gates = (weights(8, 64), weights(16, 64), np.zeros(64))
    state = np.zeros((16, 16))
    sequence = rng.normal(size=(20, 16, 8))
    mixed = (weights(8), rng.normal(size=(8, 3)), weights(8, 3))
    cameras, points = rng.integers(0, 10, size=2000), rng.integers(0, 300, size=2000)
    scene = (np.c_[weights(10, 3), np.full(10, 5.0), np.ones(10)], rng.normal(size=(300, 3)))
    return [
        Case("MLP 8-16-2, batch 32", family, mlp_loss, (layers(8, 16, 2), small, small[:, :2]), mlp_loss_by_hand),
        Case("MLP 64-128-10, batch 256", family, mlp_loss, (layers(64, 128, 10), wide, wide[:, :10]),
             mlp_loss_by_hand),
        Case("logistic, 500 x 20", family, logistic, (table[0] / 9.0, table, labels), logistic_by_hand),
        Case("cross-entropy, 256 x 64 x 10", family, cross_entropy, (weights(64, 10), wide, onehot),
             cross_entropy_by_hand),
        Case("RNN, 20 steps", family, rnn_loss, (recurrent, sequence, state), rnn_loss_by_hand,
             {"jax": rnn_in_jax}),
        Case("LSTM, 20 steps", family, lstm_loss, (gates, sequence, state, state), lstm_loss_by_hand,
             {"jax": lstm_in_jax}),
        Case("Gaussian mixture, 1000 x 8 x 3", family, mixture, (mixed, rng.normal(size=(1000, 3))), mixture_by_hand,
             {"torch": mixture_in_torch}),
        Case("attention, 64 x 32", family, attention, ((weights(32, 32), weights(32, 32), weights(32, 32)),
             rng.normal(size=(64, 32))), attention_by_hand),
        Case("factorisation, 200 x 100 x 8", family, factorisation, ((weights(200, 8), weights(100, 8)),
             rng.normal(size=(200, 100)), 1.0 * (rng.random((200, 100)) < 0.3)), factorisation_by_hand),
        Case("bundle adjustment, 2000 sightings", family, bundle,
             (scene, cameras, points, rng.normal(size=(2000, 2))), bundle_by_hand),
    ]  # fmt: skip
