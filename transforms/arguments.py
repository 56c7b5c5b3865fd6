"""The arguments with which generated code calls a rule.

>>> from adjoint.rules.registry import registry
>>> from adjoint.transforms.syntax import parse_expression, unparse
>>> [rule] = registry.lookup(np.cumsum)
>>> def called(**bound):
...     args, keywords = rule_arguments(rule, {n: parse_expression(text) for n, text in bound.items()})
...     return [unparse(arg) for arg in args], [k.arg + '=' + unparse(k.value) for k in keywords]
>>> called(a='x', axis='0'), called(axis='0')
((['x', '0'], []), ([], ['axis=0']))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.callback import ad
from adjoint.rules.registry import Rule

from .reading import as_value
from .syntax import Node, clone, constant, load, make


def rule_arguments(rule: Rule, bound: dict[str, Any]) -> tuple[list[Node], list[Node]]:
    """Return positional and keyword arguments for a direct call of a rule function."""
    args: list[Node] = []
    keywords: list[Node] = []
    positional = True
    for name, parameter in rule.signature.parameters.items():
        if name not in bound:
            positional = False
        elif parameter.kind is parameter.VAR_POSITIONAL:
            args += [as_value(clone(item)) for item in bound[name]]
        elif parameter.kind is parameter.VAR_KEYWORD:
            keywords += [make("keyword", arg=key, value=clone(item)) for key, item in bound[name].items()]
        elif positional and parameter.kind is not parameter.KEYWORD_ONLY:
            args.append(as_value(clone(bound[name])))
        else:
            keywords.append(make("keyword", arg=name, value=as_value(clone(bound[name]))))
    return args, keywords


def rule_name(rule: Rule, suffix: str = "rule") -> str:
    """Return the name of a called rule in generated code."""
    name = rule.function.__name__ if rule.function.__name__.isidentifier() else "called"
    return name if name.endswith(f"_{suffix}") else f"{name}_{suffix}"


def rule_options(rule: Rule, bound: dict[str, Any], helper: Callable[[str, Any], Any]) -> list[Node]:
    """Return the values of a rule's keyword-only parameters that are not the primal's.

    Args:
        rule: the rule.
        bound: the bound operands by parameter.
        helper: makes a value known to the generated code and returns its name there.
    """
    made: list[Node] = []
    if "ad" in rule.options:
        made.append(make("keyword", arg="ad", value=load(helper("ad", ad))))
    if "needs" in rule.options:
        needed = [constant(name) for name in rule.parameters if name in bound and is_active(bound[name])]
        made.append(make("keyword", arg="needs", value=make("Tuple", elts=needed)))
    return made


def is_active(item: Any) -> bool:
    """Whether a bound argument carries a derivative."""
    if isinstance(item, tuple):
        return any(is_active(part) for part in item)
    if isinstance(item, dict):
        return any(is_active(part) for part in item.values())
    return bool(item.kind.active)
