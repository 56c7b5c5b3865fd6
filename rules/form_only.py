"""Forward rules of the parts of pullbacks that only move, select or weigh cotangents.

Each function here is linear in one argument, a cotangent or tangent; of the others only the form, the order
or the sign matters, so their tangents have no effect.  That a pullback is differentiated once more, by
forward over reverse, then needs no look into its body, which may write into a buffer of its own.
"""

from __future__ import annotations

from adjoint.rules import (
    concatenators,
    contractions,
    copies,
    creation,
    determinants,
    diagonals,
    extrema,
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
from adjoint.rules.second import form_only

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
