"""``try`` blocks that a derivative can pass: with ``finally``, with handlers that only raise, inactive ones."""
# The style rules of the project do not apply to specimens: odd spellings are the point.
# ruff: noqa

from __future__ import annotations

import math

import numpy as np

from adjoint import differentiable
from tests.zoo.entry import entry

V = np.array([0.3, -1.2, 2.1, 0.7])


def re_raise(x):
    try:
        y = math.log(x) * x
    except ValueError:
        raise
    return y * x


def raise_from(x):
    try:
        y = x * x / (x + 1)
    except (ZeroDivisionError, TypeError) as error:
        raise ValueError(f"bad value {x}") from error
    else:
        y = y * x
    return y


def several_handlers(x):
    try:
        return x * x
    except ZeroDivisionError:
        message = "zero"
        raise RuntimeError(message)
    except Exception as error:
        if x > 0:
            raise ValueError from error
        else:
            raise


def finally_after_value(x):
    log = []
    try:
        y = x * x
        log.append("body")
    finally:
        log.append("finally")
    return y * x * len(log)


def finally_after_return(x):
    state = {"open": True}
    try:
        y = x * x
        return y * x
    finally:
        state["open"] = False


def except_and_finally(x):
    n = 0
    try:
        y = math.sqrt(x)
    except ValueError as error:
        raise ValueError("negative") from error
    else:
        y = y * x
    finally:
        n += 1
    return y * n


def finally_with_active(x):
    y = x
    try:
        y = y * x
    finally:
        y = y + x
    return y * y


def in_loop(x):
    y = x
    for k in range(3):
        try:
            if k == 2:
                break
            y = y * x + k
        except OverflowError:
            raise ValueError("too large")
    return y


def return_inside_loop(x):
    for k in range(5):
        try:
            if x * k > 1:
                return x**k
        except Exception:
            raise
    return x


def nested(x):
    try:
        try:
            y = x * x
        except ValueError:
            raise
        finally:
            z = 2
    except Exception as error:
        raise RuntimeError from error
    return y * z


def inactive(x, text):
    try:
        n = int(text)
    except ValueError:
        n = 3
    return x**n


def inactive_import(x):
    try:
        import no_such_module_at_all as fast
    except ImportError:
        fast = None
    return x * x if fast is None else x


def checked(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = 0.0
    return y * x * x


@differentiable(allow_try=True)
def allowed(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        return 0.0
    else:
        y = y + x
    return y * x * x


@differentiable(allow_try=True)
def allowed_in_callee(x):
    return checked(x) * x


@differentiable(allow_try=True)
def allowed_key(params):
    try:
        w = params["w"]
    except KeyError:
        w = 1.0
    return w * w * params["b"]


ZOO = [
    entry(re_raise, 0.3),
    entry(raise_from, 0.3),
    entry(several_handlers, 0.3),
    entry(finally_after_value, 0.3),
    entry(finally_after_return, 0.3),
    entry(except_and_finally, 0.3),
    entry(finally_with_active, 0.3),
    entry(in_loop, 0.3),
    entry(return_inside_loop, 0.3),
    entry(nested, 0.3),
    entry(inactive, 0.3, "2"),
    entry(inactive, 0.3, "two", name="inactive_handler"),
    entry(inactive_import, 0.3),
    entry(allowed, 0.3),
    entry(allowed_in_callee, 0.3),
    entry(allowed_key, {"w": 0.3, "b": 0.7}),
]
