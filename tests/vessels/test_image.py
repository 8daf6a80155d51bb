"""The `image` vessel: on the photographs that scikit-image ships, and against values that others published."""

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import pytest
import skimage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from skimage.morphology import closing, dilation, disk, erosion, opening

from animaweave.vessels import image as vessel

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"

MASKS = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def photograph(name: str) -> np.ndarray[Any, Any]:
    """A photograph of scikit-image's, as the vessel loads it; it cannot be written to, as in a run."""
    return frozen(vessel.load(PHOTOGRAPHS / name))


def frozen(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array.flags.writeable = False
    return array


def mask_of(*rows: str) -> np.ndarray[Any, Any]:
    """A mask from a drawing: `#` holds."""
    return frozen(np.array([[pixel == "#" for pixel in row] for row in rows]))


# ---------------------------------------------------------------- counting coins


@pytest.mark.parametrize(("name", "level"), [("coins.png", 107), ("camera.png", 102)])
def test_otsu_finds_the_published_level(name: str, level: int) -> None:
    """Published in scikit-image's test-suite (tests/skimage/filters/test_thresholding.py), within 1."""
    grey = vessel.grey(photograph(name))

    mask = vessel.threshold_otsu(frozen(grey))

    assert abs(grey[~mask].max() * 255 - level) < 1
    assert np.array_equal(mask, grey > grey[~mask].max())


def test_otsu_parts_an_eight_bit_picture_at_exactly_its_level() -> None:
    mask = vessel.threshold_otsu(vessel.grey(photograph("coins.png")))

    assert np.array_equal(mask, iio.imread(PHOTOGRAPHS / "coins.png") > 107)


def test_the_photograph_shows_24_coins() -> None:
    """Four rows of six, counted by eye."""
    mask = vessel.threshold_otsu(vessel.grey(photograph("coins.png")))

    coins = vessel.remove_small(frozen(mask), smallest=100)

    assert vessel.count_objects(frozen(coins)) == 24
    assert vessel.count_objects(frozen(mask)) == 96


def test_smoothing_joins_specks_into_fewer_objects() -> None:
    smooth = vessel.gaussian(vessel.grey(photograph("coins.png")), sigma=2, edges="nearest")

    assert vessel.count_objects(vessel.threshold_otsu(frozen(smooth))) == 26


# ---------------------------------------------------------------- files


def test_an_eight_bit_picture_keeps_its_levels_exactly() -> None:
    pixels = iio.imread(PHOTOGRAPHS / "coins.png")

    picture = photograph("coins.png")

    assert picture.dtype == np.float32
    assert picture.shape == (303, 384, 3)
    assert np.array_equal(vessel.grey(picture), np.float32(pixels) / np.float32(255))


def test_a_colour_picture_is_loaded_in_colour() -> None:
    picture = photograph("chelsea.png")

    assert picture.shape == (300, 451, 3)
    assert np.array_equal(np.rint(picture * 255), iio.imread(PHOTOGRAPHS / "chelsea.png"))


@pytest.mark.parametrize(
    ("mode", "pixel", "colour"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 51, (51, 51, 51)),
        ("LA", (0, 51), (204, 204, 204)),
        ("RGB", (255, 51, 0), (255, 51, 0)),
        ("RGBA", (255, 0, 0, 51), (255, 204, 204)),
        ("I;16", 0xFFFF // 5, (51, 51, 51)),
        ("F", 0.2, (51, 51, 51)),
        ("CMYK", (0, 204, 255, 0), (255, 51, 0)),
    ],
)
def test_every_kind_of_pixel_becomes_the_same_colours(
    mode: str, pixel: Any, colour: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "picture.tif"
    Image.new(mode, (3, 2), pixel).save(path)

    picture = vessel.load(path)

    assert picture.shape == (2, 3, 3)
    assert picture[1, 2] * 255 == pytest.approx(colour, abs=1e-4)


def test_a_picture_with_a_palette_has_its_colours(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2), (255, 51, 0)).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "picture.gif")

    assert vessel.load(tmp_path / "picture.gif")[1, 2] * 255 == pytest.approx((255, 51, 0))


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    taken = Image.new("L", (30, 20))
    exif = taken.getexif()
    exif[0x0112] = 6  # Orientation: the camera was turned to the left.
    taken.save(tmp_path / "turned.jpg", exif=exif)

    assert vessel.load(tmp_path / "turned.jpg").shape == (30, 20, 3)


def test_of_several_pages_the_first_is_loaded() -> None:
    assert photograph("multipage.tif").shape == (15, 10, 3)
    assert photograph("no_time_for_that_tiny.gif").ndim == 3


def damaged(name: str, folder: Path) -> Path:
    """A file that is no picture, in the way that its name says."""
    coins = (PHOTOGRAPHS / "coins.png").read_bytes()
    path = folder / name
    contents = {
        "text.png": b"This is no picture.\n",
        "empty.png": b"",
        "header.png": coins[:20],
        "program.png": b"\x7fELF\0\0\0\0",
        "cut.png": coins[: len(coins) // 2],
        "cut.jpg": (PHOTOGRAPHS / "rocket.jpg").read_bytes()[:50_000],
        "cut.tif": (PHOTOGRAPHS / "multipage.tif").read_bytes()[:120],
        "changed.png": coins[:5000] + b"xx" + coins[5002:],
    }
    if name in contents:
        path.write_bytes(contents[name])
    elif name == "folder.png":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.png", "there is no such file; choose a picture (PNG, JPEG, TIFF …)"),
        ("folder.png", "expected a picture (PNG, JPEG, TIFF …), found a folder; choose a file in it"),
        ("text.png", "expected a picture (PNG, JPEG, TIFF …), found text; choose another file"),
        ("empty.png", "expected a picture (PNG, JPEG, TIFF …), found an empty file; choose another file"),
        ("program.png", "expected a picture (PNG, JPEG, TIFF …), found data of another kind; choose another file"),
        ("header.png", "expected a whole picture, found one that is cut off or damaged; get it again"),
        ("cut.png", "expected a whole picture, found one that is cut off or damaged; get it again"),
        ("cut.jpg", "expected a whole picture, found one that is cut off or damaged; get it again"),
        ("cut.tif", "expected a whole picture, found one that is cut off or damaged; get it again"),
        ("changed.png", "expected a whole picture, found one that is cut off or damaged; get it again"),
    ],
)
def test_a_picture_that_is_none_is_refused_in_a_sentence(name: str, sentence: str, tmp_path: Path) -> None:
    path = damaged(name, tmp_path)

    with pytest.raises((ValueError, OSError)) as caught:
        vessel.load(path)

    assert str(caught.value) == f"{path}: {sentence}"


@given(pixels=arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3))))
def test_a_saved_picture_comes_back_unchanged(pixels: np.ndarray[Any, Any], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("saved") / "new" / "picture.png"
    picture = frozen(np.divide(pixels, 255, dtype=np.float32))

    vessel.save(picture, path)

    assert np.array_equal(vessel.load(path), picture)


@pytest.mark.parametrize("suffix", ["png", "JPG", "jpeg", "tif", "tiff", "gif", "bmp", "webp"])
def test_a_picture_is_saved_in_the_format_of_its_ending(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{suffix}"

    vessel.save(frozen(np.full((8, 8, 3), 0.5, np.float32)), path)

    with Image.open(path) as saved:
        assert saved.format == {"jpg": "JPEG", "tif": "TIFF"}.get(suffix.lower(), suffix.upper())
    assert vessel.load(path) == pytest.approx(0.5, abs=0.02)


def test_what_no_file_can_hold_is_clipped(tmp_path: Path) -> None:
    row = np.array([-1, 2, np.inf, np.nan], np.float32)

    vessel.save(frozen(np.stack([[row]] * 3, axis=-1)), tmp_path / "picture.png")

    assert vessel.load(tmp_path / "picture.png")[0, :, 0].tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("name", ["picture", "picture.docx"])
def test_a_file_name_without_a_picture_s_ending_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{name}: expected a name like \*\.png, .*; end it in \.png, say$"):
        vessel.save(np.zeros((2, 2, 3), np.float32), tmp_path / name)

    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("label", "value", "levels"),
    [
        ("Grey", np.array([[0, 0.2, 1]], np.float32), [0, 51, 255]),
        ("Mask", np.array([[False, True]]), [0, 255]),
        ("Colour", np.array([[[1, 0.2, 0]]], np.float32), [[255, 51, 0]]),
    ],
)
def test_a_value_of_each_label_is_exported_as_a_picture(label: str, value: Any, levels: Any, tmp_path: Path) -> None:
    export = vessel.image.labels[label].export
    assert export is not None

    export.write(frozen(value), tmp_path / f"value{export.suffix}")

    assert iio.imread(tmp_path / "value.png")[0].tolist() == levels


def test_exported_objects_differ_in_colour_on_black(tmp_path: Path) -> None:
    export = vessel.image.labels["Labels"].export
    assert export is not None

    export.write(frozen(np.array([[0, 1, 2]], np.int32)), tmp_path / "labels.png")

    ground, one, other = iio.imread(tmp_path / "labels.png")[0].tolist()
    assert ground == [0, 0, 0]
    assert one != other != ground != one


# ---------------------------------------------------------------- conversions


def test_brightness_weighs_colours_as_the_eye_does() -> None:
    """Rec. 709, as scikit-image's documentation of `rgb2gray` prints it."""
    colours = frozen(np.eye(3, dtype=np.float32)[np.newaxis])

    assert vessel.grey(colours)[0] == pytest.approx([0.2125, 0.7154, 0.0721])


def test_grey_becomes_colour_and_back_without_loss() -> None:
    grey = frozen(np.linspace(-0.5, 1.5, 12, dtype=np.float32).reshape(3, 4))

    assert np.array_equal(vessel.colour_to_grey(vessel.grey_to_colour(grey)), grey)


def test_masks_are_white_in_grey_and_objects_are_masks() -> None:
    assert vessel.mask_to_grey(mask_of(".#")).tolist() == [[0, 1]]
    assert vessel.labels_to_mask(frozen(np.array([[0, 7]], np.int32))).tolist() == [[False, True]]


# ---------------------------------------------------------------- pixels


def test_a_blurred_point_is_the_gaussian_bell() -> None:
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1

    blurred = vessel.gaussian(frozen(point), sigma=3)

    rows, columns = np.mgrid[-20:21, -20:21]
    bell = np.exp(-(rows**2 + columns**2) / (2 * 3**2)) / (2 * np.pi * 3**2)
    assert blurred == pytest.approx(bell, abs=2e-5)
    assert blurred.sum() == pytest.approx(1, abs=1e-5)


def test_no_blur_is_no_change() -> None:
    picture = photograph("coins.png")[:, :, 0]

    assert np.array_equal(vessel.gaussian(picture, sigma=0), picture)


def test_the_border_is_continued_as_chosen() -> None:
    picture = np.zeros((1, 9), np.float32)
    picture[0, 1] = 1

    first = {
        edges: vessel.gaussian(frozen(picture), sigma=1, edges=edges)[0, 0] for edges in ("wrap", "reflect", "nearest")
    }
    last = {
        edges: vessel.gaussian(frozen(picture), sigma=1, edges=edges)[0, -1] for edges in ("wrap", "reflect", "nearest")
    }

    assert first["reflect"] > first["nearest"] == pytest.approx(first["wrap"])
    assert last["wrap"] > 0.05 > last["reflect"] == last["nearest"]


def test_a_threshold_parts_at_every_one_of_the_256_levels() -> None:
    ramp = frozen(np.divide(np.arange(256, dtype=np.uint8)[np.newaxis], 255, dtype=np.float32))

    assert [vessel.threshold(ramp, level / 255).sum() for level in range(256)] == list(range(255, -1, -1))


def test_otsu_works_on_a_picture_that_uses_few_of_many_levels() -> None:
    dim = np.where(mask_of("..##", ".###"), 0.0020, 0.0010).astype(np.float32)

    assert np.array_equal(vessel.threshold_otsu(frozen(dim)), dim > 0.0015)


def test_otsu_chooses_nothing_on_a_picture_of_one_brightness() -> None:
    assert not vessel.threshold_otsu(np.full((3, 3), 0.3, np.float32)).any()


def test_otsu_says_that_it_needs_finite_numbers() -> None:
    with pytest.raises(ValueError, match=r"^the picture has pixels that are no finite numbers; .* no level"):
        vessel.threshold_otsu(np.array([[0, np.nan]], np.float32))


# ---------------------------------------------------------------- objects


def test_objects_smaller_than_the_smallest_are_dropped() -> None:
    mask = np.zeros((12, 30), bool)
    mask[1:11, 1:11] = mask[1:11, 15:25] = True
    mask[1, 1] = False

    kept = vessel.remove_small(frozen(mask), smallest=100)

    assert kept.sum() == 100
    assert kept[1:11, 15:25].all()
    assert vessel.remove_small(mask, smallest=99).sum() == 199


def test_pixels_that_touch_at_a_corner_are_one_object_if_so_chosen() -> None:
    """The example in scikit-image's documentation of `label`."""
    diagonal = frozen(np.eye(3, dtype=bool))

    assert vessel.label(diagonal, neighbours=4).tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]]
    assert vessel.label(diagonal, neighbours=8).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert [vessel.count_objects(diagonal, neighbours) for neighbours in (4, 8)] == [3, 1]
    assert vessel.remove_small(diagonal, smallest=2, neighbours=8).any()
    assert not vessel.remove_small(diagonal, smallest=2, neighbours=4).any()


def test_an_empty_mask_has_no_objects() -> None:
    empty = mask_of("...", "...")

    assert vessel.count_objects(empty) == 0
    assert vessel.label(empty).dtype == np.int32
    assert vessel.measure(vessel.label(empty)) == []


@given(MASKS, st.sampled_from([0, 1, 2, 3, 5]))
def test_a_disc_shrinks_and_grows_objects_as_footprints_do(mask: np.ndarray[Any, Any], radius: int) -> None:
    by_footprint: dict[Any, Any] = {"erode": erosion, "dilate": dilation, "open": opening, "close": closing}
    for operation, function in by_footprint.items():
        changed = vessel.morphology(frozen(mask), operation, radius)

        assert np.array_equal(changed, function(mask, disk(radius), mode="ignore")), operation


def test_a_rectangle_is_measured() -> None:
    """Area, box and middle by hand; the ellipse's axes are 4 times the root of the second moments, (n² − 1) / 12."""
    mask = np.zeros((30, 40), bool)
    mask[5:15, 7:27] = True

    (measured,) = vessel.measure(frozen(vessel.label(mask)))

    assert measured == {
        "number": 1,
        "area": 200,
        "row": 9.5,
        "column": 16.5,
        "top": 5,
        "left": 7,
        "bottom": 15,
        "right": 27,
        "perimeter": 2 * (9 + 19),
        "diameter": pytest.approx(2 * (200 / np.pi) ** 0.5),
        "eccentricity": pytest.approx((1 - (10**2 - 1) / (20**2 - 1)) ** 0.5),
    }


def test_objects_are_measured_in_the_order_of_their_numbers() -> None:
    labels = frozen(np.array([[5, 5, 0, 2]], np.int32))

    assert [(found["number"], found["area"]) for found in vessel.measure(labels)] == [(2, 1), (5, 2)]


def test_outlines_are_drawn_and_the_rest_stays_as_it_was() -> None:
    picture = photograph("chelsea.png")[:20, :20]
    labels = np.zeros((20, 20), np.int32)
    labels[4:14, 6:16] = 1
    outline = labels > 0
    outline[5:13, 7:15] = False

    drawn = vessel.annotate(picture, frozen(labels), numbers=False)

    assert np.array_equal(drawn[~outline], picture[~outline])
    assert drawn[outline] * 255 == pytest.approx(np.tile(vessel.AMBER, (outline.sum(), 1)), abs=1e-4)


@pytest.mark.parametrize("ground", [0, 1])
def test_numbers_are_legible_on_dark_and_bright_ground(ground: int) -> None:
    picture = frozen(np.full((60, 60, 3), ground, np.float32))
    labels = np.zeros((60, 60), np.int32)
    labels[:, :] = 7

    drawn = vessel.annotate(picture, frozen(labels), size=24)

    middle = drawn[15:45, 15:45]
    assert (middle == 0).all(axis=2).any()
    assert (middle == 1).all(axis=2).any()
    rows, columns = np.nonzero((drawn[2:-2, 2:-2] != ground).any(axis=2))
    assert 12 <= np.ptp(rows) <= 30
    assert abs(rows.mean() + 2 - 30) < 4
    assert abs(columns.mean() + 2 - 30) < 4


def test_every_object_gets_its_own_number() -> None:
    labels = np.zeros((40, 120), np.int32)
    for number in (1, 2, 3):
        labels[5:35, 40 * number - 35 : 40 * number - 5] = number
    picture = frozen(np.zeros((40, 120, 3), np.float32))

    digits = vessel.annotate(picture, frozen(labels), size=20)[8:32].reshape(24, 3, 40, 3)[:, :, 8:32]

    assert all(digits[:, number].any() for number in range(3))
    assert not np.array_equal(digits[:, 0], digits[:, 1])
    assert not np.array_equal(digits[:, 1], digits[:, 2])


def test_labels_of_another_size_are_refused_with_both_sizes() -> None:
    with pytest.raises(ValueError, match=r"^the picture has 2 × 3 pixels, the labels 3 × 2; wire both from the same"):
        vessel.annotate(np.zeros((2, 3, 3), np.float32), np.zeros((3, 2), np.int32))
