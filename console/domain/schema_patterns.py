"""Patterns matched in bounded time: Python's `re` where it is cheap, an automaton where it is not.

A backtracking matcher needs minutes for `^(a+)+$` and thirty characters, and a schema comes from
outside. Patterns whose worst case is small go to `re`; the others run through a lazily built
automaton, which takes one step a character. What is neither (look-arounds, back references on
long texts) is refused with `TooLong`, never tried.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

CHEAP_STEPS: Final = 3_000_000
MAX_NODES: Final = 5_000
MAX_WORK: Final = 20_000
_FOREVER: Final = float("inf")
# The tree that `re` itself compiles from; without it (it is no public name) all counts as dear.
_parser: Final[Any] = importlib.import_module("re._parser")
_constants: Final[Any] = importlib.import_module("re._constants")

Test = Callable[[str], bool]


class TooLong(ValueError):
    """The text cannot be checked against the pattern in a time a person would wait."""


def found_in(pattern: str, text: str) -> bool:
    """Return whether `pattern` matches anywhere in `text`, as `re.search` does, in bounded time.

    Raises re.error for what is no pattern and TooLong where only backtracking could tell.
    """
    plan = _plan(pattern)
    if plan.steps(len(text)) <= CHEAP_STEPS:
        return plan.compiled.search(text) is not None
    if plan.automaton is None:
        raise TooLong(f"Too long to be checked against the pattern {pattern[:80]}.")
    return plan.automaton.search(text)


class _Plan:
    """One pattern: `re`'s own, what that may cost, and the automaton where one can be built."""

    def __init__(self, pattern: str) -> None:
        self.compiled = re.compile(pattern)
        tree = _parser.parse(pattern)
        items = list(tree)
        self._anchored = bool(items) and str(items[0][1]).startswith("AT_BEGINNING")
        self._repeats, self._factor = _cost(items, inside=False)
        plain = not tree.state.flags & ~re.UNICODE.value
        self.automaton = _Automaton.of(items) if plain else None

    def steps(self, length: int) -> float:
        """Return an upper bound of what `re` may need for a text of `length` characters."""
        powers = self._repeats + (0 if self._anchored else 1)
        if length <= 1:
            return 0.0 if self._factor != _FOREVER else self._factor
        return _FOREVER if powers > 40 else self._factor * float(length) ** powers


@lru_cache(maxsize=256)
def _plan(pattern: str) -> _Plan:
    return _Plan(pattern)


def _cost(items: Iterable[tuple[Any, Any]], *, inside: bool) -> tuple[int, float]:
    """Return (how many unbounded repeats follow each other, product of the bounded choices).

    A choice inside a repeat multiplies with every round: that counts as for ever.
    """
    repeats, factor = 0, 1.0
    for op, args in items:
        name = str(op)
        within = inside
        if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            low, high, _body = args
            endless = high == _constants.MAXREPEAT
            within = inside or high > 1
            repeats += endless
            choices = 1 if endless else high - low + 1
            chooses = low != high
        else:
            choices = len(args[1]) if name == "BRANCH" else 1
            chooses = name == "BRANCH"
            repeats += name in {"GROUPREF", "GROUPREF_EXISTS"}
        factor *= _FOREVER if chooses and inside else choices
        for body in _bodies(name, args):
            more, times = _cost(body, inside=within)
            repeats += more
            factor *= times
    return repeats, factor


def _bodies(name: str, args: Any) -> list[Iterable[tuple[Any, Any]]]:
    """Return the parts that a parsed item is made of."""
    if name == "BRANCH":
        return list(args[1])
    if name == "ATOMIC_GROUP":
        return [args]
    place = {
        "MAX_REPEAT": 2,
        "MIN_REPEAT": 2,
        "POSSESSIVE_REPEAT": 2,
        "SUBPATTERN": 3,
        "ASSERT": 1,
        "ASSERT_NOT": 1,
    }.get(name)
    return [] if place is None else [args[place]]


class _State:
    """A set of places in the pattern that a text may have reached, and where characters lead."""

    __slots__ = ("ends", "found", "nodes", "onward")

    def __init__(self, nodes: frozenset[int], *, found: bool, ends: frozenset[int]) -> None:
        self.nodes = nodes
        self.found = found
        self.ends = ends
        self.onward: dict[str, _State] = {}


class _Unbuildable(ValueError):
    """The pattern has a part that no automaton can follow."""


class _Automaton:
    """The pattern as places with edges; built by `of`, asked by `search`."""

    def __init__(self) -> None:
        self._tests: list[Test | None] = []  # None: no character is read here
        self._next: list[list[int]] = []
        self._marks: dict[int, str] = {}  # begin, end, very-end
        self._states: dict[frozenset[int], _State] = {}
        self._goal = self._node()
        self._start = self._goal

    @classmethod
    def of(cls, items: Iterable[tuple[Any, Any]]) -> _Automaton | None:
        """Return the automaton of a parsed pattern, None where there is none."""
        result = cls()
        try:
            result._start = result._sequence(items, result._goal)
        except _Unbuildable:
            return None
        return result

    def search(self, text: str) -> bool:
        """Return whether the pattern matches anywhere in `text`."""
        state = self._enter(self._closure({self._start}, begin=True))
        again = self._closure({self._start}, begin=False)
        last = len(text) - 1
        work = 0
        for place, char in enumerate(text):
            if state.found or (place == last and char == "\n" and self._ended(state, {"end"})):
                return True
            onward = state.onward.get(char)
            if onward is None:
                work += 1
                if work > MAX_WORK:
                    raise TooLong("Too long to be checked against this pattern.")
                onward = self._step(state, char, again)
            state = onward
        return state.found or self._ended(state, {"end", "very-end"})

    def _step(self, state: _State, char: str, again: frozenset[int]) -> _State:
        reached = set()
        for node in state.nodes:
            test = self._tests[node]
            if test is not None and test(char):
                reached.update(self._next[node])
        onward = self._enter(self._closure(reached, begin=False) | again)
        state.onward[char] = onward
        return onward

    def _enter(self, nodes: frozenset[int]) -> _State:
        state = self._states.get(nodes)
        if state is None:
            if len(self._states) > MAX_NODES:
                self._states.clear()
            ends = frozenset(n for n in nodes if self._marks.get(n) in {"end", "very-end"})
            state = _State(nodes, found=self._goal in nodes, ends=ends)
            self._states[nodes] = state
        return state

    def _ended(self, state: _State, marks: set[str]) -> bool:
        return bool(state.ends) and self._goal in self._closure(
            set(state.ends), begin=False, passed=marks
        )

    def _closure(
        self, nodes: set[int], *, begin: bool, passed: Iterable[str] = ()
    ) -> frozenset[int]:
        """Return `nodes` and all reached from them without reading; marks only where they hold."""
        seen = set(nodes)
        todo = list(nodes)
        while todo:
            node = todo.pop()
            mark = self._marks.get(node)
            if self._tests[node] is not None:
                continue
            if mark is not None and not (mark == "begin" and begin) and mark not in passed:
                continue
            for onward in self._next[node]:
                if onward not in seen:
                    seen.add(onward)
                    todo.append(onward)
        return frozenset(seen)

    # --- building, from the back: each part knows where it leads to -------------------------
    def _node(self, test: Test | None = None, onward: Iterable[int] = (), mark: str = "") -> int:
        if len(self._tests) >= MAX_NODES:
            raise _Unbuildable
        self._tests.append(test)
        self._next.append(list(onward))
        if mark:
            self._marks[len(self._tests) - 1] = mark
        return len(self._tests) - 1

    def _sequence(self, items: Iterable[tuple[Any, Any]], onward: int) -> int:
        for op, args in reversed(list(items)):
            onward = self._part(str(op), args, onward)
        return onward

    def _part(self, name: str, args: Any, onward: int) -> int:
        if name == "AT":
            mark = _MARKS.get(str(args))
            if mark is None:
                raise _Unbuildable
            return self._node(None, [onward], mark)
        if name == "BRANCH":
            return self._node(None, [self._sequence(body, onward) for body in args[1]])
        if name == "SUBPATTERN" and not args[1] and not args[2]:
            return self._sequence(args[3], onward)
        if name in {"MAX_REPEAT", "MIN_REPEAT"}:
            low, high, body = args
            return self._repeat(low, high, body, onward)
        return self._node(_test(name, args), [onward])

    def _repeat(self, low: int, high: int, body: Any, onward: int) -> int:
        items = list(body)
        if high == _constants.MAXREPEAT:
            loop = self._node(None, [onward])
            self._next[loop].append(self._sequence(items, loop))
            onward = loop
        else:
            out = onward
            for _ in range(high - low):
                onward = self._node(None, [self._sequence(items, onward), out])
        for _ in range(low):
            onward = self._sequence(items, onward)
        return onward


_MARKS: Final = {
    "AT_BEGINNING": "begin",
    "AT_BEGINNING_STRING": "begin",
    "AT_END": "end",
    "AT_END_STRING": "very-end",
}
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def _test(name: str, args: Any) -> Test:
    """Return the test of one character for a parsed item, or raise _Unbuildable."""
    if name == "LITERAL":
        return lambda char: ord(char) == args
    if name == "NOT_LITERAL":
        return lambda char: ord(char) != args
    if name == "ANY":
        return lambda char: char != "\n"
    if name == "RANGE":
        return lambda char: args[0] <= ord(char) <= args[1]
    if name == "CATEGORY" and str(args) in _CATEGORIES:
        kind = re.compile(_CATEGORIES[str(args)])
        return lambda char: kind.match(char) is not None
    if name == "IN":
        negated = str(args[0][0]) == "NEGATE"
        tests = [_test(str(op), part) for op, part in (args[1:] if negated else args)]
        return lambda char: any(test(char) for test in tests) is not negated
    raise _Unbuildable
