"""SciPy's own array helpers, which its Python functions call before they compute.

Loaded when a rule of one of these helpers is first looked up, so SciPy is imported already.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from adjoint.rules.kinds import Kind, Known, Unknown
from adjoint.rules.registry import frule, linear, non_differentiable, rrule

_installed = importlib.util.find_spec("scipy") is not None
_helpers: Any = importlib.import_module("scipy._lib._array_api") if _installed else None


def promoted_kind(*, args: Kind, force_floating: Kind, xp: Kind) -> Kind:
    """Return the kind of one promoted array: its own, if it holds floats already."""
    items: tuple[Kind, ...] = getattr(args, "items", ())
    return items[0] if len(items) == 1 else Unknown()


def converted_kind(*, array: Kind, **rest: Kind) -> Kind:
    """Return the kind of a converted array: its own."""
    return array


if _helpers is not None:
    non_differentiable(_helpers.array_namespace)

    linear(_helpers._asarray)

    @rrule(_helpers._asarray, kind=converted_kind)
    def asarray(
        array: Any,
        dtype: Any = None,
        order: Any = None,
        copy: Any = None,
        *,
        xp: Any = None,
        check_finite: Any = False,
        subok: Any = False,
    ) -> Any:
        """Convert an array; its cotangent passes unchanged."""
        out = _helpers._asarray(array, dtype, order, copy, xp=xp, check_finite=check_finite, subok=subok)

        def asarray_pullback(out_bar: Any) -> Any:
            return out_bar, None, None, None, None, None, None

        return out, asarray_pullback


if hasattr(_helpers, "xp_promote"):  # not in every version of SciPy

    @rrule(
        _helpers.xp_promote, kind=promoted_kind, when=lambda args, **_: len(getattr(args, "items", ())) == 1
    )
    def xp_promote(*args: Any, force_floating: Any = False, xp: Any) -> Any:
        """Convert one array; its cotangent passes unchanged."""
        out = _helpers.xp_promote(*args, force_floating=force_floating, xp=xp)

        def xp_promote_pullback(out_bar: Any) -> Any:
            return (out_bar,), None, None

        return out, xp_promote_pullback

    @frule(_helpers.xp_promote, when=lambda args, **_: len(getattr(args, "items", ())) == 1)
    def xp_promote_forward(*args: Any, force_floating: Any = False, xp: Any) -> Any:
        """Convert one array; its tangent passes unchanged."""
        out = _helpers.xp_promote(*args, force_floating=force_floating, xp=xp)

        def xp_promote_pushforward(args_dot: Any, force_dot: Any, xp_dot: Any) -> Any:
            return args_dot[0], None, None

        return out, xp_promote_pushforward


__all__ = ["Known", "converted_kind", "promoted_kind"]
