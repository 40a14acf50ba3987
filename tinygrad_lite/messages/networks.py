"""Messages about networks: layers, losses, and the functions that they are computed with."""

from __future__ import annotations

from typing import Any

from .phrases import Message, variable_or

# fmt: off

# --- losses -----------------------------------------------------------------------------------------------------------

no_such_class = Message(IndexError, lambda wrong, count: f"""
    The targets have class {wrong}, but the logits are for {count} classes, numbered from 0 to {count - 1}. If the numbers in
    your data start at 1, write `targets = targets - 1`. With ignore_index={wrong}, samples of class {wrong} do not count.
""")

# --- convolution and pooling ------------------------------------------------------------------------------------------


def images(x: Any) -> str:
    """What the user's program calls the images."""
    return variable_or(x, "x")


def with_channels(x: Any, channels: int) -> str:
    """What to write if images have another number of channels than a kernel, as far as their shape tells."""
    name, axis = images(x), x.ndim - 3
    if x.shape[-1] == channels != x.shape[axis]:
        return f"""The last axis has length {channels}. If it is the axis of the channels, move it to its place: write
    `{name} = np.moveaxis({name}, -1, {axis})`."""
    if x.ndim == 3 and channels == 1:
        return f"If these are {len(x)} images with one channel, give them an axis for it: write `{name} = {name}[:, None]`."
    return f"Give it images of {channels} channels, or a weight for {x.shape[axis]}."


not_images = Message(ValueError, lambda name, x: f"""
    {name} takes images of shape (N, C, H, W), images × channels × height × width, or a single image of shape (C, H, W). It
    was given shape {x.shape}.
""" + (f"""    If it is one image with a single channel, write `{images(x)} = {images(x)}[None]`.
""" if x.ndim == 2 else ""))
no_pixels = Message(ValueError, lambda name, x: f"{name}: images of shape {x.shape} have no pixels.")
not_a_kernel = Message(ValueError, lambda name, weight: f"""
    {name} takes a weight with four axes, but this one has shape {weight.shape}. """ + {
        "conv2d": "They are (out_channels, in_channels / groups, height, width).",
        "conv_transpose2d": "They are (in_channels, out_channels / groups, height, width).",
    }[name])
other_channels = Message(ValueError, lambda name, x, weight, groups, channels: f"""
    {name}: the images have {x.shape[x.ndim - 3]} channels (shape {x.shape}), but the weight of shape {weight.shape} is for
    {channels}{f" (groups={groups})" if groups > 1 else ""}. {with_channels(x, channels)}
""")
uneven_groups = Message(ValueError, lambda name, channels, groups: f"""
    {name}: {channels} channels do not divide into groups={groups} of equal size. Choose numbers of channels, both of the
    images and of the result, that are multiples of groups.
""")
other_bias = Message(ValueError, lambda name, bias, channels: f"""
    {name}: the bias has shape {bias.shape}, but the result has {channels} channels. A bias has one number for each channel,
    so its shape is ({channels},).
""")
kernel_too_large = Message(ValueError, lambda name, size, extent: f"""
    {name}: a kernel that covers {extent[0]} × {extent[1]} pixels does not fit into images of {size[0]} × {size[1]}, padding
    included. Take a smaller kernel, or larger images.
""")
other_gradient = Message(ValueError, lambda shape, result: f"""
    conv2d_weight: the convolution of these images gives a result of shape {result}, but the gradient has shape {shape}.
""")
not_a_pair = Message(ValueError, lambda what, value, least: f"""
    {what}={value!r}: {what} must be one whole number, or a pair of them for height and width, each at least
    {least}{'; or "valid", or "same"' if what == "padding" else ""}.
""")
same_with_stride = Message(ValueError, lambda stride: f"""
    padding="same" makes the result as large as the images, but with stride={stride} it would be smaller. Write
    `stride=1`, or give the padding as a number.
""")
output_padding_too_large = Message(ValueError, lambda output_padding, stride, dilation: f"""
    conv_transpose2d: output_padding={output_padding} has to be smaller than the stride {stride} or the dilation {dilation}.
    A convolution makes images of several sizes equally small, and output_padding chooses one of these sizes.
""")
padding_of_pool = Message(ValueError, lambda name, padding, kernel_size: f"""
    {name}: padding={padding} is more than half of kernel_size={kernel_size}, so some windows would contain only padding.
    Write `padding={min(kernel_size) // 2}` or less.
""")
