"""Differentiation of plain Python and NumPy functions by source transformation.

>>> import numpy as np
>>> import adjoint
>>> @adjoint.differentiable
... def energy(x):
...     return np.sum(x * x)
>>> energy.grad(np.array([1.0, 2.0]))
array([2., 4.])
"""

import importlib
from typing import TYPE_CHECKING, Any

from adjoint import _checkout as _checkout
from adjoint._collector import paused as _paused

with _paused():
    from adjoint import rules as rules  # registers the rule library
    from adjoint.api import grad as grad
    from adjoint.api import value_and_grad as value_and_grad
    from adjoint.api import vjp as vjp
    from adjoint.compiling.mirror import zero_tangent as zero_tangent
    from adjoint.decorator import Differentiable as Differentiable
    from adjoint.decorator import differentiable as differentiable
    from adjoint.forward import jvp as jvp
    from adjoint.inspection import check as check
    from adjoint.inspection import source as source
    from adjoint.rules.accumulate import add_into as add_into
    from adjoint.rules.accumulate import is_inplaceable_destination as is_inplaceable_destination
    from adjoint.rules.errors import AdjointError as AdjointError
    from adjoint.rules.errors import ArgumentError as ArgumentError
    from adjoint.rules.errors import BackendError as BackendError
    from adjoint.rules.errors import DifferentiationError as DifferentiationError
    from adjoint.rules.errors import LanguageError as LanguageError
    from adjoint.rules.errors import MissingRuleError as MissingRuleError
    from adjoint.rules.errors import MutationError as MutationError
    from adjoint.rules.errors import PreparationMismatch as PreparationMismatch
    from adjoint.rules.errors import RuleError as RuleError
    from adjoint.rules.errors import SourceError as SourceError
    from adjoint.rules.project import ProjectTo as ProjectTo
    from adjoint.rules.registry import frule as frule
    from adjoint.rules.registry import linear as linear
    from adjoint.rules.registry import non_differentiable as non_differentiable
    from adjoint.rules.registry import opt_out as opt_out
    from adjoint.rules.registry import registry as registry
    from adjoint.rules.registry import rrule as rrule
    from adjoint.rules.registry import scalar_rule as scalar_rule
    from adjoint.rules.registry import series_rule as series_rule
    from adjoint.rules.symbolic import NO_TANGENT as NO_TANGENT
    from adjoint.rules.symbolic import ZERO as ZERO
    from adjoint.rules.symbolic import not_implemented as not_implemented
    from adjoint.rules.tangents import Tangent as Tangent
    from adjoint.rules.tangents import canonicalize as canonicalize
    from adjoint.rules.watch import debug as debug
    from adjoint.runtime import dynamic as dynamic  # fills the run-time helpers of generated code
    from adjoint.runtime import nesting as nesting  # likewise, for derivatives of derivatives
    from adjoint.runtime import nesting_direct as nesting_direct  # likewise, for jvp of a gradient
    from adjoint.runtime import nesting_jvp as nesting_jvp  # likewise, for jvp in differentiated functions
    from adjoint.runtime import nesting_vjp as nesting_vjp  # likewise, for vjp
    from adjoint.runtime import pushing as pushing  # likewise, for forward mode
    from adjoint.runtime import pushing_calls as pushing_calls  # likewise, for forward over reverse
    from adjoint.runtime import pushing_pushes as pushing_pushes  # likewise, for forward over forward
    from adjoint.runtime.constants import stop_gradient as stop_gradient
    from adjoint.transforms.unwrapping import Notice as Notice

if TYPE_CHECKING:
    from adjoint import testing as testing
    from adjoint.coveragetable import coverage as coverage
    from adjoint.explanation import explain as explain
    from adjoint.operators.jacobians import derivative as derivative
    from adjoint.operators.jacobians import diag_hessian as diag_hessian
    from adjoint.operators.jacobians import hessian as hessian
    from adjoint.operators.jacobians import hvp as hvp
    from adjoint.operators.jacobians import jacobian as jacobian
    from adjoint.operators.jacobians import value_grad_hess as value_grad_hess
    from adjoint.operators.jacobians import vhp as vhp
    from adjoint.operators.linearize import hessian_operator as hessian_operator
    from adjoint.operators.linearize import jacobian_operator as jacobian_operator
    from adjoint.operators.linearize import linearize as linearize
    from adjoint.operators.optimize import for_scipy as for_scipy
    from adjoint.operators.prepared import Prepared as Prepared
    from adjoint.operators.prepared import prepare as prepare
    from adjoint.operators.sparse import pattern as pattern
    from adjoint.operators.sparse import sparse_hessian as sparse_hessian
    from adjoint.operators.sparse import sparse_jacobian as sparse_jacobian
    from adjoint.runtime.nesting_jet import jet as jet

pullback = vjp
pushforward = jvp

__version__ = "0.1.0"

#: What is loaded at its first use, by the module it stands in.
LATE = {
    "adjoint.coveragetable": "coverage",
    "adjoint.explanation": "explain",
    "adjoint.operators.jacobians": "derivative diag_hessian hessian hvp jacobian value_grad_hess vhp",
    "adjoint.operators.linearize": "hessian_operator jacobian_operator linearize",
    "adjoint.operators.optimize": "for_scipy",
    "adjoint.operators.prepared": "Prepared prepare",
    "adjoint.operators.sparse": "pattern sparse_hessian sparse_jacobian",
    "adjoint.runtime.nesting_jet": "jet",
    "adjoint.testing": "testing",
}


#: What ``from adjoint import *`` gives: what is loaded and what is late, less what this file itself imports.
__all__ = sorted(  # noqa: PLE0605
    {*globals(), *(name for names in LATE.values() for name in names.split())}
    - {name for name in globals() if name.startswith("_")}
    - {"Any", "LATE", "TYPE_CHECKING", "annotations", "importlib"}
)


def __getattr__(name: str) -> Any:
    """Load what `LATE` names when it is used for the first time (PEP 562)."""
    for home, names in LATE.items():
        if name in names.split():
            module = importlib.import_module(home)
            globals()[name] = found = getattr(module, name, module)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return all names, loaded or not."""
    return sorted({*globals(), *(name for names in LATE.values() for name in names.split())})
