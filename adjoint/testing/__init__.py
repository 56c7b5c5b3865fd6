"""Check derivative rules and whole gradients against numerical differences.

`check_rule` is for authors of rules, `check_grad` for users; both raise `AssertionError` with a
message that names the function, the argument and the size of the disagreement.  `check_registry`
looks over all the rules of a package.  They need neither pytest nor any other package.
"""

from __future__ import annotations

from typing import Any

from adjoint.testing.comparing import assert_same
from adjoint.testing.gradcheck import check_grad
from adjoint.testing.registrycheck import check_registry
from adjoint.testing.rulecheck import RuleCheck

__all__ = ["RuleCheck", "assert_same", "check_grad", "check_registry", "check_rule"]


def check_rule(primal: Any, *args: Any, **kwargs: Any) -> None:
    """Check the rule of ``primal`` at one call; see `RuleCheck` for what is checked.

    Args:
        primal: the function, method or operator that has a rule.
        args: the positional arguments of the call.
        kwargs: its keyword arguments; those that are floats are differentiated too.

    Raises:
        AssertionError: the rule is wrong; the message says where and by how much.

    Example:
        >>> check_rule(np.dot, np.array([1.0, 2.0]), np.array([3.0, -1.0]))
    """
    RuleCheck(primal, args, kwargs, refusal="a pullback may call anything").run()
