"""ImageDataGenerator and its flows. SPDX-License-Identifier: MIT"""
import numpy as np
import pandas
import pytest
import resnet50
from PIL import Image
from resnet50 import ImageDataGenerator, optimizers, preprocess_input


@pytest.fixture(scope="module")
def folder(tmp_path_factory, frames):
    root = tmp_path_factory.mktemp("folder")
    for i in range(12):
        path = root / ["ant", "bee"][i % 2] / f"{i:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.roll(frames[i % 6], i, 0)).save(path)
    return root


@pytest.fixture(scope="module")
def keras():
    """Keras's network; its head learns."""
    made = resnet50.ResNet50(weights=None, classes=2, input_shape=(32, 32, 3))
    made.trainable = False
    made.get_layer("predictions").trainable = True
    made.compile(optimizers.SGD(0.01), allow_random_features=1)
    return made


FULL = {"rotation_range": 20, "width_shift_range": 0.1, "height_shift_range": 2, "shear_range": 0.2,
        "zoom_range": 0.2, "horizontal_flip": True, "brightness_range": (0.8, 1.2), "channel_shift_range": 10.0,
        "fill_mode": "constant", "cval": 7.0}


def test_arguments_reach_the_library():
    struct = ImageDataGenerator(**FULL).to_struct()
    got = {name: getattr(struct, name) for name in FULL}
    for name in ("zoom_range", "brightness_range"):
        assert list(got[name]) == pytest.approx([0.8, 1.2])
    assert (got["horizontal_flip"], struct.vertical_flip, got["fill_mode"]) == (0.5, 0, 1)
    for name in ("rotation_range", "width_shift_range", "height_shift_range", "shear_range", "channel_shift_range",
                 "cval"):
        assert got[name] == pytest.approx(FULL[name])
    assert list(ImageDataGenerator(zoom_range=[0.5, 1.0]).to_struct().zoom_range) == [0.5, 1.0]
    assert ImageDataGenerator(fill_mode="wrap").get_training_fields() == {}
    assert "augmentation" in ImageDataGenerator(vertical_flip=True).get_training_fields()


@pytest.mark.parametrize("arguments, message", [
    ({"featurewise_center": True}, "featurewise_center"), ({"zca_whitening": True}, "zca_whitening"),
    ({"preprocessing_function": np.abs}, "only preprocess_input"), ({"data_format": "channels_first"}, "channels_last"),
    ({"width_shift_range": [-1, 1]}, "a list of shifts"), ({"fill_mode": "mirror"}, "fill_mode 'mirror'"),
    ({"rescale": 1, "preprocessing_function": preprocess_input}, "one of them"), ({"validation_split": 1}, "must be in"),
])
def test_what_is_not_to_be_had_is_refused_by_name(arguments, message):
    with pytest.raises((NotImplementedError, ValueError), match=message):
        ImageDataGenerator(**arguments)


def test_a_folder_s_flow(folder):
    generator = ImageDataGenerator(horizontal_flip=True, validation_split=0.25)
    train = generator.flow_from_directory(folder, (32, 48), batch_size=4, subset="training", seed=5)
    val = generator.flow_from_directory(folder, (32, 48), subset="validation", seed=9, shuffle=False)
    assert (train.samples, train.n, val.samples) == (8, 8, 4)  # a quarter of each class, rounded up
    assert set(train.filepaths).isdisjoint(val.filepaths)  # whatever the seeds
    assert train.class_indices == {"ant": 0, "bee": 1} and train.num_classes == 2
    assert val.filenames[0].startswith("ant/") and val.classes.tolist() == val.labels.tolist()
    x, y = next(train)
    assert x.shape == (4, 32, 48, 3) and x.dtype == np.float32 and y.shape == (4, 2) and (y.sum(1) == 1).all()
    assert sum(len(y) for _, y in train) == train.samples
    for _ in range(5):
        x, y = next(train)  # without end


def test_pictures_change_from_epoch_to_epoch(folder, frames):
    flow = ImageDataGenerator(rotation_range=90).flow(frames, [0, 1, 2] * 2, shuffle=False, target_size=(36, 36))
    (first, labels), (second, _) = next(flow), next(flow)
    assert (first != second).any() and labels.tolist() == [0, 1, 2] * 2
    still = ImageDataGenerator(rescale=1 / 255).flow(frames[:, :36], np.eye(3)[[0, 1, 2] * 2], shuffle=False,
                                                      target_size=(36, 36))
    x, y = next(still)
    np.testing.assert_allclose(x, frames[:, :36] / np.float32(255), rtol=1e-6)
    assert y.shape == (6, 3)
    mirrored = ImageDataGenerator(horizontal_flip=True).flow(frames[:, :36], shuffle=False, class_mode=None,
                                                            target_size=(36, 36))
    shown = next(mirrored)
    flipped = [(one == want[:, ::-1]).all() for one, want in zip(shown, frames[:, :36])]
    assert any(flipped) and all(a or (b == c).all() for a, b, c in zip(flipped, shown, frames[:, :36]))
    half = ImageDataGenerator(validation_split=0.5)
    assert (half.flow(frames.astype(float), subset="validation").load_image(0) == frames[0]).all()
    assert (half.flow(frames, subset="training").load_image(0) == frames[3]).all()
    with pytest.raises(ValueError, match="whole numbers from 0 to 255"):
        half.flow(frames / 255)
    with pytest.raises(ValueError, match="validation_split="):
        ImageDataGenerator().flow(frames, subset="training")


def test_a_table_s_flow(folder):
    table = pandas.DataFrame({"filename": [f"{['ant', 'bee'][i % 2]}/{i:02}.png" for i in range(12)],
                              "class": ["A", "B"] * 6})
    generator = ImageDataGenerator(validation_split=0.25)
    flows = [generator.flow_from_dataframe(table, folder, subset=subset) for subset in ("validation", "training")]
    assert [flow.samples for flow in flows] == [3, 9] and flows[0].filenames == table["filename"][:3].tolist()
    assert flows[1].class_indices == {"A": 0, "B": 1}


def test_a_fit_learns_from_changed_pictures(folder, keras):
    """With augmentation, and otherwise with the same seed, other values are learnt."""
    found = []
    for arguments in ({}, {"rotation_range": 40}, {"rotation_range": 40}):
        model = keras.clone()
        model.compile(optimizers.SGD(0.01), allow_random_features=1)
        flow = ImageDataGenerator(preprocessing_function=preprocess_input, **arguments).flow_from_directory(
            folder, target_size=(32, 32), batch_size=6)
        model.fit(flow, verbose=0, validation_data=flow, steps_per_epoch=flow.samples // flow.batch_size)
        found.append(model.get_tensor("fc.weight"))
        assert model.predict(flow).shape == (12, 2) and len(model.evaluate(flow)) == 2
    assert (found[0] != found[1]).any() and (found[1] == found[2]).all()


def test_flows_of_another_recipe_are_refused(folder, keras):
    scaled = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory(folder)
    for call in (keras.predict, keras.evaluate, keras.fit):
        with pytest.raises(ValueError, match="rescale: the model scales pixels by its own recipe, 'keras'"):
            call(scaled, verbose=0)
    unit = keras.clone()
    unit.recipe = resnet50.Recipe.named("unit", 32)
    assert unit.predict(scaled).shape == (12, 2)
    with pytest.raises(ValueError, match=r"target_size \(64, 64\): the model's recipe makes \(32, 32\)"):
        keras.predict(ImageDataGenerator().flow_from_directory(folder, (64, 64)))
