"""Rules that are loaded late, for tests/rules/test_interface.py."""

from adjoint import scalar_rule


def late(x):
    return 2.0 * x


@scalar_rule(late)
def late_rule(out, x):
    return 2.0
