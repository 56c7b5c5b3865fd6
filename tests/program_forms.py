"""What the random programs of :mod:`tests.programs` are made of: expressions with holes.

``{f}`` stands for any expression of sort ``f``, ``{b}`` for a test, ``{k}`` for a number.
"""

from __future__ import annotations

FORMS = {
    "f": [
        "({f} + {f})", "({f} - {f})", "{f} * {f}", "{f} / (1.5 + {f} ** 2)", "-{f}", "({k} * {f})", "({f} + {k})",
        "np.sin({f})", "np.cos({f})", "np.tanh({f})", "np.exp(np.tanh({f}))", "math.sin({f})", "math.exp(-abs({f}))",
        "abs({f})", "np.abs({f})", "max({f}, {f})", "min({f}, {k})", "np.maximum({f}, {k})", "({f}) ** 2", "np.square({f})",
        "np.sqrt(1.0 + ({f}) ** 2)", "np.log(1.5 + ({f}) ** 2)", "({f} if {b} else {f})", "({f} or {f})",
        "({f} and {f})", "float({f})", "np.where({b}, {f}, {f})", "({b} and {f} or {f})",
        "np.sum({v})", "({v}).sum()", "np.mean({v})", "({v} @ {v})", "np.dot({v}, {v})", "({v})[0]", "({v})[-1]",
        "({v})[{i}]", "({m})[{i}, {i}]", "({m})[0, -1]", "({m})[1][2]", "np.sum({m})", "({m}).mean()", "np.trace({m})",
        "({v}).max()", "np.min({v})", "np.prod({v})", "({v} @ {m} @ {v})", "np.sum({c} * {r})", "({c})[1, 0]", "({r}).sum()",
        "np.sum({n})", "np.tanh({n}).sum()", "({v})[1:].sum()", "sum({v})", "({i} + 1) * {f}", "{f} * {j}", "np.linalg.norm({v})",
        "np.sum(({v})[np.array([0, 2, 0])])", "np.sum({v}, where={v} > {k})", "np.clip({f}, -1.0, 1.0)",
        "np.var({v})", "np.einsum('i,ij,j->', {v}, {m}, {v})",
    ],
    "v": [
        "({v} + {v})", "({v} - {v})", "{v} * {v}", "{f} * {v}", "({v} + {f})", "{v} / (1.5 + ({v}) ** 2)", "-({v})",
        "np.sin({v})", "np.tanh({v})", "np.exp(np.tanh({v}))", "np.abs({v})", "np.maximum({v}, {v})",
        "np.minimum({v}, {f})", "({m} @ {v})", "({v} @ {m})", "np.dot({m}, {v})", "({m})[{i}]", "({m})[:, 1]", "({m}).sum(axis=0)",
        "np.mean({m}, axis=1)", "np.where({v} > {k}, {v}, {v})", "np.where({v} > {f}, {f}, {v})", "np.array([{f}, {f}, {f}])",
        "np.stack([{f}, {f}, {f}])", "({v})[::-1]", "np.concatenate([({v})[:1], ({v})[1:]])", "np.cumsum({v})",
        "np.clip({v}, -1.0, 1.0)", "({c}).ravel()", "({r})[0]", "({c})[:, 0]", "np.diag({m})", "({v} if {b} else {v})",
        "({v})[np.array([2, 0, 1])]", "({v}) ** 2", "np.full(3, {f})", "np.append(({v})[:2], {f})", "{f} / (2.0 + np.abs({v}))",
        "({m} * {r}).sum(axis=1)", "np.max({m}, axis=0)", "np.zeros(3) + {f}", "np.roll({v}, 1)", "np.cross({v}, {v})",
    ],
    "m": [
        "({m} + {m})", "({m} - {m})", "{m} * {m}", "{m} * {f}", "({m} + {v})", "{m} * {c}", "({m} + {r})", "{c} * {r}",
        "({c} @ {r})", "np.outer({v}, {v})", "({m}).T", "({m} @ {m})", "np.tanh({m})", "np.sin({m})", "np.stack([{v}, {v}, {v}])",
        "np.where({m} > {k}, {m}, {f})", "({m})[::-1]", "np.maximum({m}, {r})", "({m})[:, [1, 0, 2]]", "np.array([{v}, {v}, {v}])",
        "np.hstack([{c}, {c}, {c}])", "np.vstack([{r}, {m}])[:3]", "{v} * {c}", "np.diag({v})", "({v})[:, None] * ({v})",
    ],
    "c": [
        "({c} + {c})", "{c} * {f}", "({v})[:, None]", "({m})[:, :1]", "({m}).sum(axis=1, keepdims=True)", "np.tanh({c})",
        "({r}).T", "({m} @ {c})", "({v}).reshape(3, 1)", "np.expand_dims({v}, 1)",
    ],
    "r": [
        "({r} - {r})", "{f} * {r}", "({v})[None, :]", "({m})[:1]", "np.mean({m}, axis=0, keepdims=True)", "np.sin({r})",
        "({c}).T", "({r} @ {m})", "({v}).reshape((1, 3))",
    ],
    "n": ["{n} * {f}", "np.tanh({n})", "({n} + {f})", "{f} * {f}", "np.sin({v})", "({n} if {b} else {f})"],
    "i": ["(2 - {i})", "({i} * {i} % 3)"],
    "j": ["({j} + 1)", "({i} * 2)"],
}  # fmt: skip

LEAVES = {
    "f": ["0.5", "1.3", "-0.8", "2.0", "1", "2", "({v})[1]", "({m})[0, 2]"],
    "v": ["np.ones(3)", "np.array([0.5, -1.2, 0.7])", "np.linspace(-1.0, 1.0, 3)", "({m})[1]"],
    "m": ["np.eye(3)", "np.full((3, 3), 0.3)", "np.outer({v}, {v})"],
    "c": ["np.ones((3, 1))", "({v})[:, None]"],
    "r": ["np.ones((1, 3))", "({v})[None]"],
    "n": ["{f}", "{v}"],
    "i": ["0", "1", "2"],
    "j": ["1", "3"],
}

CONDITIONS = [
    "{f} > {k}", "{f} < {f}", "{f} <= {k}", "not {f} > {k}", "({f} > {k} and {f} < {f})", "({f} < {k} or {f} > {k})",
    "-1.0 < {f} < 1.5", "np.sum({v}) > {k}", "np.any({v} > {k})", "({v})[0] >= ({v})[1]", "np.all({v} < {f})",
    "{f} != {k}", "isinstance({f}, float)", "bool({f} > {k})",
]  # fmt: skip
