"""NumPy functions that no gradient can flow through, with the reason, and what to write instead.

Flows out: `REFUSED`, which `tensor.call` asks before it says that a function has no rule, and which the reference shows as a
table. These functions still take a constant Tensor: then they get its plain array. Each reason ends with code that runs for
``t = tg.Tensor([0.5, 1.0])``, and a test runs it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..messages import name_of
from ..protocols.calling import PLAIN, REFUSED
from ..protocols.leaving import INTO_A_FILE

METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")

# --- whole numbers and their bits -------------------------------------------------------------------------------------

WHOLE = "it takes whole numbers, which have no derivative. Make a plain array of them: write `{}`."
OF_WHOLE_NUMBERS: dict[str, str] = {
    **{name: f"np.{name}(t.astype(int), 6)" for name in (
        "gcd", "lcm", "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift",
    )},
    "invert": "np.invert(t.astype(int))",
    "bitwise_count": "np.bitwise_count(t.astype(int))",
    "packbits": "np.packbits(t > 0)",
    "unpackbits": "np.unpackbits(t.astype(np.uint8))",
    "ravel_multi_index": "np.ravel_multi_index(t.astype(int), (2, 3))",
    "unravel_index": "np.unravel_index(t.astype(int), (2, 3))",
    "ix_": "np.ix_(t.astype(int))",
}  # fmt: skip


def arguments_of(method: str, ufunc: np.ufunc, first: str, second: str) -> str:
    """What an example of a call of a ufunc's method is given."""
    if method == "at":
        return ", ".join([first, "[0, 1]", *[second] * (ufunc.nin - 1)])
    return {"reduceat": f"{first}, [0, 1]", "outer": f"{first}, {second}"}.get(method, first)


for name, example in OF_WHOLE_NUMBERS.items():
    function: Any = vars(np).get(name)  # bitwise_count is there since NumPy 2
    if function is not None:
        REFUSED[function] = WHOLE.format(example)
    if not isinstance(function, np.ufunc):
        continue
    for method in METHODS if function.nin == 2 else METHODS[-1:]:
        call = f"{name_of((function, method))}({arguments_of(method, function, 'k', '6')})"
        REFUSED[function, method] = WHOLE.format(f"k = t.astype(int); {call}")

# --- truth values, written over numbers -------------------------------------------------------------------------------

for function in sorted((f for f in PLAIN if isinstance(f, np.ufunc)), key=lambda ufunc: ufunc.__name__):
    example = f"k = np.array(t.detach()); {name_of((function, 'at'))}({arguments_of('at', function, 'k', '1.0')})"
    REFUSED[function, "at"] = (
        "it writes truth values over the numbers of an array, and truth values have no derivative. Let it write into a plain "
        f"array: write `{example}`."
    )

# --- dates ------------------------------------------------------------------------------------------------------------

for function in (np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string, np.isnat, (np.isnat, "at")):
    REFUSED[function] = (
        "it takes dates, and a Tensor holds real numbers. If they are numbers of days, make dates of them: write "
        "`dates = np.datetime64('2026-01-01') + t.astype(int)`, and give it these."
    )

# --- complex numbers --------------------------------------------------------------------------------------------------

REFUSED[np.sort_complex] = "its result is complex, and a Tensor holds real numbers. Write `np.sort(t)`."
REFUSED[np.roots] = (
    "the zeros of a polynomial may be complex, and a Tensor holds real numbers. For a real one, find it without a "
    "gradient and let one step of Newton's method give it the gradient: write "
    "`r = np.roots(t.detach())[0].real; r = r - np.polyval(t, r) / np.polyval(np.polyder(t), r)`."
)
for name in np.emath.__all__ if hasattr(np.emath, "__all__") else ("sqrt", "log", "log2", "logn", "log10", "power"):
    function = getattr(np.emath, name)
    second = ", 0.5" if name == "power" else ""
    usual = {"logn": "np.log(t) / np.log(2.0)"}.get(name, f"np.{name}(t{second})")
    REFUSED[function] = (
        f"it gives complex numbers where the argument is outside its domain, and a Tensor holds real ones. Write `{usual}`, "
        "which gives nan there."
    )

# --- sets, and bins in several dimensions -------------------------------------------------------------------------------

PICKED = "how many elements it picks depends on the values. With an index or np.unique they keep their gradient: write "
OF_SETS = {
    "intersect1d": "np.unique(t[np.isin(t.detach(), [0.5, 2.0])])",
    "setdiff1d": "np.unique(t[~np.isin(t.detach(), [0.5, 2.0])])",
    "setxor1d": "np.unique(t[~np.isin(t.detach(), [0.5, 2.0])])",
    **dict.fromkeys(("unique_values", "unique_counts", "unique_inverse", "unique_all"), "np.unique(t)"),
}
for name, example in OF_SETS.items():
    if function := vars(np).get(name):  # some are there since NumPy 2
        REFUSED[function] = f"{PICKED}`{example}`."
for function in (np.histogram2d, np.histogramdd):
    REFUSED[function] = (
        "it counts points in boxes, and a count has no derivative: give it `t.detach()`. If weights are Tensors, add them up "
        "yourself, with the number of its box for each point: write `np.bincount([0, 2], weights=t, minlength=4)`."
    )

# --- others -----------------------------------------------------------------------------------------------------------

JUMPS = "the distance to the next floating-point number jumps at each power of 2 and is constant between. Write "
REFUSED[np.spacing] = JUMPS + "`np.spacing(t.detach())`."
REFUSED[np.spacing, "at"] = JUMPS + "`k = np.array(t.detach()); np.spacing.at(k, [0, 1])`."
REFUSED[np.i0] = (
    "its derivative is the Bessel function i1, which NumPy does not have. SciPy has both, and a rule is here: write "
    "`scipy.special.i0(t)`."
)
for function in sorted(INTO_A_FILE, key=name_of):
    name = name_of(function)
    keyword = "t=" if name.startswith("np.savez") else ""
    REFUSED[function] = (
        "it keeps the numbers of a Tensor, but not its history. Say that you want the numbers alone: write "
        f"`{name}(f, {keyword}t.detach())`. To keep a leaf with its name and gradient, use pickle."
    )

OLD_NAMES = {
    "product": "np.prod(t)", "cumproduct": "np.cumprod(t)", "round_": "np.round(t)", "msort": "np.sort(t, axis=0)",
    "alltrue": "np.all(t)", "sometrue": "np.any(t)", "asfarray": "t.astype(float)",
}  # fmt: skip
for name, example in OLD_NAMES.items():
    if function := vars(np).get(name):  # NumPy 2 does not have it
        REFUSED[function] = f"it is an old name, which NumPy 2 does not have. Write `{example}`."
