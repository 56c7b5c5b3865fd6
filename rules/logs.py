"""Logging carries no derivative."""

from __future__ import annotations

import logging

from adjoint.rules.constants import functions
from adjoint.rules.registry import non_differentiable
from adjoint.rules.support import members

METHODS = """
    debug info warning error critical exception log isEnabledFor getEffectiveLevel hasHandlers
    setLevel addHandler removeHandler getChild
"""

non_differentiable(*functions(logging), *members(logging.Logger, METHODS))
