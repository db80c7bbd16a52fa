"""Every way to bring pictures gives the same answers. SPDX-License-Identifier: MIT"""
import io

import numpy as np
import pandas
import pytest
import resnet50
from PIL import Image
from resnet50 import pictures


@pytest.fixture(scope="module")
def files(tmp_path_factory, frames):
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{i}.png" for i in range(len(frames))]
    for path, frame in zip(paths, frames):
        Image.fromarray(frame).save(path)
    return paths


def pad(frames, rows=0, columns=0):
    """The same pixels in a wider memory."""
    wide = np.zeros((len(frames), frames.shape[1] + rows, frames.shape[2] + columns, 3), np.uint8)
    wide[:, :frames.shape[1], :frames.shape[2]] = frames
    return wide[:, :frames.shape[1], :frames.shape[2]]


WAYS = {
    "array": lambda frames, files: frames,
    "rows with gaps": lambda frames, files: pad(frames, columns=7),
    "frames with gaps": lambda frames, files: pad(frames, rows=3),
    "channels first": lambda frames, files: np.ascontiguousarray(frames.transpose(0, 3, 1, 2)),
    "every other": lambda frames, files: frames.repeat(2, axis=0)[::2],
    "with alpha": lambda frames, files: np.concatenate([frames, np.full((*frames.shape[:3], 1), 255, np.uint8)], 3),
    "arrays": lambda frames, files: list(frames),
    "paths": lambda frames, files: files,
    "texts": lambda frames, files: tuple(str(path) for path in files),
    "bytes": lambda frames, files: [path.read_bytes() for path in files],
    "open files": lambda frames, files: [io.BytesIO(path.read_bytes()) for path in files],
    "Pillow": lambda frames, files: [Image.open(path) for path in files],
    "Pillow's palette": lambda frames, files: [Image.open(path).convert("RGBA") for path in files],
    "generator": lambda frames, files: (path for path in files),
    "of batches": lambda frames, files: (frames[i:i + 2] for i in range(0, len(frames), 2)),
    "as Keras's": lambda frames, files: ((frames[i:i + 2], [0, 0]) for i in range(0, len(frames), 2)),
    "mixed": lambda frames, files: [files[0], frames[1], *[path.read_bytes() for path in files[2:]]],
    "column": lambda frames, files: pandas.Series([str(path) for path in files]),
    "table": lambda frames, files: pandas.DataFrame({"filename": [str(path) for path in files]}),
    "dataset": lambda frames, files: resnet50.Dataset.from_samples(frames),
    "NumPy's texts": lambda frames, files: np.array([str(path) for path in files], object),
}


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_agree(model, frames, files, way):
    want = model.predict(frames, batch_size=len(frames), output="logits")
    got = model.predict(WAYS[way](frames, files), batch_size=len(frames), output="logits")
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("way", ["path", "bytes", "Pillow", "array"])
def test_one_picture(model, frames, files, way):
    value = {"path": files[0], "bytes": files[0].read_bytes(), "Pillow": Image.open(files[0]), "array": frames[0]}[way]
    assert (model.predict(value) == model.predict(frames[:1])).all()
    assert model.classify(value, top=1)[0][0].name in model.class_names


def test_gray_pixels(model, frames):
    gray = frames[..., 0]
    want = model.predict(np.repeat(gray[..., None], 3, 3))
    assert (model.predict(gray[..., None]) == want).all()
    assert (model.predict(gray[0]) == model.predict(np.repeat(gray[:1, ..., None], 3, 3))).all()


def test_input_that_is_prepared(model, frames):
    """Floats are the network's input, in either layout; what is in one piece is not copied."""
    x = np.random.default_rng(1).standard_normal((2, 3, 32, 32)).astype(np.float32)
    want = model.predict(x)
    for same in (x.transpose(0, 2, 3, 1), np.ascontiguousarray(x.transpose(0, 2, 3, 1)), x.astype(np.float64)):
        assert (model.predict(same) == want).all()
    inputs, = pictures.read_batches(x, 32, None)
    seen_as_nhwc, = pictures.read_batches(x.transpose(0, 2, 3, 1), 32, None)
    assert inputs.values.ctypes.data == seen_as_nhwc.values.ctypes.data == x.ctypes.data
    pixels, = pictures.read_batches(frames, 32, None)
    assert pixels.pixels.ctypes.data == frames.ctypes.data


def test_batches_do_not_change_rows(model, frames):
    rows = np.concatenate([frames] * 3)
    want = model.predict(rows, batch_size=100)
    np.testing.assert_allclose(model.predict(rows, batch_size=4), want, rtol=1e-4, atol=1e-5)
    endless = (frames[i % len(frames)][None] for i in iter(int, 1))
    assert model.predict(endless, steps=3).shape == (3, 3)
    assert model.predict([]).shape == (0, 3)


def test_turned_photographs_agree(model, files, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    Image.open(files[0]).convert("RGB").save(path, exif=exif, quality=95)
    np.testing.assert_allclose(model.predict(Image.open(path)), model.predict(path), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("value, error, words", [
    (np.zeros((2, 5, 5, 2), np.uint8), ValueError, "1, 3 or 4 channels"),
    (np.zeros((5, 40, 40), np.uint8), ValueError, "1, 3 or 4 channels"),
    (np.zeros((40, 40, 3), np.int64), TypeError, "an array of int64"),
    (np.zeros((40, 40, 3), bool), TypeError, "an array of bool"),
    (np.zeros((2, 40, 40, 4), np.float32), ValueError, r"\[n\]\[height\]\[width\]\[3\]"),
    (5, TypeError, "int: is neither a picture"),
    ([5], TypeError, "int: is no picture"),
    (io.StringIO("text"), TypeError, "opened as text"),
    ("/nowhere/cat.jpg", FileNotFoundError, "/nowhere/cat.jpg"),
    ("/", IsADirectoryError, "is a folder"),
    (b"no picture", (ValueError, NotImplementedError), "picture 0"),
    (Image.new("I;16", (40, 40)), ValueError, "I;16"),
    (pandas.DataFrame({"colour": [1]}), ValueError, "no column of paths"),
])
def test_what_is_no_picture(model, value, error, words):
    with pytest.raises(error, match=words):
        model.predict(value)


def test_outputs(model, frames):
    probabilities, logits = model.predict(frames), model.predict(frames, output="logits")
    shares = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(probabilities, shares / shares.sum(1, keepdims=True), rtol=1e-4, atol=1e-6)
    features = model.features(frames, stage=4)
    np.testing.assert_allclose(model.embed(frames), features.mean((1, 2)), rtol=1e-4, atol=1e-4)
    assert model.features(frames, stage=2).shape == (len(frames), 4, 4, 512)
    with pytest.raises(ValueError, match="output 'words'"):
        model.predict(frames, output="words")
    with pytest.raises(ValueError, match="batch_size 0"):
        model.predict(frames, batch_size=0)


def test_pictures_as_keras_loads_them(files):
    image = resnet50.load_img(files[0], target_size=(20, 30))
    assert image.size == (30, 20)
    want = np.asarray(Image.open(files[0]).resize((30, 20), Image.NEAREST), np.float32)
    assert (resnet50.img_to_array(image) == want).all()
    assert resnet50.img_to_array(Image.open(files[0]), "channels_first").shape[0] == 3
    assert Image.open(io.BytesIO(image._repr_png_())).size == (30, 20)
