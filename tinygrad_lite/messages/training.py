"""Messages of `save`, `load` and `fit`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, at, called, describe, listed, variable_or

# fmt: off

# --- save -------------------------------------------------------------------------------------------------------------

nothing_to_save = Message(TypeError, lambda what: f"""
    save() takes a Module, a dict, list or tuple of Tensors, or a dict of arrays with their names, but this is
    {a_kind_of(what)}. For a single array write `tg.save("file.safetensors", {{"x": {variable_or(what, 'x')}}})`.
""")
no_state_to_save = Message(TypeError, lambda optimizer: f"""
    save(..., optimizer=...) takes an optimizer, such as optim.Adam(model.parameters()), but this is {a_kind_of(optimizer)}.
    For notes of your own, choose any other name: write `tg.save("file.safetensors", model, note=1.5)`.
""")
name_is_taken = Message(ValueError, lambda name, places: f"""
    The array {name!r} cannot be saved under this name: names that begin with {' or '.join(map(repr, places))} are reserved
    for the optimizer and the notes in the same file. Rename it.
""")
same_names = Message(ValueError, lambda names: f"""
    Several arrays would be saved under the name {listed(names)}, because lists and dicts are joined with dots:
    {{"a.b": x}} and {{"a": {{"b": x}}}} give the same name. Rename one of them.
""")
not_a_saved_dtype = Message(TypeError, lambda name, array: f"""
    The array {name!r} has dtype {array.dtype}, which the safetensors format does not have. It has floats of 16, 32 and 64
    bits, whole numbers and truth values. First convert it with .astype(...).
""")
not_a_note = Message(TypeError, lambda place, value: f"""
    {place.replace('metadata/', '')} is {a_kind_of(value)}, and cannot be saved. Besides a model you can save None, truth
    values, numbers, texts, arrays, and lists, tuples and dicts of these.
""")
too_deep_to_save = Message(ValueError, lambda deepest: f"""
    A list or dict is nested more than {deepest} levels deep, or contains itself, and cannot be saved. Save its contents
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
    load() puts numbers into a Module, or into the Tensors of a dict, list or tuple, but this is {a_kind_of(what)}. To get
    plain arrays write `tg.load("file.safetensors").arrays`.
""")
no_optimizer_in_file = Message(ValueError, lambda path: f"""
    {str(path)!r} contains no optimizer: it was saved without one. Load only the model: write
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
    {str(path)!r} was saved by a newer version of tinygrad_lite (its notes have version {version}). Update the package.
""")

WRONG = {  # with the file that was to be loaded, by the word that `unreadable` is given
    "special": lambda: "it is not a regular file",
    "no_header": lambda size, needed: f"it has {size} bytes, but its header would end at byte {needed}. It is cut off, or in "
                                      "another format",
    "long_header": lambda length, longest: f"its header has {length} bytes, but no more than {longest} are read",
    "bad_header": lambda error: f"its header cannot be read: {error}",
    "no_object": lambda: "its header is not a JSON object",
    "notes": lambda error: f"the notes in it cannot be read: {error}",
    "damaged": lambda error: f"the package safetensors says of it: {str(error)[:200]}. It is cut off, damaged, or in another "
                             "format",
    "fields": lambda name: f"the header does not give dtype, shape and data_offsets of {name!r}",
    "dtype": lambda name, dtype, known: f"the array {name!r} has the dtype {str(dtype)[:20]!r}, not one of {' '.join(known)}",
    "too_large": lambda name, shape: f"the array {name!r} has the shape {str(shape)[:60]}, which NumPy cannot have",
}  # type: dict[str, Any]


def unreadable(path: Any, wrong: str, *about: Any) -> ValueError:
    """A file that is damaged, or was made to do harm. Nothing in it was used."""
    return ValueError(f"{str(path)!r} is not a safetensors file that can be loaded: {WRONG[wrong](*about)}.")


WRONG_JSON = {
    "deep": lambda deepest: f"it is nested more than {deepest} levels deep",
    "object": lambda: "it is not an object",
    "twice": lambda: "a key occurs twice",
    "constant": lambda name: f"{name} is not JSON",
    "escape": lambda key: f"{key} is followed by something that does not belong there",
}  # type: dict[str, Any]


def bad_json(wrong: str, *about: Any) -> ValueError:
    """JSON that is not strict, or nested too deeply."""
    return ValueError(WRONG_JSON[wrong](*about))

# --- fit: what it is given --------------------------------------------------------------------------------------------

no_model = Message(TypeError, lambda model: f"""
    fit() trains a Module or a function of Tensors, and was given {a_kind_of(model)}. Make your model a function: write
    `model = lambda x: w * x + b`.
""")
no_loss = Message(TypeError, lambda loss: f"""
    fit(..., loss=...) takes a function of outputs and targets, and was given {a_kind_of(loss)}. Give the function itself, and
    do not call it: write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`.
""")
no_optimizer = Message(TypeError, lambda optimizer: f"""
    fit(..., optimizer=...) takes an optimizer, which knows the parameters that it changes, and was given
    {a_kind_of(optimizer)}. Write `tg.fit(model, (x, y), tg.nn.mse_loss, tg.optim.Adam(model.parameters()))`.
""")
no_epochs = Message(ValueError, lambda epochs: f"""
    fit(..., epochs={epochs!r}): this must be the number of passes through the data, a whole number of at least 1. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, epochs=10)`.
""")
optimizer_of_another_model = Message(ValueError, lambda model, optimizer: f"""
    The optimizer has none of the parameters of this {type(model).__name__}, so the model would never change. It was made for
    another model, or the model was made again after the optimizer. Make the optimizer after the model: write
    `optimizer = tg.optim.{type(optimizer).__name__}({variable_or(model, 'model')}.parameters())`.
""")
trained_in_eval_mode = Message(ValueError, lambda model: f"""
    The {type(model).__name__} is in eval mode, so Dropout would drop nothing and BatchNorm would learn nothing. Before you
    train it, write `{variable_or(model, 'model')}.train()`. To train with some layers in eval mode, call eval() only on them.
""")
schedule_of_another = Message(ValueError, lambda schedule, optimizer: f"""
    fit(..., schedule=...) takes a schedule of the same optimizer, made for example as
    tg.optim.ExponentialLR({variable_or(optimizer, 'optimizer')}, gamma=0.9), and was given {a_kind_of(schedule)} that belongs
    to another optimizer or to none.
""")
metric_without_validation = Message(ValueError, lambda metrics: f"""
    The metric {listed(metrics)} is computed on validation data, but there is none. Give data that the model does not learn
    from. Or give the training data again, to see how well the model fits them: write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, metric=metric, validation=(x, y))`.
""")
no_metric = Message(TypeError, lambda name, function: f"""
    The metric {name!r} is not a function, or has the name of another column of the history. A metric is a function of outputs
    and targets, plain arrays, that returns one number: write `metric = {{"largest error": lambda o, t: np.max(abs(o - t))}}`.
""")

no_snapshot = Message(TypeError, lambda snapshot: f"""
    fit(..., snapshot=...) must be True, or a function of the model that returns an array, but it is {a_kind_of(snapshot)}.
    For a page that plays the training, write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, snapshot=True)`.
""")
nothing_to_look_at = Message(TypeError, lambda batches: f"""
    fit(..., snapshot=True) shows the model over the range of its data, and needs all of the data for this: arrays, or a list
    of batches. It was given {a_kind_of(batches)}. Write `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, snapshot=True)`.
""")
nothing_to_play = Message(ValueError, lambda: """
    History.page() plays the epochs of a training, but this history has none. Use the history that `fit` returns: write
    `history = tg.fit(model, (x, y), tg.nn.mse_loss, optimizer); history.page("training.html")`.
""")

# --- fit: its data ----------------------------------------------------------------------------------------------------

no_targets = Message(ValueError, lambda data: f"""
    fit() takes a pair of inputs and targets, and was given a tuple of {len(data)}. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`. If the targets are the inputs, give the inputs twice.
""")
no_pairs = Message(TypeError, lambda batch: f"""
    fit() takes the arrays (x, y), or batches that are pairs of inputs and targets, and found {a_kind_of(batch)}. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer)`, or give `tg.data.batches(x, y, shuffle=True)` in the place of (x, y).
""")
used_up_batches = Message(TypeError, lambda batches: f"""
    fit() goes through the batches once in each epoch, but {a_kind_of(batches)} can be used only once. Give a list of pairs,
    or batches that start again in each epoch: write `batches = tg.data.batches(x, y, shuffle=True)`.
""")
no_batches = Message(ValueError, lambda batches: f"""
    There is no batch in {a_kind_of(batches)} in this epoch. Each epoch needs at least one batch.
""")

# --- fit: what the model and the loss return --------------------------------------------------------------------------

no_number_for_loss = Message(TypeError, lambda function, loss: f"""
    The loss {called(function)} returned {a_kind_of(loss)}. A loss must be one number, a Tensor that was computed from the
    outputs of the model.
""")
several_losses = Message(ValueError, lambda function, loss: f"""
    The loss {called(function)} returned several numbers, {describe(loss)}, but only a single number can be made
    smaller. Take their mean: write
    `one_loss = lambda outputs, targets: np.mean({called(function) if called(function).isidentifier() else 'loss'}(outputs,
    targets))`, and give fit() that.
""")
several_outputs = Message(TypeError, lambda output: f"""
    With validation data, the model must return one array for each batch, and the targets must be one array, but this is
    {a_kind_of(output)}. Make a function that returns only the output that is compared with the targets: write
    `model_of_one = lambda x: model(x)[0]`.
""")


def in_batch(epoch: int, number: int, batch: Any) -> str:
    """Where in a training an error came from."""
    *inputs, targets = (a_kind_of(array) for array in batch)
    given = ", ".join(inputs)
    return f"This was in epoch {epoch}, batch {number}: the model was given {given}, and the targets are {targets}."


def in_scene(given: Any) -> str:
    """Where in a training an error came from, if it was not in a batch."""
    shapes = " and ".join(map(a_kind_of, given))
    return f"This was for snapshot=True: the model was given {shapes}, points over the range of the data."


# --- fit: numbers that are not finite ---------------------------------------------------------------------------------


class NotFinite(FloatingPointError):
    """A loss or a gradient that is nan or infinite has ended a training.

    history, epoch, batch, arrays:  the history so far; where it happened; and the arrays of that batch
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
        f"batch. The exception has .history, and .arrays with the batch. Often a smaller learning rate helps, or "
        f"tg.optim.clip_grad_norm_. This is what debug() says about the batch:{said}"
    )


# --- fit: checkpoints -------------------------------------------------------------------------------------------------

nothing_to_resume = Message(ValueError, lambda: """
    fit(..., resume=True) continues from a checkpoint, but no file is given. Write
    `tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, checkpoint="model.safetensors", resume=True)`.
""")
no_checkpoint = Message(ValueError, lambda path: f"""
    {str(path)!r} is not a checkpoint of fit(): it was written by save() or by another program, and does not say how far the
    training was. To begin with the parameters in it, write `tg.load({str(path)!r}, model)`, and train without resume=True.
""")
other_checkpoint = Message(ValueError, lambda path, why: f"""
    {str(path)!r} is a checkpoint of another training: the model, the optimizer or the schedule is different. Nothing was
    changed. To start a new training, leave out resume=True, or name another file.{at(why)}
""")
