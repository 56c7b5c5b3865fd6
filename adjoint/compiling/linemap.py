"""Generated source in tracebacks: the text is shown, and a note names the user's line.

>>> text = 'def f(x):\\n    return 1 / x\\n'
>>> name = register(text, 'f primal', {2: ('user.py', 7, 'in the primal of `y = 1 / x`')})
>>> space = {}
>>> exec(compile(source_text(name), name, 'exec'), space)
>>> try:
...     space['f'](0)
... except ZeroDivisionError as error:
...     annotate(error).__notes__
['in the primal of `y = 1 / x` (user.py:7)']
>>> unregister(name)
"""

from __future__ import annotations

import contextlib
import linecache
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType

from adjoint.rules.errors import AdjointError, Problem
from adjoint.rules.places import display_path, from_user, is_library, is_ours

#: Generated line -> (the user's file, the user's line, the note without its place).
LineMap = Mapping[int, tuple[str, int, str]]


@dataclass(frozen=True)
class Registered:
    """One generated text: what it is, and which user line each of its lines belongs to."""

    text: str
    label: str
    line_map: LineMap


_texts: dict[str, Registered] = {}
_lock = threading.Lock()


def register(text: str, label: str, line_map: LineMap) -> str:
    """Make a generated text known to linecache; return the file name to compile it under.

    The name is the same in every run: it holds the label and a hash of the text, and a number if
    the same text is registered already.  `unregister` forgets it again.
    """
    import hashlib  # slow to load, and not needed before something is compiled

    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    with _lock:
        name, count = f"<adjoint {label} {digest}>", 1
        while name in _texts:
            count += 1
            name = f"<adjoint {label} {digest} {count}>"
        _texts[name] = Registered(text, label, dict(line_map))
        # No modification time: checkcache() then never drops the entry.
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return name


def unregister(filename: str) -> None:
    """Forget a generated text; unknown names are ignored, so it can serve as a finalizer."""
    with _lock:
        if _texts.pop(filename, None) is not None:
            linecache.cache.pop(filename, None)


def source_text(filename: str) -> str | None:
    """Return a registered text, or None."""
    found = _texts.get(filename)
    return None if found is None else found.text


def is_registered(filename: str) -> bool:
    """Whether a file name belongs to generated text."""
    return filename in _texts


def user_line(filename: str, line: int) -> tuple[str, int, str] | None:
    """Return the user's (file, line, text) for a line of generated text, or None.

    A line that is not in the map belongs to the nearest mapped line above it.
    """
    found = _texts.get(filename)
    if found is None:
        return None
    if line in found.line_map:
        return found.line_map[line]
    above = max((mapped for mapped in found.line_map if mapped < line), default=None)
    return None if above is None else found.line_map[above]


def near(filename: str, line: int) -> tuple[str, int, str] | None:
    """Return the user's line for one of generated text; the function's first where no line above has one."""
    found = user_line(filename, line)
    if found is None and filename in _texts:
        return user_line(filename, min(_texts[filename].line_map, default=line))
    return found


def in_user_code(problem: Problem) -> Problem:
    """Return a problem found in generated text as one of the user's line behind it."""
    while (mapped := user_line(problem.filename, problem.line)) is not None:
        filename, line, _ = mapped
        text = linecache.getline(filename, line).rstrip()
        start = len(text) - len(text.lstrip())
        problem = replace(
            problem, filename=filename, line=line, column=start, end_line=line, end_column=len(text)
        )
    return problem


def annotate(error: BaseException) -> BaseException:
    """Add notes that name the user's line to an exception from generated code; return it.

    The innermost generated frame counts, but for those of rules' programs, so an exception that passes
    several gets one note only.  If that frame runs the source of a library, a second note names the
    innermost line of the user's own.  An error of ours that NumPy has made one of its own is returned itself.
    """
    if isinstance(error.__cause__, AdjointError) and not isinstance(error, AdjointError):
        return annotate(error.__cause__.with_traceback(error.__traceback__))
    frames = [*_generated(error.__traceback__)]
    if isinstance(error, AdjointError) and error.place is not None:
        frames.append(error.place)
    places = [found for frame in frames if (found := near(*frame)) is not None]
    places = [place for place in places if not is_ours(place[0])] or places
    notes = [f"{text} ({display_path(filename)}:{line})" for filename, line, text in places[-1:]]
    own = [place for place in places if not is_library(place[0])]
    if own and is_library(places[-1][0]):
        filename, line, text = own[-1]
        notes.append(from_user(text, filename, line))
    with contextlib.suppress(AttributeError):  # an exception that allows no new attributes
        for note in notes:
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)
    return error


def _generated(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Yield file name and line of every frame that runs generated code, the outermost first."""
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename in _texts:
            yield filename, traceback.tb_lineno
        traceback = traceback.tb_next
