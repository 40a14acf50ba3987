"""The example that makes up names: its rows of letters, its models, and what it makes up."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg


def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("names", Path(__file__).parent.parent / "examples" / "names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


names = example()
ANNAS = ["anna", "ana", "bo"]
ALPHABET = names.Letters(ANNAS)


def test_rows_have_each_letter_beside_the_one_that_follows() -> None:
    x, y = ALPHABET.rows(["anna", "bo"])
    assert ALPHABET.symbols == ["·", "a", "b", "n", "o"]
    assert x.tolist() == [[0, 1, 3, 3, 1], [0, 2, 4, 0, 0]]
    assert y.tolist() == [[1, 3, 3, 1, 0], [2, 4, 0, -100, -100]]
    assert names.loss(np.zeros((2, 5, 5)), y) == pytest.approx(np.log(5))


def test_counting_and_gradient_descent_find_the_same_table() -> None:
    x, y = ALPHABET.rows(ANNAS)
    counted, learned = names.counted_bigram(x, y, 5), names.learned_bigram(x, y, 5)
    p, q = (np.asarray(tg.softmax(model.weight.data, 1)) for model in (counted, learned))
    np.testing.assert_allclose(p[1], np.array([3, 1, 1, 3, 1]) / 9)  # a is the last letter twice, and has n after it twice
    np.testing.assert_allclose(q, p, atol=1e-6)
    assert names.loss_of(learned, x, y) == pytest.approx(names.loss_of(counted, x, y), abs=1e-6)


@pytest.mark.parametrize(
    ("model", "sees"), [(names.ThreeLetters(27, seed=0), 3), (names.Transformer(27, 10, seed=0), 11)], ids=["three", "all"]
)
def test_a_model_sees_the_letters_before_and_none_after(model: Any, sees: int) -> None:
    letters = np.random.default_rng(0).integers(1, 27, (1, 11))
    scores = model.eval()(letters).to_numpy()
    for place in (2, 10):
        other = letters.copy()
        other[0, place] = letters[0, place] % 26 + 1
        changed = (model(other).to_numpy() != scores).any((0, 2))
        assert changed.tolist() == [place <= i < place + sees for i in range(11)]


def test_made_up_names_are_new_and_those_in_the_list_are_counted() -> None:
    model = names.counted_bigram(*ALPHABET.rows(ANNAS), 5)
    new, in_list = names.made_up(model, ALPHABET, set(ANNAS), 20, 1.0, np.random.default_rng(0))
    assert len(set(new)) == len(new) == 20
    assert in_list > 0
    assert not set(new) & {*ANNAS, ""}
    assert max(map(len, new)) <= 4
    again, _ = names.made_up(model, ALPHABET, set(ANNAS), 20, 1.0, np.random.default_rng(0))
    assert again == new


def test_a_low_temperature_takes_the_likeliest_letter_and_a_high_one_any() -> None:
    model, rng = names.counted_bigram(*ALPHABET.rows(ANNAS), 5), np.random.default_rng(0)
    drawn = {t: [names.next_letter(model, [0, 2], t, rng) for _ in range(50)] for t in (0.01, 1000.0)}
    assert set(drawn[0.01]) == {4}  # o, which follows b
    assert set(drawn[1000.0]) == {0, 1, 2, 3, 4}


def test_a_list_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "towns.txt"
    file.write_text("\n".join(f"Örtchen {chr(97 + i)} \n" for i in range(24)) + "örtchen a", encoding="utf-8")
    assert names.read(file)[:2] == ["örtchen a", "örtchen b"]
    assert len(names.read(file)) == 24
    for text, said in (("a\nb", "has 2 different names"), ("\n".join("x" * i for i in range(20, 45)), "more than 40")):
        file.write_text(text)
        with pytest.raises(SystemExit):
            names.main(["--names", str(file), "--out", str(tmp_path)])
        assert said in capsys.readouterr().err
    for wrong in (["--temperature", "0"], ["--temperature", "nan"], ["--names", str(tmp_path / "none")]):
        with pytest.raises(SystemExit):
            names.main(wrong)
        assert wrong[0][2:5] in capsys.readouterr().err.lower()
