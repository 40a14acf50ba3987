"""save and load write and read a model, its optimizer and notes of your own, in one file that PyTorch can open.

Flows in: a Module, or Tensors or arrays with names. Flows out: a file in the safetensors format; `load` does the opposite.
The file contains::

    0.weight, 0.bias, …                     the model, by the names of `state_dict`, which are PyTorch's
    optimizer/state/0/exp_avg, …            arrays of the optimizer
    metadata/mean, …                        arrays among the notes
    __metadata__["tinygrad_lite"]           a JSON text: everything else of the optimizer and the notes
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import messages
from ..containers import children, mapped_nest, with_paths
from ..nn.finding import tensors_in
from ..nn.module import Module
from ..tensor import Tensor
from .file_format import read, write
from .values import decoded, encoded, strict_notes

Path = str | os.PathLike[str]
OURS, VERSION = "tinygrad_lite", 1
PLACES = ("optimizer/", "metadata/")
NUMBERS = (Tensor, np.ndarray, np.generic, float, int)


class Saved:
    """What is in a file.

    arrays:     the model, as a dict of arrays by their names
    metadata:   the notes, as they were given to `save`. Of a file from another library, the texts that it has
    optimizer:  the `state_dict` of the optimizer; None if there is none
    """

    def __init__(self, arrays: dict[str, np.ndarray], metadata: dict[str, Any], optimizer: Any) -> None:
        self.arrays, self.metadata, self.optimizer = arrays, metadata, optimizer

    def __repr__(self) -> str:
        lines = [f"  {name}  {array.shape}  {array.dtype}" for name, array in self.arrays.items()]
        optimizer = ", an optimizer" if self.optimizer is not None else ""
        notes = f", and notes: {', '.join(self.metadata)}" if self.metadata else ""
        return "\n".join([f"Saved: {len(self.arrays)} arrays{optimizer}{notes}", *lines])


def save(path: Path, model: Any, optimizer: Any = None, **metadata: Any) -> None:
    """Write a model, its optimizer and notes into one file, in the safetensors format.

    path:       the name of the file, usually with the suffix ``.safetensors``
    model:      a Module; a dict, list or tuple of Tensors, also nested; or a dict of arrays with their names
    optimizer:  an optimizer, whose state is saved too, so that a training can be continued
    metadata:   notes: None, truth values, numbers, texts, arrays, and lists, tuples and dicts of these. `load` gives them
                back equal and of the same type, finite floats to the last bit, also nan; scalars of NumPy as Python's numbers

    PyTorch opens the file with ``safetensors.torch.load_file(path)``, and the names fit those of its modules. Arrays in
    dicts and lists have names with dots: ``layers.0.weight``. Names of the optimizer's arrays begin with ``optimizer/``,
    those of arrays in the notes with ``metadata/``. All dtypes of the format can be saved: floats of 16, 32 and 64 bits,
    bfloat16 (of the package ml_dtypes), whole numbers and truth values.

    The file is written under another name and then renamed. So after an error, or if the process is killed, the old file is
    still complete (and a file with a name like ``.file.safetensors.1f2e3d4c.tmp`` may be left over after a kill).

    Raises TypeError for something that cannot be saved, FileNotFoundError if there is no such folder, and OSError if the file
    cannot be written.

    >>> import tempfile, tinygrad_lite as tg
    >>> parameters = {"w": tg.Tensor([1.0, 2.0]), "layers": [tg.Tensor(0.5)]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tg.save(f"{folder}/line.safetensors", parameters, epoch=3, losses=[0.25, float("nan")])
    ...     tg.load(f"{folder}/line.safetensors")
    Saved: 2 arrays, and notes: epoch, losses
      w  (2,)  float64
      layers.0  ()  float64
    """
    arrays = dict(arrays_of(model))
    for name in arrays:
        if name.startswith(PLACES):
            raise messages.name_is_taken(name, PLACES)
    notes: dict[str, Any] = {"version": VERSION}
    if optimizer is not None:
        if not hasattr(optimizer, "state_dict"):
            raise messages.no_state_to_save(optimizer)
        notes["optimizer"] = encoded(optimizer.state_dict(), "optimizer", arrays)
    if metadata:
        notes["metadata"] = encoded(metadata, "metadata", arrays)
    text = json.dumps(notes, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    write(path, arrays, {OURS: text} if len(notes) > 1 else {})


def load(path: Path, model: Any = None, optimizer: Any = None) -> Any:
    """Read a file in the safetensors format: one that `save` wrote, or one of PyTorch or another library.

    path:       the name of the file
    model:      a Module, or a dict, list or tuple of Tensors: the numbers are put into it, in the dtypes that it has
    optimizer:  an optimizer: its state is restored

    Without `model`, returns what is in the file: ``.arrays``, a dict of arrays by their names; ``.metadata``, the notes;
    ``.optimizer``, the state of the optimizer. bfloat16, which NumPy does not have, becomes float32, with the same values.
    With `model`, returns only the notes.

    Nothing in a file is executed, and reading it needs at most three times its size of memory, so files of strangers can be
    opened. The package safetensors reads the file (and writes it in `save`).

    Raises ValueError for a file that is damaged, or if names or shapes are not those of the model: then the error lists all
    of them, and nothing has changed. Raises OSError if there is no such file.

    >>> import tempfile, tinygrad_lite as tg
    >>> w = tg.Tensor([1.0, 2.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tg.save(f"{folder}/w.safetensors", {"w": w}, epoch=3)
    ...     w.data = w.data * 100
    ...     tg.load(f"{folder}/w.safetensors", {"w": w})
    {'epoch': 3}
    >>> w
    Tensor([1., 2.])
    """
    if model is not None:
        module_of(model)  # before a large file is read
    saved = parted(path, *read(path))
    if model is None and optimizer is None:
        return saved
    put_into(saved, path, model, optimizer)
    return saved.metadata


def put_into(saved: Saved, path: Path, model: Any, optimizer: Any) -> None:
    """Give a model and an optimizer what was saved of them; both, or after an error none."""
    if optimizer is not None and saved.optimizer is None:
        raise messages.no_optimizer_in_file(path)
    target = None if model is None else module_of(model)
    if target is not None:
        before = target.state_dict()
        try:
            target.load_state_dict(saved.arrays)
        except ValueError as error:  # its first line is about a dict, and there is a file
            raise messages.not_its_numbers(path, model, str(error).partition("\n")[2]) from error
    if optimizer is not None:
        try:
            optimizer.load_state_dict(saved.optimizer)
        except BaseException:
            if target is not None:
                target.load_state_dict(before)
            raise


def parted(path: Path, arrays: dict[str, np.ndarray], texts: dict[str, str]) -> Saved:
    """The contents of a file, taken apart into the model, the optimizer and the notes."""
    if OURS not in texts:
        return Saved(arrays, dict(texts), None)
    try:
        notes = strict_notes(texts[OURS])
        metadata, optimizer = (decoded(notes.get(place), arrays) for place in ("metadata", "optimizer"))
        if not isinstance(metadata or {}, dict):
            raise messages.bad_json("object")
    except ValueError as error:
        raise messages.unreadable(path, "notes", error) from error
    if notes.get("version") != VERSION:
        raise messages.newer_file(path, notes.get("version"))
    model = {name: array for name, array in arrays.items() if not name.startswith(PLACES)}
    return Saved(model, metadata or {}, optimizer)


# --- what has numbers -------------------------------------------------------------------------------------------------


class Nest(Module):
    """Tensors in dicts, lists and tuples as a Module, so that names, and what is said when they do not fit, are the same."""

    def __init__(self, nest: Any) -> None:
        self.nest = nest

    def parts(self) -> Any:
        return iter(children(self.nest) or [])


def arrays_of(model: Any) -> Mapping[str, np.ndarray]:
    """The arrays of a model with their names."""
    if isinstance(model, Module):
        return model.state_dict()
    if children(model) is None or not all(isinstance(value, NUMBERS) for _, value in with_paths(model)):
        raise messages.nothing_to_save(model)
    if isinstance(model, dict) and all(isinstance(key, str) and isinstance(model[key], NUMBERS) for key in model):
        return {key: np.asarray(plain(value)) for key, value in model.items()}  # of any dtype, also one no Tensor has
    nest = Nest(mapped_nest(lambda value: Tensor(plain(value), requires_grad=False), model))
    names = [found.name for found in tensors_in(nest)]
    if again := {name for name in names if names.count(name) > 1}:
        raise messages.same_names(sorted(again))
    return nest.state_dict()


def module_of(model: Any) -> Module:
    """What numbers are loaded into, as a Module."""
    if isinstance(model, Module):
        return model
    if not isinstance(model, (dict, list, tuple)) or not all(isinstance(value, Tensor) for _, value in with_paths(model)):
        raise messages.nothing_to_load_into(model)
    return Nest(model)


def plain(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.to_numpy() if isinstance(value, Tensor) else value
