"""Fit a class-based model: methods, a dataclass of parameters, a bound method as the loss.

Run it with ``python docs/examples/oscillator.py``.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import adjoint
from adjoint import for_scipy


@dataclass(frozen=True)
class Oscillation:
    """A decaying sine wave."""

    amplitude: float
    rate: float
    frequency: float
    phase: float

    def at(self, t):
        """Return the signal at the times ``t`` (any shape)."""
        envelope = self.amplitude * np.exp(-self.rate * t)
        return envelope * np.sin(self.frequency * t + self.phase)


class Experiment:
    """Measurements, and how badly a model explains them."""

    def __init__(self, times, values, noise):
        self.times, self.values, self.noise = times, values, noise

    def misfit(self, model):
        """Return the mean squared error in units of the noise."""
        residual = (model.at(self.times) - self.values) / self.noise
        return np.mean(residual**2)


def main():
    """Make noisy data, fit them, and compare with the truth."""
    truth = Oscillation(amplitude=2.0, rate=0.3, frequency=3.0, phase=0.4)
    times = np.linspace(0.0, 6.0, 200)
    noise = 0.05
    values = truth.at(times) + noise * np.random.default_rng(0).normal(size=times.shape)
    experiment = Experiment(times, values, noise)

    guess = Oscillation(amplitude=1.0, rate=0.1, frequency=2.8, phase=0.0)
    gradient = adjoint.grad(experiment.misfit)(guess)
    print(f"gradient at the guess: {gradient}")

    fun, start, unflatten = for_scipy(experiment.misfit, guess)
    result = minimize(fun, start, jac=True, method="L-BFGS-B")
    fitted = unflatten(result.x)
    print(f"truth:  {truth}")
    print(f"fitted: {fitted}")
    print(f"misfit: {result.fun:.3f} (1 means as good as the noise allows)")


if __name__ == "__main__":
    main()
