"""Numbers that are written as text and read back are refused; texts that only go to the user are left alone."""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import ast
import fractions
import json

import numpy as np
import pytest

import adjoint
from adjoint.testing import check_grad
from tests.helpers import assert_refused


def read_back(x):
    return float(str(x)) * x  # !


def read_back_in_parts(x):
    line = f"{x:.3f}, {2.0 * x}"
    parts = [part.strip() for part in line.split(",")]
    return x * float(parts[1])  # !


def read_back_from_a_list(x):
    words = []
    for k in range(3):
        words.append("%r" % (k * x))
    text = " ".join(words)
    return sum(map(float, text.split()))  # !


def read_back_as_array(x):
    return np.sum(np.array([repr(v) for v in [x, 2.0 * x]], dtype=float))  # !


def read_back_with_astype(x):
    texts = np.array([str(x), "1.0"])
    return np.sum(texts.astype(np.float64))  # !


def read_back_bytes(x):
    return np.frombuffer(np.array([x, x]).tobytes())[0]  # !


def read_back_bits(x):
    return np.array([x, x]).view(np.int64).view(np.float64)[0]  # !


def read_back_hex(x):
    return float.fromhex(x.hex())  # !


def read_back_format(x):
    return float("{:.5f}".format(x)) + x  # !


def read_back_literal(x):
    return np.float64(ast.literal_eval(repr(x)))  # !


def number_of(text):
    return float(text)


def read_back_by_a_helper(x):
    return number_of(str(x)) * x  # !


def read_back_by_a_nested_helper(x):
    def number(text):
        return float(text)

    return number(f"{x}") * x  # !


def read_back_from_an_array_of_texts(x):
    return x * np.array([x, 1.0]).astype(str).astype(float)[0]  # !


def read_back_from_an_array_made_of_texts(x):
    return x * float(np.array([x], dtype="U20")[0])  # !


def read_back_formatted_array(x):
    return x * float(np.char.mod("%.6f", np.array([x]))[0])  # !


def read_back_table(x):
    return x * np.loadtxt([f"{x} 1.0"]).sum()  # !


def read_back_json(x):
    return x * json.loads(json.dumps({"a": x}))["a"]  # !


READ_BACK = [f for name, f in list(globals().items()) if name.startswith("read_back")]


@pytest.mark.parametrize("f", READ_BACK, ids=lambda f: f.__name__)
def test_a_number_read_from_a_text_is_refused(f):
    assert_refused(f, 0.7, codes=("ADJ116",))
    with pytest.raises(adjoint.LanguageError):
        adjoint.jvp(f, (0.7,), (1.0,))


def printed(x):
    print(f"{x:.3f}", str(x), "%g" % x)
    return x * x


def used_as_a_key(x):
    table = {}
    table[str(x)] = x * x
    return table[str(x)]


def lengths(x):
    return x * len("%.1f" % x) * float(len(f"{x:.1f}"))


def of_a_constant(x, n="2.5"):
    return x * float(n) * float(str(3)) * float(f"{4}")


def rounded(x):
    return x * int(str(int(x + 2.0)))


def messages(x):
    log = []
    for k in range(3):
        log.append(f"{k}: {x}")
        x = x * 1.5
    return x + float(len(log))


@pytest.mark.parametrize(
    "f", [printed, used_as_a_key, lengths, of_a_constant, rounded, messages], ids=lambda f: f.__name__
)
def test_texts_that_are_not_read_back_are_left_alone(f, capsys):
    assert adjoint.check(f) == () and adjoint.check(f, 0.7) == ()
    check_grad(adjoint.differentiable(f), 0.7)


def a_text_of_the_arguments(x, config):
    return x * float(config["scale"]) + float(str(config["shift"]))


def test_texts_among_the_arguments_are_read():
    f = adjoint.differentiable(a_text_of_the_arguments)
    assert f.grad(2.0, {"scale": "3.0", "shift": "1.5"}) == 3.0


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.matrix([[x, 1.0]])[0, 0],
        lambda x: np.sum(np.asmatrix(np.array([[x, 1.0]]))),
        lambda x: np.array([x, x]).view(np.matrix)[0, 1],
        lambda x: np.sum(np.matrix([[1.0, 2.0]]) * x),
        lambda x: np.ma.array([x, x]).sum(),
        lambda x: np.ma.masked_invalid(np.array([x, x])).sum(),
        lambda x: np.array([x], dtype=object)[0] * 2.0,
        lambda x: np.array([x, x]).astype(object).sum(),
        lambda x: np.array([(x,)], dtype=[("a", float)])["a"][0],
        lambda x: float(fractions.Fraction(x)),
    ],
)
def test_numbers_and_arrays_of_other_classes_are_refused(f):
    assert isinstance(float(f(0.7)), float)
    with pytest.raises(adjoint.AdjointError):
        adjoint.grad(f)(0.7)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_constant_fraction_or_matrix_is_fine():
    assert adjoint.grad(lambda x: x * fractions.Fraction(1, 4))(2.0) == 0.25
    weights = np.matrix([[1.0, 2.0]])
    assert adjoint.grad(lambda x: np.sum(np.asarray(weights) * x))(2.0) == 3.0
