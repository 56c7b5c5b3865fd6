"""Every Python construct of the two lists in ../shared/reference is a function of the zoo, or is refused.

The zoo runs each specimen in every mode (`tests/test_zoo.py`); what is named here is that none is missing.
Specimens are written ``file.name``; refusals are functions of this file and the code they are refused with.
"""
# The specimens are odd on purpose.
# ruff: noqa

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import functools
import importlib
import re

import numpy as np
import pytest

import adjoint
from tests.test_zoo import FILES
from tests.tree import ROOT

SHARED = ROOT.parent / "shared" / "reference"
V = np.array([0.3, -1.2, 2.1])
LIBM = ctypes.CDLL(ctypes.util.find_library("m") or None)
LIBM.erf.restype, LIBM.erf.argtypes = ctypes.c_double, [ctypes.c_double]
TOTAL = 0.0
KEPT = np.ones(3)


# ---- refused -------------------------------------------------------------------------------------
def try_block(x):
    try:
        y = np.sum(x) / x[0]
    except ZeroDivisionError:
        y = 0.0
    return y


def augmented_through_an_alias(x):
    y = x
    y += 1.0
    return np.sum(x * y)


def item_of_an_argument(x):
    x[0] = 2.0
    return np.sum(x)


def view_of_an_argument(x):
    y = x[1:]
    y[0] = 2.0
    return np.sum(x)


def mask_of_an_argument(x):
    x[x < 0.0] = 0.0
    return np.sum(x)


def out_argument(x):
    np.add(x, x, out=x)
    return np.sum(x)


def unbuffered_addition(x):
    np.add.at(x, [0, 0], 1.0)
    return np.sum(x)


def filled(x):
    x.fill(1.0)
    return np.sum(x)


def put(x):
    np.put(x, [0], [1.0])
    return np.sum(x)


def sorted_in_place(x):
    x.sort()
    return x[0]


def copied_to(x):
    np.copyto(x, 2.0 * x)
    return np.sum(x)


def diagonal(x):
    m = np.outer(x, x)
    k = m
    np.fill_diagonal(k, 0.0)
    return np.sum(m)


def flat(x):
    x.flat[0] = 1.0
    return np.sum(x)


def list_from_outside(x, log=[1.0]):
    log.append(x[0])
    return np.sum(log)


def object_from_outside(x):
    functools.kept = x
    return np.sum(x)


def writes_a_global(x):
    global TOTAL
    TOTAL = np.sum(x)
    return TOTAL


def writes_into_a_global(x):
    KEPT[0] = x[0]
    return np.sum(KEPT * x)


def hands_out(x):
    yield x[0]


async def waits(x):
    await asyncio.sleep(0)
    return x[0]


def foreign(x):
    return LIBM.erf(x[0])


def evaluated(x):
    return eval("x[0]")


def buffer(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * x[0]
    return np.sum(y * y)


REFUSED = {
    f.__name__: (f, code)
    for code, group in {
        "ADJ110": (try_block,),
        "ADJ102": (augmented_through_an_alias,),
        "ADJ101": (item_of_an_argument, view_of_an_argument, mask_of_an_argument, out_argument, filled, put,
                   unbuffered_addition, sorted_in_place, copied_to, flat, writes_into_a_global, diagonal, buffer),
        "ADJ103": (list_from_outside,),
        "ADJ104": (object_from_outside,),
        "ADJ113": (writes_a_global,),
        "ADJ111": (hands_out,),
        "ADJ112": (waits,),
        "ADJ120": (foreign,),
        "ADJ114": (evaluated,),
    }.items()
    for f in group
}  # fmt: skip

#: The rows of the table in section d of python-peers.md, each with its specimens and refusals.
TABLE = {
    "if / elif / else, nested, variable set in one branch": "control.if_only control.if_elif_else control.if_nested control.set_in_one_branch control.not_set_in_one_branch",
    "if as statement with early return, guard clauses, return in else": "control.guard_clauses control.return_in_else control.branch_returns control.code_after_return",
    "return inside loops (nested)": "loops.return_in_loop loops.return_in_nested_loops loops.return_in_while",
    "ternary, nested ternary; and/or as value; not; in; is": "control.ternary control.ternary_nested control.and_as_value control.or_as_value control.not_in_test control.membership control.is_none",
    "chained comparison": "control.comparison_chain control.comparison_chain_false statements.comparison_chain_of_floats",
    "for over range, len, shape; nested; zero trips; loop variable after loop": "loops.for_range loops.for_range_len arrays.shape_unpacking loops.nested_loops loops.zero_trips loops.loop_variable_after_loop",
    "for over array, rows": "loops.for_array loops.for_rows arrays.loop_over_columns",
    "for over list/tuple of values": "loops.for_list loops.for_nested_tuple_target",
    "enumerate, zip, reversed, sorted, dict items/values/keys": "loops.for_enumerate loops.for_zip loops.for_reversed mappings.sorted_items loops.for_items loops.for_values loops.for_keys",
    "break, continue, for/else, while/else, while True": "loops.break_in_for loops.continue_in_for loops.for_else_runs loops.while_else loops.while_true_break",
    "while with data-dependent exit, Newton and fixed-point loops": "loops.while_data_dependent scalars.newton_square_root functions.fixed_point functions.newton_root",
    "long loops (1000 steps)": "loops.long_loop",
    "match/case, guards, structure": "matching.literals matching.guards matching.sequence_nested matching.mapping matching.class_positional",
    "assert, raise not taken": "control.assert_holds control.raise_not_taken statements.assert_with_message statements.raise_in_other_branch",
    "try/except/finally": "attempts.re_raise attempts.finally_with_active attempts.inactive attempts.allowed !try_block",
    "with np.errstate etc.": "arrays.with_errstate statements.with_catch_warnings statements.with_own_manager statements.with_printoptions",
    "walrus, f-string, print, docstring, pass, del name, import inside": "walrus.in_if walrus.in_while statements.string_building names.prints control.pass_and_docstring scalars.del_name names.import_inside",
    "nested def, closure over argument/local, rebinding, nonlocal": "calls.nested_function calls.closure_over_argument calls.closure_over_local calls.closure_sees_rebinding closures.counter statements.nonlocal_counter",
    "lambda, several on a line, inline call": "calls.lambda_local calls.lambda_one_of_three calls.lambda_two_of_three calls.lambda_called_in_place",
    "function as argument, in dict/list, returned": "calls.function_argument calls.functions_in_dict calls.functions_in_list calls.closure_returned",
    "recursion, mutual recursion": "calls.recursive_power calls.mutual_recursion calls.nested_recursion",
    "defaults, keyword-only, positional-only, *args, **kwargs, star calls": "calls.call_with_default calls.call_with_keyword_only calls.positional_only calls.takes_star_args calls.call_var_keywords calls.call_with_star_kwargs",
    "functools.partial/reduce, operator module, map, filter": "functions.partials calls.reduce_operator calls.operator_module functions.maps functions.filters",
    "decorators (wraps), lru_cache on constants": "calls.wrapped functions.decorated_inside functions.uses_cached_constants functions.uses_cached",
    "generator function (yield), async": "generators.feeds_a_loop generators.sends !hands_out !waits",
    "tuple/nested/starred unpacking, swap, multi-target": "containers.unpack_tuple containers.unpack_nested containers.unpack_starred containers.swap containers.multiple_targets",
    "annotations": "names.annotated statements.annotations",
    "augmented assignment on scalars, fresh arrays": "scalars.augmented_all arrays.augmented_on_fresh_result_rebound arrays.augmented_float_from_array",
    "augmented assignment through an alias": "!augmented_through_an_alias",
    "y = zeros; y[i] = ..; loops; 2-D rows; overwrite": "arrays.row_assignment_without_mutation mixtures.arrays_in_a_dict_change !buffer",
    "x[i] = .. on an argument; views; masks; out=; np.add.at; fill; put; sort(); copyto; fill_diagonal; flat": "!item_of_an_argument !view_of_an_argument !mask_of_an_argument !out_argument !unbuffered_addition !filled !put !sorted_in_place !copied_to !diagonal !flat",
    "list.append in loop, then np.array/stack": "containers.list_append_then_array containers.list_append_then_stack building.stacked",
    "list setitem, pop, extend; dict setitem; setattr": "building.items_assigned building.popped containers.list_extend_then_join building.dict_items_assigned stateful.set_attr !list_from_outside !object_from_outside",
    "list/dict/set comprehension, generator expression": "containers.list_comprehension mappings.dict_comprehension building.set_of_constants containers.generator_in_sum",
    "dict/list/tuple/namedtuple/dataclass construct and access, merge, slices, concat": "mappings.dict_local mappings.dict_merge containers.list_slice containers.tuple_concat containers.namedtuple_local objects.dataclass_local",
    "dict of parameters, nested, get, f-string key": "mappings.dict_argument mappings.dict_nested mappings.dict_get names.f_string_key",
    "classes: construct, methods, __call__, properties, inheritance/super, static/class methods": "objects.object_made_and_called objects.method_calls_method objects.object_called objects.dataclass_property classes.inheritance objects.dataclass_static_and_class_methods",
    "isinstance(x, float/np.ndarray/list), type, hasattr": "scalars.isinstance_float scalars.isinstance_array statements.isinstance_of_tuple scalars.type_is objects.hasattr_branch",
    "math.*, float(), int(), complex(), round, divmod, .item(), np.float64()": "scalars.math_functions scalars.float_of_element scalars.math_rounding scalars.complex_builtin scalars.divmod_builtin scalars.item scalars.numpy_scalar_type",
    "min/max/abs/sum/sorted/any/all/len/pow on values": "scalars.builtins_on_floats containers.min_max_of_list scalars.sum_with_start containers.sorted_values functions.any_all scalars.powers",
    "numpy scalars versus Python floats": "scalars.numpy_scalar_argument scalars.numpy_scalar_argument_float32 scalars.scalar_then_array",
    "globals, module constants, module aliases, from-imports": "names.global_constant names.global_array names.module_alias names.from_import",
    "global statement writing": "!writes_a_global !writes_into_a_global",
    "complex intermediate values": "arrays.complex_intermediate statements.complex_inside",
    "multiple outputs: tuple, dict, list": "containers.tuple_result mappings.dict_result containers.list_result containers.nested_result",
    "names like dx, x_bar, _x, shadowed builtins": "names.names_look_generated names.underscores names.shadowed_builtins statements.generated_names",
    "random draws inside": "arrays.random_constant",
    "ctypes, C extensions without rule, eval/exec, locals()": "!foreign !evaluated",
}
#: The items of the acceptance checklist in section 5 of zygote-chainrules.md; ``tests/...`` are test files.
CHECKLIST = {
    "early return in loop": "loops.return_in_loop",
    "code after return (#265)": "control.code_after_return",
    "`while True` with break": "loops.while_true_break",
    "three-way if without else": "control.if_three_way_without_else control.if_three_way_none_taken",
    "`a,b=b,a` and rotation in loop (#1198)": "loops.swap_in_loop containers.rotate_in_loop statements.rotation_of_four",
    "nested loops with variable trip counts (#320)": "loops.nested_loops loops.break_inner_loop",
    "recursion": "calls.recursive_sum",
    "varargs/star-splat of arrays and tuples": "calls.star_call_of_array calls.star_args_of_tuple",
    "kwargs incl. `**kw` splat counted once (#1284), default args, keyword gradient": "calls.call_with_star_kwargs calls.call_var_keywords calls.call_with_default calls.call_with_keyword",
    "closures capturing active values, closures returned, `functools.partial`": "calls.closure_over_argument calls.closure_returned calls.partial_inside",
    "callable objects": "objects.object_called objects.differentiate_callable_object",
    "properties": "objects.dataclass_property stateful.prop_setter",
    "dataclass construct+read": "objects.dataclass_local",
    "dict build/read/iterate/get-default": "mappings.dict_local loops.for_items mappings.dict_get",
    "dict/list comprehension with `if`": "mappings.dict_comprehension_if containers.list_comprehension_if",
    "`enumerate/zip/product` with and without list()": "loops.for_enumerate_zip iterations.itertools_loops generators.product_of_generators",
    "swapping dict copies (deepcopy #1113)": "building.copies collecting.copies mixtures.dicts_in_dicts",
    "conditionally-defined locals (#1527)": "loops.conditionally_defined_local statements.conditional_definition",
    "string formatting/logging/assert/print inside": "names.builds_message names.prints control.assert_holds functions.logged_square",
    "int loops, `range` with step": "loops.for_range_start_stop_step",
    "shape unpacking": "arrays.shape_unpacking",
    "boolean masks": "arrays.boolean_mask arrays.boolean_mask_saved",
    "broadcasting with size-1 dims and scalars and tuples": "arrays.broadcast_size_one arrays.broadcast_scalar arrays.array_times_list_constant",
    "type-unstable branches (float vs int)": "scalars.type_depends_on_branch scalars.type_depends_on_branch_int",
    "0-d arrays": "arrays.zero_dimensional",
    "empty arrays": "arrays.empty_array arrays.empty_argument",
    "repeated calls of one pullback": "tests/test_zoo.py",
    "pullback with partial `None` seeds": "tests/test_conventions.py",
    "module-attribute constants (`np.pi`, #194/#252)": "scalars.math_constants",
    "nested gradient (×3)": "tests/test_nesting.py",
    "gradient of gradient over globals (#1013)": "tests/test_nesting.py",
    "aliasing: same array passed twice, same array stored twice in a container (#991)": "containers.same_array_twice mappings.aliased_leaves",
    "re-definition of function": "tests/test_guards.py",
    "rule added after first use": "tests/test_guards.py",
}
EACH = [pytest.param(row, id=row) for row in {**TABLE, **CHECKLIST}]


@functools.cache
def specimens() -> frozenset[str]:
    """Return the names of all specimens of the zoo."""
    return frozenset(
        f"{n}.{row.name}" for n in FILES for row in importlib.import_module(f"tests.zoo.{n}").ZOO
    )


@pytest.mark.parametrize("row", EACH)
def test_every_construct_has_specimens_or_is_refused(row):
    for name in {**TABLE, **CHECKLIST}[row].split():
        if name.startswith("!"):
            assert name[1:] in REFUSED
        elif name.startswith("tests/"):
            assert (ROOT / name).exists()
        else:
            assert name in specimens()


@pytest.mark.parametrize("name", REFUSED)
def test_constructs_without_derivative_are_refused(name):
    f, code = REFUSED[name]
    x = V.copy()
    for derivative in (lambda: adjoint.vjp(f, x), lambda: adjoint.jvp(f, (x,), (np.ones(3),))):
        with pytest.raises(adjoint.AdjointError, match=code) as caught:
            derivative()
        assert "test_constructs.py:" in str(caught.value)
    assert np.array_equal(x, V)


@pytest.mark.skipif(not SHARED.exists(), reason="the reference documents are not beside this checkout")
def test_no_row_of_the_two_lists_is_missing():
    peers = (SHARED / "python-peers.md").read_text(encoding="utf-8")
    section = peers.split("## d. Python constructs")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row != "construct"] == list(TABLE)
    text = (SHARED / "zygote-chainrules.md").read_text(encoding="utf-8")
    found = re.search(r"\*\*Acceptance checklist distilled.*?each = one test for us\): (.*)", text)
    assert [item.strip() for item in found[1].rstrip(".").split(";")] == list(CHECKLIST)
