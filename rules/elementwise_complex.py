"""Rules of real and imaginary parts, conjugates, and of functions that are not holomorphic.

The cotangent of ``z = x + i y`` is ``x_bar + i y_bar`` (the convention of ChainRules and PyTorch): a
function with real output pulls ``out_bar`` back to ``out_bar`` times its direction of steepest ascent.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.rules import constants, elementwise
from adjoint.rules.kinds import Kind, is_complex, maybe_complex
from adjoint.rules.registry import frule, rrule
from adjoint.rules.runtime import zeros_like
from adjoint.rules.support import fit, is_real

#: What they say of ``sign`` and ``absolute`` holds for real numbers; the rules here are newer.
OLDER = (constants, elementwise)

CONJUGATES = (
    np.ndarray.conj, np.ndarray.conjugate, np.generic.conj, np.generic.conjugate, complex.conjugate,
    float.conjugate,
)  # fmt: skip


def _complex(z: Kind) -> bool:
    return is_complex(z)


def _real(z: Kind) -> bool:
    return is_real(z)


def _nonzero(r: Any) -> Any:
    """Return the number or array with zeros replaced by ones."""
    return r + (r == 0)


def direction(z: Any) -> Any:
    """Return ``z / |z|``, zero at zero; in the precision of ``z``."""
    return z / _nonzero(abs(z))


@rrule(np.absolute, operator.abs, when=lambda x: maybe_complex(x), fresh=True)
def absolute_complex(x: Any) -> Any:
    """The direction of ``x``; zero at zero."""
    out = np.absolute(x)

    def absolute_pullback(out_bar: Any) -> Any:
        return out_bar * direction(x)

    return out, absolute_pullback


@frule(np.absolute, operator.abs, when=lambda x: maybe_complex(x))
def absolute_complex_forward(x: Any) -> Any:
    """The part along ``x``; zero at zero."""
    out = np.absolute(x)

    def absolute_pushforward(x_dot: Any) -> Any:
        return np.real(np.conj(direction(x)) * x_dot)

    return out, absolute_pushforward


def sign_bar(out_bar: Any, z: Any) -> Any:
    """Return the cotangent of a complex ``z`` in ``z / |z|``: only turning counts; zero at zero."""
    unit = direction(z)
    turn = np.imag(np.conj(unit) * out_bar)
    return 1j * unit * turn / _nonzero(abs(z))


@rrule(np.sign, when=lambda x: maybe_complex(x), fresh=True)
def sign_complex(x: Any) -> Any:
    """Turning counts, stretching does not."""
    out = np.sign(x)

    def sign_pullback(out_bar: Any) -> Any:
        return sign_bar(out_bar, x)

    return out, sign_pullback


@frule(np.sign, when=lambda x: maybe_complex(x))
def sign_complex_forward(x: Any) -> Any:
    """Turning counts, stretching does not; the map is its own transpose."""
    out = np.sign(x)

    def sign_pushforward(x_dot: Any) -> Any:
        return fit(sign_bar(x_dot, x), x)

    return out, sign_pushforward


def angle_bar(out_bar: Any, z: Any, deg: Any = False) -> Any:
    """Return the cotangent of a complex ``z`` in its angle; zero at zero.

    Args:
        out_bar: real cotangent of the angle.
        z: complex number or array.
        deg: whether the angle is in degrees.
    """
    turn = 1j * out_bar * direction(z) / _nonzero(abs(z))
    return np.rad2deg(turn.real) + 1j * np.rad2deg(turn.imag) if deg else turn


@rrule(np.angle, fresh=True)
def angle(z: Any, deg: Any = False) -> Any:
    """The angle of a real number jumps."""
    out = np.angle(z, deg)

    def angle_pullback(out_bar: Any) -> Any:
        return zeros_like(z), None

    return out, angle_pullback


@frule(np.angle)
def angle_forward(z: Any, deg: Any = False) -> Any:
    """The angle of a real number jumps."""
    out = np.angle(z, deg)

    def angle_pushforward(z_dot: Any, deg_dot: Any) -> Any:
        return None, None

    return out, angle_pushforward


@rrule(np.angle, when=lambda z, deg: maybe_complex(z), fresh=True)
def angle_complex(z: Any, deg: Any = False) -> Any:
    """At right angles to ``z``, by its length."""
    out = np.angle(z, deg)

    def angle_pullback(out_bar: Any) -> Any:
        return angle_bar(out_bar, z, deg), None

    return out, angle_pullback


@frule(np.angle, when=lambda z, deg: maybe_complex(z))
def angle_complex_forward(z: Any, deg: Any = False) -> Any:
    """The part at right angles to ``z``, by its length."""
    out = np.angle(z, deg)

    def angle_pushforward(z_dot: Any, deg_dot: Any) -> Any:
        return np.real(np.conj(angle_bar(1.0, z, deg)) * z_dot), None

    return out, angle_pushforward


# -- conjugates ---------------------------------------------------------------------------------


@rrule(np.conjugate, fresh=True)
def conj(z: Any) -> Any:
    """The conjugate of the cotangent."""
    out = np.conj(z)

    def conj_pullback(out_bar: Any) -> Any:
        return np.conj(out_bar)

    return out, conj_pullback


@frule(np.conjugate)
def conj_forward(z: Any) -> Any:
    """The conjugate of the tangent."""
    out = np.conj(z)

    def conj_pushforward(z_dot: Any) -> Any:
        return np.conj(z_dot)

    return out, conj_pushforward


@frule(*CONJUGATES)
def conj_method_forward(z: Any) -> Any:
    """The conjugate of the tangent, which may be a plain number."""
    out = z.conjugate()

    def conj_pushforward(z_dot: Any) -> Any:
        return np.conj(z_dot)

    return out, conj_pushforward


@rrule(*CONJUGATES)
def conj_method(z: Any) -> Any:
    """The conjugate of the cotangent."""
    out = z.conjugate()

    def conj_pullback(out_bar: Any) -> Any:
        return np.conj(out_bar)

    return out, conj_pullback


@rrule(np.conjugate, when=_real, fresh=True)
def conj_real(z: Any) -> Any:
    """The identity."""
    out = np.conj(z)

    def conj_pullback(out_bar: Any) -> Any:
        return out_bar

    return out, conj_pullback


@rrule(*CONJUGATES, when=_real)
def conj_method_real(z: Any) -> Any:
    """The identity."""
    out = z.conjugate()

    def conj_pullback(out_bar: Any) -> Any:
        return out_bar

    return out, conj_pullback


# -- parts --------------------------------------------------------------------------------------

REALS = (np.real, np.ndarray.real, np.generic.real, complex.real, float.real)
IMAGS = (np.imag, np.ndarray.imag, np.generic.imag, complex.imag, float.imag)


@rrule(*REALS)
def real(z: Any) -> Any:
    """The cotangent is that of the real part."""
    out = np.real(z)

    def real_pullback(out_bar: Any) -> Any:
        return fit(out_bar + 0.0 * z, z)

    return out, real_pullback


@frule(*REALS)
def real_forward(z: Any) -> Any:
    """The real part of the tangent."""
    out = np.real(z)

    def real_pushforward(z_dot: Any) -> Any:
        return np.real(z_dot)

    return out, real_pushforward


@rrule(*REALS, when=_real)
def real_of_real(z: Any) -> Any:
    """The identity."""
    out = np.real(z)

    def real_pullback(out_bar: Any) -> Any:
        return out_bar

    return out, real_pullback


@rrule(*REALS, when=_complex)
def real_of_complex(z: Any) -> Any:
    """No imaginary part."""
    out = np.real(z)

    def real_pullback(out_bar: Any) -> Any:
        return out_bar + 0j

    return out, real_pullback


@rrule(*IMAGS)
def imag(z: Any) -> Any:
    """Turned by a right angle; real numbers have no imaginary part."""
    out = np.imag(z)

    def imag_pullback(out_bar: Any) -> Any:
        return fit(1j * out_bar, z)

    return out, imag_pullback


@frule(*IMAGS)
def imag_forward(z: Any) -> Any:
    """The imaginary part of the tangent."""
    out = np.imag(z)

    def imag_pushforward(z_dot: Any) -> Any:
        return np.imag(z_dot)

    return out, imag_pushforward


@rrule(*IMAGS, when=_complex)
def imag_of_complex(z: Any) -> Any:
    """Turned by a right angle."""
    out = np.imag(z)

    def imag_pullback(out_bar: Any) -> Any:
        return 1j * out_bar

    return out, imag_pullback


@rrule(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The identity; a dropped imaginary part carries nothing."""
    out = np.real_if_close(a, tol)

    def real_if_close_pullback(out_bar: Any) -> Any:
        return complex_like(out_bar, a), None

    return out, real_if_close_pullback


@frule(np.real_if_close)
def real_if_close_forward(a: Any, tol: float = 100) -> Any:
    """The tangent, its real part where the imaginary one was dropped."""
    out = np.real_if_close(a, tol)

    def real_if_close_pushforward(a_dot: Any, tol_dot: Any) -> Any:
        return a_dot if np.iscomplexobj(out) else np.real(a_dot), None

    return out, real_if_close_pushforward


def complex_like(x_bar: Any, x: Any) -> Any:
    """Return a cotangent as a complex one where the argument is complex."""
    return x_bar + 0j if np.iscomplexobj(x) else x_bar
