"""Find the launch angle of a damped pendulum by Newton's method on a compiled derivative.

The simulation is a scalar loop with a branch and an early exit: plain floats, ``math`` functions,
no arrays.  Run it with ``python docs/examples/pendulum.py``.
"""

import math

import adjoint

STEP = 0.01


@adjoint.differentiable
def swing(angle, seconds=2.0, friction=0.15):
    """Return the angle of a pendulum released at rest, after some seconds (leapfrog steps)."""
    velocity = 0.0
    for _ in range(round(seconds / STEP)):
        drag = friction if velocity > 0.0 else 1.5 * friction
        velocity = velocity - STEP * (9.81 * math.sin(angle) + drag * velocity)
        angle = angle + STEP * velocity
        if abs(angle) > math.pi:
            break
    return angle


def find_angle(target, guess=0.5):
    """Solve ``swing(angle) == target`` for the angle."""
    value_and_slope = adjoint.value_and_grad(swing)
    angle = guess
    for step in range(20):
        value, slope = value_and_slope(angle)
        print(f"step {step}: released at {angle:.12f}, ends at {value:+.12f}, slope {slope:+.6f}")
        if abs(value - target) < 1e-12:
            break
        angle = angle - (value - target) / slope
    return angle


def main():
    """Print the generated derivative and use it."""
    print(adjoint.source(swing, 0.5))
    angle = find_angle(0.3)
    print(f"released at {angle:.9f} the pendulum ends at {swing(angle):.9f}")


if __name__ == "__main__":
    main()
