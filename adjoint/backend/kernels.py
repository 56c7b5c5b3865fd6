"""The numba backend: generated functions compiled to machine code.

A kernel is the generated function, rewritten by :mod:`adjoint.transforms.kernel`, compiled by numba's
``njit`` at its first call for the argument types it sees.

Reference: Lam, Pitrou & Seibert, "Numba: a LLVM-based Python JIT compiler", 2015.
"""

from __future__ import annotations

import functools
import operator
import re
import types
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.backend.files import cache_directory, kernel_file
from adjoint.compiling import linemap
from adjoint.compiling.compiler import Compiled
from adjoint.rules.errors import BackendError
from adjoint.rules.kinds import kind_of
from adjoint.transforms.emit import Writer
from adjoint.transforms.forms import Text
from adjoint.transforms.fuse import fused
from adjoint.transforms.kernel import Kernel, restored, rewrite, with_known_reductions, with_values
from adjoint.transforms.options import is_on
from adjoint.transforms.syntax import Node, clone, names_written, parse, walk

DATA = (bool, int, float, complex, tuple, np.ndarray, np.generic, str)


def accelerated(compiled: Compiled, backend: str) -> Compiled:
    """Return a specialisation whose fused function is compiled by numba.

    Args:
        compiled: a specialisation in the fused form.
        backend: ``"numba"``, or ``"auto"``: what numba cannot compile stays as it is.

    Raises:
        BackendError: ADJ401, numba is not installed, or cannot compile the function.
    """
    name = f"{compiled.unit.name}__value_and_grad"
    slow = compiled.functions[name]
    try:
        plain, text, kernel, outside = kernel_texts(compiled, name)
        shown = [text, *compiled.texts[1:]]
        fast = Fast(slow, kernel, outside, (plain, text), backend == "auto")
        fast.on_failure = lambda error: operator.setitem(shown, 0, noted(compiled.texts[0], error))
    except NotImplementedError as error:
        refusal = refused(compiled.texts[0], str(error))
        if backend == "auto":
            return replace(compiled, texts=[noted(compiled.texts[0], refusal), *compiled.texts[1:]])
        raise refusal from None
    return replace(compiled, functions={**compiled.functions, name: fast}, texts=shown)


def noted(text: Text, refusal: BackendError) -> Text:
    """Return a text whose heading says why it is not compiled; as long as before, so its lines stay right."""
    heading, end, rest = text.text.partition("\n")
    return replace(text, text=f"{heading}; with NumPy, since {reason_of(refusal)}{end}{rest}")


def kernel_texts(compiled: Compiled, name: str) -> tuple[Text, Text, Kernel, dict[str, Any]]:
    """Return the text of a kernel statement by statement, and with its loops written.

    Returns:
        Both texts, how the arguments are made, and what names from outside stand for.
    """
    generated = compiled.functions[name]
    text = compiled.texts[0]
    tree = next(node for node in parse(text.text).body if getattr(node, "name", "") == name)
    outside = outside_names(generated)
    data = [n for n, value in outside.items() if isinstance(value(), DATA)]
    refuse_frozen(generated, module_data(generated))
    attach(tree, text)
    own = {"float", "tuple"} & (outside.keys() | names_written([tree.args, *tree.body]))
    if own:  # the kernel's text takes them for the builtins
        raise NotImplementedError(f"`{min(own)}` is not the builtin")
    kernel = rewrite(tree, compiled.unit.parameters, data)
    heading = text.text.split("\n")[0] + ", compiled by numba"
    modules = {"np"} | {n for n, value in outside.items() if isinstance(value(), types.ModuleType)}
    plain = written(heading, [with_values(with_known_reductions(clone(kernel.tree), modules))], compiled)
    kinds = {**kernel.kinds, **{n: kind_of(outside[n]()) for n in data}}
    names = {n: value() for n, value in outside.items() if n not in data}
    *loops, main = fused(kernel.tree, kinds, names.get) if is_on("fuse") else [kernel.tree]
    return (
        plain,
        written(heading, [*loops, with_values(with_known_reductions(main, modules))], compiled),
        kernel,
        outside,
    )


def written(heading: str, functions: list[Node], compiled: Compiled) -> Text:
    """Write the functions of a kernel."""
    source = compiled.unit.source
    writer = Writer(source.filename, source.lines)
    writer.line(heading)
    for function in functions:
        writer.last = None
        writer.line(f"def {function.name}({', '.join(p.id for p in function.args.args)}):")
        writer.context = "in `{}`"
        writer.block(function.body, 1)
    return Text(writer.text(), tuple(function.name for function in functions), writer.line_map)


def attach(tree: Node, text: Text) -> None:
    """Tell every statement of a parsed text which user line it belongs to."""
    for node in walk(tree):
        if hasattr(node, "lineno") and node.lineno in text.line_map:
            node.origin = types.SimpleNamespace(lineno=text.line_map[node.lineno][1])


def outside_names(function: Any) -> dict[str, Callable[[], Any]]:
    """Return how the values of a function's free and global names are read, now and later."""
    code = function.__code__
    found: dict[str, Callable[[], Any]] = {}
    for name in code.co_names:
        if name in function.__globals__:
            found[name] = functools.partial(function.__globals__.__getitem__, name)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        found[name] = functools.partial(getattr, cell, "cell_contents")
    return found


def reason_of(refusal: BackendError) -> str:
    """Return the line and the reason that a refusal names."""
    return next(line[4:].strip() for line in str(refusal).splitlines() if line.startswith("why:"))


class Unfused(Exception):
    """Raised by a loop whose arrays or angles are not what it was written for."""


class Fast:
    """A kernel that is called like the generated function it replaces."""

    def __init__(
        self,
        slow: Any,
        kernel: Kernel,
        outside: dict[str, Callable[[], Any]],
        texts: tuple[Text, Text],
        fall_back: bool,
    ) -> None:
        self.slow = slow
        self.kernel = kernel
        self.outside = outside
        self.plain_text, self.text = texts
        self.fall_back = fall_back
        self.parameters = slow.__code__.co_varnames[
            : slow.__code__.co_argcount + slow.__code__.co_kwonlyargcount
        ]
        self.plain = [place for place in kernel.places] == [(name,) for name in self.parameters]
        self.same_form = "{" not in str(kernel.result) and "[" not in str(kernel.result)
        self.function = self.compile(self.text)
        self.failed = False
        self.on_failure: Callable[[BackendError], None] = lambda error: None
        self.prepare: Callable[[Any], Any] | None = None

    def compile(self, text: Text) -> Any:
        """Return a jitted kernel; numba compiles it when it is called."""
        numba = import_numba()
        *loops, name = text.names
        filename = linemap.register(text.text, f"{name} numba", text.line_map)
        functions = {known: value() for known, value in self.outside.items() if not isinstance(value(), DATA)}
        cache = bool(cache_directory()) and not any(is_compiled_too(value) for value in functions.values())
        if cache:
            filename = kernel_file(text.text, name, cache_directory())
        jit = numba.njit(error_model="numpy", boundscheck=True, cache=cache)
        from adjoint.backend import elementary

        space = {"np": np} | {known: jitted(value, jit) for known, value in functions.items()}
        space |= (
            {"elementary": elementary, "Unfused": Unfused, "np": np} if loops else {"elementary": elementary}
        )
        exec(compile(text.text, filename, "exec"), space)
        for loop in loops:  # these check shapes themselves, and index checks would hinder vector instructions
            space[loop] = numba.njit(error_model="numpy", cache=cache)(space[loop])
        return jit(space[name])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the generated function returns."""
        if self.failed:
            return self.slow(*args, **kwargs)
        plain = self.plain and len(args) == len(self.parameters)
        values = args if plain else self.values(dict(zip(self.parameters, args, strict=False)) | kwargs)
        values = values if self.prepare is None else self.prepare(values)
        try:
            result = self.run(values)
        except Exception as error:  # numba has many ways to fail; the user's own errors come again below
            return self.rescued(values, args, kwargs, error)
        return result if self.same_form else restored(result, self.kernel.result)

    def run(self, values: Any) -> Any:
        """Run the loops; where shapes or angles are not what they were written for, the statements."""
        try:
            return self.quietly(self.function, values)
        except Unfused:
            return self.quietly(self.statements, values)

    def quietly(self, function: Any, values: Any) -> Any:
        """Call a kernel; when numba compiles it first, without its advice on how to write the code."""
        if function.overloads:
            return function(*values)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", import_numba().core.errors.NumbaWarning)
            return function(*values)

    @functools.cached_property
    def statements(self) -> Any:
        """The kernel without loops."""
        return self.compile(self.plain_text)

    def rescued(self, values: Any, args: Any, kwargs: Any, error: Exception) -> Any:
        """Do without the kernel; where only the kernel failed, say so.

        numba compiles again for arrays of another layout, and cannot always: then copies do.
        """
        result = self.slow(*args, **kwargs)
        copies = zip(contiguous(values), values, strict=True)
        if self.prepare is None and any(copy is not value for copy, value in copies):
            self.prepare = contiguous
            return result
        refusal = refused(self.text, str(error))
        if not self.fall_back:
            raise refusal from None
        self.failed = True
        self.on_failure(refusal)
        return result

    def values(self, arguments: dict[str, Any]) -> list[Any]:
        """Return the arguments of the kernel."""
        return [self.value(place, arguments) for place in self.kernel.places]

    def value(self, place: tuple[Any, ...], arguments: dict[str, Any]) -> Any:
        """Return the value of one parameter of the kernel."""
        name = place[0]
        if name not in self.parameters:
            return self.outside[name]()
        value = arguments[name] if name in arguments else self.default(name)
        for key in place[1:]:
            value = value[key] if isinstance(value, dict | tuple) else getattr(value, key)
        return value

    def default(self, name: str) -> Any:
        """Return the default of a parameter that the call leaves out."""
        named = self.slow.__kwdefaults__ or {}
        positional = self.slow.__defaults__ or ()
        names = self.parameters[: self.slow.__code__.co_argcount]
        return {**dict(zip(names[len(names) - len(positional) :], positional, strict=True)), **named}[name]


def contiguous(values: Any) -> list[Any]:
    """Return the arguments of a kernel with arrays in the order of C."""
    return [np.ascontiguousarray(v) if isinstance(v, np.ndarray) and v.ndim else v for v in values]


def jitted(value: Any, jit: Any) -> Any:
    """Return what stands for a function in a kernel: functions of Python are compiled too."""
    if value is np.linalg.norm or is_compiled_too(value) and "norm" in value.__code__.co_names:
        raise NotImplementedError(
            "numba's norm reads reversed arrays wrongly; call it as np.linalg.norm here"
        )
    if is_compiled_too(value):
        if value.__code__.co_kwonlyargcount:  # numba takes the defaults, whatever is passed
            raise NotImplementedError(f"`{value.__name__}` has keyword-only parameters")
        refuse_frozen(value, [n for n, read in outside_names(value).items() if isinstance(read(), DATA)])
        refuse_frozen(value, module_data(value))
        return jit(value)
    return value


def is_compiled_too(value: Any) -> bool:
    """Whether what a kernel calls is compiled from its source."""
    from adjoint.backend.registered import KNOWN

    if not isinstance(value, types.FunctionType) or value in KNOWN:
        return False
    return value.__module__ not in OVERLOADED


def refuse_frozen(function: Any, names: list[str]) -> None:
    """Refuse a function that reads data from outside, which has to stay live.

    Raises:
        NotImplementedError: with the reason; `accelerated` makes ADJ502 of it, or runs with NumPy.
    """
    if names:
        raise NotImplementedError(f"`{function.__name__}` reads `{names[0]}`, which numba would freeze")


def module_data(function: Any) -> list[str]:
    """Return the data that a function may read as attributes of modules; those of NumPy are constant."""
    modules = [
        value for read in outside_names(function).values() if isinstance(value := read(), types.ModuleType)
    ]
    return [
        f"{module.__name__}.{name}"
        for module in modules
        if module.__name__.partition(".")[0] not in ("numpy", "math", "cmath", "scipy")
        for name in function.__code__.co_names
        if isinstance(getattr(module, name, None), DATA)
    ]


#: Modules of helpers that decide by values; where one has no overload, there is no kernel.
OVERLOADED = (
    "adjoint.rules.runtime",
    "adjoint.rules.containers",
    "adjoint.rules.support",
    "adjoint.rules.reductions",
    "adjoint.rules.indexing",
    "adjoint.rules.joins",
    "adjoint.rules.pysequences",
    "adjoint.rules.elementwise",
    "adjoint.rules.extrema",
    "adjoint.rules.selection",
    "adjoint.rules.conversions",
    "adjoint.rules.moments",
    "adjoint.rules.neighbours",
    "adjoint.rules.norms",
    "adjoint.rules.prods",
    "adjoint.rules.scans",
    "adjoint.rules.sorting",
)


@functools.cache
def import_numba() -> Any:
    """Import numba and register what generated code calls."""
    try:
        import numba
    except ImportError as error:
        raise BackendError(
            "ADJ501",
            title='backend="numba" needs numba',
            why="it is an optional dependency, and it is not installed.",
            fixes=('pip install "adjoint[numba]"', 'use backend="numpy"'),
        ) from error
    warnings.filterwarnings("ignore", category=numba.core.errors.NumbaWarning, module="<adjoint")
    import adjoint.backend.entry_overloads
    import adjoint.backend.join_overloads
    import adjoint.backend.linalg_overloads
    import adjoint.backend.overloads
    import adjoint.backend.reduction_overloads  # noqa: F401 - they register

    return numba


#: How numba names generated text in its messages.
GENERATED = r'(?:<adjoint[^"]*|[^"]*__value_and_grad_[0-9a-f]{16}\.py)'


def refused(text: Text, message: str) -> BackendError:
    """Return the error for a function that numba cannot compile."""
    lines = [int(n) for n in re.findall(rf'File "{GENERATED}", line (\d+)', message)]
    place = next((text.line_map[n] for n in lines if n in text.line_map), None)
    told = [line.strip() for line in message.splitlines() if line.strip()]
    reasons = [
        line for line in told if re.match(r"(No impl|Untyped|Unknown|Unsupp|Cannot|Undecided|Invalid)", line)
    ]
    reasons = reasons or told[1:] or told
    where = "" if place is None else f"{place[0]}:{place[1]}: "
    reason = f"{where}{reasons[0] if reasons else message}"
    return BackendError(
        "ADJ502",
        title="numba cannot compile this function",
        why=reason,
        fixes=('use backend="auto": what numba cannot compile runs with NumPy', 'use backend="numpy"'),
    )
