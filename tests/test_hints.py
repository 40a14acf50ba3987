"""Names that other libraries have: the message about each says what to write here, and that runs."""

import copy
import io
import re
from typing import Any

import numpy as np
import pytest
from helpers import one_test_of

import tinygrad_lite as tg
from tinygrad_lite.messages import hints

CODE = re.compile(r"`([^`]+)`")

# Attributes of torch.Tensor, mygrad.Tensor, tf.Tensor and tf.Variable, jax.Array and np.ndarray.
PYTORCH = """
    abs abs_ acos acosh add add_ addmm adjoint all allclose amax amin aminmax any argmax argmin argsort argwhere asin
    asinh atan atan2 atanh backward bincount bmm bool broadcast_to cat ceil cholesky chunk clamp clamp_ clamp_max
    clamp_min clip clone contiguous copy_ cos cosh count_nonzero cpu cross cuda cumprod cumsum data data_ptr deg2rad det
    detach detach_ device diagonal diff dim div div_ divide dot double dtype element_size elu eq equal exp exp2 expand
    expand_as expm1 fill_ flatten flip fliplr flipud float floor floor_divide fmax fmin fmod frac gather ge ger
    get_device grad grad_fn gt half hypot index_select inner int inverse is_contiguous is_leaf isclose isfinite isinf
    isnan item kron le leaky_relu lerp log log10 log1p log2 log_softmax logaddexp logcumsumexp logdet logit logsigmoid
    logsumexp long lt masked_fill masked_select matmul matrix_power max maximum mean median min minimum mm moveaxis
    movedim mul mul_ multiply mv nanmean nansum ndim ndimension ne neg negative nelement nonzero norm normal_ numel
    numpy outer permute pinverse polygamma pow pow_ prod qr quantile rad2deg ravel reciprocal relu relu_ remainder
    repeat requires_grad requires_grad_ reshape reshape_as resize retain_grad retains_grad roll rot90 round rsqrt set_
    sgn shape sigmoid sigmoid_ sign silu sin sinc sinh size slogdet softmax softplus sort split sqrt square squeeze std
    stride sub sub_ subtract sum svd t take tan tanh tile to tolist topk trace transpose tril triu true_divide trunc
    type type_as unbind uniform_ unique unsqueeze var view view_as where zero_ zero_grad histc swapaxes swapdims
"""
MYGRAD = "backward clear_graph constant copy creator grad item null_grad null_gradients ndim shape size T gradient"
TENSORFLOW = "assign assign_add assign_sub get_shape numpy rank read_value shape trainable value dtype device"
JAX = "astype at block_until_ready clip copy device item nbytes size to_device tolist argmin argmax"
NDARRAY = [name for name in dir(np.ndarray) if not name.startswith("_")]
# what a Tensor has by the time of NumPy's attributes of complex numbers, or what nothing here can stand for
NOTHING = {"get_device", "abs_", "real", "imag", "mT"}


def run(code: str, kind: str = "t") -> None:
    """Paste it into a program that has what the hints speak of."""
    rng = np.random.default_rng(0)
    names: dict[str, Any] = {"np": np, "tg": tg, "copy": copy, "f": io.BytesIO()}
    t = tg.Tensor([[0.3, 0.6], [0.7, 0.2]], name="t")
    np.sum(t * t).backward()
    names |= {
        "t": t,
        "v": tg.Tensor(np.ones(3)),
        "w": tg.Tensor(np.ones(3)),
        "x": rng.normal(size=(2, 3)),
        "data": [1.0, 2.0],
    }
    names |= {"loss": lambda w: np.sum(w**2), "scores": rng.normal(size=(4, 3)), "labels": np.array([0, 1, 2, 1])}
    if "tofile" in code:
        return  # wants a file of the operating system
    np.sum(names["w"] ** 2).backward()
    with np.errstate(all="ignore"):
        exec(code, names)


@one_test_of(sorted({*f"{PYTORCH} {MYGRAD} {TENSORFLOW} {JAX}".split(), *NDARRAY} - NOTHING))
def test_an_attribute_of_another_library_exists_or_has_a_hint_that_runs(name: str) -> None:
    t = tg.Tensor([[0.3, 0.6], [0.7, 0.2]])
    if hasattr(t, name):
        return
    with pytest.raises(AttributeError, match="has no attribute") as error:
        getattr(t, name)
    (code,) = CODE.findall(str(error.value))
    assert name in hints.ATTRIBUTES or name in dir(np.ndarray)
    run(code)


@one_test_of(sorted(hints.ATTRIBUTES))
def test_every_hint_about_an_attribute_runs(name: str) -> None:
    run(hints.ATTRIBUTES[name])


@one_test_of(sorted(hints.NAMES))
def test_every_hint_about_a_name_of_the_package_runs(name: str) -> None:
    if hasattr(tg, name):
        return
    with pytest.raises(AttributeError, match="has no attribute") as error:
        getattr(tg, name)
    run(CODE.findall(str(error.value))[0])


def test_what_is_not_the_same_is_said() -> None:
    for name, words in {"NAdam": "no NAdam"}.items():
        with pytest.raises(AttributeError, match=words):
            getattr(tg, name)
    with pytest.raises(AttributeError, match="no devices"):
        tg.Tensor(1.0).to("cpu")


@pytest.mark.parametrize(
    ("given", "written"),
    [({"dim": 0}, {"axis": 0}), ({"keepdim": True}, {"keepdims": True}), ({"unbiased": False}, {"ddof": 0})],
)
def test_keywords_of_other_libraries(given: Any, written: Any) -> None:
    t = tg.Tensor([[0.3, 0.6], [0.7, 0.2]])
    with pytest.raises(TypeError) as error:
        t.std(**given)
    (code,) = CODE.findall(str(error.value))
    assert code == ", ".join(f"{key}={value}" for key, value in written.items())
    t.std(**written)


def test_keepdims_by_position() -> None:
    for name in ("sum", "mean", "max", "std"):
        with pytest.raises(TypeError, match="write `keepdims=True`"):
            getattr(tg.Tensor([1.0, 2.0]), name)(0, True)


def test_functions_of_numpy_are_not_in_the_package_and_it_says_so() -> None:
    for name, path in {"tanh": "np.tanh", "exp": "np.exp", "solve": "np.linalg.solve", "rfft": "np.fft.rfft"}.items():
        with pytest.raises(AttributeError, match=rf"works on Tensors too\. Write `{re.escape(path)}`"):
            getattr(tg, name)
    with pytest.raises(AttributeError, match=r"Did you mean `tg\.softmax`"):
        _ = tg.softmaxx  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"dir\(tg\) lists"):
        _ = tg.zzz  # type: ignore[attr-defined]
    assert not hasattr(tg, "__wrapped__")


def test_an_unknown_attribute_names_the_closest_one() -> None:
    t = tg.Tensor(1.0)
    with pytest.raises(AttributeError, match=r"Did you mean `t\.backward`"):
        t.backwards()
    with pytest.raises(AttributeError, match=r"dir\(t\) lists the attributes"):
        _ = t.zzz
    assert not hasattr(t, "__len_hint__")
