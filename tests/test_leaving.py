"""Who asks for the plain array of a Tensor, and what they get: constants give it, pictures get it, the others a remedy."""

import copy
import io
import linecache
import math
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor

T = Tensor([1.0, 2.0], name="T")
U = Tensor(2.0, name="U")
X = np.arange(4.0).reshape(2, 2)
KNOWS_EXPRESSIONS = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Python before 3.11 tells the line, not the expression"
)


# --- Tensors that want no gradient ------------------------------------------------------------------------------------


def test_a_constant_gives_its_array() -> None:
    c = T.detach()
    assert np.asarray(c).tolist() == [1, 2]
    assert np.array([c, c]).tolist() == [[1, 2], [1, 2]]
    assert np.array([U.detach(), 3.0]).tolist() == [2, 3]
    assert np.sum([U.detach(), U.detach()]) == 4
    assert Tensor([U.detach(), U.detach()]).data.tolist() == [2, 2]
    np.testing.assert_allclose(c, [1, 2])
    np.testing.assert_array_equal([c, c], [[1, 2], [1, 2]])
    plain = np.zeros(2)
    plain[0], plain[1:] = U.detach(), U.detach() * 2
    assert plain.tolist() == [2, 4]
    assert X.dot(c).tolist() == [2, 8]
    assert float(np.random.default_rng(0).normal(U.detach(), 0.0)) == 2


def test_the_protocol_of_arrays() -> None:
    c = Tensor([1.0, 2.0], requires_grad=False)
    assert np.shares_memory(np.asarray(c), c.data)
    assert not np.shares_memory(np.array(c), c.data)
    assert np.asarray(c, dtype=np.float32).dtype == np.float32
    assert not np.shares_memory(c.__array__(copy=True), c.data)
    with pytest.raises(ValueError, match=r"float32.*without a copy"):
        c.__array__(np.float32, copy=False)
    assert np.asarray(Tensor(3, requires_grad=False)).shape == ()


@pytest.mark.parametrize(
    "code", ["plain[:] = T", "plain[0:2] = T", "plain[()] = T", "plain[mask] = T", "plain[0] = U", "plain[0] += U"]
)
def test_a_part_of_a_plain_array_cannot_be_a_tensor(code: str) -> None:
    """Python 3.12 and later have a byte code of its own for a slice; before 3.11, the whole line has to be read."""
    names = {"plain": np.zeros(2), "mask": np.ones(2, bool), "T": T, "U": U}
    filename = f"<{code}>"
    linecache.cache[filename] = len(code), None, [code], filename
    with pytest.raises((TypeError, ValueError)) as error:  # NumPy may put an error of its own around ours
        exec(compile(code, filename, "exec"), names)
    assert str(error.value.__cause__ or error.value).startswith(f"{code.split(' ')[0]} = ... would write a Tensor")
    assert names["plain"].tolist() == [0, 0]


def test_without_recording_there_is_no_history_to_lose() -> None:
    with tg.no_grad():
        assert np.asarray(T * 2).tolist() == [2, 4]
        assert np.asarray(T).tolist() == [1, 2]
        assert float(U) == 2
    with pytest.raises(TypeError, match="history"):
        np.asarray(T)


def test_a_constant_goes_into_files() -> None:
    file, text, both = io.BytesIO(), io.StringIO(), io.BytesIO()
    np.save(file, T.detach())
    np.savetxt(text, T.detach())
    np.savez(both, t=T.detach(), u=U.detach())
    assert np.load(io.BytesIO(file.getvalue())).tolist() == [1, 2]
    assert text.getvalue().split() == ["1.000000000000000000e+00", "2.000000000000000000e+00"]
    assert np.load(io.BytesIO(both.getvalue()))["u"] == 2


def test_functions_without_a_rule_run_on_constants() -> None:
    with pytest.raises(TypeError, match="no derivative rule"):
        np.spacing(T)
    assert np.spacing(T.detach()).tolist() == np.spacing([1.0, 2.0]).tolist()


def test_the_metrics_of_scikit_learn_take_constants() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    assert metrics.mean_squared_error([1.0, 4.0], T.detach()) == 2
    with pytest.raises(TypeError, match=r"mean_squared_error asked.*`T\.detach\(\)`"):
        metrics.mean_squared_error([1.0, 4.0], T)


def test_pandas_takes_constants() -> None:
    pandas = pytest.importorskip("pandas")
    assert pandas.Series(T.detach()).tolist() == [1, 2]
    with pytest.raises(TypeError, match=r"pandas asked.*`T\.detach\(\)`"):
        pandas.Series(T)


@KNOWS_EXPRESSIONS
def test_a_table_on_the_left_is_made_an_array() -> None:
    pandas = pytest.importorskip("pandas")
    df, v = pandas.DataFrame(X), Tensor([1.0, 2.0])
    for call in (
        lambda: df @ v, lambda: df.dot(v), lambda: df[0] @ v, lambda: (df + 1) @ v, lambda: np.matmul(df, v),
        lambda: df.mul(v),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"write `df\.to_numpy\(\) @ t`"):
            call()
    with pytest.raises(TypeError, match=r"df = df\.to_numpy\(\)"):
        np.dot(df, v)


# --- Tensors that want a gradient: the remedy fits who asks ----------------------------------------------------------


def assign(target: Any, index: Any, value: Any) -> None:
    target[index] = value


@together
@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda: np.asarray(T), "`T.detach()`"),
        (lambda: np.array([T, T]), "`np.stack([T, T])`"),
        (lambda: np.mean([U, U]), "`np.mean(np.stack([U, U]))`"),
        (lambda: Tensor([U, U]), "`np.stack([U, U])`"),
        (lambda: np.save(io.BytesIO(), T), "`np.save(f, t.detach())`"),
        (lambda: np.savez(io.BytesIO(), t=T), "`np.savez(f, t=t.detach())`"),
        (lambda: np.savetxt(io.StringIO(), T), "`np.savetxt(f, t.detach())`"),
        (lambda: np.testing.assert_allclose(T, [1.0, 2.0]), "np.testing.assert_allclose asked"),
        (lambda: X.dot(T), "`X @ T` or `np.dot(X, T)`"),
        (lambda: np.random.default_rng(0).normal(U, 1.0), "`mu + sigma * rng.normal(size=5)`"),
        (lambda: np.random.normal(U), "np.random.normal asked"),  # noqa: NPY002
        (lambda: np.random.default_rng(0).permutation(T), "`t[rng.permutation(len(t))]`"),
        (lambda: np.vectorize(lambda x: x)(T), "np.vectorize asked"),
        (lambda: np.r_[T, 1.0], "`np.hstack([t, t])`"),
        (lambda: np.c_[T, T], "`np.column_stack([t, t])`"),
        (lambda: np.full(3, U), "`U * np.ones(3)`"),
        (lambda: X[T], "`X[t.astype(int)]`"),
        (lambda: np.int64(U), "`U.item()`"),
        (lambda: np.float64(U), "`U.item()`"),
        (lambda: math.sin(U), "`np.sin(U)`"),
        (lambda: math.acos(U), "`np.arccos(U)`"),
        (lambda: math.hypot(U, 1), "`np.hypot(U, 1)`"),
        (lambda: math.fsum([U, U]), "`np.sum(np.stack([U, U]))`"),
        (lambda: float(U), "`U.item()`"),
        (lambda: max(0, T), "`np.maximum(0, T)`, or `tg.relu(t)`"),
        (lambda: min(T, T * 2), "`np.minimum(T, T * 2)`"),
        (lambda: max([T, T * 2]), "`np.max(np.stack([T, T * 2]), axis=0)`"),
        (lambda: sorted([T, T * 2]), "`np.sort(t)`"),
        (lambda: "%.2f" % U, "`U.item()`"),  # noqa: UP031
        (lambda: int(U), "`U.item()`"),
        (lambda: tg.grad(math.sin)(1.0), "`tg.grad(np.sin)(1.0)`"),
        (lambda: [1, 2][U], "`int(U.item())`"),
    ],
)
def test_the_remedy_fits_who_asks(call: Callable[[], Any], remedy: str) -> None:
    with pytest.raises(TypeError) as error:
        call()
    assert remedy in str(error.value), error.value


@pytest.mark.parametrize("index", [0, slice(0, 1)])
def test_an_element_of_a_plain_array(index: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        assign(np.zeros(2), index, U * 2)
    text = f"{error.value} {error.value.__cause__}"
    assert "`np.stack([t, t])`" in text
    assert "`target = tg.Tensor(target, requires_grad=False)`" in text


def test_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    special, linalg = pytest.importorskip("scipy.special"), pytest.importorskip("scipy.linalg")
    for call, words in [
        (lambda: stats.norm.logpdf(0.3, U), r"scipy\.stats\.logpdf asked.*tg\.primitive"),
        (lambda: stats.pearsonr(T, T), r"scipy\.stats\.pearsonr asked.*tg\.primitive"),
        (lambda: linalg.solve(X, T), r"Use np\.linalg\.solve"),
        (lambda: linalg.expm(T), r"scipy\.linalg\.expm asked.*tg\.primitive"),
        (lambda: special.softmax(T), r"Use tg\.softmax"),
        (lambda: special.comb(U, 2), r"scipy\.special\.comb asked.*tg\.primitive"),
    ]:
        with pytest.raises(TypeError, match=words):
            call()


@KNOWS_EXPRESSIONS
@pytest.mark.parametrize(
    ("ask", "condition"),
    [
        (lambda t: 1 if t > 1 else 2, "t > 1"),
        (lambda t: t > 1 and t < 2, "t > 1"),
        (lambda t: not t < 1, "t < 1"),
        (lambda t: [0 for _ in range(2) if t != t[0]], "t != t[0]"),
        (lambda t: 1 if t else 2, "t > 0"),
    ],
)
def test_a_condition_on_several_elements(ask: Callable[..., Any], condition: str) -> None:
    with pytest.raises(ValueError, match="ambiguous") as error:
        ask(T)
    assert f"`np.any({condition})`" in str(error.value)
    one = ask(Tensor([1.0]))
    assert one is not None


def test_comparisons_that_are_written_stay_arrays() -> None:
    assert (T > 1).tolist() == [False, True]
    assert (T < T * 2).tolist() == [True, True]
    assert max(T) is not None
    assert max(U, 0) is U
    assert operator.lt(T, 2.0).tolist() == [True, False]


# --- SciPy's sparse arrays --------------------------------------------------------------------------------------------


class Reflected(Tensor):
    """A Tensor that says which of its reflected operators is asked."""

    def __rmatmul__(self, other: Any) -> Any:
        return "matmul", other

    def __rmul__(self, other: Any) -> Any:
        return "mul", other

    def __rtruediv__(self, other: Any) -> Any:
        return "truediv", other

    def __radd__(self, other: Any) -> Any:
        return "add", other


@pytest.mark.parametrize("wants", [True, False])
@pytest.mark.parametrize(
    "kind", ["csr_array", "csr_matrix", "csc_array", "coo_array", "dia_matrix", "lil_array", "bsr_array"]
)
def test_operators_of_sparse_arrays_leave_the_answer_to_the_tensor(kind: str, wants: bool) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    S, t = getattr(sparse, kind)(X), Reflected([1.0, 2.0], wants)
    assert (S @ t)[0] == "matmul"
    assert (S * t)[0] == "mul"
    assert (S / t)[0] == "truediv"
    assert (S + t)[0] == "add"
    if not kind.startswith("coo"):
        assert S.dot(t)[0] == "matmul"


@pytest.mark.parametrize("wants", [True, False])
def test_other_functions_of_sparse_arrays_name_the_remedy(wants: bool) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    linalg = pytest.importorskip("scipy.sparse.linalg")
    t, S = Tensor([1.0, 2.0], wants), sparse.csr_array(X)
    new = np.lib.NumpyVersion(pytest.importorskip("scipy").__version__) >= "1.17.0"  # before, it says what NumPy says
    for call in (S.multiply, *([S.maximum] if new else []), sparse.coo_array(X).dot, lambda t: linalg.spsolve(S.tocsc(), t)):
        with pytest.raises(TypeError, match=r"sparse.*`S\.toarray\(\)`"):
            call(t)
    by_S = linalg.aslinearoperator(S)
    for call in (by_S.__matmul__, by_S.__mul__, by_S.matvec, by_S.rmatvec, lambda t: linalg.cg(S, t)):
        with pytest.raises(TypeError, match=r"sparse.*`S\.toarray\(\)`"):
            call(t)


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def plt() -> Any:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


N = np.linspace(0, 1, 5)
PICTURES: dict[str, Callable[[Any, Tensor, Tensor, Tensor], Any]] = {
    "plot": lambda plt, t, m, a: plt.plot(N, t),
    "plot of one": lambda plt, t, m, a: plt.plot(t * 2),
    "plot of a list": lambda plt, t, m, a: plt.plot([a * 3, a * 2, a]),
    "hist": lambda plt, t, m, a: plt.hist(t),
    "hist of two": lambda plt, t, m, a: plt.hist([t, t * 2]),
    "scatter": lambda plt, t, m, a: plt.scatter(t, t * 2, c=t, s=t * 10),
    "imshow": lambda plt, t, m, a: plt.imshow(m),
    "matshow": lambda plt, t, m, a: plt.matshow(m),
    "pcolormesh": lambda plt, t, m, a: plt.pcolormesh(m),
    "contour": lambda plt, t, m, a: plt.contour(m, levels=[0.1, 0.5]),
    "contourf": lambda plt, t, m, a: plt.contourf(t, t, np.outer(t, t)),
    "fill_between": lambda plt, t, m, a: plt.fill_between(N, t - 1, t + 1),
    "errorbar": lambda plt, t, m, a: plt.errorbar(N, t, yerr=t),
    "bar": lambda plt, t, m, a: plt.bar(N, t),
    "barh": lambda plt, t, m, a: plt.barh(N, t),
    "bar with names": lambda plt, t, m, a: plt.bar(list("abcde"), t),
    "step": lambda plt, t, m, a: plt.step(N, t),
    "stem": lambda plt, t, m, a: plt.stem(N, t),
    "boxplot": lambda plt, t, m, a: plt.boxplot(t),
    "violinplot": lambda plt, t, m, a: plt.violinplot(t),
    "pie": lambda plt, t, m, a: plt.pie(t + 1),
    "quiver": lambda plt, t, m, a: plt.quiver(N, N, t, t),
    "hexbin": lambda plt, t, m, a: plt.hexbin(t, t),
    "hist2d": lambda plt, t, m, a: plt.hist2d(t, t),
    "stackplot": lambda plt, t, m, a: plt.stackplot(N, t, t),
    "loglog": lambda plt, t, m, a: plt.loglog(N + 1, t + 1),
    "axhline": lambda plt, t, m, a: plt.axhline(a),
    "axvline": lambda plt, t, m, a: plt.axvline(a),
    "axvspan": lambda plt, t, m, a: plt.axvspan(a, a * 2),
    "hlines": lambda plt, t, m, a: plt.hlines(t, 0, 1),
    "ylim": lambda plt, t, m, a: plt.ylim(0, np.max(t) * 1.1),
    "xlim": lambda plt, t, m, a: plt.xlim(a * 0, a),
    "text": lambda plt, t, m, a: plt.text(a, a, "here"),
    "annotate": lambda plt, t, m, a: plt.annotate("here", xy=(a, a), xytext=(a * 2, a)),
    "arrow": lambda plt, t, m, a: plt.arrow(a, a, a, a),
    "xticks": lambda plt, t, m, a: plt.xticks(t),
    "set_ydata": lambda plt, t, m, a: plt.plot(N, N)[0].set_ydata(t * 2),
    "set_offsets": lambda plt, t, m, a: plt.scatter(N, N).set_offsets(np.stack([t, t], axis=1)),
    "set_data": lambda plt, t, m, a: plt.imshow(np.zeros((3, 3))).set_data(m),
    "3d plot": lambda plt, t, m, a: plt.figure().add_subplot(projection="3d").plot(N, N, t),
    "3d scatter": lambda plt, t, m, a: plt.figure().add_subplot(projection="3d").scatter(t, t, t),
    "3d surface": lambda plt, t, m, a: (
        plt.figure().add_subplot(projection="3d").plot_surface(*np.meshgrid(N, N), np.outer(t, t))
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_matplotlib_draws_tensors(name: str, plt: Any) -> None:
    t, m, a = Tensor(np.linspace(0, 1, 5), name="t"), Tensor(np.eye(3), name="m"), Tensor(0.5, name="a")
    before = t.data.copy(), m.data.copy()
    plt.figure(figsize=(1, 1))
    PICTURES[name](plt, t, m, a)
    plt.gcf().set_dpi(20)
    plt.gcf().canvas.draw()  # once; to save it, Matplotlib draws it twice
    assert (t.data == before[0]).all()
    assert (m.data == before[1]).all()


def test_a_picture_has_the_numbers_and_a_copy_of_them(plt: Any) -> None:
    t = Tensor([1.0, 3.0])
    (line,) = plt.plot(t)
    assert line.get_ydata().tolist() == [1, 3]
    line.get_ydata()[0] = 7.0
    assert t.data.tolist() == [1, 3]
    assert plt.ylim(0, Tensor(4.0)) == (0, 4)


# --- plain Python -----------------------------------------------------------------------------------------------------


def test_formats_of_several_elements() -> None:
    assert f"{T:.2f}" == "[1.00, 2.00]"
    assert f"{Tensor([[1.0], [-2.5]]):+.1e}" == "[[+1.0e+00],\n [-2.5e+00]]"
    assert f"{Tensor([1, 2], requires_grad=False):03d}" == "[001, 002]"
    with pytest.raises(ValueError, match="for object of type 'float'"):
        f"{T:d}"


def test_a_constant_whole_number_is_an_index() -> None:
    i = Tensor(1, requires_grad=False)
    assert ([10, 20, 30][i], len(range(i)), np.arange(3)[i], np.zeros((i, 2)).shape) == (20, 1, 1, (1, 2))
    assert operator.index(i) == 1
    for wrong in (Tensor(1.0), Tensor(1.0, requires_grad=False), Tensor([1], requires_grad=False)):
        with pytest.raises(TypeError, match="constant whole number"):
            operator.index(wrong)


class Scaled(Tensor):
    """A subclass with an argument and attributes of its own."""

    def __init__(self, data: Any, scale: float) -> None:
        super().__init__(data)
        self.scale = scale
        self.notes = ["new"]


class Slotted(Tensor):
    __slots__ = ("rate",)

    def __init__(self, data: Any, rate: float) -> None:
        super().__init__(data, name="slotted")
        self.rate = rate


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_of_a_subclass_have_its_attributes(twin_of: Callable[[Any], Any]) -> None:
    p = Scaled([1.0, 2.0], 0.5)
    np.sum(p * p).backward()
    twin = twin_of(p)
    assert type(twin) is Scaled
    assert (twin.data.tolist(), twin.grad.tolist(), twin.scale, twin.notes) == ([1, 2], [2, 4], 0.5, ["new"])
    assert (twin.notes is p.notes) == (twin_of is copy.copy)
    slotted = twin_of(Slotted(1.0, 0.1))
    assert (type(slotted), slotted.rate, slotted.name, slotted.requires_grad) == (Slotted, 0.1, "slotted", True)


def test_a_deep_copy_of_a_tensor_that_holds_itself() -> None:
    p = Scaled(1.0, 0.5)
    p.myself = p
    twin = copy.deepcopy(p)
    assert twin.myself is twin


# --- what the messages say ---------------------------------------------------------------------------------------------


def said(code: str, **names: Any) -> str:
    """The text of the error that a line of a program raises."""
    place = f"<said {code}>"
    linecache.cache[place] = (len(code), None, [code + "\n"], place)
    with pytest.raises(TypeError) as error:
        exec(compile(code, place, "exec"), {"np": np, "tg": tg, **names})
    return str(error.value)


def test_the_remedies_fit_what_was_given() -> None:
    t, u, o = tg.Tensor([1.0, 2.0]), tg.Tensor(2.0), np.empty((1, 2), object)
    o[0, 0], o[0, 1] = t[0], t[1]
    assert "write `np.testing.assert_equal(t.data, t.data)`" in said("np.testing.assert_equal(t.detach(), t.detach())", t=t)
    assert "Write `u * np.ones((2, 3))`" in said("np.full((2, 3), u)", u=u)
    assert "Write `u * np.ones([2, 3])`" in said("np.full([2, 3], u)", u=u)
    assert "Write `u * np.ones(3)`" in said("np.full(3, u, dtype=float)", u=u)
    assert "itself: write `f(t)`" in said("np.vectorize(lambda v: v * 2)(u)", u=u)
    text = said("o * t", o=o, t=t)
    assert "`o = np.stack(list(o.flat)).reshape(o.shape)`" in text
    assert (np.stack(list(o.flat)).reshape(o.shape) * t).data.tolist() == [[1.0, 4.0]]
    with pytest.raises(TypeError, match="asked for the plain array") as error:
        assert pytest.approx(1.0) == u * 1
    assert "@" not in str(error.value)


def test_a_series_is_not_changed_in_place() -> None:
    pandas = pytest.importorskip("pandas")
    t, s = tg.Tensor([1.0, 2.0]), pandas.Series([1.0, 2.0])
    for tensor in (t, t.detach()):
        assert "write `s = s + t`" in said("s += t", s=s, t=tensor)
        assert "write `d = d * t`" in said("d *= t", d=pandas.DataFrame({"a": s}), t=tensor)
    assert (s + t).data.tolist() == [2.0, 4.0]
    labelled = pandas.Series([1.0, 2.0], ["a", "b"])
    assert "It has no name in your program: give it the name x first" in said("np.where(s > 1, t, 0)", s=labelled, t=t)
    assert "name x first" not in said("s * t", s=labelled, t=t)


def test_a_failed_assertion_is_reported_with_the_numbers(tmp_path: Any) -> None:
    file = tmp_path / "test_it.py"
    program = "import pytest, tinygrad_lite as tg\ndef test(): assert tg.Tensor([1.0, 3.0]) == pytest.approx([1.0, 4.0])\n"
    file.write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins are slow to import
    report = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment).stdout
    assert "Mismatched elements: 1 / 2" in report
    assert "faulty __repr__" not in report


def test_names_that_python_asks_for_are_not_proposed() -> None:
    with pytest.raises(AttributeError, match=r"dir\(t\) lists the attributes"):
        T.index(1)
    for function in (tg.checkpoint, tg.jacobian, tg.trace):
        with pytest.raises(
            TypeError, match=rf"tg\.{function.__name__} takes a function .*`tg.{function.__name__}\(loss\)\(w\)`"
        ):
            function(5)
