"""Train a two-layer network on handwritten digits with a compiled gradient.

The model is a plain NumPy function of a dict of parameters.  Its decorator writes the function
that computes the gradient; SciPy's L-BFGS-B does the rest.  The data ship inside scikit-learn, so
nothing is downloaded.

Run it with ``python docs/examples/digits.py``.
"""

import time

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from sklearn.datasets import load_digits

import adjoint
from adjoint import for_scipy

HIDDEN = 32
STEPS = 120
DECAY = 1e-4


@adjoint.differentiable
def loss(params, images, targets):
    """Return the mean cross-entropy of a tanh network, plus weight decay.

    ``images`` has shape (n, 64), ``targets`` holds one row of ten zeros and ones per image.
    """
    hidden = np.tanh(images @ params["w1"] + params["b1"])
    scores = hidden @ params["w2"] + params["b2"]
    scores = scores - np.max(scores, axis=1, keepdims=True)
    log_probabilities = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    decay = np.sum(params["w1"] ** 2) + np.sum(params["w2"] ** 2)
    return DECAY * decay - np.sum(log_probabilities * targets) / len(images)


def accuracy(params, images, labels):
    """Return the fraction of images whose highest score is at the right digit."""
    scores = np.tanh(images @ params["w1"] + params["b1"]) @ params["w2"] + params["b2"]
    return np.mean(np.argmax(scores, axis=1) == labels)


def load():
    """Return ((training images, labels), (held-back images, labels)); pixels run from 0 to 1."""
    digits = load_digits()
    images, labels = digits.data / 16.0, digits.target
    order = np.random.default_rng(0).permutation(len(images))
    train, held_back = order[:1297], order[1297:]
    return (images[train], labels[train]), (images[held_back], labels[held_back])


def initial_parameters():
    """Return small random weights and zero biases."""
    rng = np.random.default_rng(1)
    return {
        "w1": 0.1 * rng.normal(size=(64, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "w2": 0.1 * rng.normal(size=(HIDDEN, 10)),
        "b2": np.zeros(10),
    }


def check_against_differences(params, images, targets, step=1e-5):
    """Compare the gradient with central differences along random directions; return the worst error."""
    gradient = adjoint.grad(loss)(params, images, targets)
    rng = np.random.default_rng(2)
    worst = 0.0
    for _ in range(5):
        direction = {name: rng.normal(size=value.shape) for name, value in params.items()}
        ahead = {name: value + step * direction[name] for name, value in params.items()}
        behind = {name: value - step * direction[name] for name, value in params.items()}
        difference = (loss(ahead, images, targets) - loss(behind, images, targets)) / (2.0 * step)
        slope = sum(np.sum(gradient[name] * direction[name]) for name in params)
        worst = max(worst, abs(slope - difference) / max(1.0, abs(difference)))
    return worst


def train(params, images, targets, report):
    """Minimise the loss with L-BFGS-B; return the parameters and the optimiser's result."""
    fun, start, unflatten = for_scipy(loss, params)

    def callback(intermediate_result: OptimizeResult) -> None:
        report(intermediate_result.fun, unflatten(intermediate_result.x))

    result = minimize(
        fun,
        start,
        args=(images, targets),
        jac=True,
        method="L-BFGS-B",
        callback=callback,
        options={"maxiter": STEPS},
    )
    return unflatten(result.x), result


def main():
    """Print the adjoint, check it, train, and report the accuracy on digits never trained on."""
    (images, labels), (new_images, new_labels) = load()
    targets = np.eye(10)[labels]
    params = initial_parameters()

    print("The generated adjoint of `loss`, as it runs:\n")
    print(adjoint.source(loss, params, images, targets))

    error = check_against_differences(params, images, targets)
    print(f"\nLargest relative error against central differences: {error:.1e}")
    if error > 1e-6:
        raise SystemExit("the gradient does not agree with differences")

    count = sum(value.size for value in params.values())
    print(f"\nTraining {count} parameters on {len(images)} images:")
    steps = 0

    def report(value, current):
        nonlocal steps
        steps += 1
        if steps % 20 == 0:
            percent = 100.0 * accuracy(current, images, labels)
            print(f"  step {steps:3d}   loss {value:.4f}   {percent:6.2f} % of the training images right")

    started = time.perf_counter()
    params, result = train(params, images, targets, report)
    seconds = time.perf_counter() - started
    print(f"{result.nfev} values and gradients in {seconds:.1f} s.")

    print(
        f"\nA network with {HIDDEN} hidden units was trained by L-BFGS-B with the gradient printed above,\n"
        f"then tried on {len(new_images)} digits that were held back; the share it reads right is:"
    )
    print(f"{100.0 * accuracy(params, new_images, new_labels):.2f} %")


if __name__ == "__main__":
    main()
