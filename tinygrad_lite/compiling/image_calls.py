"""The lines of the calls on images: windows, what overlaps, and the gradient of the largest pixels.

Flows in: calls that `passes/images.py` makes, on images as (C, H, W, N). Flows out: lines of text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..graphs.nodes import Ref
from ..graphs.program import Op
from .kernels import in_order, overlapped, to_largest, windows
from .storage import BITS, Storage


class ImageCalls(Storage):
    """Writes the lines of the calls on images."""

    in_kernel: Sequence[str] = ()  # what the places of a kernel's numbers are called in loops

    def writers_of_images(self) -> dict[Any, Callable[[Op, int], None]]:
        """Who writes which of these calls."""
        methods = (self.in_order, self.windows, self.overlapped, self.to_largest)
        return dict(zip((in_order, windows, overlapped, to_largest), methods))

    def array_for(self, op: Op, position: int) -> str:
        """The array that a call writes into, which is in no argument of it."""
        out = self.destination(op, position, False)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        return out

    def in_order(self, op: Op, position: int) -> None:
        """A copy with the numbers in order in memory."""
        self.line(f"{self.imported('copyto')}({self.array_for(op, position)}, {self.text(op.args[0])})", op)

    def windows(self, op: Op, position: int) -> None:
        """The windows of images."""
        out, x = self.array_for(op, position), self.text(op.args[0])
        u, v = self.over_kernel(op.keywords["kernel"], op)
        self.line(f"        {out}[:, {u}, {v}] = {x}[{self.met(op.keywords['size'], op)}]")

    def overlapped(self, op: Op, position: int) -> None:
        """The windows of images, added where they overlap."""
        out, (_, h, w, *size, _) = self.array_for(op, position), self.code.shape(op.args[0])
        self.line(f"{out}[...] = 0", op)
        u, v = self.over_kernel((h, w), op)
        self.line(f"        {out}[{self.met(size, op)}] += {self.text(op.args[0])}[:, {u}, {v}]")

    def over_kernel(self, kernel: Sequence[int], op: Op) -> Sequence[str]:
        """The lines of a loop over the numbers of a kernel; returns what it calls their places."""
        self.in_kernel = self.in_kernel or [self.e.free("u"), self.e.free("v")]
        u, v = self.in_kernel
        self.line(f"for {u} in range({kernel[0]}):", op)
        self.line(f"    for {v} in range({kernel[1]}):")
        return self.in_kernel

    def met(self, size: Sequence[int], op: Op) -> str:
        """The pixels that one number of a kernel meets."""
        parts = [":"]
        for name, n, s, d in zip(self.in_kernel, size, op.keywords["stride"], op.keywords["dilation"]):
            start = name if d == 1 else f"{d} * {name}"
            parts.append(f"{start} : {start} + {(n - 1) * s + 1}" + (f" : {s}" if s > 1 else ""))
        return ", ".join(parts)

    def to_largest(self, op: Op, position: int) -> None:
        """The gradient of maxima, to the first pixel of each window that is as large."""
        g, x, top = map(self.text, op.args)
        shape, bits, places = self.code.shape(op.args[2]), BITS[op.dtype], op.keywords["places"]
        found, here, whole = self.slot(shape, "bool", None), self.slot(shape, "bool", None), self.slot(shape, bits, None)
        out = self.array_for(op, position)
        apart = are_apart(places)
        if not apart or len(places) * math.prod(shape) < math.prod(op.shape):
            self.line(f"{out}[...] = 0", op)
        part = None if apart else self.slot(shape, op.dtype, None)
        g, into = (self.seen(text, f".view(np.{bits})", "bits") for text in (g, part.name if part else out))
        for k, place in enumerate(places):
            index, mask = self.e.literal(place, True), here.name if k else found.name
            self.line(f"{self.imported('equal')}({x}[{index}], {top}, {mask})", op)
            if k:
                self.line(f"{self.imported('greater')}({mask}, {found.name}, {mask})")
            small = self.seen(mask, ".view(np.int8)", "small")
            self.line(f"{self.imported('negative')}({small}, {whole.name})")
            self.line(f"{self.imported('bitwise_and')}({g}, {whole.name}, {into if part else f'{into}[{index}]'})")
            if part:
                self.line(f"{out}[{index}] += {part.name}")
            if 0 < k < len(places) - 1:
                self.line(f"{self.imported('logical_or')}({found.name}, {mask}, {found.name})")
        for slot in filter(None, (found, here, whole, part)):
            self.release(slot)


def are_apart(places: Sequence[Any]) -> bool:
    """Whether no two of some slices of images have a pixel in common."""
    taken = (
        [{*range(p[1].start, p[1].stop, p[1].step)} for p in places],
        [{*range(p[2].start, p[2].stop, p[2].step)} for p in places],
    )
    return not any(
        not taken[0][i].isdisjoint(taken[0][j]) and not taken[1][i].isdisjoint(taken[1][j])
        for i in range(len(places)) for j in range(i)
    )  # fmt: skip
