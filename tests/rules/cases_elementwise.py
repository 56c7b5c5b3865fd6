"""Cases of the rules in rules/operators.py, elementwise*.py, selection.py and mathmodule.py."""

import math
import operator

import numpy as np

from tests.rules.generators import case, cnormal, distinct, integers, normal, positive, since, uniform

MASK = np.array([[True, False, True], [False, True, True]])
UNARY = (
    operator.neg, np.negative, operator.pos, np.positive, np.exp, np.exp2, np.expm1, np.square, np.sin,
    np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute, operator.abs, np.fabs,
    np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinc, np.nan_to_num, np.modf, np.frexp, np.unwrap,
    np.conjugate, np.real, np.imag, np.angle, np.real_if_close,
)  # fmt: skip
UNARY_POSITIVE = (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.reciprocal)
BINARY = (
    operator.add, np.add, operator.sub, np.subtract, operator.mul, np.multiply, np.logaddexp,
    np.logaddexp2, np.arctan2, np.hypot, np.copysign, np.maximum, np.minimum, np.fmax, np.fmin,
    np.nextafter, np.heaviside,
)  # fmt: skip
QUOTIENTS = (operator.truediv, np.divide, operator.mod, np.remainder, np.fmod, np.divmod)
POWERS = (operator.pow, pow, np.power, np.float_power)
COMPLEX = (
    operator.neg, operator.pos, np.negative, np.positive, np.exp, np.log, np.log2, np.log10, np.log1p,
    np.exp2, np.expm1, np.sqrt, np.square, np.reciprocal, np.sin, np.cos, np.tan, np.sinh, np.cosh,
    np.tanh, np.arctan, np.arcsin, np.arccos, np.arcsinh, np.arccosh, np.arctanh, np.sinc, np.absolute,
    operator.abs, np.sign, np.angle, np.conjugate, np.real, np.imag, np.real_if_close, np.nan_to_num,
)  # fmt: skip
PARTS = (
    np.ndarray.real, np.ndarray.imag, np.ndarray.conj, np.ndarray.conjugate,
)  # fmt: skip
MATH = (
    math.exp, math.exp2, math.expm1, math.log, math.log2, math.log10, math.log1p, math.sqrt, math.cbrt,
    math.sin, math.cos, math.tan, math.asin, math.acos, math.atan, math.degrees, math.radians, math.sinh,
    math.cosh, math.tanh, math.asinh, math.atanh, math.erf, math.erfc, math.gamma, math.lgamma, math.fabs,
    math.modf, math.frexp, math.hypot,
)  # fmt: skip

CASES = [
    *(case(f, normal(3, 4)) for f in UNARY),
    *(case(f, positive(3, 4)) for f in UNARY_POSITIVE),
    *(case(f, uniform(-0.8, 0.8, 5)) for f in (np.arcsin, np.arccos, np.arctanh)),
    case(np.arccosh, uniform(1.5, 3.0, 4)),
    case(np.sinc, np.array([0.0, 1e-3, 0.07, 0.09, -0.5])),
    *(case(f, cnormal(4)) for f in COMPLEX),
    *(case(f, 0.3 + 0.4j) for f in (np.exp, np.absolute, np.angle, np.conjugate, np.real, np.imag)),
    *(case(f, normal(2, 3)) for f in PARTS),
    *(case(f, cnormal(2, 3)) for f in PARTS),
    *(case(f, np.float64(0.7)) for f in (np.generic.real, np.generic.imag)),
    *(case(f, np.float64(0.7)) for f in (np.generic.conj, np.generic.conjugate)),
    *(case(f, np.complex128(0.7 - 2j)) for f in (np.generic.real, np.generic.imag, np.generic.conj)),
    *(case(f, 0.7 - 2j) for f in (complex.real, complex.imag, complex.conjugate)),
    *(case(f, 0.7) for f in (float.real, float.imag, float.conjugate)),
    case(np.angle, cnormal(3), deg=True),
    case(np.angle, cnormal(3), True),
    # two arguments
    *(case(f, normal(3, 4), normal(3, 4)) for f in BINARY),
    *(case(f, normal(3, 1), normal(4)) for f in BINARY),
    *(case(f, 0.7, -1.3) for f in BINARY),
    *(case(f, normal(2, 3), 1.5) for f in BINARY),
    *(case(f, normal(3, 4), positive(4)) for f in QUOTIENTS),
    *(case(f, 7.5, 2.0) for f in QUOTIENTS),
    *(case(f, -7.5, 2.0) for f in QUOTIENTS),
    *(case(f, normal(3), 2.0) for f in QUOTIENTS),
    *(case(f, 3, positive(2)) for f in QUOTIENTS),
    *(case(f, positive(3, 4), normal(4)) for f in POWERS),
    *(case(f, 1.7, -2.5) for f in POWERS),
    *(case(f, 2, normal(3)) for f in POWERS),
    *(case(f, normal(3), n) for f in POWERS[:3] for n in (0, 1, 2, 3, 4)),
    *(case(f, positive(3), n) for f in (operator.pow, np.float_power) for n in (-1, -2, 5)),
    *(case(operator.pow, -1.3, n) for n in (-2, -1, 0, 1, 2, 3)),
    *(case(f, cnormal(3), cnormal(3)) for f in (operator.add, np.subtract, np.multiply, np.divide)),
    *(case(f, normal(3), cnormal(3)) for f in (operator.add, np.subtract, np.multiply, np.divide)),
    *(case(f, cnormal(3), normal(3)) for f in (operator.mul, operator.truediv, operator.pow)),
    case(operator.pow, cnormal(3), 2),
    *(case(operator.pow, -4.0 + 0.5j, y) for y in (0.5, 2, -1, 1.5 - 0.5j)),
    case(operator.pow, 1.5, 0.5 + 1.0j),
    case(operator.pow, cnormal(3), -3),
    case(operator.mul, 2, normal(3)),
    case(operator.add, [1.0, 2.0], [3.0]),
    case(operator.add, (1.0,), (2.0, 3.0)),
    case(operator.concat, [1.0, 2.0], [3.0]),
    case(np.exp, [0.5, 1.5]),
    case(np.maximum, [[0.5, 1.5]], normal(2)),
    case(operator.mul, [0.5, 1.5], normal(2, 2)),
    case(operator.sub, normal(2), (0.5, 1.5)),
    case(operator.mul, [1.0, 2.0], 2),
    case(operator.mul, 3, (1.0,)),
    case(np.ldexp, normal(3), integers(5, 3)),
    case(np.ldexp, normal(3, 1), np.array([1, -2])),
    # choices
    case(np.where, MASK, normal(2, 3), normal(2, 3)),
    case(np.where, MASK, normal(3), 2.0),
    case(np.where, MASK[0], normal(2, 1), normal(2, 3)),
    case(np.where, MASK, normal(2, 3), cnormal(3)),
    case(np.where, MASK, normal(2, 3), 0),
    case(np.clip, normal(3, 4), -0.5, 0.7),
    case(np.clip, normal(3, 4), None, 0.3),
    case(np.clip, normal(3, 4), -0.3, None),
    case(np.clip, normal(3, 4), uniform(-1.0, -0.1, 4), uniform(0.1, 1.0, 3, 1)),
    *since("2.1.0", case(np.clip, normal(3, 4), min=-0.5)),
    *since("2.1.0", case(np.clip, normal(3, 4), min=-0.5, max=normal(4))),
    case(np.clip, normal(3, 4), a_min=-0.5, a_max=0.5),
    case(np.ndarray.clip, normal(3, 4), -0.5, 0.7),
    case(np.ndarray.clip, normal(3, 4), max=normal(4)),
    case(np.ndarray.clip, normal(3, 4), -1, 1),
    case(np.generic.clip, np.float64(0.3), -0.5, 0.7),
    case(np.nan_to_num, np.array([1.0, np.nan, np.inf, -np.inf]), nan=2.0, posinf=3.0, neginf=4.0).given(
        sweep=False
    ),
    case(np.fmax, np.array([1.0, np.nan, 3.0]), np.array([np.nan, 2.0, 2.0])).given(sweep=False),
    case(np.unwrap, distinct(3, 4), axis=0),
    case(np.unwrap, 9.0 * distinct(8), period=5.0),
    case(np.unwrap, 9.0 * distinct(3, 4)),
    # math
    *(case(f, 0.6) for f in MATH),
    *(case(f, -0.6) for f in (math.gamma, math.lgamma, math.fabs, math.frexp, math.cbrt, math.tanh)),
    case(math.acosh, 1.7),
    case(math.log, 3.0, 2.5),
    case(math.log, 3.0, 2),
    *(case(f, 1.3, -0.7) for f in (math.pow, math.atan2, math.copysign, math.hypot, math.nextafter)),
    *(case(f, 7.5, 2.0) for f in (math.fmod, math.remainder)),
    case(math.ldexp, 0.7, 3),
    case(math.hypot, 1.0, 2.0, 3.0),
]
