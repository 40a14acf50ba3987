"""Messages of `data`: batches and splits, pictures in folders, and files that are read or downloaded."""

from __future__ import annotations

from typing import Any

from .phrases import Message, a_kind_of, as_user_says, listed, variable_or
from .tensors import closest

# fmt: off


class DownloadError(OSError):
    """A file could not be downloaded from any of its addresses."""


class Refused(ValueError):
    """Why one address was given up; a part of the message about all of them."""


# --- batches and splits -----------------------------------------------------------------------------------------------

no_samples = Message(TypeError, lambda function, value: f"""
    {function}() takes arrays with a sample in each row, and this is {a_kind_of(value)}. np.loadtxt makes an array from a text
    file with numbers, and tg.data.image_folder from folders with pictures. With your array in the place of x, write
    `tg.data.{function}(x)`{f'; the number of samples in a batch has a name: write `tg.data.batches(x, batch_size={value})`'
    if function == 'batches' and isinstance(value, int) and value > 0 else ''}.
""")
samples_in_a_tuple = Message(TypeError, lambda function, arrays: f"""
    {function}() was given a tuple of {len(arrays)} arrays as one argument. Give each array as an argument of its own: write
    `tg.data.{function}(x, y)`. If they are the samples of one array, stack them: np.stack(arrays).
""")
ragged_samples = Message(ValueError, lambda function, value, complaint: f"""
    {function}() takes arrays with a sample in each row, and {variable_or(value, 'this')}, {a_kind_of(value)}, cannot become
    one: {str(complaint).rstrip('.')}. All samples need the same shape: cut longer ones, or fill up shorter ones.
""")
no_arrays_given = Message(TypeError, lambda function: f"""
    {function}() was given no arrays. It takes one or more, with a sample in each row: write `tg.data.{function}(x)`.
""")
unequal_lengths = Message(ValueError, lambda function, arrays: f"""
    {function}() was given arrays with different numbers of samples: {' and '.join(map(as_user_says, arrays))}. The first axis
    counts the samples, and has to be the same in all of them{transposed(arrays)}.
""")
no_rows = Message(ValueError, lambda function: f"""
    {function}() was given arrays without any samples: their first axis has length 0.
""")
no_batch_size = Message(ValueError, lambda batch_size: f"""
    batches(..., batch_size={batch_size!r}): this must be the number of samples in a batch, a whole number of at least 1. For
    all samples in one batch, write `tg.data.batches(x, batch_size=len(x))`.
""")
no_full_batch = Message(ValueError, lambda batch_size, samples: f"""
    batches(..., batch_size={batch_size}, drop_last=True): there are only {samples} samples. drop_last leaves out a batch that
    is not full, so there would be no batch at all. Write `tg.data.batches(x, batch_size={samples})`, or leave out drop_last.
""")
not_a_seed_of_data = Message(TypeError, lambda seed: f"""
    seed={seed!r}: this must be None, for other numbers each time; a whole number of at least 0, for the same numbers each
    time; or a Generator of NumPy: write `rng = np.random.default_rng(0)`.
""")
no_state_of_batches = Message(ValueError, lambda state: f"""
    This is no state of batches: {state!r}. It must be what `state_dict()` returned: a dict with two whole numbers, 'seed' and
    'epoch'.
""")
no_test_size = Message(ValueError, lambda test_size, samples: f"""
    train_test_split(..., test_size={test_size!r}): this must be a part of the {samples} samples, between 0 and 1, or a number
    of samples. Both sides need at least one sample. For a quarter, write
    `x_train, x_test = tg.data.train_test_split(x, test_size=0.25)`.
""")
no_order_to_stratify = Message(ValueError, lambda: """
    train_test_split(..., stratify=...) draws from each class at random, and shuffle=False asks to keep the order. Leave out
    one of the two.
""")
class_of_one = Message(ValueError, lambda name: f"""
    train_test_split(..., stratify=...): there is only one sample of the class {name!r}, and each class needs one on each
    side. Add samples, leave this class out, or leave out stratify.
""")
too_few_for_classes = Message(ValueError, lambda side, count, classes: f"""
    train_test_split(..., stratify=...): the {side} side gets {count} samples, fewer than the {classes} classes. Choose
    another test_size, or leave out stratify.
""")
other_classes = Message(ValueError, lambda labels, samples: f"""
    train_test_split(..., stratify=...) takes one label for each of the {samples} samples, and this is {a_kind_of(labels)}.
""")

# --- data that is made ------------------------------------------------------------------------------------------------

no_count = Message(ValueError, lambda function, name, value, least: f"""
    {function}({name}={value!r}): this must be a whole number of at least {least}.
""")
no_noise = Message(ValueError, lambda function, noise: f"""
    {function}(noise={noise!r}): this must be the standard deviation of the noise, a number of at least 0. For data without
    noise, write `tg.data.{function}(noise=0.0)`.
""")
no_float_dtype = Message(TypeError, lambda function, dtype: f"""
    {function}(dtype={dtype!r}): the numbers of an image are from 0 to 1, so they are floats: np.float64, or np.float32, which
    needs half of the memory.
""")

# --- images in folders ------------------------------------------------------------------------------------------------

no_such_folder = Message(FileNotFoundError, lambda function, folder, nearest, found: f"""
    {function}({str(folder)!r}): there is no such folder. The folder {str(nearest)!r} has: {found}.
""")
not_a_folder = Message(NotADirectoryError, lambda function, folder: f"""
    {function}({str(folder)!r}): this is a file, but a folder is needed.
""")
no_classes = Message(ValueError, lambda folder, found: f"""
    image_folder({str(folder)!r}) needs one sub-folder for each class, such as {str(folder / 'cat')!r}, with the images of the
    class in it. There are no sub-folders here. What is here: {found}.
""")
no_images = Message(ValueError, lambda folder, found: f"""
    image_folder: there are no images in the sub-folder {str(folder)!r}. What is there: {found}. Add images (PNG, JPEG, GIF,
    BMP, WebP, TIFF or PPM), or remove the sub-folder.
""")
broken_image = Message(ValueError, lambda path, why: f"""
    The image {str(path)!r} cannot be read: {str(why).rstrip('.')}. Replace the file, or remove it.
""")
not_an_image = Message(ValueError, lambda path: f"""
    The image {str(path)!r} cannot be read: its format is not the one that its name says, or its beginning is damaged. Replace
    the file, or remove it.
""")
image_of_floats = Message(ValueError, lambda path: f"""
    The pixels of the image {str(path)!r} are floats, and it does not say which number is white. Save it with 8 or 16 bits.
""")
too_many_pixels = Message(ValueError, lambda path, why: f"""
    The image {str(path)!r} was not opened, because it claims to be huge: {str(why).rstrip('.')}. A small file that unpacks
    to a huge image can take all of the memory. If the file is yours, save it smaller.
""")
several_sizes = Message(ValueError, lambda folder, sizes: f"""
    image_folder({str(folder)!r}): the images have {len(sizes)} different sizes, such as {' and '.join(
    f'{h} × {w} ({path.name})' for (h, w), path in list(sizes.items())[:2])} pixels, height × width, but all images in an
    array have the same size. Choose the size that all images should be scaled to: size=(h, w), such as size={min(sizes)}.
""")
no_size = Message(ValueError, lambda size: f"""
    size={size!r}: this must be a pair of whole numbers of at least 1, the height and the width in pixels, as size=(64, 64).
""")
no_mode = Message(ValueError, lambda mode: f"""
    mode={mode!r}: this must be 'L' for grey images, 'RGB' for colours, or 'RGBA' for colours with transparency. None means
    'L' if all images are grey, and 'RGB' otherwise.
""")

# --- files that are read or downloaded --------------------------------------------------------------------------------

GET_IT_AGAIN = "Remove it, and get it again: `tg.data.mnist()` downloads the files, and checks them."
not_train_or_test = Message(TypeError, lambda train: f"""
    mnist(train={train!r}): this must be True for the images to train with, or False for those to test with.
""")
no_idx_file = Message(FileNotFoundError, lambda folder, names, found: f"""
    mnist({str(folder)!r}): the folder has neither {names[0]}, nor the unpacked file {names[1]}. What is there: {found}.
    Without a folder, `tg.data.mnist()` downloads the files.
""")
not_in_cache = Message(FileNotFoundError, lambda name, folder: f"""
    mnist(download=False): {name} is not in the cache, the folder {str(folder)!r}. Leave out download=False, or put the file
    there.
""")
broken_idx = Message(ValueError, lambda path, why: f"""
    {str(path)!r} is broken: {str(why).rstrip('.')}. {GET_IT_AGAIN}
""")
not_idx = Message(ValueError, lambda path, start, axes: f"""
    {str(path)!r} is not a file in the format of MNIST. An array of bytes with {axes} axes starts with 00 00 08 0{axes}, but
    this file starts with {start.hex(' ') or 'nothing'}. {GET_IT_AGAIN}
""")
promises_too_much = Message(ValueError, lambda path, promised, size: f"""
    {str(path)!r} was not read: its header promises {promised:,} numbers, which is more than a file of {size:,} bytes can
    have, or more than is read at once. {GET_IT_AGAIN}
""")
other_than_promised = Message(ValueError, lambda path, promised, found: f"""
    {str(path)!r} is not complete: its header promises {promised:,} numbers, but
    {f'{found:,}' if found < promised else 'more'} follow. {GET_IT_AGAIN}
""")
unlike_labels = Message(ValueError, lambda images, labels, counts: f"""
    {str(images)!r} has {counts[0]} images, and {str(labels)!r} has {counts[1]} labels: they do not belong together.
""")
no_cache_folder = Message(OSError, lambda folder, why: f"""
    The folder for downloads, {str(folder)!r}, cannot be used: {why}. Download the files with a browser into a folder of your
    own, and give this folder: tg.data.mnist("FOLDER").
""")
no_mirrors = Message(ValueError, lambda mirrors: f"""
    mnist(mirrors={mirrors!r}): this must be a list of addresses that start with https://, of folders that have the files.
""")

not_https = Message(Refused, lambda address: f"{address} does not start with https://")
other_range = Message(Refused, lambda start, sent: f"asked for the bytes from {start} on, it sent {sent}")
other_length = Message(Refused, lambda offered, missing: f"it offers {offered} bytes, and the file has {missing}")
more_bytes = Message(Refused, lambda missing: f"it sends more than the {missing} bytes that the file has")
fewer_bytes = Message(Refused, lambda received, missing: f"it stopped after {received} of {missing} bytes")
other_bytes = Message(Refused, lambda: "it sent other bytes: the checksum is wrong")
too_slow = Message(Refused, lambda received, seconds: f"it is too slow: {received} bytes in {seconds:.0f} seconds")


def no_name_in_data(name: str, known: list[str]) -> AttributeError:
    """The module was asked for a name that it does not have."""
    from .hints import NAMES_OF_DATA, written

    start = f"tinygrad_lite.data has no attribute {name!r}"
    if hint := NAMES_OF_DATA.get(name):
        return AttributeError(f"{start}. {written(hint)}", name=name)
    close = None if name.startswith("__") else closest(name, tuple(known))
    near = f"Did you mean `tg.data.{close}`?" if close else "dir(tg.data) lists the names that it has."
    return AttributeError(f"{start}. {near}", name=name)


def no_download(name: str, tried: list[tuple[str, str]], folder: Any) -> DownloadError:
    """No address gave the file: what was tried, and how to do it by hand."""
    attempts = "".join(f"\n  {address}: {why}" for address, why in tried)
    return DownloadError(
        f"{name} could not be downloaded. What was tried:{attempts}\n"
        f"To do it by hand: open {tried[0][0]} in a browser, on this computer or another, and put the file, as it is, into "
        f"the folder {str(folder)!r}. The same call then finds it there. What was received is kept: the next call "
        "continues from there."
    )


def skipped_files(folder: Any, names: list[str]) -> str:
    """The warning that some files in the sub-folders were no images."""
    return f"image_folder({str(folder)!r}) skipped files that are not images: {what_is_in(names)}."


def transposed(arrays: Any) -> str:
    """A hint, if an array would fit with its axes the other way round."""
    lengths = [array.shape[0] for array in arrays]
    for array in arrays:
        others = {length for length, other in zip(lengths, arrays) if other is not array}
        if array.ndim == 2 and others == {array.shape[1]}:
            name = variable_or(array, "it")
            return f". {name if name != 'it' else 'One'} may be transposed: {name}.T has {array.shape[1]} rows"
    return ""


def what_is_in(names: list[str]) -> str:
    """The names in a folder, in words."""
    more = f", and {len(names) - 6} more" if len(names) > 6 else ""
    return f"{listed(names[:6])}{more}" if names else "nothing"
