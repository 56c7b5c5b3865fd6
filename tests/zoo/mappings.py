"""Mappings: dicts as arguments, locals and results."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import numpy as np

from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])
M = np.array([[0.5, -1.1, 0.3], [1.7, 0.2, -0.6]])
PARAMS = {"w": np.array([0.4, -0.3]), "v": np.array([1.5, 0.2]), "bias": np.array([0.1])}
MIXED = {"weights": np.array([[0.3, -1.2], [2.1, 0.4]]), "bias": np.array([0.5, 0.8]), "scale": 1.3}
SHARED = np.array([0.4, -0.3])


def dict_result(x):
    return {"square": x * x, "cube": x**3}


def dict_comprehension(params):
    scaled = {key: 2.0 * value for key, value in params.items()}
    return np.sum(scaled["w"] * scaled["v"])


def dict_comprehension_if(params):
    kept = {k: v * v for k, v in params.items() if k != "bias"}
    return sum([np.sum(v) for v in kept.values()])


def dict_local(x):
    d = {"a": x, "b": x * x}
    return d["a"] * d["b"]


def dict_argument(params):
    return np.sum(params["w"] * params["v"]) + params["bias"][0]


def dict_unused_entry(params):
    return np.sum(params["w"] ** 2)


def dict_nested(params):
    layer = params["layer"]
    return np.sum(layer["w"] * params["scale"])


def dict_get(params):
    return np.sum(params.get("w", 0.0) * 2.0) + params.get("missing", 3.0)


def dict_merge(params):
    merged = {**params, "w": params["v"] * 2.0}
    return np.sum(merged["w"] * merged["v"])


def dict_constructor(x, z):
    d = dict(a=x, b=z)
    return d["a"] * d["b"]


def dict_filled_here(x):
    d = {}
    for k in range(3):
        d[k] = x**k
    return d[1] * d[2]


def dict_filled_by_name(x):
    cache = {}
    cache["h"] = np.tanh(x)
    cache["y"] = cache["h"] * x
    return cache["y"] + cache["h"]


def dict_integer_keys(d):
    return d[0] * d[1]


def dict_of_lists(params):
    return sum(np.sum(w) for w in params["layers"])


def dict_passed_on(params):
    return dict_argument(params) * 2.0


def mixed_leaves(config):
    if config["name"] == "quadratic" and config["on"]:
        return config["x"] ** config["power"]
    return config["x"]


def aliased_leaves(params):
    return np.sum(params["a"] * params["b"])


# ---- items by a key that only the running program knows -------------------------------------------


def mixed_ranks_of_dict(params):
    return sum(np.sum(w**2) for w in params.values())


def mixed_ranks_by_items(params):
    total = 0.0
    for key, w in params.items():
        if key.startswith("w"):
            total += np.sum(w**2)
    return total + np.sum(params["bias"])


def mixed_ranks_by_loop_key(params):
    total = 1.0
    for key in ("weights", "bias", "weights"):
        total = total * np.sum(params[key] * params["scale"])
    return total


def dict_item_by_parameter(params, key="bias"):
    return np.sum(params[key] ** 3) + params["scale"]


def dict_item_read_in_branches(params, n):
    key = "bias" if n > 1 else "weights"
    if n > 0:
        params = {**params, "scale": np.sum(params[key]) * params["scale"]}
    return params["scale"] ** 2 + np.sum(params[key])


def dict_rebuilt_in_loop(params):
    for step in range(3):
        params = {key: value * (0.5 + step) for key, value in params.items()}
    return sum(np.sum(np.sin(value)) for value in params.values())


def sorted_keys(params):
    total = 0.0
    for key in sorted(params):
        total = total * 0.5 + np.sum(params[key] ** 2)
    return total


def sorted_items(params):
    total = 0.0
    for key, value in sorted(params.items(), reverse=True):
        total = total * len(key) + np.sum(value)
    return total


def mixed_tuple_by_index(parts, order):
    total = 0.0
    for i in order:
        total = total + np.sum(parts[i] ** 2)
    return total


def mixed_tuple_in_comprehension(parts):
    return sum([np.sum(part * part) for part in parts])


def tuple_of_pairs_by_index(pairs):
    total = 0.0
    for i in range(len(pairs)):
        weights, bias = pairs[i]
        total = total + np.sum(weights) * bias
    return total


ZOO = [
    entry(dict_result, 1.3),
    entry(dict_comprehension, PARAMS),
    entry(dict_comprehension_if, PARAMS),
    entry(dict_local, 1.3),
    entry(dict_argument, PARAMS),
    entry(dict_unused_entry, PARAMS),
    entry(dict_nested, {"layer": {"w": V}, "scale": 1.2}),
    entry(dict_get, PARAMS),
    entry(dict_merge, PARAMS),
    entry(dict_constructor, 1.3, 0.6),
    entry(dict_filled_here, 1.3),
    entry(dict_filled_by_name, 1.3),
    entry(dict_integer_keys, {0: 1.3, 1: 0.6}),
    entry(dict_of_lists, {"layers": [V, M]}),
    entry(dict_passed_on, PARAMS),
    entry(mixed_leaves, {"name": "quadratic", "on": True, "x": 1.3, "power": 2, "nothing": None}),
    entry(aliased_leaves, {"a": SHARED, "b": SHARED}),
    entry(mixed_ranks_of_dict, MIXED),
    entry(mixed_ranks_by_items, MIXED),
    entry(mixed_ranks_by_loop_key, MIXED),
    entry(dict_item_by_parameter, MIXED),
    entry(dict_item_by_parameter, MIXED, "weights"),
    entry(dict_item_read_in_branches, MIXED, 0),
    entry(dict_item_read_in_branches, MIXED, 2),
    entry(dict_rebuilt_in_loop, MIXED),
    entry(sorted_keys, MIXED),
    entry(sorted_items, MIXED),
    entry(mixed_tuple_by_index, (MIXED["weights"], MIXED["bias"], 0.6), [2, 0, 1, 0]),
    entry(mixed_tuple_in_comprehension, (MIXED["weights"], MIXED["bias"], 0.6)),
    entry(tuple_of_pairs_by_index, ((MIXED["weights"], 1.3), (MIXED["bias"], 0.6))),
]
