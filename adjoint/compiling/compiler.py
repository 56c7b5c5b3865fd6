"""From a function and the kinds of its arguments to running code.

One :class:`Compiled` is one specialisation: generated text, the functions it defines, and the guards
on what was assumed.  The order of the passes is in :mod:`adjoint.transforms.pipeline`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from adjoint._collector import paused
from adjoint.compiling.depth import with_deep_stack
from adjoint.compiling.linemap import in_user_code
from adjoint.compiling.load import load
from adjoint.rules.errors import AdjointError, LanguageError
from adjoint.rules.kinds import Kind
from adjoint.rules.places import file_name
from adjoint.rules.registry import registry
from adjoint.tracing.rewritten import register
from adjoint.transforms.algebras import ALGEBRAS, FORMS, PARTS
from adjoint.transforms.decide import UNIT, Decision, asks
from adjoint.transforms.emit import signature_text
from adjoint.transforms.forms import Text, forward, fused, seeded_text, split, traced
from adjoint.transforms.modes import runs_forward
from adjoint.transforms.pipeline import differentiate
from adjoint.transforms.push_pipeline import push_forward
from adjoint.transforms.scope import Guard, checker
from adjoint.transforms.session import Session
from adjoint.transforms.stages import Stages
from adjoint.transforms.tracing import TRACEABLE
from adjoint.transforms.unit import Unit


class Runtime(types.SimpleNamespace):
    """What generated code calls, by name; functions that run with traced values are loaded at first use."""

    def __getattr__(self, name: str) -> Any:
        """Load tracing, which adds its functions."""
        if name not in TRACING:
            raise AttributeError(name)
        importlib.import_module("adjoint.tracing.recording_pushed")
        return vars(self)[name]


#: Filled by :mod:`adjoint.runtime.dynamic`, which needs the compiler itself, and its neighbours.
runtime = Runtime()
TRACING = ("record", "pull", "pushed", "carried", "apply", "operate")


@dataclass(eq=False)
class Compiled:
    """A specialisation ready to run."""

    unit: Unit
    functions: dict[str, Any]
    texts: list[Text]
    active: list[str]
    guards: list[Guard]
    epoch: int

    def __post_init__(self) -> None:
        self.guards_hold = checker(self.guards)

    def valid(self) -> bool:
        """Whether everything that compilation assumed still holds."""
        return self.epoch == registry.epoch and self.guards_hold()

    @property
    def source(self) -> str:
        """The generated source, this function first, then the functions it calls."""
        return "\n\n".join(text.text for text in self.texts)

    @functools.cached_property
    def value_and_grad(self) -> Any:
        """The fused function."""
        return self.functions[f"{self.unit.name}__value_and_grad"]

    @functools.cached_property
    def primal(self) -> Any:
        """The function that returns the value and what the pullback needs."""
        return self.functions[f"{self.unit.name}__primal"]

    @functools.cached_property
    def pushforward(self) -> Any:
        """The function from the arguments' tangents and the arguments to value and tangent."""
        return self.functions[f"{self.unit.name}__pushforward"]

    def carried(self, form: str) -> Any:
        """The function that takes an algebra, what travels beside the arguments, and the arguments."""
        return self.functions[f"{self.unit.name}__{PARTS[form]}"]

    @functools.cached_property
    def pullback(self) -> Any:
        """The function from what the primal saved and the result's cotangent to the arguments'."""
        return self.functions[f"{self.unit.name}__pullback"]


@with_deep_stack
def compile_function(
    function: Any,
    kinds: Mapping[str, Kind],
    form: str,
    aux: bool = False,
    captured: Mapping[str, Kind] | None = None,
    initializes: bool = False,
    nested: bool = False,
    twice: bool = False,
    stages: Stages | None = None,
    memory: Any = None,
) -> Compiled:
    """Compile a Python function for arguments of these kinds.

    Args:
        function: a plain Python function.
        kinds: the kinds of its parameters; active ones are differentiated.
        form: ``"split"`` (primal and pullback), ``"fused"`` (value and gradient), ``"kernel"`` (the same for
            numba), ``"seeded"`` (in forward mode), ``"gradient"`` (in the mode that suits the function),
            ``"forward"`` (value and tangent), ``"boxed"`` (the same for tangents that are boxes),
            ``"taylor"`` (Taylor coefficients) or ``"sparsity"`` (index sets).
        aux: the function returns a pair of which only the first item is differentiated.
        captured: kinds of closure variables to differentiate too; they become keyword parameters.
        initializes: the function is an ``__init__``; the compiled form returns the object it fills.
        nested: the generated code will be differentiated, too.
        twice: it certainly will: calls that only the running program knows are made with traced values.
        stages: keeps the text of the function after each pass.
        memory: what array operations of reverse mode write their results into, kept from call to call.

    Raises:
        SourceError, LanguageError, MutationError, RuleError: the function cannot be differentiated.
    """
    boxed, free = form == "boxed", form == "gradient"
    forwards = boxed or form in PARTS or form == "seeded"
    session = Session(runtime, function, forwards, nested or boxed, stages, boxed, form != "kernel")
    form = {"boxed": "forward", "gradient": "fused", "kernel": "fused"}.get(form, form)
    with paused(), located_by_user():
        try:
            unit = session.specialize(function, kinds, 0, captured, initializes)
            assert unit is not None  # the first specialisation of a session always exists
            seeded = seeded_form(function, kinds) if free and not aux and runs_forward(unit) else None
            if seeded is not None:
                session.release()
                return seeded
            loader = Loader(session, memory)
            moved = twice and is_own(function) and asks(Decision(UNIT, unit=unit))
            functions = loader.load(unit, form, aux)
            if moved:
                unit = session.traced_unit(function, kinds, captured, initializes)
                loader = Loader(session)
                functions = loader.load_traced(unit, form, aux)
        except LanguageError as error:
            if form in ("sparsity", "seeded") or not runs_traced(error, function):
                raise
            unit = session.traced_unit(function, kinds, captured, initializes)
            loader = Loader(session)
            functions = loader.load_traced(unit, form, aux, error)
        compiled = Compiled(unit, functions, loader.texts, unit.active, unit.guards(), registry.epoch)
        session.release()  # what dies here is nothing that the collector needs to look at
    return compiled


def seeded_form(function: Any, kinds: Mapping[str, Kind]) -> Compiled | None:
    """Compile the gradient in forward mode; None if forward mode refuses the function."""
    try:
        return compile_function(function, kinds, "seeded")
    except LanguageError:
        return None


def is_own(function: Any) -> bool:
    """Whether a function is the user's, and not generated."""
    return not hasattr(function, "__adjoint_text__")


def runs_traced(error: LanguageError, function: Any) -> bool:
    """Whether a function that is refused for these problems is right when it runs with traced values."""
    codes = {problem.code for problem in error.problems}
    return (
        bool(codes) and codes <= TRACEABLE and not error.final and not hasattr(function, "__adjoint_text__")
    )


@contextlib.contextmanager
def located_by_user() -> Iterator[None]:
    """Show refusals of a function made in generated code at the user's lines, not at generated ones."""
    try:
        yield
    except AdjointError as error:
        problems = tuple(in_user_code(problem) for problem in error.problems)
        if problems == error.problems:
            raise
        located = type(error)(problems)
        for note in getattr(error, "__notes__", ()):
            located.add_note(note)
        raise located from None


@dataclass(eq=False)
class Loaded:
    """The functions of one unit in one form, under the name by which generated code knows them."""

    name: str
    functions: dict[str, Any] = field(default_factory=dict)
    named: bool = False  # a text refers to it while it is still being written


class Loader:
    """Generates and loads a unit and, as they are referred to, the units it calls."""

    def __init__(self, session: Session, memory: Any = None) -> None:
        self.session = session
        self.memory = memory
        self.slots: list[Text | None] = []
        self.loaded: dict[tuple[int, str], Loaded] = {}
        self.same: dict[Any, Loaded] = {}
        self.open: list[tuple[types.CellType, Loaded, str]] = []

    @property
    def texts(self) -> list[Text]:
        """The generated texts, each caller before what it calls."""
        return [text for text in self.slots if text is not None]

    def load(self, unit: Unit, form: str, aux: bool = False) -> dict[str, Any]:
        """Return the loaded functions of a unit, whose cells are filled."""
        functions = self.of_unit(unit, form, aux).functions
        for cell, callee, part in self.open:
            cell.cell_contents = callee.functions[f"{callee.name}__{part}"]
        return functions

    def of_unit(self, unit: Unit, form: str, aux: bool = False) -> Loaded:
        """Write and load a unit after those it calls; two units with the same text are one."""
        key = (id(unit), form)
        if key in self.loaded:
            known = self.loaded[key]
            known.named = known.named or not known.functions
            return known
        entry = self.loaded[key] = Loaded(unit.name)
        if any(other == id(unit) and name != form for other, name in self.loaded):
            unit = self.session.again(unit)
        slot = len(self.slots)
        self.slots.append(None)
        text = self.write(unit, form, aux)
        order = {id(each): place for place, each in enumerate(self.session.units.values())}
        called = sorted(unit.callees.items(), key=lambda item: order.get(id(item[1][0]), 0))
        callees = {
            name: (self.of_unit(callee, FORMS.get(part, "split")), part) for name, (callee, part) in called
        }
        renamed = {n: f"{callee.name}__{part}" for n, (callee, part) in callees.items()}
        changed = {old: new for old, new in renamed.items() if old != new}
        if changed:
            text = replace(text, text=with_names(text.text, changed))
            self.session.stages.rewrite(unit, lambda stage: with_names(stage, changed))
        anonymous = re.sub(rf"\b{re.escape(unit.name)}__", "__", text.text)
        helpers = tuple((name, id(value)) for name, value in unit.helpers.items())
        content = (unit.scope.function, form, anonymous, helpers)
        if content in self.same and not entry.named:
            same = self.same[content]
            entry.name, entry.functions = same.name, same.functions
            return entry
        self.same.setdefault(content, entry)
        self.slots[slot] = text
        cells = {name: types.CellType(value) for name, value in unit.helpers.items()}
        for name, (callee, part) in callees.items():
            cell = cells.setdefault(renamed[name], types.CellType())
            self.open.append((cell, callee, part))
        for name, function in load(text, f"{unit.name} {form}", unit.scope.function, cells).items():
            restore_defaults(function, unit)
            entry.functions[name] = function
        return entry

    def load_traced(
        self, unit: Unit, form: str, aux: bool, refusal: LanguageError | None = None
    ) -> dict[str, Any]:
        """Return the functions of a unit that runs with traced values.

        Args:
            unit: the unit.
            form: the form of generated code.
            aux: the function returns a pair of which only the first item is differentiated.
            refusal: why it is not compiled, if it is refused.
        """
        algebra = ALGEBRAS.get(form)
        mode = form if form == "forward" or algebra is not None else "reverse"
        text = traced(unit, form, title(unit, mode), aux, algebra)
        self.slots.append(text)
        name = f"{unit.name}__traced"
        cells = {helper: types.CellType(value) for helper, value in unit.helpers.items()}
        cells[name] = types.CellType()
        functions = load(text, f"{unit.name} {form}", unit.scope.function, cells)
        cells[name].cell_contents = functions[name]
        if refusal is not None:
            functions[name].__dict__["__adjoint_refusal__"] = refusal.with_traceback(None)
        register(functions[name].__code__)
        for function in functions.values():
            restore_defaults(function, unit)
        return functions

    def write(self, unit: Unit, form: str, aux: bool) -> Text:
        """Run the passes of a form and return its text."""
        if form == "forward":
            return forward(push_forward(self.session, unit), title(unit, "forward"))
        if form == "seeded":
            return seeded_text(push_forward(self.session, unit), title(unit, "forward"))
        if form in ALGEBRAS:
            algebra = ALGEBRAS[form]
            return forward(push_forward(self.session, unit, algebra), title(unit, form), algebra.part)
        adjoint = differentiate(self.session, unit, seeded=form == "fused", aux=aux)
        if self.memory is not None:
            from adjoint.transforms.retain import retained

            adjoint = retained(adjoint, self.memory)
        return fused(adjoint, title(unit)) if form == "fused" else split(adjoint, title(unit))


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Return a text in which functions have other names."""
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    return pattern.sub(lambda found: names[found[0]], text)


def restore_defaults(function: Any, unit: Unit) -> None:
    """Give a generated primal the defaults of the user's function."""
    original = unit.scope.function
    if function.__name__.endswith("__pullback"):
        return
    if unit.local:
        args = unit.tree.args
        function.__defaults__ = tuple(default.value for default in args.defaults)
        named = zip(args.kwonlyargs, args.kw_defaults, strict=True)
        function.__kwdefaults__ = {name.id: default.value for name, default in named if default is not None}
        return
    part = function.__name__.rpartition("__")[2]
    extra = len(unit.active) + (part != PARTS["forward"]) if part in FORMS else 0
    if function.__code__.co_argcount == original.__code__.co_argcount + extra:
        function.__defaults__ = original.__defaults__
        function.__kwdefaults__ = original.__kwdefaults__


def title(unit: Unit, mode: str = "reverse") -> str:
    """Return the comment at the top of generated code."""
    place = f"{file_name(unit.source.filename)}:{unit.tree.lineno}"
    names = ", ".join(unit.active) or "nothing"
    signature = f"{unit.tree.name}({signature_text(unit.tree.args)})"
    return f"# {mode} mode of {signature} with respect to {names}   ({place})"
