"""Cases of the rules in rules/scipy_decompositions.py, scipy_lu.py, matrix_functions.py and structured.py."""

import numpy as np
import scipy
import scipy.linalg as linalg

from .cases_scipy_linalg import cinvertible, cspd, mirror
from .generators import case, cnormal, invertible, normal, positive, spd, symmetric

MODES = ("economic", "r")
FUNCTIONS = (linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm)
LU = linalg.lu_factor(invertible(3))
CLU = linalg.lu_factor(cinvertible(3))
#: Sizes of workspaces; SciPy warns of them since 1.18.
WORKSPACES = (64,) if np.lib.NumpyVersion(scipy.__version__) < "1.18.0" else ()

CASES = [
    case(linalg.eigh_tridiagonal, normal(5), positive(4)),
    case(linalg.eigh_tridiagonal, normal(5), positive(4), True, check_finite=False, tol=1e-15),
    case(linalg.eigvalsh_tridiagonal, normal(5), positive(4)),
    *(case(linalg.svd, normal(*shape), full_matrices=False) for shape in ((3, 3), (4, 3), (3, 4))),
    case(linalg.svd, normal(3, 3), check_finite=False, lapack_driver="gesvd"),
    case(linalg.svd, normal(4, 3), compute_uv=False),
    case(linalg.svdvals, normal(4, 3)),
    case(linalg.svdvals, cnormal(3, 3), check_finite=False),
    *(case(linalg.qr, normal(4, 3), mode=mode) for mode in MODES),
    *(case(linalg.qr, normal(3, 4), mode=mode) for mode in MODES),
    case(linalg.qr, invertible(3)),
    case(linalg.qr, normal(3, 4), check_finite=False),
    *(case(linalg.qr, normal(3, 4), lwork=size) for size in WORKSPACES),
    case(linalg.qr, cinvertible(3), mode="economic"),
    case(linalg.qr, normal(4, 3), mode="economic", pivoting=True),
    case(linalg.qr, normal(3, 4), mode="r", pivoting=True),
    # The signs of the vectors jump with the default driver of some versions of LAPACK.
    mirror(case(linalg.eigh, symmetric(3), driver="evd")),
    mirror(case(linalg.eigh, symmetric(3, 2), eigvals_only=True, check_finite=False)),
    mirror(case(linalg.eigh, symmetric(3), lower=False, driver="ev")),
    mirror(case(linalg.eigh, symmetric(3), spd(3))),
    mirror(case(linalg.eigh, symmetric(3), spd(3), eigvals_only=True)),
    mirror(case(linalg.eigh, symmetric(3), eigvals_only=True, lower=False)),
    mirror(case(linalg.eigvalsh, symmetric(3))),
    mirror(case(linalg.eigvalsh, symmetric(3), spd(3), lower=False)),
    mirror(case(linalg.eigvalsh, cspd(3), check_finite=False, driver="evd")),
    case(linalg.eig, symmetric(3) + 0.2 * normal(3, 3)).given(sweep=False),
    case(linalg.eig, cinvertible(3), check_finite=False),
    case(linalg.eigvals, symmetric(3) + 0.2 * normal(3, 3)),
    case(linalg.eigvals, cinvertible(3), check_finite=False),
    *(case(linalg.lu, normal(*shape)) for shape in ((3, 3), (4, 3), (3, 4))),
    *(case(linalg.lu, normal(*shape), permute_l=True) for shape in ((3, 3), (4, 3), (3, 4))),
    case(linalg.lu, cnormal(3, 3), check_finite=False),
    case(linalg.lu, normal(2, 3, 3)),
    case(linalg.lu_factor, normal(3, 3)),
    case(linalg.lu_factor, cnormal(4, 4), check_finite=False),
    *(case(linalg.lu_solve, LU, normal(3), trans) for trans in (0, 1, 2)),
    *(case(linalg.lu_solve, CLU, cnormal(3, 2), trans) for trans in (0, 1, 2)),
    case(linalg.lu_solve, LU, normal(3, 2), check_finite=False),
    case(linalg.expm, normal(3, 3)),
    case(linalg.expm, cnormal(3, 3)),
    case(linalg.expm, normal(2, 3, 3)),
    case(linalg.expm_frechet, normal(3, 3), normal(3, 3)),
    case(linalg.expm_frechet, normal(3, 3), normal(3, 3), compute_expm=False, check_finite=False),
    case(linalg.expm_frechet, cnormal(2, 2), cnormal(2, 2), "SPS"),
    *(case(f, 0.5 * normal(3, 3)) for f in FUNCTIONS),
    case(linalg.cosm, cnormal(2, 2)),
    case(linalg.logm, spd(3)).given(sweep=False),
    case(linalg.logm, cspd(3)).given(sweep=False),
    case(linalg.sqrtm, spd(3) + 0.1 * normal(3, 3)),
    case(linalg.sqrtm, cspd(3)),
    case(linalg.polar, invertible(3)).given(empty=False),
    case(linalg.polar, normal(4, 2), "left").given(empty=False),
    case(linalg.polar, normal(2, 3)).given(empty=False),
    case(linalg.orthogonal_procrustes, normal(4, 3), normal(4, 3)).given(empty=False),
    case(linalg.orthogonal_procrustes, normal(3, 2), normal(3, 2), check_finite=False).given(empty=False),
    case(linalg.solve_sylvester, invertible(3), invertible(2), normal(3, 2)),
    case(linalg.solve_sylvester, cinvertible(3), cinvertible(2), cnormal(3, 2)),
    case(linalg.solve_continuous_lyapunov, invertible(3), normal(3, 3)),
    case(linalg.solve_continuous_lyapunov, cinvertible(3), cnormal(3, 3)),
    case(linalg.solve_discrete_lyapunov, 0.3 * normal(3, 3), normal(3, 3)),
    case(linalg.solve_discrete_lyapunov, 0.3 * normal(3, 3), normal(3, 3), method="bilinear"),
    case(linalg.solve_discrete_lyapunov, 0.3 * cnormal(3, 3), cnormal(3, 3), "direct"),
    case(linalg.toeplitz, normal(3)),
    case(linalg.toeplitz, normal(3), normal(4)),
    case(linalg.toeplitz, cnormal(3)),
    case(linalg.toeplitz, normal(4), normal(1)),
    case(linalg.circulant, normal(4)),
    case(linalg.circulant, cnormal(3)),
    case(linalg.hankel, normal(3)),
    case(linalg.hankel, normal(3), normal(4)),
    case(linalg.block_diag, normal(2, 3), normal(1, 2), normal(3)),
    case(linalg.block_diag, normal(2, 2), 2.0),
    case(linalg.solve_toeplitz, positive(4) + np.array([9.0, 0, 0, 0]), normal(4)),
    case(linalg.solve_toeplitz, (normal(4) + np.array([5.0, 0, 0, 0]), normal(4)), normal(4, 2), False),
    case(linalg.solve_toeplitz, cnormal(4) + np.array([9.0, 0, 0, 0]), cnormal(4)),
]
