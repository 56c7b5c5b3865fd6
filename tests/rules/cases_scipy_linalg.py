"""Cases of the rules in rules/scipy_linalg.py and scipy_triangular.py."""

import numpy as np
import scipy.linalg as linalg

from .generators import case, cnormal, invertible, normal, spd

ORDERS = (None, 1, -1, 2, -2, np.inf, "fro", "nuc")
SYMMETRIC = ("sym", "pos", "her")
FLAGS = (
    {"lower": True},
    {"unit_diagonal": True},
    {"trans": 1},
    {"trans": "T", "lower": True},
    {"trans": "C"},
)


def cinvertible(n):
    return cnormal(n, n) + 3.0 * np.eye(n)


def cspd(n):
    a = cnormal(n, n)
    return a @ a.conj().T + n * np.eye(n)


def mirror(case):
    """Return a case whose function reads one triangle."""
    return case.given(symmetric=True)


CASES = [
    case(linalg.solve, invertible(3), normal(3)),
    case(linalg.solve, invertible(3), normal(3, 2)),
    case(linalg.solve, cinvertible(3), cnormal(3, 2)),
    case(linalg.solve, cinvertible(3), normal(3)),
    case(linalg.solve, invertible(3, 2), normal(3)),
    case(linalg.solve, invertible(3), normal(2, 3, 2)),
    case(linalg.solve, invertible(3), normal(3), transposed=True),
    case(linalg.solve, invertible(1), normal(3)),
    case(linalg.solve, invertible(3), normal(3), assume_a="gen", check_finite=False),
    *(case(linalg.solve, invertible(3), normal(3, 2), assume_a=a)
      for a in ("upper triangular", "lower triangular", "diagonal", "tridiagonal")),
    *(case(linalg.solve, cinvertible(3), cnormal(3), assume_a=a)
      for a in ("upper triangular", "tridiagonal")),
    *(mirror(case(linalg.solve, spd(3), normal(3), assume_a=a)) for a in SYMMETRIC),
    *(mirror(case(linalg.solve, spd(3), normal(3), True, assume_a=a)) for a in SYMMETRIC),
    mirror(case(linalg.solve, cspd(3), cnormal(3), assume_a="pos")),
    case(linalg.inv, invertible(3)),
    case(linalg.inv, cinvertible(3)),
    case(linalg.inv, invertible(3, 2), check_finite=False),
    case(linalg.det, invertible(3)),
    case(linalg.det, cinvertible(3)),
    case(linalg.det, normal(3, 1) @ normal(1, 3)),
    case(linalg.det, invertible(3, 2), check_finite=False),
    case(linalg.pinv, normal(4, 3)),
    case(linalg.pinv, normal(3, 4), rtol=0, check_finite=False),
    case(linalg.pinv, cnormal(3, 4), atol=0),
    mirror(case(linalg.pinvh, spd(3))),
    mirror(case(linalg.pinvh, spd(3), lower=False, check_finite=False)),
    mirror(case(linalg.pinvh, cspd(3), 0, 0)),
    case(linalg.lstsq, normal(4, 3), normal(4)),
    case(linalg.lstsq, normal(5, 3), normal(5, 2), 0, check_finite=False),
    case(linalg.lstsq, normal(3, 5), normal(3)),
    case(linalg.lstsq, cnormal(4, 3), cnormal(4, 2)),
    case(linalg.lstsq, normal(4, 3), normal(4), lapack_driver="gelsy"),
    case(linalg.norm, normal(4)),
    *(case(linalg.norm, normal(3, 4), order) for order in ORDERS),
    case(linalg.norm, normal(3, 4), 3, axis=1, keepdims=True, check_finite=False),
    case(linalg.norm, cnormal(3)),
    case(linalg.khatri_rao, normal(2, 3), normal(4, 3)),
    case(linalg.khatri_rao, cnormal(3, 2), cnormal(2, 2)),
    case(linalg.solve_triangular, invertible(3), normal(3)),
    case(linalg.solve_triangular, invertible(3), normal(3, 2), check_finite=False),
    case(linalg.solve_triangular, invertible(3, 2), normal(3, 2)),
    *(case(linalg.solve_triangular, invertible(3), normal(3, 2), **flags) for flags in FLAGS),
    *(case(linalg.solve_triangular, cinvertible(3), cnormal(3), **flags) for flags in FLAGS),
    *(mirror(case(linalg.cholesky, spd(3), lower)) for lower in (False, True)),
    mirror(case(linalg.cholesky, spd(3, 2), check_finite=False)),
    mirror(case(linalg.cholesky, cspd(3))),
    *(mirror(case(linalg.cho_factor, spd(3), lower)) for lower in (False, True)),
    mirror(case(linalg.cho_factor, cspd(3), check_finite=False)),
    mirror(case(linalg.cho_factor, spd(3, 2), True)),
    *(case(linalg.cho_solve, (invertible(3), lower), normal(3)) for lower in (False, True)),
    case(linalg.cho_solve, (invertible(3), True), normal(3, 2), check_finite=False),
    case(linalg.cho_solve, (spd(3, 2), np.array([False, False])), normal(2, 3, 2)),
    *(case(linalg.cho_solve, (np.linalg.cholesky(cspd(3)), True), cnormal(3)) for _ in (0,)),
    case(linalg.solve_banded, (1, 1), normal(3, 4) + 3.0, normal(4)),
    case(linalg.solve_banded, (2, 1), normal(4, 5) + np.array([[0], [5], [0], [0]]), normal(5, 2)),
    case(linalg.solve_banded, (0, 1), cnormal(2, 4) + 3.0, cnormal(4, 2), check_finite=False),
    case(linalg.solveh_banded, normal(2, 4) * 0.3 + np.array([[0], [4]]), normal(4)),
    case(linalg.solveh_banded, normal(3, 4) * 0.3 + np.array([[4], [0], [0]]), normal(4, 2), lower=True),
    case(linalg.solveh_banded, cnormal(2, 4) * 0.3 + np.array([[4], [0]]), cnormal(4), lower=True,
         check_finite=False),
]  # fmt: skip
