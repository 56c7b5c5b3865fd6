"""Break generated lines that are too long, at commas inside brackets.

>>> print(wrap('return out, (alpha, beta, gamma, delta)', 30))
return out, (alpha, beta,
             gamma, delta)
>>> print(wrap('for alpha, beta, gamma, delta in reversed(trips_7):', 30))
for (alpha, beta, gamma,
     delta) in reversed(trips_7):
>>> print(wrap('alpha, beta, gamma, delta = saved', 20))
(alpha, beta, gamma,
 delta) = saved
"""

from __future__ import annotations

import io
import re
import tokenize
from typing import NamedTuple

WIDTH = 100

#: Several names that are assigned or run over; they need brackets to be broken.
_TARGETS = re.compile(r"^( *(?:for )?)((?:[^\W\d]\w*, )+[^\W\d]\w*)( = | in )")


class Comma(NamedTuple):
    """A comma inside brackets: where it ends, how many brackets are open, where the last one opened."""

    end: int
    depth: int
    opening: int


def wrap(text: str, width: int = WIDTH) -> str:
    """Return one line of Python, indented or not, as lines no longer than ``width`` where commas allow it."""
    if len(text) <= width or "\n" in text:
        return text
    text = _TARGETS.sub(r"\1(\2)\3", text)
    commas = _commas(text)
    lines = [(0, 0)]  # where each line begins in the text, and its indentation
    while (chosen := _break(commas, len(text), lines[-1], width)) is not None:
        begin, indent = next(line for line in reversed(lines) if line[0] <= chosen.opening)
        lines.append((chosen.end + 1, indent + chosen.opening - begin))
    ends = [begin - 1 for begin, _ in lines[1:]] + [len(text)]
    return "\n".join(" " * i + text[b:e] for (b, i), e in zip(lines, ends, strict=True))


def _break(commas: list[Comma], length: int, line: tuple[int, int], width: int) -> Comma | None:
    """Return the comma behind which a line is broken: the last of the outermost ones that fit."""
    begin, indent = line
    if indent + length - begin <= width:
        return None
    fit = [comma for comma in commas if begin < comma.end <= begin + width - indent]
    return min(fit, key=lambda comma: (comma.depth, -comma.end), default=None)


def _commas(text: str) -> list[Comma]:
    """Return the commas inside brackets, those in f-strings excepted."""
    found: list[Comma] = []
    openings: list[int] = []
    strings, shift = 0, len(text) - len(text.lstrip())
    for token in tokenize.generate_tokens(io.StringIO(text.lstrip()).readline):
        kind, end = tokenize.tok_name[token.type], token.end[1] + shift
        strings += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if kind == "OP" and token.string in "([{":
            openings.append(end)
        elif kind == "OP" and token.string in ")]}":
            openings.pop()
        elif kind == "OP" and token.string == "," and openings and not strings and text[end : end + 1] == " ":
            found.append(Comma(end, len(openings), openings[-1]))
    return found
