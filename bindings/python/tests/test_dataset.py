"""Datasets from everywhere, what is cut from them, and what they give. SPDX-License-Identifier: MIT"""
import gc
import io

import numpy as np
import pandas
import pytest
import resnet50
from PIL import Image
from resnet50 import Dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory, frames):
    root = tmp_path_factory.mktemp("folder")
    for i in range(12):
        path = root / ["ant", "bee", "cat"][i % 3] / f"{i:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.roll(frames[i % 6], i, 0)).save(path)
    return root


def test_a_folder(folder):
    dataset = resnet50.image_dataset_from_directory(folder, image_size=(20, 30), batch_size=5, shuffle=False)
    assert (len(dataset), dataset.n_classes, dataset.class_names) == (12, 3, ["ant", "bee", "cat"])
    assert dataset.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert dataset.paths[0] == f"{folder}/ant/00.png"
    assert (dataset[4][0] == np.asarray(Image.open(dataset.paths[4]))).all() and dataset[4][1] == 1
    batches = list(dataset)
    assert [len(labels) for _, labels in batches] == [5, 5, 2]
    want = np.asarray(Image.open(dataset.paths[0]).resize((30, 20), Image.BILINEAR))
    assert batches[0][0].dtype == np.float32 and (batches[0][0][0] == want).all()


def test_keras_s_arguments(folder):
    train, val = resnet50.image_dataset_from_directory(folder, validation_split=0.25, subset="both", seed=1)
    assert (len(train), len(val)) == (9, 3) and set(train.paths).isdisjoint(val.paths)
    alone = resnet50.image_dataset_from_directory(folder, validation_split=0.25, subset="validation", seed=1)
    assert alone.paths == val.paths
    turned = resnet50.image_dataset_from_directory(folder, class_names=["cat", "ant", "bee"])
    assert turned.class_names == ["cat", "ant", "bee"] and turned.labels.tolist() == [1] * 4 + [2] * 4 + [0] * 4
    first, second = ([labels.tolist() for _, labels in turned] for _ in range(2))
    assert first != second  # shuffled anew
    for wrong in (dict(subset="both"), dict(validation_split=0.2, subset="test"), dict(class_names=["ant"]),
                  dict(label_mode="binary"), dict(interpolation="cubic")):
        with pytest.raises(ValueError):
            next(iter(resnet50.image_dataset_from_directory(folder, **wrong)))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        resnet50.image_dataset_from_directory("nowhere")


def test_a_table(folder):
    table = pandas.DataFrame({"filename": ["ant/00.png", "bee/01.png"], "class": ["A", "B"]})
    dataset = resnet50.dataset_from_dataframe(table, folder)
    assert dataset.class_names == ["A", "B"] and dataset.labels.tolist() == [0, 1]
    assert resnet50.dataset_from_dataframe(table, folder, y_col=None).labels.tolist() == [-1, -1]
    table["class"] = [1, 0]
    assert resnet50.dataset_from_dataframe(table, folder, classes=["x", "y"]).labels.tolist() == [1, 0]


@pytest.mark.parametrize("labels", [[0, 2, 1, 0, 1, 2], np.eye(3)[[0, 2, 1, 0, 1, 2]], list("acbabc"),
                                    np.array([[0], [2], [1], [0], [1], [2]])])
def test_labels_of_every_form(frames, labels):
    dataset = Dataset.from_samples(frames, labels)
    assert dataset.labels.tolist() == [0, 2, 1, 0, 1, 2] and dataset.n_classes == 3


@pytest.mark.parametrize("labels, words", [([0, 1], "6 samples have 2 labels"), ([0, 1, 5, 0, 0, 0], "from 0 to 2"),
                                           ([0.5] * 6, "whole"), (np.ones((6, 3)), "one-hot"),
                                           (list("aaaaaz"), "'z' is none of the classes"), ([-2] * 6, "from 0 to 2")])
def test_labels_that_are_none(frames, labels, words):
    with pytest.raises(ValueError, match=words):
        Dataset.from_samples(frames, labels, class_names=["a", "b", "c"])


def test_samples_of_every_kind(folder, frames):
    path = next(folder.rglob("*.png"))
    kinds = [path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), Image.open(path), frames[0],
             frames[1][..., 0]]
    dataset = Dataset.from_samples(kinds, [0] * len(kinds))
    for i in range(5):
        assert (dataset[i][0] == np.asarray(Image.open(path))).all()
    assert (dataset[5][0] == frames[0]).all() and dataset[6][0].shape == frames[1].shape
    with pytest.raises(TypeError, match="is no sample"):
        Dataset.from_samples([frames[0].astype(np.float32)], [0])


def test_arrays_live_as_long_as_what_was_cut_from_them(frames):
    array = frames.copy()
    part = Dataset.from_samples(array, [0, 1, 2, 0, 1, 2]).subset([5, 1]).take_per_class(1)
    del array
    gc.collect()
    filler = [np.full_like(frames, 7) for _ in range(20)]  # what was freed too early would be overwritten
    assert (part[0][0] == frames[5]).all() and (part[1][0] == frames[1]).all()
    del filler


def test_cutting(frames):
    dataset = Dataset.from_samples(np.concatenate([frames] * 4), [0, 1, 2] * 8)
    train, val = dataset.split(0.25, seed=3)
    assert (len(train), len(val)) == (18, 6) and np.bincount(val.labels).tolist() == [2, 2, 2]
    assert sum(len(dataset.fold(4, i)[1]) for i in range(4)) == 24
    assert dataset[2:8:2].labels.tolist() == [2, 1, 0] and dataset[-1][1] == 2
    assert dataset.class_counts().tolist() == [8, 8, 8] and dataset.class_weights() == {0: 1, 1: 1, 2: 1}
    assert dataset.relabel(["odd", "even"], [1, 0, 1]).labels.tolist() == [1, 0, 1] * 8
    assert len(dataset.digest) == 32 and dataset.digest != train.digest
    with pytest.raises(IndexError):
        dataset[24]
    with pytest.raises(ValueError, match="3 numbers are wanted"):
        dataset.relabel(["odd", "even"], [1, 0])


def test_samples_made_by_a_function(model, frames):
    calls = []

    def read(index):
        calls.append(index)
        return frames[index]

    dataset = Dataset.from_function(read, [0, 1, 2, 0, 1, 2])
    want = model.predict(Dataset.from_samples(frames))
    assert (model.predict(dataset) == want).all() and sorted(set(calls)) == list(range(6))


class Broken(Exception):
    pass


@pytest.mark.parametrize("use", ["predict", "evaluate", "item"])
def test_what_a_function_raises_comes_out(model, frames, use):
    def read(index):
        if index == 4:
            raise Broken("reel 4 is missing")
        return frames[index]

    dataset = Dataset.from_function(read, [0, 1, 2, 0, 1, 2])
    with pytest.raises(Broken, match="reel 4") as caught:
        {"predict": model.predict, "evaluate": model.evaluate, "item": lambda one: one[4]}[use](dataset)
    assert caught.traceback[-1].name == "read"
    assert dataset.take_failure() is None and (dataset[3][0] == frames[3]).all()


def test_bad_pictures_may_be_left_out(model, folder, tmp_path, frames):
    Image.fromarray(frames[0]).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    rows = [tmp_path / "good.png", tmp_path / "bad.png"]
    with pytest.raises(ValueError, match="bad.png"):
        model.predict(Dataset.from_samples(rows, [0, 0]))
    found = model.predict(Dataset.from_samples(rows, [0, 0], on_corrupt="skip"))
    assert np.isfinite(found[0]).all() and np.isnan(found[1]).all()
    with pytest.raises(ValueError, match="on_corrupt 'ignore'"):
        Dataset.from_samples(rows, [0, 0], on_corrupt="ignore")
