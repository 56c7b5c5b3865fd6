"""Rules of scipy.sparse.linalg: solves with constant sparse matrices and their factors."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from adjoint.rules.registry import frule, rrule
from adjoint.rules.scipy_sparse import ENTRIES, adjoint_of
from adjoint.rules.support import fit

solvers: Any = importlib.import_module("scipy.sparse.linalg")


@rrule(solvers.spsolve, fresh=True)
def spsolve(A: Any, b: Any, permc_spec: Any = None, use_umfpack: Any = True) -> Any:
    """Solve the transposed system; the sparse matrix is held fixed."""
    out = solvers.spsolve(A, b, permc_spec, use_umfpack)

    def spsolve_pullback(out_bar: Any) -> Any:
        transposed = adjoint_of(A).tocsc()
        y = solvers.spsolve(transposed, np.reshape(out_bar, np.shape(b)), permc_spec, use_umfpack)
        return ENTRIES, fit(y, b), None, None

    return out, spsolve_pullback


@frule(solvers.spsolve)
def spsolve_forward(A: Any, b: Any, permc_spec: Any = None, use_umfpack: Any = True) -> Any:
    """The same system with the tangent on the right."""
    out = solvers.spsolve(A, b, permc_spec, use_umfpack)

    def spsolve_pushforward(A_dot: Any, b_dot: Any, permc_dot: Any, umfpack_dot: Any) -> Any:
        return None if A_dot is None else ENTRIES, solvers.spsolve(A, b_dot), None, None

    return out, spsolve_pushforward


@rrule(solvers.SuperLU.solve, fresh=True)
def factored_solve(self: Any, rhs: Any, trans: Any = "N") -> Any:
    """Solve the conjugate transposed system with the same factors."""
    out = self.solve(rhs, trans)

    def factored_solve_pullback(out_bar: Any) -> Any:
        if trans == "T":
            return ENTRIES, fit(np.conj(self.solve(np.conj(out_bar), "N")), rhs), None
        return ENTRIES, fit(self.solve(out_bar, "H" if trans == "N" else "N"), rhs), None

    return out, factored_solve_pullback


@frule(solvers.SuperLU.solve)
def factored_solve_forward(self: Any, rhs: Any, trans: Any = "N") -> Any:
    """The same system with the tangent on the right."""
    out = self.solve(rhs, trans)

    def factored_solve_pushforward(self_dot: Any, rhs_dot: Any, trans_dot: Any) -> Any:
        return None if self_dot is None else ENTRIES, self.solve(rhs_dot, trans), None

    return out, factored_solve_pushforward
