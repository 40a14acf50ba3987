"""Messages of `save`, `load` and `fit`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, at, called, describe, listed, variable_or

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
not_its_numbers = Message(ValueError, lambda path, model, lists: f"""
    {str(path)!r} does not have the numbers of this {type(model).__name__}, so nothing was loaded.
    {what_fits(path, model) if hasattr(model, 'load_state_dict') and 'shape:' not in lists else ''}
""".rstrip() + f"\n{lists}")


def what_fits(path: Any, model: Any) -> str:
    """How to load those of the numbers that have the right names."""
    name = variable_or(model, "model")
    return f"To load only what fits, write `{name}.load_state_dict(tg.load({str(path)!r}).arrays, strict=False)`."


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

# --- fit: what it is given --------------------------------------------------------------------------------------------

no_model = Message(TypeError, lambda model: f"""
    fit() trains a Module or a function of Tensors, and was given {a_kind_of(model)}. Write what is to be fitted as a
    function: write `model = lambda x: w * x + b`.
""")
no_loss = Message(TypeError, lambda loss: f"""
    fit(..., loss=...) takes a function of outputs and targets, and was given {a_kind_of(loss)}. Give the function itself, and
    do not call it: write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`.
""")
no_optimizer = Message(TypeError, lambda optimizer: f"""
    fit(..., optimizer=...) takes an optimizer, which knows the parameters that it moves, and was given
    {a_kind_of(optimizer)}. Write `tg.fit(model, (x, y), tg.nn.mse_loss, tg.optim.Adam(model.parameters()))`.
""")
no_epochs = Message(ValueError, lambda epochs: f"""
    fit(..., epochs={epochs!r}): it is how often the data is gone through, a whole number of at least 1. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, epochs=10)`.
""")
optimizer_of_another_model = Message(ValueError, lambda model, optimizer: f"""
    The optimizer has none of the parameters of the {type(model).__name__} that is to be trained, so the model would never
    change. It was made for another model; or the model was made again after the optimizer. Make the optimizer last: write
    `optimizer = tg.optim.{type(optimizer).__name__}({variable_or(model, 'model')}.parameters())`.
""")
trained_in_eval_mode = Message(ValueError, lambda model: f"""
    The {type(model).__name__} is in eval mode, so Dropout would drop nothing and BatchNorm would learn nothing. Before it is
    trained, write `{variable_or(model, 'model')}.train()`. To train with single layers in eval mode, put only those into it.
""")
schedule_of_another = Message(ValueError, lambda schedule, optimizer: f"""
    fit(..., schedule=...) takes a schedule of the same optimizer, made for example as
    tg.optim.ExponentialLR({variable_or(optimizer, 'optimizer')}, gamma=0.9), and was given {a_kind_of(schedule)} that belongs
    to another one or to none.
""")
metric_without_validation = Message(ValueError, lambda metrics: f"""
    The metric {listed(metrics)} is computed on validation data, and there is none. Give data that the model does not learn
    from; or, to see how well it fits what it learns from, the same data: write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, metric=metric, validation=(x, y))`.
""")
no_metric = Message(TypeError, lambda name, function: f"""
    The metric {name!r} is not a function, or has the name of another column of the history. It is a function of outputs and
    targets, plain arrays, that returns one number: write `metric = {{"largest error": lambda o, t: np.max(abs(o - t))}}`.
""")

no_snapshot = Message(TypeError, lambda snapshot: f"""
    fit(..., snapshot=...) is True, or a function of the model that returns an array, and was given {a_kind_of(snapshot)}. For
    a page that plays the training, write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, snapshot=True)`.
""")
nothing_to_look_at = Message(TypeError, lambda batches: f"""
    fit(..., snapshot=True) shows the model over the range of its data, and needs all of the data for this: arrays, or a list
    of batches. It was given {a_kind_of(batches)}. Write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, snapshot=True)`.
""")
nothing_to_play = Message(ValueError, lambda: """
    History.page() plays the epochs of a training, and this history has none yet: it is what `fit` returns. Write
    `history = tg.fit(model, (x, y), tg.nn.mse_loss, optimizer); history.page("training.html")`.
""")

# --- fit: its data ----------------------------------------------------------------------------------------------------

no_targets = Message(ValueError, lambda data: f"""
    fit() takes inputs and targets, and was given a tuple of {len(data)}. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`. If the targets are the inputs, give these twice.
""")
no_pairs = Message(TypeError, lambda batch: f"""
    fit() takes the arrays (x, y), or batches that are pairs of inputs and targets, and found {a_kind_of(batch)}. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`, or give `tg.data.batches(x, y, shuffle=True)` in the place of (x, y).
""")
used_up_batches = Message(TypeError, lambda batches: f"""
    fit() goes through the batches once in each epoch, and {a_kind_of(batches)} can be gone through only once. Give it what
    can be gone through again: a list of pairs, write `batches = tg.data.batches(x, y, shuffle=True)`.
""")
no_batches = Message(ValueError, lambda batches: f"""
    There is no batch in {a_kind_of(batches)} in this epoch. Batches have to be there in each epoch.
""")

# --- fit: what the model and the loss return --------------------------------------------------------------------------

no_number_for_loss = Message(TypeError, lambda function, loss: f"""
    The loss {called(function)} returned {a_kind_of(loss)}. A loss is one number, a Tensor that was computed from the outputs
    of the model.
""")
several_losses = Message(ValueError, lambda function, loss: f"""
    The loss {called(function)} returned several numbers, {describe(loss)}, and only a single number can be made
    smaller. Take their mean: write
    `one_loss = lambda outputs, targets: np.mean({called(function) if called(function).isidentifier() else 'loss'}(outputs,
    targets))`, and give fit() that.
""")
several_outputs = Message(TypeError, lambda output: f"""
    With validation data, model and targets give one array for each batch, and this is {a_kind_of(output)}. Write a function
    that returns the one output that is compared with the targets: write `model_of_one = lambda x: model(x)[0]`.
""")


def in_batch(epoch: int, number: int, batch: Any) -> str:
    """Where in a training an error came from."""
    *inputs, targets = (a_kind_of(array) for array in batch)
    given = ", ".join(inputs)
    return f"This was in epoch {epoch}, batch {number}: the model was given {given}, and the targets are {targets}."


def in_scene(given: Any) -> str:
    """Where in a training an error came from that is not that of a batch."""
    shapes = " and ".join(map(a_kind_of, given))
    return f"This was for snapshot=True: the model was given {shapes}, places over the range of the data."


# --- fit: numbers that are not finite ---------------------------------------------------------------------------------


class NotFinite(FloatingPointError):
    """A loss or a gradient that is nan or infinite has ended a training.

    history, epoch, batch, arrays:  what was reached; where it happened; and the arrays of that batch
    """

    history: Any
    epoch: int
    batch: int
    arrays: tuple[Any, ...]


def not_finite(parameter: Any, numbers: Any, epoch: int, number: int, reports: list[str], model: Any) -> NotFinite:
    """What is not finite, where, and what `debug` says of it. The attributes are set by the caller."""
    array = np.asarray(numbers)
    bad = array[~np.isfinite(array)].flat[0]
    called_so = {id(p): name for name, p in getattr(model, "named_parameters", list)()}.get(id(parameter))
    name = called_so or getattr(parameter, "name", None) or variable_or(parameter, "")
    what = "loss" if parameter is None else f"gradient of {name or 'a parameter'}, shape {array.shape},"
    said = "".join(f"\n\n  {report}" for report in reports) or (
        "\n\n  debug() found nothing when the batch was computed again. Does the model draw random numbers from a generator "
        "that is not an attribute of a module?"
    )
    return NotFinite(
        f"Epoch {epoch}, batch {number}: the {what} is {bad}. The training has ended. The parameters are those before this "
        f"batch; the exception has .history and .arrays, the batch. Often a smaller learning rate helps, or "
        f"tg.optim.clip_grad_norm_. This is what debug() says of the batch:{said}"
    )


# --- fit: checkpoints -------------------------------------------------------------------------------------------------

nothing_to_resume = Message(ValueError, lambda: """
    fit(..., resume=True) goes on from a checkpoint, and no file is named. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, checkpoint="model.safetensors", resume=True)`.
""")
no_checkpoint = Message(ValueError, lambda path: f"""
    {str(path)!r} is not a checkpoint of fit(): it was written by save() or by another program, and does not say how far a
    training was. To begin with the parameters in it, write `tg.load({str(path)!r}, model)`, and train without resume=True.
""")
other_checkpoint = Message(ValueError, lambda path, why: f"""
    {str(path)!r} is a checkpoint of another training: of another model, optimizer or schedule. Nothing was changed. To begin
    anew, leave out resume=True, or name another file.{at(why)}
""")
