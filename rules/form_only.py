"""Forward rules of the parts of pullbacks that only move, select or weigh cotangents.

Each function here is linear in one argument, a cotangent or tangent; of the others only the form, the order
or the sign matters, so their tangents have no effect.  That a pullback is differentiated once more, by
forward over reverse, then needs no look into its body, which may write into a buffer of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from adjoint.rules import (
    concatenators,
    contractions,
    copies,
    creation,
    determinants,
    diagonals,
    extrema,
    fft,
    indexing,
    joins,
    neighbours,
    polynomials,
    pybuiltins,
    pysequences,
    rearranging,
    reductions,
    scans,
    selection,
    sets,
    sorting,
    splits,
    support,
    views,
)
from adjoint.rules.kinds import Kind
from adjoint.rules.registry import frule
from adjoint.rules.second import like


def form_only(*functions: Callable[..., Any], moving: int = 0, template: int | None = None) -> None:
    """Declare functions linear in one argument and, locally, constant in all others.

    Args:
        functions: without ``*args``.
        moving: position of the argument they are linear in.
        template: position of the argument whose form the result has, if there is one.
    """
    for function in functions:
        frule(function, kind=None if template is None else kind_of_template(function, template))(
            pushed(function, moving)
        )


def pushed(function: Callable[..., Any], moving: int) -> Callable[..., Any]:
    """Return the forward rule of a function that is linear in its argument number ``moving``."""

    def rule(*args: Any, **kwargs: Any) -> Any:
        def pushforward(*dots: Any) -> Any:
            contributions: list[Any] = [None] * len(dots)
            if dots[moving] is not None:
                moved = (*args[:moving], dots[moving], *args[moving + 1 :])
                contributions[moving] = function(*moved, **kwargs)
            return tuple(contributions)

        return function(*args, **kwargs), pushforward

    rule.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return rule


def kind_of_template(function: Callable[..., Any], template: int) -> Callable[..., Kind]:
    """Return the function that gives the kind of the result from the kinds of the arguments."""
    name = list(inspect.signature(function).parameters)[template]
    return lambda **kinds: like(kinds[name])


form_only(support.fit, support.fit_out, template=1)
form_only(
    copies.cast_bar,
    copies.entry_bar,
    determinants.trace_bar,
    diagonals.diag_bar,
    extrema.picked_bar,
    indexing.take_bar,
    indexing.take_along_axis_bar,
    joins.delete_bar,
    polynomials.derived_bar,
    rearranging.copied_pad_bar,
    rearranging.linear_pad_bar,
    rearranging.repeat_bar,
    rearranging.resize_bar,
    rearranging.tile_bar,
    scans.cumsum_bar,
    selection.finite_bar,
    sorting.sort_bar,
    sorting.unique_bar,
    splits.split_bar,
    fft.planes_bar,
    fft.real_planes_bar,
    fft.half_planes_bar,
    views.trimmed_bar,
    template=1,
)
form_only(
    concatenators.joined_bars,
    contractions.on_repeated,
    creation.filled_bar,
    creation.ramp_bars,
    diagonals.on_diagonal,
    extrema.bounded_bars,
    extrema.bounded_dot,
    extrema.initial_dot,
    extrema.picked_dot,
    fft.half_line_bar,
    fft.line_bar,
    fft.real_line_bar,
    indexing.choice_bars,
    joins.insert_bars,
    neighbours.diff_bar,
    neighbours.extended_bars,
    polynomials.integrated_bars,
    pybuiltins.picked_bar,
    pysequences.sorted_bar,
    rearranging.constant_bar,
    rearranging.linear_pad,
    reductions.flat_bar,
    selection.clip_dot,
    selection.replaced_bar,
    sets.set_bars,
    sorting.sort_dot,
    splits.meshgrid_bars,
)
form_only(joins.moved_bars, moving=1)
