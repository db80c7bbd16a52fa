"""A model, its layers and values, its copies and files. SPDX-License-Identifier: MIT"""
import copy
import io
import pickle

import numpy as np
import pytest
import resnet50
from resnet50 import capi


def test_what_it_is(model):
    assert (model.n_classes, model.class_names, model.input_shape) == (3, ["ant", "bee", "cat"], (32, 32, 3))
    assert (model.depth, model.n_features, model.variant, model.output_shape) == (50, 2048, "v1_5", (None, 3))
    assert model.count_params() == sum(values.size for values in model.state_dict().values())
    assert "3 classes" in repr(model)


def test_keras_s_layers_in_keras_s_order(model):
    names = [layer.name for layer in model.layers]
    assert len(names) == 177 and len(set(names)) == 177  # as keras.applications.ResNet50
    assert names[:9] == ["input_1", "conv1_pad", "conv1_conv", "conv1_bn", "conv1_relu", "pool1_pad", "pool1_pool",
                         "conv2_block1_1_conv", "conv2_block1_1_bn"]
    assert names[13:19] == ["conv2_block1_0_conv", "conv2_block1_3_conv", "conv2_block1_0_bn", "conv2_block1_3_bn",
                            "conv2_block1_add", "conv2_block1_out"]
    assert names[143] == "conv5_block1_1_conv"  # what tutorials freeze up to
    assert names[-2:] == ["avg_pool", "predictions"]
    assert sum(len(layer.tensor_names) for layer in model.layers) == len(model.tensor_shapes)


def test_layers_have_keras_s_layouts(model):
    kernel, = model.get_layer("conv3_block1_0_conv").get_weights()
    assert kernel.shape == (1, 1, 256, 512)
    assert (kernel[0, 0] == model.get_tensor("layer2.0.downsample.0.weight")[:, :, 0, 0].T).all()
    assert [one.shape for one in model.get_layer("predictions").get_weights()] == [(2048, 3), (3,)]
    assert len(model.get_layer(index=3).get_weights()) == 4
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        model.get_layer("conv9")


def test_values_change_answers(model, frames):
    before, mine = model.predict(frames), model.clone()
    dense = mine.get_layer("predictions")
    kernel, bias = dense.get_weights()
    dense.set_weights([kernel, bias + [100, 0, 0]])
    assert (mine.predict(frames).argmax(1) == 0).all()
    assert (model.predict(frames) == before).all()
    mine.set_weights(model.get_weights())
    assert (mine.predict(frames) == before).all()
    with pytest.raises(ValueError, match=r"fc.weight: expected \[3, 2048\], got \[2, 2048\]"):
        mine.set_tensor("fc.weight", np.zeros((2, 2048)))
    with pytest.raises(KeyError, match="fc.wait"):
        mine.load_state_dict({"fc.wait": 1})


def test_copies_and_pickles_answer_alike(model, frames):
    want = model.predict(frames)
    model.layers[2].trainable = False
    for twin in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (twin.predict(frames) == want).all()
        assert (twin.class_names, twin.name, twin.recipe) == (model.class_names, model.name, model.recipe)
        assert [layer.trainable for layer in twin.layers] == [layer.trainable for layer in model.layers]
    model.trainable = True


@pytest.mark.parametrize("name", ["model.h5", "model.safetensors"])
def test_files(model, frames, tmp_path, name):
    model.metadata["owner"] = "nobody"
    model.save(tmp_path / name)
    for source in (tmp_path / name, str(tmp_path / name), (tmp_path / name).read_bytes(),
                   io.BytesIO((tmp_path / name).read_bytes())):
        loaded = resnet50.load_model(source)
        assert (loaded.predict(frames) == model.predict(frames)).all()
        assert dict(loaded.metadata)["owner"] == "nobody"
    with pytest.raises(ValueError, match="model.keras: what is written is .h5"):
        model.save(tmp_path / "model.keras")
    del model.metadata["owner"]
    assert "owner" not in model.metadata


def test_what_does_not_load(tmp_path):
    with pytest.raises(FileNotFoundError):
        resnet50.load_model(tmp_path / "absent.h5")
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises((ValueError, NotImplementedError), match="text.h5"):
        resnet50.load_model(tmp_path / "text.h5")
    with pytest.raises(TypeError, match="resnet_load_options has no 'colour'"):
        resnet50.load_model(tmp_path / "text.h5", colour=1)
    with pytest.raises(ValueError, match="n_classes: -1 is out of range"):
        resnet50.load_model(tmp_path / "text.h5", n_classes=-1)


def test_a_new_head(model, frames):
    model.get_layer("conv1_conv").trainable = False
    made = model.with_head(4, hidden=[16], dropout=0.5, class_names=list("wxyz"))
    model.trainable = True
    assert (made.n_classes, made.hidden_sizes, made.dropout, made.class_names) == (4, [16], 0.5, list("wxyz"))
    assert [layer.name for layer in made.layers[-3:]] == ["avg_pool", "dense_1", "predictions"]
    assert not made.get_layer("conv1_conv").trainable and made.get_layer("dense_1").trainable
    assert (made.embed(frames) == model.embed(frames)).all() and made.predict(frames).shape == (len(frames), 4)


def test_the_summary_counts(model):
    lines = []
    model.get_layer("conv1_conv").trainable = False
    model.summary(print_fn=lines.append, show_trainable=True)
    model.trainable = True
    text = lines[0]
    assert "conv1_conv (Conv2D)" in text and "(None, 16, 16, 64)" in text and "(None, 3)" in text
    assert "(None, 8, 8, 128)" in text  # v1.5: before the stride
    assert f"Total params: {model.count_params():,}" in text and "Non-trainable params: 62,528" in text


# --- as Keras users ask for it ---

def test_the_network_without_its_top(weights, frames):
    maps = resnet50.ResNet50(include_top=False, weights=weights)
    pooled = resnet50.ResNet50(include_top=False, weights=weights, pooling="avg")
    largest = resnet50.ResNet50(include_top=False, weights=weights, pooling="max")
    found = maps.predict(frames)
    assert found.shape == (len(frames), 1, 1, 2048) and maps.output_shape == (None, 1, 1, 2048)
    assert len(maps.layers) == 175 and len(pooled.layers) == 176
    np.testing.assert_allclose(pooled.predict(frames), found.mean((1, 2)), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(largest.predict(frames), found.max((1, 2)), rtol=1e-4, atol=1e-4)


def test_the_network_with_its_top(weights, frames, monkeypatch, tmp_path):
    top = resnet50.ResNet50(weights=weights, classes=3, input_shape=(48, 40, 3), classifier_activation=None)
    assert top.input_shape == (48, 40, 3) and top.output_kind == "logits"
    with pytest.raises(ValueError):
        resnet50.ResNet50(weights=weights, classes=7)
    with pytest.raises(ValueError, match="pooling 'mean'"):
        resnet50.ResNet50(weights=weights, pooling="mean")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="weights='imagenet'.*keras-applications"):
        resnet50.ResNet50()
    fresh = resnet50.ResNet50(weights=None, classes=5, input_shape=(32, 32, 3), seed=3)
    assert (fresh.variant, fresh.recipe.name, fresh.predict(frames).shape) == ("v1", "keras", (len(frames), 5))


def test_classes_have_names():
    scores = np.zeros((1, 1000), np.float32)
    scores[0, [207, 2]] = 0.75, 0.25
    assert resnet50.decode_predictions(scores, top=2) == [
        [("n02099601", "golden_retriever", 0.75), ("n01484850", "great_white_shark", 0.25)]]
    assert resnet50.decode_predictions([[0.25, 0.75]], class_names=["a", "b"]) == [[("1", "b", 0.75), ("0", "a", 0.25)]]
    with pytest.raises(ValueError, match=r"\[n\]\[1000\] is wanted"):
        resnet50.decode_predictions([[0.25, 0.75]])


def test_keras_s_preprocessing():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    want = pixels[..., ::-1] - np.float32([103.939, 116.779, 123.68])
    got = resnet50.preprocess_input(pixels)
    assert got.dtype == np.float32 and (got == want).all()
    first = resnet50.preprocess_input(pixels.transpose(0, 3, 1, 2), data_format="channels_first")
    assert (first == want.transpose(0, 3, 1, 2)).all()


def test_input_of_another_recipe_is_refused(model, frames):
    pixels = frames[:, :32, :32]
    with pytest.raises(ValueError, match="scaled by the recipe 'keras', the model was trained with 'torchvision-v1'"):
        model.predict(resnet50.preprocess_input(pixels))
    mine = resnet50.preprocess_input(pixels, recipe=model.recipe)
    assert model.predict(mine).shape == model.predict(np.expand_dims(mine[0], 0).repeat(len(pixels), 0)).shape
    assert getattr(mine + 1, "recipe", None) is None  # no longer what the recipe made


def test_show_config(capsys):
    resnet50.show_config()
    shown = capsys.readouterr().out
    for word in (capi.LIBRARY_PATH, "oneDNN", "threads", "instructions", resnet50.__version__):
        assert word in shown
    assert int(resnet50.show_config("dicts")["threads"]) >= 1
