"""Names that look alike: what a user may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str], n: int = 3) -> list[str]:
    """Return the at most ``n`` candidates that look most like ``name``, best first.

    Names may be dotted; the last part counts most.

    Example:
        >>> nearest("np.linalg.nrom", ["np.linalg.norm", "np.linalg.inv", "np.sum"])
        ['np.linalg.norm']
    """
    scored = ((_likeness(name, candidate), candidate) for candidate in set(candidates) - {name})
    good = [(-score, candidate) for score, candidate in scored if score >= 0.65]
    return [candidate for _, candidate in sorted(good)[:n]]


def _likeness(a: str, b: str) -> float:
    """Return how alike two dotted names are, between 0 and 1."""
    import difflib  # slow to load, and needed for messages alone

    last = difflib.SequenceMatcher(None, a.rpartition(".")[2].lower(), b.rpartition(".")[2].lower()).ratio()
    return 0.9 * last + 0.1 * difflib.SequenceMatcher(None, a, b).ratio() if last > 0.6 else 0.0
