"""More of the table of operations: matrices and their factors, Fourier transforms, SciPy's special functions.

Engines agree on a derivative only where there is one answer. So symmetric matrices are made symmetric here (`a + aᵀ`; how a
gradient is divided between two triangles, one of which is not read, is a convention), singular vectors and eigenvectors are
squared (their sign is free), and what comes in no certain order is summed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from expressions import Builder
from operations import (
    NO_FUNCTION,
    NO_RULE,
    OBJECTS,
    Peer,
    Picked,
    above_1,
    as_it_is,
    from_0,
    inside_1,
    norm_distance,
    norm_of_vectors,
    one,
    operation,
    positive,
    two,
)

try:
    import scipy.special as scipy_special

    import tinygrad_lite.rules.scipy.special  # noqa: F401
except ImportError:
    scipy_special = None

# --- matrices ---------------------------------------------------------------------------------------------------------


def turned(np: Any, x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def square(b: Builder, diagonal: Sequence[float] = (1.5, -1.5, 1.5)) -> Picked:
    """A stack of square matrices, and a diagonal one to add to them."""
    i = b.of_shape(b.choice([(2, 2), (3, 3), (2, 2, 2), (1, 1)]))
    n, values = b.shape(i)[-1], b.values[i]
    return [i], {"eye": numpy.diag(diagonal[:n]).astype(values.dtype)}


def square_and(*shapes: tuple[Any, ...]) -> Callable[[Builder], Picked]:
    """Square matrices, and an array whose shape is given with "n" for their size."""

    def pick(b: Builder) -> Picked:
        i = b.of_shape(b.choice([(2, 2), (3, 3)]))
        shape = tuple(b.shape(i)[0] if n == "n" else n for n in b.choice(shapes))
        return [i, b.of_shape(shape)], {"eye": numpy.diag((1.5, -1.5, 1.5)[: b.shape(i)[0]])}

    return pick


def regular(np: Any, x: Any, eye: Any) -> Any:
    """A matrix far from singular."""
    return 0.4 * np.sin(x) + eye


def definite(np: Any, x: Any, eye: Any) -> Any:
    """A symmetric one with positive eigenvalues."""
    return 0.3 * np.matmul(x, turned(np, x)) + eye * eye


def symmetric(np: Any, x: Any, eye: Any) -> Any:
    return x + turned(np, x) + eye


def apart_from(make: Callable[..., Any]) -> Callable[..., Any]:
    """How far the eigenvalues are from each other; in fiftieths, since their vectors' slope is 1 over that."""
    return lambda x, eye, **_: numpy.min(numpy.diff(numpy.linalg.eigvalsh(make(numpy, x, eye))), initial=1) / 50


def singular(x: Any, **_: Any) -> Any:
    """How far the singular values are from each other and from 0."""
    s = numpy.linalg.svd(x)[1]
    return numpy.minimum(numpy.min(s), numpy.min(-numpy.diff(s), initial=1)) / 100


def rectangular(b: Builder) -> Picked:
    return [b.of_shape(b.choice([(3, 2), (2, 3), (2, 2), (2, 3, 2)]))], {}


def of_matrices(b: Builder, key: str, options: Sequence[Any]) -> Picked:
    args, constants = square(b)
    return args, {**constants, key: b.choice(options)}


def values_and_vectors(np: Any, values: Any, vectors: Any) -> Any:
    return np.concatenate([np.expand_dims(values, -2), np.square(vectors)], axis=-2)


ONE_MATRIX: Peer = ("takes no stacks of matrices here", lambda x, *_, **__: numpy.ndim(x) == 2)
operation("linalg.inv", lambda np, x, eye: np.linalg.inv(regular(np, x, eye)), square)
operation("linalg.det", lambda np, x, eye: np.linalg.det(regular(np, x, eye)), square, covers="linalg.det cofactors")
operation("det", lambda np, x: np.linalg.det(x), lambda b: (square(b)[0], {}), singular, covers="linalg.det")
operation("linalg.slogdet", lambda np, x, eye: np.linalg.slogdet(regular(np, x, eye))[1], square,
          covers="linalg.slogdet log_abs_det")  # fmt: skip
operation("linalg.solve", lambda np, x, y, eye: np.linalg.solve(regular(np, x, eye), np.astype(y, "float64")),
          square_and(("n",), ("n", 2), ("n", 1)))  # fmt: skip
operation("linalg.pinv", lambda np, x: np.linalg.pinv(x), rectangular, singular)
operation("linalg.cholesky", lambda np, x, eye: np.linalg.cholesky(definite(np, x, eye)), square,
          covers="linalg.cholesky lower_cholesky")  # fmt: skip
operation("linalg.eigh", lambda np, x, eye: values_and_vectors(np, *np.linalg.eigh(symmetric(np, x, eye))),
          square, apart_from(symmetric), covers="linalg.eigh packed_eigh")  # fmt: skip
operation("linalg.eigvalsh", lambda np, x, eye: np.linalg.eigvalsh(symmetric(np, x, eye)), square, apart_from(symmetric),
          autograd=NO_FUNCTION)  # fmt: skip


def eigen(np: Any, x: Any, eye: Any) -> Any:
    """The discs of Gershgorin are apart: the eigenvalues are real."""
    values, vectors = np.linalg.eig(0.3 * np.sin(x) + eye)
    return np.sum(np.exp(0.3 * values)[..., None, :] * np.square(vectors), -1)


def spread_out(b: Builder) -> Picked:
    return square(b, (0.0, 2.5, 5.0))


operation("linalg.eig", eigen, spread_out, covers="linalg.eig packed_eig")
operation("linalg.eigvals", lambda np, x, eye: np.sum(np.exp(0.3 * np.linalg.eigvals(0.3 * np.sin(x) + eye)), -1), spread_out,
          autograd=NO_FUNCTION)  # fmt: skip


def left(np: Any, x: Any) -> Any:
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return values_and_vectors(np, s, u)


def right(np: Any, x: Any) -> Any:
    _, s, v = np.linalg.svd(x, full_matrices=False)
    return values_and_vectors(np, s, turned(np, v))


operation("linalg.svd", left, rectangular, singular, covers="linalg.svd packed_svd")
operation("svd right", right, rectangular, singular, covers="linalg.svd packed_svd")
operation("singular values", lambda np, x: np.linalg.svd(x, compute_uv=False), rectangular, singular,
          covers="linalg.svd singular_values held")  # fmt: skip


def orthogonal(np: Any, x: Any) -> Any:
    q, r = np.linalg.qr(x)
    return (
        np.concatenate([np.square(q), np.square(r)], axis=-2) if q.shape[-1] == r.shape[-1] else np.square(q) @ np.square(r)
    )


operation("linalg.qr", orthogonal, rectangular, singular, covers="linalg.qr packed_qr", autograd=NO_FUNCTION)
operation("linalg.lstsq", lambda np, x, y: np.linalg.lstsq(x, y, None)[0],
          lambda b: ([b.of_shape((3, 2)), b.of_shape(b.choice([(3,), (3, 2)]))], {}), lambda x, y: singular(x),
          autograd=NO_RULE)  # fmt: skip
operation("linalg.matrix_power", lambda np, x, eye, n: np.linalg.matrix_power(regular(np, x, eye), n),
          lambda b: of_matrices(b, "n", [-2, -1, 0, 1, 2, 3, 5]), autograd=NO_RULE)  # fmt: skip
operation("linalg.multi_dot", lambda np, x, y, z: np.linalg.multi_dot([x, y, z]),
          lambda b: ([b.of_shape(b.choice([(2, 3), (3,)])), b.of_shape((3, 2)), b.of_shape(b.choice([(2, 3), (2,)]))], {}),
          autograd=OBJECTS)  # fmt: skip


def of_tensor(b: Builder) -> Picked:
    return [b.of_shape((2, 2, 4))], {"eye": 2.5 * numpy.eye(4).reshape(2, 2, 4)}


operation("linalg.tensorinv", lambda np, x, eye: np.linalg.tensorinv(regular(np, x, eye), 2), of_tensor, autograd=NO_RULE)
operation("linalg.tensorsolve", lambda np, x, y, eye: np.linalg.tensorsolve(regular(np, x, eye), np.astype(y, "float64")),
          lambda b: ((p := of_tensor(b))[0] + [b.of_shape((2, 2))], p[1]), autograd=NO_RULE)  # fmt: skip
operation("linalg.cond", lambda np, x, eye, p: np.linalg.cond(regular(np, x, eye), p),
          lambda b: of_matrices(b, "p", [None, 2, -2, "fro", 1, numpy.inf]),
          lambda x, eye, p: numpy.minimum(singular(regular(numpy, x, eye)), norm_gaps(regular(numpy, x, eye))),
          torch=("fails at the second derivative for other norms", lambda x, eye, p: p in (None, 2, -2)),
          autograd=NO_RULE)  # fmt: skip


def norm_gaps(a: Any) -> Any:
    """How far sums of rows and of columns are from each other, and elements from 0, in it and in its inverse."""
    found = [1.0]
    for m in (a, numpy.linalg.inv(a)):
        found += [
            numpy.min(numpy.abs(m)),
            *(numpy.min(numpy.diff(numpy.sort(numpy.sum(abs(m), i))), initial=1) for i in (-1, -2)),
        ]
    return numpy.min(found)


operation("spectral norms", lambda np, x, ord: np.linalg.norm(x, ord=ord, axis=(-2, -1)),
          lambda b: (rectangular(b)[0], {"ord": b.choice([2, -2, "nuc"])}), singular, covers="linalg.norm",
          autograd="fails for axes counted from the end")  # fmt: skip

if hasattr(numpy.linalg, "vecdot"):  # NumPy 2
    operation("linalg.svdvals", lambda np, x: np.linalg.svdvals(x), rectangular, singular, autograd=NO_RULE)
    operation("linalg.vector_norm", lambda np, x, ord, **constants: np.linalg.vector_norm(x, ord=ord or 2, **constants),
              norm_of_vectors, norm_distance, autograd=NO_RULE)  # fmt: skip
    operation("linalg.matrix_norm", lambda np, x, ord: np.linalg.matrix_norm(x, ord=ord),
              lambda b: (rectangular(b)[0], {"ord": b.choice(["fro", "nuc", 2, -2])}), singular,
              autograd=NO_RULE)  # fmt: skip
    for at in ("linalg.", ""):  # NumPy has these in two places
        operation(f"{at}matrix_transpose", lambda np, x, at=at: (np.linalg if at else np).matrix_transpose(x),
                  lambda b: ([b.matrices()], {}), autograd=NO_RULE)  # fmt: skip
        operation(f"{at}vecdot", lambda np, x, y, axis, at=at: (np.linalg if at else np).vecdot(x, y, axis=axis),
                  lambda b: ([i := b.vectors(), b.of_shape(b.shape(i))], {"axis": b.axis(i)}), autograd=NO_RULE)  # fmt: skip

# --- Fourier transforms -----------------------------------------------------------------------------------------------


def both(np: Any, z: Any) -> Any:
    """Complex numbers as real ones, so that neither part is lost."""
    return np.real(z) - 2.0 * np.imag(z)


NORMS = [None, "ortho", "forward", "backward"]


def one_axis(b: Builder) -> Picked:
    i = b.array(lambda shape: len(shape) > 0 and max(shape) > 1)
    axis = b.choice([a for a, n in enumerate(b.shape(i)) if n > 1])
    n = b.shape(i)[axis]
    return [i], {
        "n": b.choice([None, n + 1, n, n - 1]),
        "axis": b.choice([axis, axis - len(b.shape(i))]),
        "norm": b.choice(NORMS),
    }


def two_axes(b: Builder) -> Picked:
    i = b.array(lambda shape: len(shape) > 1 and min(shape[:2]) > 1)
    s = b.choice([None, (2, 3), (3, 2)])
    return [i], {"s": s, "axes": b.choice([(0, 1), (1, 0)]), "norm": b.choice(NORMS)}


ODD = "has no derivative of halved transforms of odd length, and takes every norm that is given for 'ortho'"
EVEN: dict[str, Peer] = {  # for HIPS autograd
    "rfft": (ODD, lambda x, n, axis, norm: norm is None and (n or x.shape[axis]) % 2 == 0),
    "rfft2": (ODD, lambda x, s, axes, norm: norm is None and (s or [x.shape[i] for i in axes])[-1] % 2 == 0),
    "irfft": (ODD, lambda x, n, axis, norm: norm is None and (n is None or n % 2 == 0)),
    "irfft2": (ODD, lambda x, s, axes, norm: norm is None and (s is None or s[-1] % 2 == 0)),
    "ihfft": NO_RULE,
    "hfft": NO_RULE,
}
EVEN |= {"rfftn": EVEN["rfft2"], "irfftn": EVEN["irfft2"]}


def transform(name: str, pick: Callable[[Builder], Picked], form: Callable[..., Any], covers: str = "") -> None:
    peers = {"autograd": EVEN[name]} if name in EVEN else {}
    operation(f"fft.{name}", form, pick, covers=f"fft.{name} {covers}", **peers)


for name in ("fft", "ifft", "rfft", "ihfft", "fft2", "ifft2", "fftn", "ifftn", "rfft2", "rfftn"):
    form = lambda np, x, name=name, **constants: both(np, getattr(np.fft, name)(x, *constants.values()))  # noqa: E731
    transform(name, one_axis if name.endswith("t") else two_axes, form, "dft")
for name in ("irfft", "hfft"):
    form = lambda np, x, name=name, **constants: getattr(np.fft, name)(np.fft.fft(x), *constants.values())  # noqa: E731
    transform(name, one_axis, form)
for name in ("irfft2", "irfftn"):
    form = lambda np, x, name=name, **constants: getattr(np.fft, name)(np.fft.fftn(x), *constants.values())  # noqa: E731
    transform(name, two_axes, form)
for name in ("fftshift", "ifftshift"):
    operation(f"fft.{name}", lambda np, x, axes, name=name: getattr(np.fft, name)(x, axes),
              lambda b: ([i := b.vectors()], {"axes": b.choice([None, b.axis(i)])}))  # fmt: skip
operation("convolution theorem", lambda np, x, y: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y), 4),
          lambda b: ([b.of_shape((4,)), b.of_shape((4,))], {}), covers="fft.rfft fft.irfft")  # fmt: skip
operation("amplitudes", lambda np, x: np.absolute(np.fft.fft(x)), lambda b: ([b.array(lambda s: len(s) > 0)], {}),
          lambda x: abs(numpy.fft.fft(x)) / 50, covers="fft.fft")  # fmt: skip

# --- special functions ------------------------------------------------------------------------------------------------


def between_0_and_1(np: Any, x: Any) -> Any:
    return 0.5 + 0.4 * np.sin(x)


def between_0_and_2(np: Any, x: Any) -> Any:
    return 1.0 + 0.8 * np.sin(x)


def special(names: str, inside: Callable[..., Any] = as_it_is, distance: Any = None, covers: str = "", **peers: Peer) -> None:
    """Functions of one argument. `peers` says who does not have them."""
    for name in names.split():
        form = lambda np, x, name=name: getattr(np.special, name)(inside(np, x))  # noqa: E731
        operation(f"special.{name}", form, one, distance, covers=f"{name} {covers}".replace("digamma", "psi"), **peers)


def special_of_two(names: str, inside: Callable[..., Any], and_inside: Callable[..., Any], **peers: Peer) -> None:
    for name in names.split():
        form = lambda np, x, y, name=name: getattr(np.special, name)(inside(np, x), and_inside(np, y))  # noqa: E731
        operation(f"special.{name}", form, two, covers=name, **peers)


def of_order(names: str, orders: Sequence[Any], inside: Callable[..., Any], distance: Any = None, **peers: Peer) -> None:
    for name in names.split():
        form = lambda np, x, n, name=name: getattr(np.special, name)(n, inside(np, x))  # noqa: E731
        operation(f"special.{name}", form, lambda b: ([b.array()], {"n": b.choice(orders)}), distance, covers=name, **peers)


TRIGAMMA = "has a trigamma function that is right to nine digits only; mpmath agrees with ours"

if scipy_special is not None:
    special("erf erfc expit")
    special("log_expit", autograd=NO_FUNCTION)
    special("erfcx", autograd=NO_FUNCTION)
    special("ndtr", autograd=NO_FUNCTION)
    special("log_ndtr", covers="normal_hazard", autograd=NO_FUNCTION)
    special("erfinv", inside_1)
    special("erfcinv", between_0_and_2, torch=NO_FUNCTION, jax=NO_FUNCTION)
    special("ndtri", between_0_and_1, autograd=NO_FUNCTION)
    special("logit", between_0_and_1)
    special("gammaln digamma", positive, torch=TRIGAMMA)
    special("gamma", positive, torch=NO_FUNCTION)
    special("entr", positive, autograd=NO_FUNCTION)
    special("i0 i1")
    special("i0e i1e", distance=from_0, autograd=NO_FUNCTION)
    special("j0 j1", torch=NO_RULE, jax=NO_FUNCTION)
    special("y0 y1", above_1, torch=NO_RULE, jax=NO_FUNCTION)
    special_of_two("beta betaln", positive, positive, torch=NO_FUNCTION)
    special_of_two("xlogy", as_it_is, positive, autograd=NO_FUNCTION)
    special_of_two("xlog1py", as_it_is, positive, autograd=NO_FUNCTION)
    special_of_two("rel_entr kl_div", positive, positive, torch=NO_FUNCTION, autograd=NO_FUNCTION)
    of_order("polygamma", [0, 1, 2], positive, torch=(TRIGAMMA, lambda x, n: n > 1))
    of_order("jv", [0, 2, 3], above_1, torch=NO_FUNCTION, jax=NO_FUNCTION)
    of_order("yv", [0, 2, 3], above_1, torch=NO_FUNCTION, jax=NO_FUNCTION)
    of_order("iv", [0, 2, 1.5], above_1, torch=NO_FUNCTION, jax=NO_FUNCTION)
    of_order("ive", [0, 2, 1.5], above_1, torch=NO_FUNCTION, jax=NO_FUNCTION)
