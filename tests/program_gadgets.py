"""Idioms of the random programs of :mod:`tests.programs`: several lines that work together, with holes.

``{f}``, ``{v}``, ``{b}`` and ``{k}`` stand for expressions, as in :mod:`tests.program_forms`; ``@a``, ``@b``
and so on for new variables, of which ``@z`` is the result, a float.  Nested containers, functions that are
stored and returned, generators, slices, swaps, classes, early exits.
"""

from __future__ import annotations

import re

from tests.program_containers import Containers

#: Classes that idioms use; they stand at the top of a module.
CLASSES = """
class Sum:
    def __init__(self, s=0.0):
        self.s, self.log = s, []

    def add(self, x):
        self.s += x
        self.log.append(self.s)
        return self

    @property
    def total(self):
        return self.s + sum(self.log)

    def __add__(self, other):
        return Sum(self.s * math.cos(0.1) + other.s)

    def __mul__(self, k):
        return Sum(self.s * k)

    def __getitem__(self, i):
        return self.log[i]

    def __call__(self, x):
        return math.tanh(self.s) * x

    def __iter__(self):
        yield from self.log

    def __lt__(self, other):
        return self.s < other.s


@dataclasses.dataclass
class Part:
    size: float
    weight: float = 0.5
    inner: list = dataclasses.field(default_factory=list)

    def value(self):
        return self.size * self.weight + sum(part.value() for part in self.inner)


class Named(dict):
    def __getattr__(self, name):
        return self[name]


def pairs_of(a, n=3):
    for i in range(n):
        if a > 1.2 and i == 2:
            return
        yield i, a * (i + 1)
        a = math.tanh(a)


def scaled_by(k):
    def scaled(x, *rest, shift=0.0):
        return k * x + shift + sum(rest)
    return scaled


def tally(tree):
    if isinstance(tree, dict):
        return sum(tally(child) for child in tree.values())
    if isinstance(tree, (list, tuple)):
        return sum(map(tally, tree))
    return tree


def find(rows, limit):
    for i, row in enumerate(rows):
        for item in row:
            if item > limit:
                return item * (i + 1)
    return rows[0][0]
"""

#: Idioms, separated by empty lines.
GADGETS = """
@a = {'a': [{f}, {f}], 'b': ({f}, [{f}])}
@a['a'].append(@a['b'][0] * {f})
@a['b'][1][0] = @a['a'][-1] - {f}
@z = @a['a'][0] * @a['b'][1][0] + sum(@a['a'])

@a = [[{f}], [{f}, {f}]]
@b = @a[{i} % 2]
@b.append({f})
@b[0] *= {f}
@z = @a[0][0] + @a[1][-1] * @b[-1]

@a = [{f}, {f}, {f}, {f}]
@a[1:3] = [{f}]
@a[0], @a[-1] = @a[-1], @a[0]
@z = @a[0] - @a[1] * @a[2]

@a = [{f}, {f}, {f}]
@a[::2] = @a[::-2]
@a.insert(1, {f})
@b = @a.pop(0)
@a.reverse()
@z = @b * @a[0] + @a[1:][0]

@a = sorted([{f}, {f}, {f}], key=lambda @u: @u * @u)
@z = @a[0] - 0.5 * @a[-1]

@a, *@b, @c = {f}, {f}, {f}, {f}
(@a, @c), @b[0] = (@c, @a), @b[1]
@z = @a * @b[0] - @c

@a = [lambda @u, @k=@k: @u * @k + {f} for @k in ({f}, 0.5)]
@z = sum(@g({f}) for @g in @a)

@a = {'p': lambda @u: @u * {f}, 'q': math.sin, 'r': abs}
@z = 0.0
for @k in ('p', 'q', 'r', 'p'):
    @z = @z + @a[@k]({f})

@a = {}
for @i, @k in enumerate('abca'):
    @a.setdefault(@k, []).append({f} * @i)
@z = sum(sum(@b) for @b in @a.values())

@a = collections.defaultdict(float)
for @k in ('a', 'b', 'a'):
    @a[@k] += {f}
@z = @a['a'] * @a['b'] + @a['c']

@a = collections.deque([{f}, {f}], maxlen=3)
@a.append({f})
@a.rotate(1)
@a.appendleft({f})
@z = @a[0] - @a[-1] * @a[1]

@a = iter([{f}, {f}, {f}])
@b = next(@a)
@z = @b
for @c in @a:
    @z = @z * 0.5 + @c
@z = @z + next(@a, {f})

def @g(@u):
    def @h(@w):
        return @u * @w + {f}
    return @h
@a = @g({f})
@z = @a({f}) - @a(0.5)

@a = 0.0
def @g(@u):
    nonlocal @a
    @a = @a + @u
    return @a * @u
@b = [@g({f}), @g({f})]
@z = @a * @b[0] + @b[1]

@a = functools.partial(lambda @u, @w, @t=1.0: @u * @w - @t, {f})
@z = @a({f}) + @a(0.5, @t={f})

@z = functools.reduce(lambda @u, @w: @u * 0.5 + @w, [{f}, {f}, {f}], {f})

@a = list(itertools.accumulate([{f}, {f}, {f}], lambda @u, @w: 0.5 * @u * @w + @w))
@z = @a[-1] + @a[0]

@a = list(map(lambda @u, @w: @u * @w, ({f}, {f}), [{f}, {f}]))
@z = sum(@a) + len(list(filter(lambda @u: @u > {k}, @a)))

@a = dict(zip('ab', ({f}, {f})))
@a |= {'c': {f}}
@b, @c = zip(*[({f}, @k) for @k in @a.values()])
@z = @b[0] * @c[-1]

@n = 0
@z = {f}
while True:
    @n += 1
    if @n > 4 or {b}:
        break
    if @n == 2:
        continue
    @z = 0.5 * @z + {f}
else:
    @z = 0.0

@z = {f}
for @i in range(3):
    for @j in range(3):
        if @i * @j > 1:
            break
        @z = @z * 0.7 + {f}
    else:
        continue
    @z = @z - {f}
    break

match [{f}, {f}, {i}]:
    case [@a, @b, 0 | 1] if @a > {k}:
        @z = @a * @b
    case [@a, *@b]:
        @z = @a - @b[0]

with contextlib.nullcontext({f}) as @a:
    @z = @a * {f}

try:
    @a = {f}
finally:
    @b = 1
@z = @a * @b * {f}

@a = np.array([[{f}, {f}], [{f}, {f}]])
@z = 0.0
for @i, @u in np.ndenumerate(@a):
    @z = @z + @u * (@i[0] + 2 * @i[1])

@a = {v}
@z = 0.0
for @i in np.ndindex(3):
    @z += @a[@i] * {f}

@a = {(0, 1): {f}, (1, 0): {f}}
@z = sum(@u * (@i - 2 * @j) for (@i, @j), @u in @a.items())

@z = {f}
@a = []
while len(@a) < 3:
    @a += [@z]
    @z = math.tanh(@z) + {f} if @z > {k} else @a[-1] * 0.5
@z = @z * sum(@a)

@a, @b = {f}, {f}
for @i in range(3):
    @a, @b = @b, 0.5 * @a + @b * {f}
@z = @a - @b

@a = Sum({f})
@a.add({f}).add({f})
@z = @a.total * @a[0]

@a = [Sum({f}), Sum({f})]
for @o in @a:
    @o.add({f})
@z = (@a[0] + @a[1] * {f}).s + sum(@a[1]) + @a[0]({f})

@a = {'x': Sum()}
@a['x'].add({f})
@a['y'] = @a['x']
@a['y'].add({f})
@z = @a['x'].s * min(@a.values()).total

@a = Part({f}, inner=[Part({f}), Part({f}, {f})])
@a.inner[0].inner.append(Part({f}))
@a.size *= {f}
@z = @a.value()

@a = dataclasses.replace(Part({f}), weight={f})
@z = @a.size * @a.weight + len(@a.inner)

@a = Named(p={f}, q={f})
@a['r'] = @a.p * @a.q
@z = @a.r - sum(@a.values())

@z = sum(@i * @u for @i, @u in pairs_of({f}))
@a = pairs_of({f}, 2)
@z = @z * next(@a)[1] + dict(@a).get(1, {f})

@a = scaled_by({f})
@b = [@a, scaled_by(0.5)]
@z = @b[0]({f}) + @b[{i} % 2]({f}, {f}, shift={f})

@z = tally({'a': [{f}, ({f}, {f})], 'b': {'c': {f}}})

@z = find([[{f}, {f}], [{f}]], {k})

@a = Sum
@b = getattr(@a({f}), 'add')
@z = @b({f}).total

@a = [Sum({f}), Sum({f}), Sum({f})]
@z = sorted(@a)[0].s * max(@a).s

@z = sum(map(scaled_by({f}), [{f}, {f}])) * functools.partial(scaled_by({f}), shift={f})({f})
""".strip().split("\n\n")
USING = re.compile("Sum|Part|Named|pairs_of|scaled_by|tally|find")
IMPORTS = (
    *(f"import {n}" for n in "collections contextlib dataclasses functools itertools math".split()),
    "import numpy as np",
)
NAME = re.compile(r"@([a-z])")


class Gadgets(Containers):
    """Writes idioms."""

    def gadget(self) -> None:
        """Write one idiom."""
        form = self.rng.choice(GADGETS)
        names: dict[str, str] = {}
        for letter in NAME.findall(form):
            names.setdefault(letter, self.fresh(letter))
        if USING.search(form) and CLASSES not in self.lines:
            self.lines.insert(len(IMPORTS), CLASSES)
        for line in self.fill(NAME.sub(lambda found: names[found[1]], form), 1).split("\n"):
            self.line(line)
        self.scope[names["z"]] = "f"


__all__ = ["IMPORTS", "Gadgets"]
