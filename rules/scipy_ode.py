"""Rules of scipy.integrate's solve_ivp and odeint.

SciPy's solution is the value.  The derivative is that of a second integration, by the Runge-Kutta method of
order eight on steps that were chosen once for a tight tolerance and are then held fixed: it is differentiated
step by step, so that both modes and second derivatives agree to rounding.  `docs/decisions/0015` says why.

Reference: E. Hairer, S. Norsett and G. Wanner, Solving Ordinary Differential Equations I (1993), II.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.rules.both import both
from adjoint.rules.callback import Differentiator
from adjoint.rules.callbacks import sum_of
from adjoint.rules.conversions import nested_like
from adjoint.rules.errors import RuleError
from adjoint.rules.forward import filled
from adjoint.rules.registry import non_differentiable
from adjoint.rules.scipy_integrate import integrate
from adjoint.rules.scipy_roots import as_tuple
from adjoint.rules.symbolic import not_implemented

NODES, WEIGHTS = integrate.DOP853.C[1:], integrate.DOP853.B
ROWS = [integrate.DOP853.A[i, :i] for i in range(1, len(WEIGHTS))]
#: More steps than this are a sign of a stiff equation, for which an explicit method is the wrong one.
MOST_STEPS = 20000


def slope(f: Any, turned: Any, t: Any, y: Any, args: Any) -> Any:
    """Return the right hand side as an array; ``turned`` says that the state comes before the time."""
    return np.asarray(f(y, t, *args) if turned else f(t, y, *args))


def step(f: Any, turned: Any, t: Any, y: Any, h: Any, args: Any) -> Any:
    """Return the state one Runge-Kutta step later."""
    slopes = [slope(f, turned, t, y, args)]
    for row, node in zip(ROWS, NODES, strict=True):
        slopes.append(slope(f, turned, t + node * h, y + h * (row @ np.stack(slopes)), args))
    return y + h * (WEIGHTS @ np.stack(slopes))


def states(f: Any, turned: Any, y0: Any, times: Any, shares: Any, *args: Any) -> Any:
    """Return the solution at the times, shape (times, n).

    Args:
        f: the right hand side.
        turned: whether the state is its first argument.
        y0: the state at the first time, one-dimensional.
        times: shape (k,).
        shares: for each interval between times the starts and widths of the steps, as shares of it.
        args: further arguments of the right hand side.
    """
    y = y0
    found = [y]
    for k in range(len(shares)):
        span = times[k + 1] - times[k]
        for start, width in shares[k]:
            y = step(f, turned, times[k] + start * span, y, width * span, args)
        found.append(y)
    return np.stack(found)


def steps(f: Any, turned: Any, y0: Any, times: Any, args: Any) -> list[list[tuple[float, float]]]:
    """Return the steps that a tight tolerance asks for; see `states`.

    Raises:
        RuleError: ADJ202, the equation is stiff or has no solution up to the last time.
    """
    ends = (float(times[0]), float(times[-1]))
    scale = float(np.max(np.abs(y0), initial=1e-3))
    mesh = np.array(ends)
    if ends[0] != ends[1]:
        rhs = lambda t, y: slope(f, turned, t, y, args)  # noqa: E731
        solution = integrate.solve_ivp(rhs, ends, y0, "DOP853", rtol=1e-10, atol=1e-11 * scale)
        mesh = solution.t
        if not solution.success or len(mesh) > MOST_STEPS:
            raise refused("an explicit method needs too many steps here: the equation is stiff or explodes")
    forwards = ends[1] >= ends[0]
    mesh = mesh if forwards else mesh[::-1]
    found = []
    for low, high in zip(times[:-1].tolist(), times[1:].tolist(), strict=True):
        first, last = min(low, high), max(low, high)
        inner = mesh[(mesh > first) & (mesh < last)]
        points = [low, *(inner if high >= low else inner[::-1]).tolist(), high]
        shares = [(point - low) / (high - low) for point in points] if high != low else [0.0, 1.0]
        found.append([(a, b - a) for a, b in zip(shares[:-1], shares[1:], strict=True)])
    return found


non_differentiable(steps)


def refused(why: str) -> RuleError:
    """Return the error for an equation whose solution has no derivative here."""
    return RuleError(
        "ADJ202",
        title="the solution of a differential equation has no derivative here",
        why=f"{why}.",
        fixes=("write the integration with NumPy", "register a rule of your own"),
    )


def start_of(y0: Any) -> Any:
    """Return the initial state as a one-dimensional array of floats."""
    start = np.atleast_1d(np.asarray(y0))
    return start if start.dtype.kind in "fc" else start.astype(float)


Step = tuple[Any, list[Any]]


def recorded(
    ad: Differentiator, f: Any, turned: Any, y0: Any, times: Any, shares: Any, args: Any
) -> list[list[Step]]:
    """Integrate as `states` does; return width and pullbacks of the stages of every step, by intervals."""
    y, tape = y0, []
    for k in range(len(shares)):
        records: list[Step] = []
        for start, width in shares[k]:
            span = times[k + 1] - times[k]
            t, h = times[k] + start * span, width * span
            first, pull = ad.vjp(slope, f, turned, t, y, args)
            slopes, pulls = [first], [pull]
            for row, node in zip(ROWS, NODES, strict=True):
                value, pull = ad.vjp(slope, f, turned, t + node * h, y + h * (row @ np.stack(slopes)), args)
                slopes.append(value)
                pulls.append(pull)
            y = y + h * (WEIGHTS @ np.stack(slopes))
            records.append((h, pulls))
        tape.append(records)
    return tape


def step_bar(h: Any, pulls: list[Any], bar: Any) -> tuple[Any, list[Any]]:
    """Return the cotangent of the state before a step, and of right hand side and arguments at each stage."""
    shares = [h * weight * bar for weight in WEIGHTS]
    y_bar = bar
    found: list[Any] = []
    for i in range(len(pulls) - 1, -1, -1):
        bars = pulls[i](shares[i]).args
        found.append((bars[0], bars[4]))
        if bars[3] is not None:
            y_bar = y_bar + bars[3]
            row = ROWS[i - 1] if i > 0 else ()
            shares = [shares[j] + h * row[j] * bars[3] for j in range(i)]
    return y_bar, found


def state_bars(
    ad: Differentiator, f: Any, turned: Any, y0: Any, times: Any, args: Any, out: Any, bar: Any
) -> tuple[Any, Any, Any, Any]:
    """Return the cotangents of the right hand side, initial state, times and further arguments.

    Args:
        ad: calls back into the compiler.
        f: the right hand side.
        turned: whether the state is its first argument.
        y0: the initial state as it was given.
        times: shape (k,).
        args: further arguments of the right hand side.
        out: the solution at the times, shape (k, n).
        bar: its cotangent.
    """
    start = start_of(y0)
    tape = recorded(ad, f, turned, start, times, steps(f, turned, start, times, args), args)
    y_bar = bar[-1]
    found: list[Any] = []
    for k in range(len(tape) - 1, -1, -1):
        for h, pulls in tape[k][::-1]:
            y_bar, more = step_bar(h, pulls, y_bar)
            found = found + more
        y_bar = y_bar + bar[k]
    moves = np.stack([slope(f, turned, t, y, args) for t, y in zip(times, out, strict=True)])
    times_bar = np.real(np.sum(np.conj(moves) * bar, axis=1))
    first = np.real(np.sum(np.conj(moves[0]) * y_bar))
    times_bar = np.concatenate([[times_bar[0] - first], times_bar[1:]])
    extra = tuple(sum_of(part_of(each, i) for _, each in found) for i in range(len(args)))
    return sum_of(each for each, _ in found), nested_like(y_bar, y0), times_bar, extra


def part_of(bars: Any, i: int) -> Any:
    """Return one of several cotangents, None where there are none."""
    return None if bars is None else bars[i]


def state_dot(
    ad: Differentiator, f: Any, turned: Any, y0: Any, times: Any, args: Any, dots: tuple[Any, Any, Any, Any]
) -> Any:
    """Return the tangent of the states for those of right hand side, initial state, times and arguments."""
    start = start_of(y0)
    f_dot, y0_dot, times_dot, args_dot = dots
    start_dot = None if y0_dot is None else np.reshape(np.asarray(filled(y0_dot, y0)), start.shape)
    extra = (None,) * len(args) if args_dot is None else args_dot
    values = (f, turned, start, times, steps(f, turned, start, times, args), *args)
    _, dot = ad.jvp(states, values, (f_dot, None, start_dot, times_dot, None, *extra))
    return np.zeros((len(times), len(start)), start.dtype) if dot is None else dot


# -- odeint -------------------------------------------------------------------------------------


@both(integrate.odeint, fresh=True)
def odeint(
    func: Any,
    y0: Any,
    t: Any,
    args: Any = (),
    *,
    rtol: Any = None,
    atol: Any = None,
    tcrit: Any = None,
    h0: Any = 0.0,
    hmax: Any = 0.0,
    hmin: Any = 0.0,
    mxstep: Any = 0,
    tfirst: Any = False,
    ad: Differentiator,
) -> Any:
    """The right hand side, the initial state, the times and further arguments, step by step."""
    options = {"rtol": rtol, "atol": atol, "tcrit": tcrit, "h0": h0, "hmax": hmax, "hmin": hmin}
    out = integrate.odeint(func, y0, t, args, tfirst=tfirst, mxstep=mxstep, **options)

    def odeint_pullback(out_bar: Any) -> Any:
        times = np.asarray(t, float)
        f_bar, y0_bar, t_bar, extra = state_bars(
            ad, func, not tfirst, y0, times, as_tuple(args), out, out_bar
        )
        args_bar = extra if isinstance(args, tuple) else extra[0]
        return f_bar, y0_bar, None if t_bar is None else nested_like(t_bar, t), args_bar, *(None,) * 8

    def moved(*dots: Any) -> Any:
        times = np.asarray(t, float)
        return state_dot(ad, func, not tfirst, y0, times, as_tuple(args), (*dots,))

    def odeint_pushforward(func_dot: Any, y0_dot: Any, t_dot: Any, args_dot: Any, *rest_dot: Any) -> Any:
        by_func = None if func_dot is None else moved(func_dot, None, None, None)
        by_y0 = None if y0_dot is None else moved(None, y0_dot, None, None)
        by_t = None if t_dot is None else moved(None, None, np.asarray(filled(t_dot, t), float), None)
        by_args = None if args_dot is None else moved(None, None, None, as_tuple(args_dot))
        return by_func, by_y0, by_t, by_args, *(None,) * 8

    return out, odeint_pullback, odeint_pushforward


INTERPOLANT = not_implemented("scipy.integrate.solve_ivp by way of its interpolant")

# -- solve_ivp ----------------------------------------------------------------------------------


def times_of(t_span: Any, t_eval: Any, out: Any) -> Any:
    """Return the initial time and those at which the solution is given."""
    return np.concatenate([[t_span[0]], out.t if t_eval is None else t_eval])


def bars_of(out_bar: Any, out: Any) -> tuple[Any, Any]:
    """Return the cotangents of the states and of the times.

    Raises:
        RuleError: ADJ202, another field of the result has a cotangent.
    """
    others = [name for name, bar in out_bar.items() if bar is not None and name not in ("y", "t")]
    if others:
        raise refused(f"it reads `{others[0]}` of the result, and only `y` and `t` have one")
    y_bar, t_bar = out_bar.get("y"), out_bar.get("t")
    return np.zeros_like(out.y) if y_bar is None else y_bar, np.zeros_like(out.t) if t_bar is None else t_bar


def span_bar(times_bar: Any, t_span: Any, t_eval: Any) -> Any:
    """Return the cotangent of the ends of the interval; steps that SciPy chose are held fixed."""
    last = times_bar[-1] if t_eval is None else 0.0 * times_bar[-1]
    return nested_like(np.stack([times_bar[0] + (times_bar[1] if t_eval is None else 0.0), last]), t_span)


@both(integrate.solve_ivp)
def solve_ivp(
    fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None, *, vectorized: Any = False,
    args: Any = None, rtol: Any = 1e-3, atol: Any = 1e-6, max_step: Any = np.inf, first_step: Any = None,
    ad: Differentiator,
) -> Any:  # fmt: skip
    """The states, by right hand side, ends, initial state, times and arguments, step by step."""
    options = {"rtol": rtol, "atol": atol, "max_step": max_step, "first_step": first_step}
    out = integrate.solve_ivp(fun, t_span, y0, method, t_eval, vectorized=vectorized, args=args, **options)

    def solve_ivp_pullback(out_bar: Any) -> Any:
        times, extra = times_of(t_span, t_eval, out), () if args is None else tuple(args)
        y_bar, t_bar = bars_of(out_bar, out)
        padded = np.concatenate([np.zeros((1, len(y_bar)), y_bar.dtype), np.transpose(y_bar)])
        states_there = np.concatenate([[start_of(y0)], np.transpose(out.y)])
        f_bar, y0_bar, times_bar, extra_bar = state_bars(
            ad, fun, False, y0, times, extra, states_there, padded
        )
        times_bar = times_bar + np.concatenate([[0.0], t_bar])
        ends_bar = span_bar(times_bar, t_span, t_eval)
        eval_bar = None if t_eval is None else nested_like(times_bar[1:], t_eval)
        args_bar = None if args is None else type(args)(extra_bar)
        return f_bar, ends_bar, y0_bar, None, eval_bar, None, args_bar, None, None, None, None

    def moved(fun_dot: Any, y0_dot: Any, times_dot: Any, args_dot: Any) -> Any:
        times, extra = times_of(t_span, t_eval, out), () if args is None else tuple(args)
        y_dot = state_dot(ad, fun, False, y0, times, extra, (fun_dot, y0_dot, times_dot, args_dot))
        t_dot = None if times_dot is None else times_dot[1:]
        return {"y": np.transpose(y_dot[1:]), "t": t_dot, "sol": None if out.sol is None else INTERPOLANT}

    def by_span(t_span_dot: Any) -> Any:
        first, last = (0.0 if dot is None else dot for dot in t_span_dot)
        inner = np.zeros(len(out.t))
        if t_eval is None:
            inner = np.concatenate([[first], inner[2:], [last]])
        return moved(None, None, np.concatenate([[first], inner]), None)

    def by_times(t_eval_dot: Any) -> Any:
        dots = np.concatenate([[0.0], np.asarray(filled(t_eval_dot, t_eval), float)])
        return moved(None, None, dots, None)

    def solve_ivp_pushforward(
        fun_dot: Any, span_dot: Any, y0_dot: Any, method_dot: Any, eval_dot: Any, vectorized_dot: Any,
        args_dot: Any, *rest_dot: Any,
    ) -> Any:  # fmt: skip
        by_fun = None if fun_dot is None else moved(fun_dot, None, None, None)
        by_t = None if span_dot is None else by_span(span_dot)
        by_y0 = None if y0_dot is None else moved(None, y0_dot, None, None)
        by_eval = None if eval_dot is None else by_times(eval_dot)
        by_args = None if args_dot is None else moved(None, None, None, tuple(args_dot))
        return by_fun, by_t, by_y0, None, by_eval, None, by_args, None, None, None, None

    return out, solve_ivp_pullback, solve_ivp_pushforward
