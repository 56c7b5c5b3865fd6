"""Every forward rule with several directions at once against the same with one after the other."""

import operator

import numpy as np
import pytest

from adjoint.compiling.leaves import children, duplicate, leaf_at, leaves, rebuild
from adjoint.rules.apply import push_rule
from adjoint.rules.boxes import TooWide, Unboxable, boxes_in, boxing, map_boxes
from adjoint.rules.directions import Directions, repeated
from adjoint.testing.differences import random_like
from adjoint.testing.pushcheck import _moving
from tests.rules.test_rules import CASES

COUNT = 3


def merged(*trees):
    """Return trees of tangents as one tree of directions."""
    pairs = children(trees[0])
    if pairs is None:
        return None if trees[0] is None else Directions(np.stack(trees))
    return rebuild(trees[0], [merged(*(dict(children(tree))[key] for tree in trees)) for key, _ in pairs])


def moving(tree):
    """Return a tree of directions, None if there are none in it."""
    return tree if any(True for _ in boxes_in(tree)) else None


def pushed(case, args_dot, kwargs_dot):
    """Push tangents through the call of a case, with fresh arguments and the same random draws."""
    np.random.seed(0)
    args, kwargs = duplicate((tuple(case.args), dict(case.kwargs)))
    return push_rule(case.primal, args, kwargs, args_dot, kwargs_dot)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_directions_together_equal_one_by_one(case):
    rng = np.random.default_rng(0)
    arguments = (tuple(case.args), dict(case.kwargs))
    dots = [random_like(arguments, rng) for _ in range(COUNT)]
    if all(leaf is None for _, leaf in leaves(dots[0])):
        return  # nothing that could move
    singly = [pushed(case, *_moving(*dot)) for dot in dots]
    if singly[0] is NotImplemented:
        return  # the rule is reverse only, or declines
    args_dot, kwargs_dot = merged(*dots)
    with boxing(lambda x_dot: repeated(x_dot, COUNT)):
        together = pushed(case, tuple(map(moving, args_dot)), {n: moving(d) for n, d in kwargs_dot.items()})
    single = any(np.asarray(leaf).dtype.itemsize < 8 for _, leaf in leaves(together[0]))
    for k, (_, wanted) in enumerate(singly):
        got = map_boxes(lambda box, k=k: box.lanes[k], together[1])
        for path, leaf in leaves(wanted):
            if leaf is not None:
                other = leaf_at(got, path)
                assert np.shape(other) == np.shape(leaf)
                np.testing.assert_allclose(other, leaf, *((1e-3, 1e-3) if single else (1e-10, 1e-12)))


ATTEMPTS = {
    "all items": lambda plain, box: plain.__setitem__(slice(None), box),
    "an item": lambda plain, box: plain.__setitem__(0, box),
    "in-place sum": lambda plain, box: plain.__iadd__(box),
    "fill": lambda plain, box: plain.fill(box),
    "array of boxes": lambda plain, box: np.array([box, box]),
    "asarray": lambda plain, box: np.asarray(box),
    "float64": lambda plain, box: np.float64(box),
    "full": lambda plain, box: np.full(3, box),
    "copyto": lambda plain, box: np.copyto(plain, box),
    "put": lambda plain, box: np.put(plain, [0], box),
    "add.at": lambda plain, box: np.add.at(plain, [0], box),
    "out=": lambda plain, box: np.add(1.0, box, out=plain),
    "float": lambda plain, box: float(box),
    "complex": lambda plain, box: complex(box),
    "branch": lambda plain, box: bool(box == 0.0),
    "index": lambda plain, box: operator.index(box),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3), (3,)])
def test_what_cannot_be_done_for_all_is_refused(attempt, shape):
    """Never a wrong number: every way in which directions could end up in a plain array raises."""
    plain = np.zeros(3)
    with pytest.raises((Unboxable, ValueError)):
        attempt(plain, Directions(np.ones(shape)))
    assert plain.tolist() == [0.0, 0.0, 0.0]


INDICES = {
    "number": 1,
    "slice": slice(0, 2),
    "ellipsis": (..., 0),
    "new axis": (None, 1),
    "list": [0, 2, 2],
    "mask": np.array([True, False, True]),
    "pair": ([0, 1], [1, 1]),
    "apart": ([0, 1], slice(None), [1, 0]),
    "number apart": (0, slice(None), [1, 0]),
    "matrix": np.array([[0, 1], [2, 0]]),
}


@pytest.mark.parametrize("key", INDICES.values(), ids=INDICES)
def test_items_are_those_of_each_direction(key):
    lanes = np.random.default_rng(1).normal(size=(4, 3, 2, 2))
    read = Directions(lanes)[key]
    assert np.array_equal(read.lanes, np.stack([lane[key] for lane in lanes]))
    written, wanted = Directions(lanes.copy()), lanes.copy()
    value = np.random.default_rng(2).normal(size=(4, 2))
    written[key] = Directions(value)
    for lane, each in zip(wanted, value, strict=True):
        lane[key] = each
    assert np.array_equal(written.lanes, wanted)


def test_numbers_are_not_changed_in_place():
    """``z = x; z += y`` rebinds z for numbers: in-place addition must not reach x."""
    with pytest.raises(Unboxable):
        operator.iadd(Directions(np.ones(3)), 1.0)


def test_too_much_memory_is_noticed():
    with pytest.raises(TooWide):
        Directions(np.broadcast_to(0.0, (64, 10**6)))


@pytest.mark.parametrize("other", [(5, 4), (4,)], ids=["matrix", "vector"])
@pytest.mark.parametrize("dtype", [int, np.float32, float, complex])
def test_products_with_unit_vectors_are_rows_and_columns(other, dtype):
    """The same as with any directions, but nothing is multiplied: an infinite entry spoils no other."""
    a = np.arange(np.prod(other)).reshape(other).astype(dtype)
    units, plain = Directions(np.eye(4)[1:3], 1), Directions(np.eye(4)[1:3])
    for product in (lambda x: a @ x, lambda x: x @ a.T, lambda x: np.dot(a, x), lambda x: x.copy() @ a.T):
        found, wanted = product(units).lanes, product(plain).lanes
        assert np.array_equal(found, wanted) and found.dtype == wanted.dtype
        assert not np.shares_memory(found, a)
    if dtype is float:
        a.flat[0] = np.inf
        assert np.isfinite((a @ units).lanes).all()


def test_unit_vectors_are_not_changed_in_place():
    units = Directions(np.eye(3), 0)
    for change in (lambda x: operator.iadd(x, 1.0), lambda x: operator.setitem(x[1:], 0, 2.0)):
        with pytest.raises(ValueError, match="read-only"):
            change(units)
