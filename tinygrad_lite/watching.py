"""A `Watcher`, such as debug() or trace(), is told what the engine does while a program runs.

Flows in: what the engine does, in `record`, in the backward pass and where a value leaves the graph. Flows out: nothing,
unless a watcher is active; then its methods are called, and a few of them may return something to use instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .memory import plain
from .recording import mode


class Watcher:
    """Looks on while calls are recorded. A `node` and a `handle` are those of autograd.py, which imports this file."""

    explains = False  # whether it says itself why a gradient is 0

    def saw(self, node: Any, values: list[Any], result: Any) -> None:
        """A call was recorded."""

    def saw_constant(self, rule: Any, entries: list[Any], keywords: Mapping[str, Any], out: Any) -> Any:
        """A call of which no argument wants a gradient. What is returned stands for its result."""

    def computed(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Any:
        """A function that has no derivative gave `out`, a plain array. What is returned goes on in its place."""
        return out

    def left(self, values: tuple[Any, ...], by: str) -> None:
        """Values were used by something that is not recorded."""

    def opened(self, handle: Any) -> Any:
        """Somebody asks for the array of a Tensor."""
        return plain(handle._array)

    def updated(self, leaf: Any, old: Any) -> None:
        """A leaf was given a new array, as in an update. `old` is the node it had with the array before."""

    def watch(self, steps: Iterator[tuple[Any, Any]], output: Any) -> Iterator[tuple[Any, Any]]:
        """The steps of a backward pass, each looked at before it is taken."""
        return steps

    def differentiates(self, f: Any, numbers: list[int], arguments: list[Any], variables: list[Any]) -> None:
        """A transform is about to call `f`, with these variables in the place of some of its arguments."""

    def differentiated(self, variables: list[Any], gradients: list[list[Any]]) -> None:
        """A transform has computed the gradients of its variables."""


NOBODY = Watcher()


def watcher() -> Watcher:
    """Who looks on; one who does nothing if nobody does."""
    return mode().watcher or NOBODY
