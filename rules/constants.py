"""Functions whose outputs carry no derivative: queries, comparisons, indices, printing."""

from __future__ import annotations

import dataclasses
import math
import operator
import time
import types
import warnings
from typing import Any

import numpy as np

from adjoint.rules.registry import non_differentiable
from adjoint.rules.support import members


def functions(owner: Any) -> list[Any]:
    """Return the public functions of a module."""
    public = (getattr(owner, name) for name in dir(owner) if not name.startswith("_"))
    kinds = types.FunctionType | types.BuiltinFunctionType
    return [item for item in public if isinstance(item, kinds)]


BUILTINS = (
    all, any, ascii, bin, bool, bytes, callable, chr, dir, format, hasattr, hash, hex, id, input,
    int, isinstance, issubclass, len, oct, open, ord, print, range, repr, round, str, type,
)  # fmt: skip

OPERATORS = """
    lt le eq ne gt ge not_ truth is_ is_not contains countOf indexOf index length_hint and_ or_ xor
    invert inv lshift rshift floordiv
"""

MATHEMATICS = """
    ceil floor trunc isfinite isinf isnan isclose gcd lcm factorial comb perm isqrt ulp
"""

NUMPY = """
    all any argmax argmin argpartition argsort argwhere array_equal array_equiv allclose isclose
    around array2string array_repr array_str bartlett base_repr binary_repr bitwise_and
    bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
    bitwise_xor blackman broadcast_shapes can_cast ceil common_type count_nonzero diag_indices
    diag_indices_from digitize einsum_path empty empty_like equal errstate eye finfo fix flatnonzero
    floor floor_divide format_float_positional format_float_scientific gcd get_printoptions geterr
    greater greater_equal hamming hanning identity iinfo in1d indices info invert is_busday isdtype
    isfinite isfortran isin isinf isnan isnat isneginf isposinf iscomplex iscomplexobj isreal
    isrealobj isscalar issubdtype iterable lcm left_shift less less_equal lexsort load loadtxt
    logical_and logical_not logical_or logical_xor mask_indices may_share_memory min_scalar_type
    mintypecode nanargmax nanargmin ndim ndindex nonzero not_equal ones ones_like packbits
    printoptions promote_types ravel_multi_index result_type right_shift rint round save savetxt
    savez searchsorted seterr set_printoptions shape shares_memory sign signbit size spacing tri
    tril_indices tril_indices_from triu_indices triu_indices_from trunc typename unpackbits
    unravel_index zeros zeros_like bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp int_
    uint
"""

METHODS = """
    all any argmax argmin argpartition argsort nonzero round searchsorted tobytes tofile dump dumps
    __len__ __bool__ __int__ __index__ __contains__ __lt__ __le__ __eq__ __ne__ __gt__ __ge__
    __and__ __or__ __xor__ __invert__ __lshift__ __rshift__ __floordiv__ __repr__ __str__ __format__
"""

ATTRIBUTES = """
    shape ndim size dtype itemsize nbytes strides flags device
"""

non_differentiable(*BUILTINS, dataclasses.fields, dataclasses.is_dataclass)
non_differentiable(*members(operator, OPERATORS))
non_differentiable(*members(math, MATHEMATICS))
non_differentiable(*members(np, NUMPY))
non_differentiable(*members(np.ndarray, METHODS), *members(np.ndarray, ATTRIBUTES))
non_differentiable(*members(np.generic, ATTRIBUTES), *members(np.generic, "round argmax argmin"))
non_differentiable(*members(np.linalg, "matrix_rank"))
non_differentiable(*functions(time), *functions(warnings))
non_differentiable(*members(float, "is_integer hex __bool__ __int__ __round__"))
