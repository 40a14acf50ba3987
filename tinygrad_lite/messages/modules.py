"""Messages of modules, layers, losses and initializers, as in `tinygrad_lite.nn`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, as_user_says, describe, variable_or
from .tensors import closest

# fmt: off

# --- modules ----------------------------------------------------------------------------------------------------------

nothing_to_compute = Message(TypeError, lambda module: f"""
    {class_of(module)} has no `__call__` and no `forward`, so nothing says what it computes. Give the class a method
    `def __call__(self, x):` that returns the output.
""")
parameter_rebound = Message(TypeError, lambda module, name: f"""
    {class_of(module)}.{name} is a parameter, and here it would become the result of a computation. A result is not a leaf, so
    an optimizer cannot change it. To change the numbers of a parameter, give it a new array: write
    `{variable_or(module, 'self')}.{name}.data = {variable_or(module, 'self')}.{name}.data * 0.9`.
""")
parameter_replaced = Message(TypeError, lambda module, name: f"""
    {class_of(module)}.{name} is a parameter. A plain array in its place is not a parameter, so no optimizer would find it. To
    give the parameter new numbers, write `{variable_or(module, 'self')}.{name}.data = array`, with your array on the right.
""")
parameter_computed = Message(TypeError, lambda module, path, tensor: f"""
    {class_of(module)}{path}, shape {tensor.shape}, was computed by {tensor.node.rule.name} from a Tensor that is not a
    parameter of this module, so an optimizer cannot train it. If it should be a parameter, put the result into a new Tensor:
    write `{variable_or(module, 'self')}{path} = tg.Tensor({variable_or(module, 'self')}{path}.data)`. If you only keep it to
    look at it, keep its array: write
    `{variable_or(module, 'self')}{path} = {variable_or(module, 'self')}{path}.data`.
""")
not_a_dtype_of_parameters = Message(TypeError, lambda module, dtype: f"""
    Parameters are floats, so they cannot become {dtype if isinstance(dtype, str) else np.dtype(dtype).name}. There are no
    devices to choose from. For half of the memory write `{variable_or(module, 'model')}.to(np.float32)`.
""")
instead_of_a_layer = Message(TypeError, lambda layer, value: f"""
    {layer.__name__} is a class, and was given data: {as_user_says(value)}. First make a layer, then call it: write
    `nn.{layer.__name__}{arguments_of(layer, value)}({variable_or(value, 'x')})`.
""")


def not_this_state(module: Any, missing: list[str], unexpected: list[str], misfits: dict[str, Any]) -> ValueError:
    """The names and shapes in a state that do not fit this module, all of them."""
    shapes = [f"{name}: {mine} in the module, {given} in what is loaded" for name, (mine, given) in misfits.items()]
    parts = [("Missing", missing), ("Unexpected", unexpected), ("Of another shape", shapes)]
    lists = "".join(f"\n{title}:" + "".join(f"\n  {name}" for name in names) for title, names in parts if names)
    name = variable_or(module, "model")
    remedy = "" if misfits else f" To load only what fits, write `{name}.load_state_dict(state, strict=False)`."
    return ValueError(f"These are not the numbers of this {class_of(module)}, so nothing was loaded.{remedy}{lists}")


def no_attribute_of_module(name: str, module: Any) -> AttributeError:
    """A module was asked for an attribute that it does not have."""
    start = f"{class_of(module)} has no attribute {name!r}."
    if name.startswith("__"):  # Python asks for these all the time
        return AttributeError(start, name=name)
    from .hints import OF_MODULES, written

    if hint := OF_MODULES.get(name):
        return AttributeError(f"{start} {written(hint)}", name=name)
    own = [each for each in [*vars(module), *dir(type(module))] if not each.startswith("_")]
    close = closest(name, tuple(own))
    has = ", ".join(each for each in vars(module) if not each.startswith("_"))
    near = f"Did you mean `{close}`?" if close else f"Its attributes are {has}." if has else "It has none of its own."
    return AttributeError(f"{start} {near}", name=name)


def no_name_in_nn(name: str, known: list[str]) -> AttributeError:
    """`tinygrad_lite.nn` was asked for a name that it does not have."""
    start = f"tinygrad_lite.nn has no attribute {name!r}."
    if name.startswith("__"):
        return AttributeError(start, name=name)
    from .hints import NETWORKS, written

    if hint := NETWORKS.get(name):
        return AttributeError(f"{start} {written(hint)}", name=name)
    close = closest(name, tuple(known))
    near = f"Did you mean `nn.{close}`?" if close else "dir(nn) lists the names that it has."
    return AttributeError(f"{start} {near}", name=name)


def class_of(module: Any) -> str:
    return type(module).__name__


def arguments_of(layer: Any, value: Any) -> str:
    """The arguments of a layer that takes this array, as far as its shape tells them."""
    width = value.shape[-1] if value.ndim else 1
    known = {"MaxPool2d": "(2)", "AvgPool2d": "(2)", "Embedding": "(100, 16)", "MultiheadAttention": f"({width}, 1)"}
    known |= dict.fromkeys(("Linear", "RNN", "GRU", "LSTM"), f"({width}, 16)")
    known |= dict.fromkeys(("LayerNorm", "BatchNorm1d"), f"({width})")
    known |= dict.fromkeys(("Conv2d", "ConvTranspose2d"), "(1, 8, 3)")
    return known.get(layer.__name__, "()")


# --- layers -----------------------------------------------------------------------------------------------------------

not_a_layer = Message(TypeError, lambda layer: f"""
    Sequential takes layers and functions, and was given {f'the class {layer.__name__}' if isinstance(layer, type) else
    a_kind_of(layer)}. """ + (f"Make a layer of the class, as in `{layer.__name__}()`, with its arguments in the parentheses."
    if isinstance(layer, type) else "Layers are its arguments: write `nn.Sequential(*layers)` for a list of them."
    if isinstance(layer, (list, tuple)) else ""))


def wrong_width(layer: Any, x: Any) -> ValueError:
    """The samples that a linear layer is given have another number of features than its weight."""
    name, shape, width = variable_or(x, "x"), np.shape(getattr(x, "data", x)), layer.in_features
    start = f"{class_of(layer)}({layer.in_features}, {layer.out_features}) was given {as_user_says(x)}."
    if not shape:
        return ValueError(f"{start} That is a single number, but a sample is a row of {width}: its shape is ({width},).")
    why = f"The last axis has the numbers of a sample: it is {shape[-1]} long, but the layer takes {width}."
    if len(shape) == 1 and width == 1:
        return ValueError(f"{start} {why} If each number is a sample, write `{name} = {name}[:, None]`.")
    computed = not getattr(x, "is_leaf", True)  # by the layer before; then the samples are rows already
    if len(shape) == 2 and shape[0] == width and not computed:
        return ValueError(f"{start} {why} Samples are rows: write `{name} = {name}.T`.")
    if len(shape) > 2:
        flat, out = math.prod(shape[1:]), layer.out_features
        inner = f"nn.Linear({flat}, {out})" if flat != width else variable_or(layer, f"nn.Linear({width}, {out})")
        model = f"nn.Sequential(nn.Flatten(), {inner})"
        text = f"Flatten makes a row of each sample, here of {flat} numbers: write `{model}({name})`."
        return ValueError(f"{start} {why} {text}")
    text = f"For samples of {shape[-1]} numbers write `nn.Linear({shape[-1]}, {layer.out_features})`."
    return ValueError(f"{start} {why} {text}")


not_floats = Message(TypeError, lambda layer, x: f"""
    {class_of(layer)} computes with floats, and was given {'truth values' if x.dtype.kind == 'b' else x.dtype}:
    {as_user_says(x)}. """ + (f"""If these are pixels from 0 to 255, write `{variable_or(x, 'x')} = {variable_or(x, 'x')} /
    255`. Other numbers become floats if you write `{variable_or(x, 'x')} = {variable_or(x, 'x')}.astype(float)`. Numbers of
    classes, words or characters go through an Embedding first.""" if x.dtype.kind in "iu" else f"""Write
    `{variable_or(x, 'x')} = {variable_or(x, 'x')}.astype(float)`."""))
not_indices = Message(TypeError, lambda user, value, array: f"""
    {user} takes indices, which are whole numbers, and was given {array.dtype}: {as_user_says(array if value is None else
    value)}. If they are whole, write `{variable_or(value, 'x')} = {variable_or(value, 'x')}.astype(int)`.
""")
no_such_index = Message(IndexError, lambda user, array, count: f"""
    {user}: there are {count} rows, so an index must be from 0 to {count - 1}, but one index is
    {int(array[(array < 0) | (array >= count)].flat[0])}.
""")
not_a_probability = Message(ValueError, lambda name, value:
    f"{name}={value!r}: this must be a probability, between 0 and 1.")
one_value_per_channel = Message(ValueError, lambda shape: f"""
    A batch norm in training computes the mean and variance over the batch, but this batch, shape {shape}, has a single value
    for each channel: the variance would be 0. Give it more samples. Or, if you want to use the network and not to train it,
    call `model.eval()` first.
""")
not_these_channels = Message(ValueError, lambda layer, x, shapes: f"""
    {class_of(layer)}({layer.num_features}) takes inputs of shape {shapes} with C = {layer.num_features}, and was given
    {as_user_says(x)}.
""")
not_these_last_axes = Message(ValueError, lambda layer, x: f"""
    LayerNorm({layer.normalized_shape}) takes inputs whose shape ends with these numbers, and was given {as_user_says(x)}.
    For the last axis of this one write `nn.LayerNorm({x.shape[-1:]})`.
""")
no_such_approximation = Message(ValueError, lambda approximate: f"""
    gelu(approximate={approximate!r}): write `approximate="none"` or `approximate="tanh"`.
""")

# --- sequences --------------------------------------------------------------------------------------------------------

tanh_or_relu = Message(ValueError, lambda nonlinearity: f"""
    RNN(nonlinearity={nonlinearity!r}): write `nonlinearity="tanh"` or `nonlinearity="relu"`.
""")
not_sequences = Message(ValueError, lambda layer, x: f"""
    {class_of(layer)}({layer.input_size}, {layer.hidden_size}) takes sequences of shape
    {'(N, L, H)' if layer.batch_first else '(L, N, H)'}, L steps of N samples with H = {layer.input_size} numbers, or (L, H)
    for a single sequence. It was given {as_user_says(x)}.
""")
no_steps = Message(ValueError, lambda layer, x: f"""
    {class_of(layer)} was given a sequence of no steps, {as_user_says(x)}, so there is no last state. The number of steps, L,
    is the length of the {'second axis, because of batch_first=True' if layer.batch_first and len(x.shape) == 3 else
    'first axis'}.
""")
not_a_hidden_state = Message(ValueError, lambda layer, state, wanted: f"""
    {class_of(layer)}: the first state has {describe(state)}, but it must have shape {wanted}: a state for each layer
    and direction{', of each sample' if len(wanted) == 3 else ''}. To begin with zeros, leave it out.
""")
not_a_pair_of_states = Message(TypeError, lambda state: f"""
    LSTM begins with a pair of states, (h_0, c_0), and was given {a_kind_of(state)}. To begin with an empty memory, write
    `state = {variable_or(state, 'h_0')}, np.zeros({variable_or(state, 'h_0')}.shape)`.
""")
heads_do_not_divide = Message(ValueError, lambda embed_dim, num_heads: f"""
    MultiheadAttention divides the {embed_dim} features into num_heads parts of equal size, but {embed_dim} cannot be divided
    by {num_heads}. """ + (f"Write `nn.MultiheadAttention({embed_dim}, {nearest_divisor(embed_dim, num_heads)})`, say."))
not_sequences_of_vectors = Message(ValueError, lambda layer, x: f"""
    MultiheadAttention({layer.embed_dim}, {layer.num_heads}) takes three sequences of shape
    {'(N, L, E)' if layer.batch_first else '(L, N, E)'}, L elements of N samples with E = {layer.embed_dim} numbers, or (L,
    E) for a single sample. One of them is {as_user_says(x)}.
""")
keys_and_values_differ = Message(ValueError, lambda query, key, value: f"""
    Each key belongs to a value, and all sequences have the same number of samples. As (N, L, E) they have the shapes
    {query.shape} (query), {key.shape} (key) and {value.shape} (value).
""")
no_axes_to_flatten = Message(ValueError, lambda shape, start_dim, end_dim: f"""
    flatten joins the axes from start_dim={start_dim} to end_dim={end_dim} into one, but the array of shape {shape} does not
    have these axes in this order. Its axes are numbered from 0 to {len(shape) - 1}; the first is usually the axis of the
    samples. For a single sample, first write `x = x[None]`, with your array in the place of x.
""")
mask_of_numbers = Message(TypeError, lambda name, mask: f"""
    {name} has {mask.dtype} numbers. A mask has truth values, True where attention is not allowed, or floats that are added to
    the scores. Write `{variable_or(mask, 'mask')} = {variable_or(mask, 'mask')}.astype(bool)`.
""")
not_a_mask = Message(ValueError, lambda name, mask, shapes:
    f"{name} has {describe(mask)}, but it must have shape {' or '.join(map(str, shapes))}.")


def nearest_divisor(whole: int, number: int) -> int:
    return min((n for n in range(1, whole + 1) if whole % n == 0), key=lambda n: abs(n - number), default=1)


# --- losses -----------------------------------------------------------------------------------------------------------

no_such_reduction = Message(ValueError, lambda reduction, others=(): f"""
    reduction={reduction!r}: write `reduction="mean"`, `reduction="sum"` or `reduction="none"`
    {', or `reduction="batchmean"`' if others else ''}.
""")


def loss_of_different_shapes(loss: str, outputs: Any, targets: Any) -> ValueError:
    """Outputs and targets have different shapes, which NumPy would stretch or refuse."""
    output, target = variable_or(outputs, "output"), variable_or(targets, "target")
    start = f"{loss} compares each output with its own target, but the shapes differ: {outputs.shape} and {targets.shape}."
    if math.prod(outputs.shape) != math.prod(targets.shape):
        classes = len(outputs.shape) == 2 and targets.shape == outputs.shape[:1]
        other = " If the targets are numbers of classes, the loss is `nn.cross_entropy`." if classes else ""
        return ValueError(f"{start} There have to be as many targets as outputs.{other}")
    try:
        shape = np.broadcast_shapes(outputs.shape, targets.shape)
        why = f"NumPy would broadcast both to shape {shape}, and compare each output with each target. "
    except ValueError:
        why = ""
    return ValueError(f"{start} {why}Give both the same shape: write `{target} = {target}.reshape({output}.shape)`.")


delta_not_positive = Message(ValueError, lambda delta: f"""
    huber_loss(delta={delta!r}): this must be a positive number, the error up to which the loss is a square.
""")


def targets_of_another_shape(loss: str, outputs: Any, targets: Any, expected: tuple[int, ...]) -> ValueError:
    """The targets of a loss are not one class for each sample."""
    name = variable_or(targets, "target")
    start = f"{loss}: the outputs have the shape {outputs.shape}, and the targets have the shape {targets.shape}."
    if outputs.ndim == 0:
        return ValueError(f"{start} Outputs need an axis for the classes: (n, classes), or (classes,) for a single sample.")
    if targets.shape == outputs.shape and targets.dtype.kind in "biu":
        text = "These one-hot targets are whole numbers, which could also be the numbers of classes."
        probabilities = f" or, for probabilities, `{name} = {name}.astype(float)`" * (loss == "cross_entropy")
        axis = 1 if outputs.ndim > 1 else 0
        return ValueError(f"{start} {text} Write `{name} = np.argmax({name}, axis={axis})`{probabilities}.")
    if targets.shape == outputs.shape:
        text = f"It takes the number of a class for each sample: write `{name} = np.argmax({name}, axis=1)`."
        return ValueError(f"{start} {text}")
    count = math.prod(expected)
    text = f"The second axis of the outputs is that of the classes, so the targets need shape {expected}"
    if outputs.ndim == 1:
        text = f"The only axis of the outputs is that of the classes, so the target is a single number, of shape {expected}"
    if math.prod(targets.shape) == count:
        return ValueError(f"{start} {text}: write `{name} = {name}.reshape({expected})`.")
    return ValueError(f"{start} {text}, one for each sample.")


classes_in_floats = Message(TypeError, lambda loss, targets: f"""
    {loss}: the targets are numbers of classes, one for each sample, so they must be whole numbers, and these are
    {targets.dtype}: write `{variable_or(targets, 'target')} = {whole_numbers(variable_or(targets, 'target'), targets)}`.
""")


def whole_numbers(name: str, targets: Any) -> str:
    """What makes numbers of classes from targets: names of classes are counted, in alphabetical order."""
    return f"{name}.astype(int)" if targets.dtype.kind in "fb" else f"np.unique({name}, return_inverse=True)[1]"



not_a_weight_for_each_class = Message(ValueError, lambda loss, weight, classes: f"""
    {loss}: weight has the shape {weight.shape}. It needs a number for each of the {classes} classes, so its shape must be
    ({classes},).
""")
targets_beyond_0_and_1 = Message(ValueError, lambda targets: f"""
    binary_cross_entropy_with_logits: a target must be 1 for yes, 0 for no, or a probability between them, but these targets
    are from {targets.min():g} to {targets.max():g}. For targets of -1 and 1 write `target = (target + 1) / 2`.
""")
not_minus_one_or_one = Message(ValueError, lambda targets: f"""
    hinge_loss: a target must be 1 or -1, but one is {targets[~np.isin(targets, (-1, 1))].flat[0]:g}. For targets of 1 and 0
    write `target = 2 * target - 1`.
""")
negative_probabilities = Message(ValueError, lambda targets: f"""
    kl_div: the targets must be probabilities, but one of them is {targets.min():g}. If they are logarithms of probabilities,
    write `log_target=True`.
""")


def not_logits(loss: str, function: str) -> str:
    """For a warning: the outputs went through the function that the loss contains."""
    return (
        f"{loss} contains the {function}: it takes the scores before the {function}, called logits. But these outputs come "
        f"from a {function}. Then it is computed twice, which makes the gradients small. Leave the {function} out."
    )


def not_logarithms(loss: str) -> str:
    """For a warning: the outputs are probabilities."""
    return (
        f"{loss} takes logarithms of probabilities, but these outputs come from a softmax: they are probabilities. Use "
        "tg.log_softmax instead."
    )


# --- initializers -----------------------------------------------------------------------------------------------------

not_a_weight = Message(ValueError, lambda name, tensor: f"""
    nn.init.{name} is for weights with {'exactly' if name in ('eye_', 'sparse_') else 'at least'} two axes, (out, in), but
    this Tensor has shape {tensor.shape}. For a bias write `nn.init.zeros_({variable_or(tensor, 'bias')})`.
""")
no_such_mode = Message(ValueError, lambda mode: f"""
    mode={mode!r}: write `mode="fan_in"`, to keep the variance of the numbers, or `mode="fan_out"`, to keep that of their
    gradients.
""")


def no_such_nonlinearity(name: str, known: Iterable[str]) -> ValueError:
    """There is no gain for a function of this name."""
    return ValueError(f"There is no gain for nonlinearity={name!r}. There is one for {', '.join(known)}.")


nothing_between = Message(ValueError, lambda mean, std, a, b: f"""
    trunc_normal_: almost no number from a normal distribution with mean {mean:g} and standard deviation {std:g} is between
    a={a:g} and b={b:g}.
""")
