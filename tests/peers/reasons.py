"""The registered functions that are in no operation, and why: the one place to add a reason.

`REASONS` has a name, or a pattern for a family of names (``*`` stands for anything), and why no peer is asked about it.
"""

from __future__ import annotations

import importlib
from typing import Any

from tinygrad_lite.autograd import RULES
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.calling import CHAPTERS
from tinygrad_lite.protocols.compositions import COMPOSITIONS

WRITES = "writes into its argument, as an assignment to elements does; `put` compares these"
JUMPS = "jumps, in the middle of the computation too, at places that no distance tells; the function itself is compared"

SELECTS = "selects values of its argument, as `unique` does; that is compared"

REASONS: dict[str, str] = {
    "alias": "gives a variable a second name; it computes nothing",
    "replayed": "is a part of a computation that checkpoint runs again; what it computes is up to the user",
    "k0": "no peer has a derivative for it",
    "k1": "no peer has a derivative for it",
    "kv": "no peer has it",
    "sparse_product": "takes a matrix of scipy.sparse, which no peer takes; it is `matmul` with that matrix as an array",
    "copyto": WRITES,
    "fill_diagonal": WRITES,
    "place": WRITES,
    "put_along_axis": WRITES,
    "putmask": WRITES,
    "heaviside.*": JUMPS,
    "floor_divide.*": JUMPS,
    "remainder.*": JUMPS,
    "fmod.*": JUMPS,
    "union1d": SELECTS,
    "polynomial.polynomial.*": "no peer has it",
    "divmod.outer": "is `divmod` of all pairs",
    "ldexp.*": "is `ldexp` of all pairs, or at indices",
    "polydiv": "no peer has a derivative for it",
    "trim_zeros": "no peer has a derivative for it",
    "apply_along_axis": "calls a function of the user for every row; what it computes is up to the user",
    "apply_over_axes": "calls a function of the user for every axis; what it computes is up to the user",
    **dict.fromkeys(
        ("conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "conv2d_weight", "spread", "gathered"),
        "is compared in test_images.py, or is a part of the gradients of what is",
    ),
    **dict.fromkeys(
        ("linear", "standardize", "cross_entropy_of_classes", "cross_entropy_of_targets"),
        "is compared in test_networks.py, as a layer or a loss",
    ),
    "piecewise": "calls functions of the user; what it computes is up to the user",
}

FEW_HAVE = (  # of scipy.special
    "airy bei* ber* beta*inc* binom *boxcox* chdtr* cosm1 dawsn ellip* erfi eval_* exp1 exp10 expi expn exprel fdtr* fresnel "
    "gammainc* gammasgn gdtr* *huber hyp* iti0k0 itj0y0 it*struve0 jacobi jve k0e k1e kei* ker* kn kve loggamma modstruve "
    "nbdtr* ndtri_exp one_of owens_t pdtr* poch powm1 rgamma shichi sici spence stdtr* struve wrightomega yn yve zeta"
)
REASONS |= dict.fromkeys(
    FEW_HAVE.split(), "most peers lack it; the tests of rules compare it with SciPy, and with differences"
)

NOT_YET = (
    "divmod frexp ldexp modf nextafter* linalg.cross linalg.diagonal linalg.matmul linalg.outer linalg.tensordot linalg.trace"
)
REASONS |= dict.fromkeys(
    NOT_YET.split(), "no operation is written for it yet; the tests of rules compare it with NumPy, and with differences"
)


def registered() -> list[str]:
    """The names of all functions that have a derivative; not those that tests have registered for themselves."""
    for chapter in ("tinygrad_lite.recompute", *CHAPTERS.values()):  # those that wait until they are needed
        try:
            importlib.import_module(chapter)
        except ImportError:  # no SciPy
            continue
    functions = [f for f in {**RULES, **COMPOSITIONS} if not getattr(f, "__module__", "").startswith("test")]
    return sorted(set(map(short_name, functions)))


def short_name(function: Any) -> str:
    """What it is called here: by NumPy's name, which in NumPy 1 was another for one of them."""
    name = name_of(function).removeprefix("np.")
    return "trapezoid" if name == "trapz" else name
