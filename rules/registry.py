"""The rule registry: which derivative rule belongs to which callable.

Rules are ordinary functions.  A rule is registered under the *object* it differentiates (a
function, a ufunc, a method descriptor such as ``np.ndarray.sum``, an attribute descriptor such as
``np.ndarray.T``, or an operator from :mod:`operator`), and binds its parameters by name, with the
primal's own names and defaults.  This module knows nothing of syntax trees.

References: ChainRulesCore.jl (rrule, frule, @scalar_rule, @non_differentiable, @opt_out).
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from adjoint.rules.outputs import several
from adjoint.rules.rule import OPTIONS as OPTIONS
from adjoint.rules.rule import Form as Form
from adjoint.rules.rule import Identity as Identity
from adjoint.rules.rule import Rule as Rule
from adjoint.rules.rule import key_of as key_of
from adjoint.rules.rule import keyword_only_names, parameter_names
from adjoint.rules.transposes import transposed

F = TypeVar("F", bound=Callable[..., Any])
Hook = Callable[["Rule"], None]


#: Reverse rules, forward rules, and recurrences of Taylor coefficients.
Tables = tuple[dict[Any, tuple["Rule", ...]], dict[Any, tuple["Rule", ...]], dict[Any, Callable[..., Any]]]


def _added(before: Tables, after: Tables) -> Tables:
    """Return what has been registered between two states of the tables."""
    rules, pushforwards = (
        {k: new[: len(new) - len(old.get(k, ()))] for k, new in now.items() if new != old.get(k)}
        for old, now in zip(before[:2], after[:2], strict=True)
    )
    return rules, pushforwards, {k: f for k, f in after[2].items() if before[2].get(k) is not f}


class Registry:
    """A table of rules; the newest rule of a callable is tried first."""

    def __init__(self) -> None:
        self._rules: dict[Any, tuple[Rule, ...]] = {}
        self._pushforwards: dict[Any, tuple[Rule, ...]] = {}
        self._series: dict[Any, Callable[..., Any]] = {}
        self._shared: frozenset[Any] = frozenset()  # callables with rules of several packages
        self.epoch = 0
        self.debug = False
        self.lazy: dict[str, tuple[str, ...]] = {}
        self._late: list[Tables] = []  # what `_load` has added, oldest first
        self._hooks: list[Hook] = []

    def add(self, rule: Rule) -> None:
        """Register a rule in front of the older ones for the same callable."""
        self._enter(rule, self._rules)

    def add_pushforward(self, rule: Rule) -> None:
        """Register a forward rule in front of the older ones for the same callable."""
        self._enter(rule, self._pushforwards)

    def _enter(self, rule: Rule, table: dict[Any, tuple[Rule, ...]]) -> None:
        """Put a rule in front of a table."""
        if not rule.built_in:  # the library's are older, even those that wait for their package
            self._load_waiting()
        key = key_of(rule.primal)
        rule.order = self.epoch + 1
        table[key] = (rule, *table.get(key, ()))
        self._find_shared(key)
        self._announce(rule)

    def _find_shared(self, *keys: Any) -> None:
        """Note which of some callables have rules of several packages."""
        for key in keys:
            rules = (*self._rules.get(key, ()), *self._pushforwards.get(key, ()))
            if len({rule.owner for rule in rules}) > 1:
                self._shared |= {key}

    def add_series(self, primal: Any, function: Callable[..., Any]) -> None:
        """Register the recurrence of a function's Taylor coefficients."""
        self._series[key_of(primal)] = function
        self.epoch += 1

    def series(self, primal: Any) -> Callable[..., Any] | None:
        """Return the recurrence of a function's Taylor coefficients; None where a newer rule replaced it."""
        newest = self.lookup(primal)[:1]
        return self._series.get(key_of(primal)) if all(rule.built_in for rule in newest) else None

    def _announce(self, rule: Rule) -> None:
        """Let compiled code notice a new rule, and tell the hooks."""
        self.epoch += 1
        for hook in list(self._hooks):
            hook(rule)

    def lookup(self, primal: Any) -> tuple[Rule, ...]:
        """Return the rules of a callable, newest first; empty if it has none.

        Those of one package do not count beside a newer forward rule of another: the two modes would
        give different derivatives.
        """
        self._load_waiting()
        key = key_of(primal)
        found = self._rules.get(key, ())
        if key not in self._shared:
            return found
        forward = self._pushforwards.get(key, ())
        return tuple(rule for rule in found if not any(newer.displaces(rule) for newer in forward))

    def knows(self, primal: Any) -> bool:
        """Whether a hashable callable itself has a reverse rule; asked at every call, hence without more."""
        return primal in self._rules

    def _load_waiting(self) -> None:
        """Load the rules that wait for the first use of a package that is there now."""
        for home in [name for name in self.lazy if name in sys.modules]:
            self._load(home)

    def _load(self, home: str) -> None:
        """Load the rules that wait for a package; they stay when a `scope` ends."""
        for module in self.lazy.pop(home, ()):
            before = self._tables()
            importlib.import_module(module)
            self._late.append(_added(before, self._tables()))

    def _tables(self) -> Tables:
        """Return copies of the tables."""
        return dict(self._rules), dict(self._pushforwards), dict(self._series)

    def misfit(self, primal: Any, keywords: Iterable[str]) -> str:
        """Return in words why no rule of a callable takes a call with these keyword arguments."""
        known = {name for rule in self.lookup(primal) for name in rule.parameters}
        unknown = [f"`{name}=`" for name in keywords if name not in known]
        return f"takes no {' and no '.join(unknown)}" if unknown else "does not take these arguments"

    def pushforwards(self, primal: Any, beside: Rule | None = None) -> tuple[Rule, ...]:
        """Return the forward rules of a callable, newest first; scalar and constant rules serve both ways.

        Args:
            primal: the callable.
            beside: the reverse rule chosen for a call; older forward rules of another package do not
                count beside it.
        """
        both = tuple(r for r in self.lookup(primal) if r.form in ("scalar", "constant"))
        forward = self._pushforwards.get(key_of(primal), ())
        if beside is not None and key_of(primal) in self._shared:
            forward = tuple(rule for rule in forward if not beside.displaces(rule))
        return (*forward, *both)

    def primals(self) -> list[Any]:
        """Return every callable that has a rule."""
        return [key.primal if isinstance(key, Identity) else key for key in self._rules]

    def rules(self) -> Iterator[Rule]:
        """Yield every rule, the oldest of each callable first."""
        for table in (self._rules, self._pushforwards):
            for found in list(table.values()):
                yield from reversed(found)

    def on_new_rule(self, hook: Hook) -> Hook:
        """Call ``hook(rule)`` for every rule there is, and from now on for every new one at once."""
        self._hooks.append(hook)
        for rule in self.rules():
            hook(rule)
        return hook

    def clear_new_rule_hooks(self) -> None:
        """Forget all hooks of `on_new_rule`; others may rely on theirs, so this is for experiments."""
        self._hooks.clear()

    def refresh_rules(self) -> None:
        """Load the rules that wait for a first use of their package; hooks see them now."""
        for home in list(self.lazy):
            found = importlib.util.find_spec(home.partition(".")[0]) is not None
            if found:
                self._load(home)
            self.lazy.pop(home, None)

    @contextlib.contextmanager
    def debugging(self) -> Iterator[None]:
        """Check every application of a rule inside the ``with`` block; see `adjoint.debug`."""
        before = self.debug
        self.debug = True
        self.epoch += 1
        try:
            yield
        finally:
            self.debug = before
            self.epoch += 1

    @contextlib.contextmanager
    def scope(self) -> Iterator[Registry]:
        """Forget, on exit, every rule registered inside the ``with`` block."""
        loaded, tables, shared = len(self._late), self._tables(), self._shared
        self.epoch += 1
        try:
            yield self
        finally:
            self._rules, self._pushforwards, self._series = tables
            self._shared = shared
            for rules, pushforwards, series in self._late[loaded:]:
                for table, new in ((self._rules, rules), (self._pushforwards, pushforwards)):
                    table.update({key: (*found, *table.get(key, ())) for key, found in new.items()})
                    self._find_shared(*new)
                self._series.update(series)
            self.epoch += 1


registry = Registry()
#: Rules that wait for a module, by its name: they are loaded at the first look-up after its import.
WAITING = {
    "cmath": "cmathmodule",
    "logging": "logs",
    "numpy.fft": "fft",
    "numpy.random": "random distributions",
    "statistics": "pystatistics pydispersion",
    "scipy.ndimage": "scipy_ndimage scipy_smoothing scipy_resampling",
    "scipy.sparse": "scipy_sparse",
    "scipy.sparse.linalg": "scipy_sparse_linalg",
    "scipy.stats": "scipy_stats scipy_further_densities scipy_multivariate scipy_statistics",
    "scipy.spatial.distance": "scipy_distances",
    "scipy.integrate": "scipy_integrate scipy_ode",
    "scipy.interpolate": "scipy_interpolate scipy_splines scipy_grids scipy_interpolants",
    "scipy.optimize": "scipy_roots scipy_equations scipy_minimize scipy_fits",
    "scipy.integrate._quadpack_py": "scipy_quad",
    "scipy.signal": "scipy_signal scipy_filters scipy_spectra scipy_zero_phase",
    "scipy.fft": "scipy_fft scipy_fftn scipy_cosine scipy_sine",
    "scipy._lib._array_api": "scipy_arrays",
    "scipy.special": "scipy_special scipy_softmax scipy_special_functions scipy_incomplete",
    "scipy.linalg": (
        "scipy_linalg scipy_triangular scipy_decompositions scipy_lu scipy_matrix_functions scipy_structured "
        "scipy_tridiagonal"
    ),
}
registry.lazy |= {
    home: tuple(f"adjoint.rules.{name}" for name in names.split()) for home, names in WAITING.items()
}


def scalar_rule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    singular: bool = False,
    selects: bool = False,
    kind: Callable[..., Any] | None = None,
    outputs: int = 1,
) -> Callable[[F], F]:
    """Register the partial derivatives of an elementwise function.

    The decorated function takes the primal's output ``out`` first, then the primal's arguments,
    and returns the partial derivative of ``out`` for each argument (a tuple when there are
    several).  What they share is computed in assignments before.  Derivatives of complex functions
    are the holomorphic ones; the compiler conjugates.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments (keyword-called by parameter name); the rule
            is used only where it holds.
        singular: the partial can be infinite or NaN where the value is finite; the product with
            an exactly zero cotangent is then zero (a strong zero).
        selects: the partials say which argument was taken; where one is zero, even an infinite
            or undefined cotangent does not pass.
        kind: the kind of the output, from the kinds of the arguments, where it depends on values.
        outputs: the number of outputs; with more than one, the primal returns a tuple and the rule
            one row of partial derivatives for each.

    Example:
        >>> from adjoint.rules.registry import registry
        >>> with registry.scope():
        ...     def softplus(x): ...
        ...     @scalar_rule(softplus)
        ...     def _(out, x):
        ...         return 1.0 / (1.0 + np.exp(-x))
    """

    def register(function: F) -> F:
        parameters = parameter_names(function)[1:]
        for primal in primals:
            if outputs > 1:
                reverse, forward = several(primal, function, parameters, outputs, singular)
                registry.add(Rule("rrule", primal, reverse, parameters, when, fresh=True, kind=kind))
                registry.add_pushforward(Rule("frule", primal, forward, parameters, when))
                continue
            registry.add(
                Rule("scalar", primal, function, parameters, when, singular, True, kind, selects=selects)
            )
        return function

    return register


def rrule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    fresh: bool = False,
    kind: Callable[..., Any] | None = None,
    complete: bool = False,
) -> Callable[[F], F]:
    """Register a rule in ChainRules form: ``rule(*args) -> (out, pullback)``.

    The pullback takes the cotangent of ``out`` and returns one cotangent per parameter of the
    rule, in order (a bare value when there is one parameter); ``None`` stands for zero.  A rule
    may return ``NotImplemented`` to decline a call: then the next older rule is asked, and after the
    last one the function's own source is differentiated.

    Two keyword-only parameters are not the primal's: ``ad`` is given `adjoint.rules.callback.ad`, by
    which the rule differentiates functions that it is passed; ``needs`` is given the names of the
    parameters whose cotangent is wanted, the others may be left ``None``.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments; the rule is used only where it holds.
        fresh: the output never shares memory with an argument.
        kind: function from the arguments' kinds to the output's kind, for functions that cannot
            be run on small dummy arrays.
        complete: the cotangent of a list or tuple has an array or number for each of its items, never
            ``None``.
    """

    def register(function: F) -> F:
        parameters, options = _parameters(function)
        for primal in primals:
            registry.add(
                Rule("rrule", primal, function, parameters, when, False, fresh, kind, complete, options)
            )
        return function

    return register


def _parameters(function: Callable[..., Any]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the primal's parameters and the options among the parameters of a rule."""
    options = OPTIONS & keyword_only_names(function)
    return tuple(name for name in parameter_names(function) if name not in options), options


def frule(
    *primals: Any,
    when: Callable[..., bool] | None = None,
    kind: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Register a forward rule, the dual of `rrule`: ``rule(*args) -> (out, pushforward)``.

    The pushforward takes one tangent per parameter of the rule and returns one contribution per
    parameter (a bare value when there is one parameter), ``None`` where a parameter has no
    tangent; the tangent of ``out`` is their sum.  Every contribution depends on its own tangent
    alone, so those of inactive arguments are never computed.

    Args:
        primals: the functions the rule belongs to.
        when: predicate on the kinds of the arguments; the rule is used only where it holds.
        kind: the kind of the output, from the kinds of the arguments, for functions without an rrule.
    """

    def register(function: F) -> F:
        parameters, options = _parameters(function)
        for primal in primals:
            registry.add_pushforward(
                Rule("frule", primal, function, parameters, when, kind=kind, options=options)
            )
        return function

    return register


def _caller() -> str:
    """Return the name of the module whose code has called a function of this one."""
    return str(sys._getframe(2).f_globals.get("__name__", ""))


def linear(*primals: Any, when: Callable[..., bool] | None = None) -> Any:
    """Declare that functions are linear in their first argument, all others being constants.

    The tangent of the output is the same call with the first argument's tangent in its place.  A function
    of yours without a reverse rule is given one that finds the transpose from the function alone, in one
    call for each entry of the argument; an `rrule` of yours displaces it.
    """
    home = _caller()
    for primal in primals:
        rule = Rule("linear", primal, primal, (), when, home=home)
        if not rule.built_in and not registry.lookup(primal):
            registry.add(Rule("rrule", primal, transposed(primal), ("x", "args", "kwargs"), when, home=home))
        registry.add_pushforward(rule)
    return primals[0] if len(primals) == 1 else None


def series_rule(*primals: Any) -> Callable[[F], F]:
    """Register a recurrence for the Taylor coefficients of a function, used by `adjoint.jet`.

    The decorated function takes the value ``out`` and one polynomial per argument, the list of its
    Taylor coefficients from the zeroth on (one only for a constant); it returns the coefficients of
    the value from the first on, or ``NotImplemented`` to leave the call to what is derived from
    the function's first-order rule.
    """

    def register(function: F) -> F:
        for primal in primals:
            registry.add_series(primal, function)
        return function

    return register


def non_differentiable(*primals: Any) -> Any:
    """Declare that the outputs of these functions carry no derivative; usable as a decorator."""
    for primal in primals:
        registry.add(Rule("constant", primal, primal, home=_caller()))
    return primals[0] if len(primals) == 1 else None


def opt_out(*primals: Any, when: Callable[..., bool] | None = None) -> Any:
    """Declare that the rules registered so far do not count for these functions; usable as a decorator.

    The functions' own source is differentiated instead.

    Args:
        primals: the functions.
        when: predicate on the kinds of the arguments, keyword-called by parameter name; the older
            rules still count where it does not hold.

    Example:
        >>> with registry.scope():
        ...     def square(x): ...
        ...     rule = rrule(square)(lambda x: ...)
        ...     opt_out(square) is square
        True
    """
    for primal in primals:
        parameters = tuple(inspect.signature(primal).parameters)
        registry.add(Rule("opt_out", primal, primal, parameters, when, home=_caller()))
    return primals[0] if len(primals) == 1 else None
