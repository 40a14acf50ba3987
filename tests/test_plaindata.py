"""Values as strict JSON and back: all that may stand in a call, exactly; and what cannot be written or read says why."""

from __future__ import annotations

import builtins
import collections
import json
import sys
from typing import Any

import numpy as np
import pytest
from helpers import together

from tinygrad_lite.graphs.plaindata import decode, encode, parse

Pair = collections.namedtuple("Pair", "w b")

VALUES: list[Any] = [
    None, True, False, 0, -3, 2**53, 2**53 + 1, -(2**70), 1.5, -0.0, 1e-320, 0.1, float("nan"), float("inf"), -float("inf"),
    1 + 2j, complex(float("nan"), -0.0), "", "ein ∂ und \"zwei\"\n", [], [1, [2.0, None]], (), (1, (2,), [3]), {}, {"a": 1},
    {(1, 2): {"b": None}, 3: "x"}, Pair(1, (2, 3)), slice(None), slice(1, None, -2), slice(None, 5), range(3),
    range(5, 0, -2), Ellipsis, np._NoValue, (slice(None), None, Ellipsis, 0, [True, False]), np.dtype("float32"),
    np.dtype(">i4"), np.float64,
    np.float32, np.int8, np.bool_, float, int, bool, complex, {"ref": 3}, {"array": [1], "dtype": "float64", "shape": [1]},
]  # fmt: skip

ARRAYS: list[Any] = [
    np.float64(0.1), np.float32(0.1), np.float16(0.1), np.int8(-128), np.uint64(2**64 - 1), np.int64(-(2**63)), np.True_,
    np.complex64(1 - 1j), np.str_("a"), np.array(3.0), np.array([]), np.zeros((2, 0, 3)), np.arange(6).reshape(2, 3),
    np.arange(6.0).reshape(2, 3).T, np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]), np.array([2**53 + 1, -(2**63), 2]),
    np.array([[True], [False]]), np.array([1 + 1j, complex(np.nan, np.inf)]), np.array(["a", "bcd"]),
    np.arange(3, dtype=">f4"), np.array([1.5, np.inf], np.float16), np.array([], dtype=bool), np.array([2**63], np.uint64),
]  # fmt: skip


def there_and_back(value: Any) -> Any:
    text = json.dumps(encode(value, "here"), allow_nan=False)
    return decode(parse(text, "here"), "here")


def identical(a: Any, b: Any) -> bool:
    """Same type, same value, also the sign of zero; nan is nan."""
    if isinstance(a, (np.ndarray, np.generic)):
        return (type(a), a.dtype, a.shape) == (type(b), b.dtype, b.shape) and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and type(a).__name__ == type(b).__name__ and all(map(identical, a, b))
    if isinstance(a, dict):
        return identical(list(a.items()), list(b.items()))
    return type(a) is type(b) and repr(a) == repr(b)


@together
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_stands_in_a_call_comes_back(value: Any) -> None:
    assert identical(there_and_back(value), value)


@together
@pytest.mark.parametrize("value", ARRAYS, ids=repr)
def test_arrays_come_back_bit_for_bit(value: Any) -> None:
    assert identical(there_and_back(value), value)


def test_a_named_tuple_comes_back_with_its_fields() -> None:
    back = there_and_back(Pair(w=1.0, b=[2]))
    assert (back.w, back.b, type(back).__name__, back._fields) == (1.0, [2], "Pair", ("w", "b"))


def test_numbers_that_javascript_would_round_are_text() -> None:
    """Where all numbers are float64, 2⁵³ + 1 would be read as 2⁵³."""
    for value in (2**53 + 1, np.int64(2**53 + 1), np.array([1, 2**53 + 1])):
        numbers = json.loads(json.dumps(encode(value, "")), parse_int=lambda digits: int(float(digits)))
        assert identical(decode(numbers, ""), value)


def test_the_order_of_keys_does_not_matter() -> None:
    """Programs that read JSON and write it again may sort them."""
    for value in [*VALUES, *ARRAYS]:
        text = json.dumps(encode(value, ""), sort_keys=True)
        assert identical(decode(json.loads(text), ""), value)


@together
@pytest.mark.parametrize(
    "value", [len, lambda x: x, {1, 2}, object(), np.longdouble(1), np.array([object()]), np.zeros(2, [("a", float)]),
              np.array("2020-01-01", "datetime64[D]"), b"bytes", np.ndarray, type(None), there_and_back],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_cannot_be_written_says_so(value: Any) -> None:
    with pytest.raises(TypeError, match=r"Node 3: .* cannot be written as plain data\. .* pickle"):
        encode([{"a": (value,)}], "Node 3")


@together
@pytest.mark.parametrize(
    "text",
    ['{"number": 1}', '{"unheard of": 1}', "{}", '{"array": [1, 2], "dtype": "float64", "shape": [3]}',
     '{"array": [1, "x"], "dtype": "float64", "shape": [2]}', '{"array": [1.5], "dtype": "int64", "shape": [1]}',
     '{"array": [300], "dtype": "int8", "shape": [1]}', '{"array": ["a"], "dtype": "object", "shape": [1]}',
     '{"array": [1], "dtype": "float64", "shape": [-1]}', '{"array": 1, "dtype": "float64", "shape": [1]}',
     '{"array": [[1]], "dtype": "complex128", "shape": [1]}', '{"array": [1], "dtype": "V8", "shape": [1]}',
     '{"array": [1], "dtype": "bool", "shape": [1]}', '{"array": [true], "dtype": "int64", "shape": [1]}',
     '{"type": "np.load"}', '{"type": "os"}', '{"dtype": 3}', '{"dtype": "O"}', '{"namedtuple": [["x y", 1]], "name": "P"}',
     '{"namedtuple": [["x", 1]], "name": "P, (__import__)"}', '{"tuple": 3}', '{"dict": [[[1], 2]]}', '{"dict": [[1]]}',
     '{"range": [0, "a", 1]}', '{"slice": [1, 2, 3, 4]}', '{"int": "one"}', '{"float": [1]}', '{"complex": [1]}'],
)  # fmt: skip
def test_what_is_none_of_ours_says_where_and_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"^graph\.json cannot be read: .{10}"):
        decode(parse(text, "graph.json"), "graph.json")


@pytest.mark.parametrize("text", ["", "NaN", "[1, Infinity]", "[1,", "{'a': 1}", "[" * 100_000, "1 2"])
def test_json_is_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the file cannot be read: it is not JSON: "):
        parse(text, "the file")


def test_nothing_is_imported() -> None:
    """Names in the text are looked up among NumPy's dtypes, and nowhere else."""
    written = [encode(value, "") for value in VALUES if not isinstance(value, Pair)]  # collections makes a class, with exec
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("eval", "exec", "__import__"):
            patch.setattr(builtins, name, None)
        read = [decode(data, "") for data in written]
    assert set(sys.modules) == before
    assert len(read) == len(VALUES) - 1
