"""The decorator: a function that stays callable and can be differentiated."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, overload

from adjoint.api import Grad, Pullback, ValueAndGrad, vjp
from adjoint.compiling.specialize import Specializer
from adjoint.compiling.target import spoken, target_of
from adjoint.inspection import check_at_decoration, source_of_plan
from adjoint.transforms.attempts import ALLOWED

P = ParamSpec("P")
R = TypeVar("R")


class Differentiable(Generic[P, R]):
    """A function that can be differentiated; see :func:`differentiable`."""

    def __init__(self, function: Callable[P, R], wrt: Any = None, backend: str = "numpy") -> None:
        functools.update_wrapper(self, function)
        self.backend = backend
        self.__adjoint_function__ = function
        self.__adjoint_cache__: dict[Any, Specializer] = {}
        self.wrt = 0 if wrt is None else wrt
        self._value_and_grad = ValueAndGrad(function, self.wrt, backend=backend)
        self._grad = Grad(function, self.wrt)
        self._grad.specializer = self._value_and_grad.specializer
        check_at_decoration(function, wrt)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself."""
        return self.__adjoint_function__(*args, **kwargs)

    def __repr__(self) -> str:
        """Say what it is and where it stands."""
        return f"<differentiable {spoken(self)}>"

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Differentiable[P, R]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Differentiable[..., R]: ...

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind as a method."""
        if instance is None:
            return self
        return Differentiable.bound(self, instance)

    @staticmethod
    def bound(function: Differentiable[Any, Any], instance: Any) -> Any:
        """Return the method of an instance, with the same abilities."""
        method = functools.partial(function.__adjoint_function__, instance)
        made = object.__new__(Differentiable)
        functools.update_wrapper(made, function.__adjoint_function__)
        made.__adjoint_function__ = method
        made.__adjoint_cache__ = {}
        made.wrt = function.wrt
        made.backend = function.backend
        made._value_and_grad = ValueAndGrad(method, made.wrt, backend=made.backend)
        made._grad = Grad(method, made.wrt)
        made._grad.specializer = made._value_and_grad.specializer
        return made

    def grad(self, *args: Any, **kwargs: Any) -> Any:
        """Return the gradient at these arguments."""
        return self._grad(*args, **kwargs)

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return value and gradient at these arguments."""
        return self._value_and_grad(*args, **kwargs)

    def vjp(self, *args: Any, **kwargs: Any) -> tuple[Any, Pullback]:
        """Return the value and the pullback at these arguments."""
        return vjp(self, *args, **kwargs)

    def jvp(self, primals: Any, tangents: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Return the value and its tangent; see :func:`adjoint.jvp`."""
        from adjoint.forward import jvp

        return jvp(self, primals, tangents, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """Return the generated source, of the latest specialisation or for example arguments."""
        from adjoint.inspection import source

        if not args and not kwargs and self._value_and_grad.specializer.latest is not None:
            return source_of_plan(self._value_and_grad.specializer)
        return source(self, *args, wrt=self.wrt, **kwargs)

    def check(self, *args: Any, **kwargs: Any) -> Any:
        """Return the problems that stand in the way of differentiation."""
        from adjoint.inspection import check

        return check(self, *args, wrt=self.wrt, **kwargs)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Say what the gradient is made of; see :func:`adjoint.explain`."""
        from adjoint.explanation import explain

        return explain(self, *args, **kwargs)


@overload
def differentiable(
    function: Callable[P, R], *, wrt: Any = None, backend: str = "numpy", allow_try: bool = False
) -> Differentiable[P, R]: ...


@overload
def differentiable(
    function: None = None, *, wrt: Any = None, backend: str = "numpy", allow_try: bool = False
) -> Callable[[Callable[P, R]], Differentiable[P, R]]: ...


def differentiable(
    function: Any = None, *, wrt: Any = None, backend: str = "numpy", allow_try: bool = False
) -> Any:
    """Make a function differentiable: bare, or with options.

    The function stays callable as before.  Its own body is checked at once, under the assumption
    that ``wrt`` (by default the first argument) is differentiated; what depends on the arguments' types
    (``y = 2.0 * x; y[0] = 1.0``) is found by ``check`` with example arguments, or at the first call.

    Args:
        function: the function, when used bare.
        wrt: index or name of the argument to differentiate, or a tuple of those.
        backend: ``"numpy"``, ``"numba"`` or ``"auto"``, as in :func:`grad`.
        allow_try: differentiate ``try`` blocks, of this function and of those it calls, along the path
            without an exception; a call in which a handler runs raises ``DifferentiationError``.

    Raises:
        LanguageError, MutationError, RuleError: the body cannot be differentiated.
        SourceError: the function has no source.

    Example:
        >>> @differentiable
        ... def square(x):
        ...     return x * x
        >>> square(3.0), square.grad(3.0)
        (9.0, 6.0)
    """
    if function is None:
        return functools.partial(differentiable, wrt=wrt, backend=backend, allow_try=allow_try)
    if allow_try:
        ALLOWED.add(target_of(function).function)
    return Differentiable(function, wrt, backend)
