"""Messages of `save`, `load` and `fit`."""

from __future__ import annotations

from typing import Any

from .phrases import Message, a_kind_of, listed, variable_or

# fmt: off

# --- save -------------------------------------------------------------------------------------------------------------

nothing_to_save = Message(TypeError, lambda what: f"""
    save() takes a Module, a dict, list or tuple of Tensors, or a dict of arrays with their names, and this is
    {a_kind_of(what)}. For a single array write `tg.save("file.safetensors", {{"x": {variable_or(what, 'x')}}})`.
""")
no_state_to_save = Message(TypeError, lambda optimizer: f"""
    save(..., optimizer=...) takes an optimizer, such as optim.Adam(model.parameters()), and this is {a_kind_of(optimizer)}.
    Notes of your own are named as you like: write `tg.save("file.safetensors", model, note=1.5)`.
""")
name_is_taken = Message(ValueError, lambda name, places: f"""
    The array {name!r} cannot be saved under this name: names that begin with {' or '.join(map(repr, places))} are those of
    the optimizer and of the notes in the same file. Rename it.
""")
same_names = Message(ValueError, lambda names: f"""
    Several arrays would be saved under the name {listed(names)}, because lists and dicts are joined with dots:
    {{"a.b": x}} and {{"a": {{"b": x}}}} give the same name. Rename one of them.
""")
not_a_saved_dtype = Message(TypeError, lambda name, array: f"""
    The array {name!r} has dtype {array.dtype}, which the safetensors format does not have. It has floats of 16, 32 and 64
    bits, whole numbers and truth values. Convert it with .astype(...) before.
""")
not_a_note = Message(TypeError, lambda place, value: f"""
    {place.replace('metadata/', '')} is {a_kind_of(value)}, and cannot be saved. What is saved beside a model are None, truth
    values, numbers, texts, arrays, and lists, tuples and dicts of these.
""")
too_deep_to_save = Message(ValueError, lambda deepest: f"""
    A list or dict is nested more than {deepest} deep, or contains itself, and cannot be saved. Save what is in it
    separately.
""")
header_too_long = Message(ValueError, lambda length, longest: f"""
    The names, shapes and notes to be saved take {length} bytes, and `load` reads no more than {longest}. Save long lists of
    numbers as arrays: np.array(numbers) instead of numbers.
""")
no_folder = Message(FileNotFoundError, lambda path, folder: f"""
    {str(path)!r} cannot be written, because there is no folder {folder!r}. Make it first: write
    `import os; os.makedirs({folder!r}, exist_ok=True)`.
""")

# --- load -------------------------------------------------------------------------------------------------------------

nothing_to_load_into = Message(TypeError, lambda what: f"""
    load() puts numbers into a Module, or into the Tensors of a dict, list or tuple, and this is {a_kind_of(what)}. To get
    plain arrays write `tg.load("file.safetensors").arrays`.
""")
no_optimizer_in_file = Message(ValueError, lambda path: f"""
    {str(path)!r} has no optimizer in it: it was saved without one. Load the model alone: write
    `tg.load({str(path)!r}, model)`.
""")
newer_file = Message(ValueError, lambda path, version: f"""
    {str(path)!r} was saved by a newer version of tinygrad_lite (version {version} of the notes in it). Update the package.
""")

WRONG = {  # with the file that was to be loaded, by the word that `unreadable` is given
    "special": lambda: "it is not a regular file",
    "no_header": lambda size, needed: f"it has {size} bytes, and its header would end at byte {needed}. It is cut off, or in "
                                      "another format",
    "long_header": lambda length, longest: f"its header has {length} bytes, and no more than {longest} are read",
    "bad_header": lambda error: f"its header cannot be read: {error}",
    "no_object": lambda: "its header is not a JSON object",
    "metadata": lambda: "its metadata are not texts with names",
    "notes": lambda error: f"the notes in it cannot be read: {error}",
    "offsets": lambda name, start, end: f"the array {name!r} begins at byte {start} of the numbers, and the one before it "
                                        f"ends at byte {end}",
    "size": lambda end, there: f"the arrays of its header take {end} bytes, and {there} bytes follow. It is cut off, or "
                               "changed",
    "fields": lambda name: f"the header does not give dtype, shape and data_offsets of {name!r}",
    "dtype": lambda name, dtype, known: f"the array {name!r} has the dtype {str(dtype)[:20]!r}. Known are {' '.join(known)}",
    "lengths": lambda name: f"shape and offsets of {name!r} are not lists of lengths",
    "axes": lambda name, axes, offsets: f"the array {name!r} has {axes} axes and {offsets} offsets. There can be 32 axes, "
                                        "and there are two offsets",
    "bytes": lambda name, shape, needed, there: f"the array {name!r} of shape {shape} needs {needed} bytes, and has {there}",
    "too_large": lambda name, shape: f"the array {name!r} has the shape {shape}, which NumPy cannot have",
    "shrunk": lambda: "it became shorter while it was read",
}  # type: dict[str, Any]


def unreadable(path: Any, wrong: str, *about: Any) -> ValueError:
    """A file that is damaged, or was made to do harm. Nothing of it was used."""
    return ValueError(f"{str(path)!r} is not a safetensors file that can be loaded: {WRONG[wrong](*about)}.")


WRONG_JSON = {
    "deep": lambda deepest: f"it is nested more than {deepest} deep",
    "object": lambda: "it is not an object",
    "twice": lambda: "a key is there twice",
    "constant": lambda name: f"{name} is not JSON",
    "escape": lambda key: f"after {key} follows what does not belong there",
}  # type: dict[str, Any]


def bad_json(wrong: str, *about: Any) -> ValueError:
    """JSON that is not strict, or nested too deeply."""
    return ValueError(WRONG_JSON[wrong](*about))
