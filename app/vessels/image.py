"""Pictures: from a photograph to the objects on it, and back to a picture.

A picture is an array of float32, 0 is black and 1 is white, so that 8-bit files go in and out unchanged. `load` always
gives colour, since a type is known before the file is; what has no colour becomes grey again without loss.

scikit-image, scipy and imageio are imported by the functions that need them: they take 0.3 s, which a look at the list
of nodes should not cost.
"""
# ruff: noqa: PLC0415
# mypy: untyped-calls-exclude=skimage

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int32

from ..authoring import Export, Field, Vessel

Array = np.ndarray[Any, Any]

FORMATS = "*.png *.jpg *.jpeg *.tif *.tiff *.gif *.bmp *.webp"
SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*", b"GIF8", b"BM", b"RIFF")
"""How files of these formats begin."""

AMBER = 0xF6, 0xBD, 0x49


def write_picture(picture: Array, path: Path) -> None:
    """Write a picture, grey or colour, with 8 bits a channel; what lies outside 0 to 1 is clipped, NaN is black.

    Raises:
        ValueError: The path's ending stands for no format.
    """
    import imageio.v3 as iio

    if f"*{path.suffix.lower()}" not in FORMATS.split():
        raise ValueError(f"{path}: expected a name like {FORMATS.replace(' ', ', ')}; end it in .png, say")
    iio.imwrite(path, _eight_bits(picture), plugin="pillow")


def write_labels(labels: Array, path: Path) -> None:
    """Write each object in a colour, the ground black; colours come again after ten objects."""
    from skimage.color import label2rgb

    write_picture(label2rgb(labels, bg_label=0, bg_color=(0, 0, 0)), path)


image = Vessel("image", title="Image", icon="image", colour="#6aa5dc")

Grey = Annotated[
    Float32[np.ndarray, "h w"],
    image.label("Grey", colour="#7fb2e5", doc="Brightness, from 0 to 1.", export=Export(".png", write_picture)),
]
Colour = Annotated[
    Float32[np.ndarray, "h w 3"],
    image.label("Colour", colour="#ff5d12", doc="Red, green, blue, from 0 to 1.", export=Export(".png", write_picture)),
]
Mask = Annotated[
    Bool[np.ndarray, "h w"],
    image.label("Mask", colour="#e5c07f", doc="Which pixels are chosen.", export=Export(".png", write_picture)),
]
Labels = Annotated[
    Int32[np.ndarray, "h w"],
    image.label("Labels", colour="#bc68ff", doc="Number of each pixel's object, 0 for the ground.",
                export=Export(".png", write_labels)),
]  # fmt: skip

Neighbours = Literal[4, 8]
CONNECTIVITY = {4: 1, 8: 2}
"""scikit-image counts the steps that a neighbour may be away."""

MEASURES = (
    *("number", "area", "row", "column", "top", "left", "bottom", "right"),
    *("perimeter", "diameter", "eccentricity"),
)


@image.converter
def mask_to_grey(mask: Mask) -> Grey:
    """White where the mask holds."""
    return mask.astype(np.float32)


@image.converter
def labels_to_mask(labels: Labels) -> Mask:
    """Every object, without its number."""
    return labels > 0


@image.converter
def grey_to_colour(grey: Grey) -> Colour:
    """The same picture with three equal channels."""
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


@image.converter
def colour_to_grey(colour: Colour) -> Grey:
    """Brightness as the eye weighs the colours."""
    return grey(colour)


@image.node(title="Load picture", icon="folder-simple", effects={"read-files"}, name="image")
def load(path: Annotated[Path, Field(file_filter=FORMATS)]) -> Colour:
    """Read a picture from a file.

    A photograph is turned upright as its camera noted. Of several pages or frames the first is read; what is
    transparent is laid on white. Whole numbers are scaled to 0 to 1 by their type, decimal ones are taken as they are.

    Args:
        path: PNG, JPEG, TIFF, GIF, BMP or WebP file.
    """
    pixels = _pixels(path)
    if np.issubdtype(pixels.dtype, np.integer):
        pixels = np.divide(pixels, np.iinfo(pixels.dtype).max, dtype=np.float32)
    picture = pixels.astype(np.float32)
    if picture.ndim == 2:
        picture = picture[:, :, np.newaxis]
    if picture.shape[2] in (2, 4):
        colour, alpha = picture[:, :, :-1], picture[:, :, -1:]
        picture = colour * alpha + (1 - alpha)
    return np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)))


@image.infer(load)
def _size(path: Path) -> Any:
    """The size of a picture, from the head of its file."""
    from PIL import ExifTags, Image

    with Image.open(path) as picture:
        width, height = picture.size
        if picture.getexif().get(ExifTags.Base.Orientation, 1) >= 5:  # It is turned on its side.
            width, height = height, width
    return Float32[np.ndarray, f"{height} {width} 3"]


@image.node(icon="drop-half")
def grey(image: Colour) -> Grey:
    """Take the colours out of a picture, by their brightness to the eye (Rec. 709).

    Args:
        image: Picture to turn grey; one without colours keeps its exact values.
    """
    from skimage.color import rgb2gray

    red, green, blue = (image[:, :, channel] for channel in range(3))
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return red.copy()
    return np.asarray(rgb2gray(image), np.float32)


@image.node(title="Gaussian blur", icon="drop-half", placement="process")
def gaussian(
    image: Grey,
    sigma: Annotated[float, Field(min=0, max=50, step=0.5, unit="px")] = 1.0,
    edges: Literal["reflect", "wrap", "nearest"] = "reflect",
) -> Grey:
    """Smooth a picture with a Gaussian kernel.

    Args:
        image: Picture to smooth.
        sigma: Standard deviation of the kernel.
        edges: What lies beyond the border.
    """
    from skimage.filters import gaussian

    return np.asarray(gaussian(image, sigma, mode=edges), np.float32)


@image.node(icon="circle-half")
def threshold(image: Grey, level: Annotated[float, Field(min=0, max=1, step=0.01)] = 0.5) -> Mask:
    """Choose the pixels that are brighter than a level.

    Args:
        image: Picture to choose from.
        level: Brightness that a chosen pixel exceeds.
    """
    return image > np.float32(level)


@image.node(title="Threshold (Otsu)", icon="circle-half")
def threshold_otsu(image: Grey) -> Mask:
    """Choose the bright pixels, by the level that parts bright from dark best (Otsu 1979).

    Args:
        image: Picture to choose from. One of 8 bits is counted level by level, others in 256 steps.
    """
    from skimage.filters import threshold_otsu

    if not np.isfinite(image).all():
        raise ValueError("the picture has pixels that are no finite numbers; mend them first, no level can be found")
    levels = np.rint(image * 255)
    if levels.min() >= 0 and levels.max() <= 255 and np.allclose(levels, image * 255, rtol=0, atol=1e-3):
        image = levels.astype(np.uint8)
    return np.asarray(image > threshold_otsu(image))


@image.node(icon="eraser", placement="process")
def remove_small(
    mask: Mask, smallest: Annotated[int, Field(min=1, unit="px")] = 64, neighbours: Neighbours = 8
) -> Mask:
    """Drop the objects that are too small.

    Args:
        mask: Where the objects are.
        smallest: Pixels of the smallest object that stays.
        neighbours: Whether pixels that touch at a corner are one object (8) or not (4).
    """
    from skimage.morphology import remove_small_objects

    return np.asarray(remove_small_objects(mask, max_size=smallest - 1, connectivity=CONNECTIVITY[neighbours]))


@image.node(icon="circles-three", placement="process")
def morphology(
    mask: Mask,
    operation: Literal["erode", "dilate", "open", "close"] = "open",
    radius: Annotated[float, Field(min=0, max=1000, unit="px")] = 1.0,
) -> Mask:
    """Shrink, grow, open or close the objects by a disc.

    Opening drops what is thinner than the disc; closing fills gaps and holes that it does not fit into. What lies
    beyond the border neither grows nor shrinks anything.

    Args:
        mask: Where the objects are.
        operation: Erode takes a rim off, dilate adds one; open is erode then dilate, close is dilate then erode.
        radius: Of the disc.
    """
    if operation == "erode":
        return ~_grown(~mask, radius)
    if operation == "dilate":
        return _grown(mask, radius)
    if operation == "open":
        return _grown(~_grown(~mask, radius), radius)
    return ~_grown(~_grown(mask, radius), radius)


@image.node(title="Label objects", icon="list-numbers")
def label(mask: Mask, neighbours: Neighbours = 8) -> Labels:
    """Number the objects, from 1, row by row of their first pixels.

    Args:
        mask: Where the objects are.
        neighbours: Whether pixels that touch at a corner are one object (8) or not (4).
    """
    from skimage.measure import label

    return np.asarray(label(mask, connectivity=CONNECTIVITY[neighbours]), np.int32)


@image.node(icon="hash", name="number")
def count_objects(mask: Mask, neighbours: Neighbours = 8) -> int:
    """Count the objects.

    Args:
        mask: Where the objects are.
        neighbours: Whether pixels that touch at a corner are one object (8) or not (4).
    """
    return int(label(mask, neighbours).max(initial=0))


@image.node(title="Measure objects", icon="ruler", name="objects")
def measure(labels: Labels) -> list[dict[str, float]]:
    """Measure each object, in the order of their numbers.

    Gives for each its `number`, `area` (px²), middle (`row`, `column`), box (`top`, `left`, `bottom`, `right`, the
    last two just outside), `perimeter`, `diameter` of the circle of equal area (all in px), and `eccentricity` of the
    ellipse with equal moments (0 for a circle, near 1 for a line).

    Args:
        labels: Number of each pixel's object.
    """
    from skimage.measure import regionprops_table

    names = ("label", "area", "centroid", "bbox", "perimeter", "equivalent_diameter_area", "eccentricity")
    columns = [column.tolist() for column in regionprops_table(labels, properties=names).values()]
    return [dict(zip(MEASURES, values, strict=True)) for values in zip(*columns, strict=True)]


@image.node(icon="text-t", name="picture")
def annotate(
    image: Colour,
    labels: Labels,
    numbers: bool = True,
    size: Annotated[int, Field(min=6, max=200, unit="px")] = 14,
) -> Colour:
    """Draw the outlines and numbers of objects on a picture, with 8 bits a channel.

    Args:
        image: Picture to draw on, of the same size as the labels.
        labels: Number of each pixel's object.
        numbers: Whether each object's number is written at its middle.
        size: Height of the numbers.
    """
    from skimage.segmentation import find_boundaries

    if image.shape[:2] != labels.shape:
        raise ValueError(
            f"the picture has {image.shape[0]} × {image.shape[1]} pixels, the labels {labels.shape[0]} × "
            f"{labels.shape[1]}; wire both from the same picture"
        )
    picture = _eight_bits(image)
    picture[find_boundaries(labels, mode="inner")] = AMBER
    if numbers:
        picture = _draw_numbers(picture, labels, size)
    return np.divide(picture, 255, dtype=np.float32)


@image.node(title="Save picture", icon="floppy-disk", pure=False, effects={"write-files"})
def save(image: Colour, path: Annotated[Path, Field(save=True, file_filter=FORMATS)] = Path("picture.png")) -> None:
    """Write a picture to a file, with 8 bits a channel.

    Args:
        image: Picture to write; what lies outside 0 to 1 is clipped.
        path: File to write or overwrite; its ending gives the format. Its folder is made if need be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(image, path)


def _pixels(path: Path) -> Array:
    """The first picture of a file as its decoder gives it, `h w` or `h w c`; refusals are for people."""
    import imageio.v3 as iio

    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; choose a picture (PNG, JPEG, TIFF …)")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a picture (PNG, JPEG, TIFF …), found a folder; choose a file in it")
    with path.open("rb") as file:
        head = file.read(512)
    try:
        with iio.imopen(path, "r", plugin="pillow") as opened:
            options: dict[str, Any] = {"index": 0, "rotate": True}
            if opened.metadata(index=0)["mode"] == "CMYK":
                options["mode"] = "RGB"  # Four inks would look like colour and transparency; Pillow mixes them.
            return np.asarray(opened.read(**options))
    except Exception as problem:  # Decoders are foreign code, and files are anything.
        if head.startswith(SIGNATURES):
            complaint = "expected a whole picture, found one that is cut off or damaged; get it again"
        else:
            # No text has a zero byte, and hardly any other file has none (git tells them apart by this, too).
            found = "an empty file" if not head else "data of another kind" if b"\0" in head else "text"
            complaint = f"expected a picture (PNG, JPEG, TIFF …), found {found}; choose another file"
        raise ValueError(f"{path}: {complaint}") from problem


def _eight_bits(picture: Array) -> Array:
    pixels: Array = np.rint(np.clip(np.nan_to_num(picture), 0, 1) * 255).astype(np.uint8)
    return pixels


def _grown(mask: Array, radius: float) -> Array:
    """The pixels at most `radius` from one of the mask: dilation by a disc, as fast for a large one."""
    from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]

    # Without a pixel to measure from, the transform gives distances to a point of its own.
    return np.asarray(distance_transform_edt(~mask) <= radius) if mask.any() else mask


def _draw_numbers(picture: Array, labels: Array, size: int) -> Array:
    """The 8-bit picture with each object's number at its middle: white with a dark rim, legible on anything."""
    from PIL import Image, ImageDraw, ImageFont
    from skimage.measure import regionprops

    canvas = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    for region in regionprops(labels):
        row, column = region.centroid
        rim = max(1, size // 7)
        draw.text((column, row), str(region.label), "white", font, "mm", stroke_width=rim, stroke_fill="black")
    return np.asarray(canvas)
