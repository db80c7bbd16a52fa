"""logits_keras.py PHOTOS: the library's logits against real Keras (TensorFlow), on photographs.

keras.applications.ResNet50 with random weights is saved in every layout Keras has had; the library
loads each and must give the same logits. What the library writes must load in Keras. The files of
2015 to 2018 are written with h5py in the layouts of Keras 2 and Keras 1 and compared with that old
network built in today's Keras.
"""
import argparse
import json
import os
import tempfile

import numpy as np

from refs import keras_network, pil_pipeline
from refs.binding import Library, Model, Session, add_build_argument
from refs.verdict import Tally


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", help="a folder with at least --count JPEG or PNG files")
    parser.add_argument("--count", type=int, default=20, help="photographs (default 20)")
    parser.add_argument("--limit", type=float, default=1e-5, help="relative L2 (default 1e-5)")
    add_build_argument(parser)
    return parser.parse_args()


def check_pipeline(tally, photos, inputs):
    """The documented steps against Keras's own load_img and preprocess_input."""
    import keras
    worst = 0.0
    for path, ours in zip(photos, inputs):
        image = keras.utils.load_img(path, target_size=(224, 224))
        pixels = keras.applications.resnet.preprocess_input(keras.utils.img_to_array(image))
        worst = max(worst, float(np.abs(pixels.transpose(2, 0, 1) - ours).max()))
    tally.check("the documented steps against keras.utils.load_img", worst <= 1e-5,
                f"largest difference {worst:.1e}")


class Comparison:
    def __init__(self, library, tally, photos, inputs, limit):
        self.library, self.tally, self.photos = library, tally, photos
        self.inputs, self.limit = inputs, limit

    def file(self, name, path, expected, **load_fields):
        """Loads `path` here and compares logits, in batches of 1 and 8."""
        model = self.tally.attempt(f"{name}: load",
                                   lambda: Model.load(self.library, path, **load_fields))
        if model is None:
            return
        for algorithm, n_threads, batch in (("auto", 1, 1), ("auto", 4, 8), ("direct", 3, 8)):
            def work():
                session = Session(model, n_threads, algorithm)
                return np.concatenate([session.logits(self.inputs[i:i + batch])
                                       for i in range(0, len(self.inputs), batch)])
            what = f"{name}: {algorithm}, {n_threads} threads, batch {batch}"
            logits = self.tally.attempt(what, work)
            if logits is not None:
                self.tally.logits(what, logits, expected, self.limit)

    def program(self, name, path, expected):
        """From the photographs themselves, by the program."""
        def work():
            document = json.loads(self.library.run_program(
                "classify", "--weights", path, "--recipe", "keras", "--top", expected.shape[1],
                "--json", *self.photos))
            logits = np.empty_like(expected)
            for row, result in zip(logits, document, strict=True):
                for prediction in result["predictions"]:
                    row[prediction["index"]] = prediction["logit"]
            return logits
        logits = self.tally.attempt(f"{name}: resnet50 classify", work)
        if logits is not None:
            self.tally.logits(f"{name}: resnet50 classify", logits, expected, self.limit)

    def back(self, name, path, model, expected):
        """Loads the library's file `path` in Keras and compares logits."""
        def work():
            keras_network.randomise(model, seed=99)  # so that what is not loaded shows
            model.load_weights(path)
            return keras_network.logits(model, self.inputs)
        logits = self.tally.attempt(name, work)
        if logits is not None:
            self.tally.logits(name, logits, expected, self.limit)


def today(compare, folder):
    """keras.applications.ResNet50 in the four layouts Keras 3 writes, and back."""
    model = keras_network.application()
    keras_network.randomise(model)
    expected = keras_network.logits(model, compare.inputs)
    path = {name: os.path.join(folder, "new" + name)
            for name in (".weights.h5", ".legacy.h5", ".model.h5", ".keras", ".keras2.h5")}
    model.save_weights(path[".weights.h5"])
    keras_network.save_legacy_weights(model, path[".legacy.h5"])
    model.save(path[".model.h5"])
    model.save(path[".keras"])
    keras_network.save_keras_2_weights(model, path[".keras2.h5"],
                                       rename={"predictions": "probs"})
    for name, where in path.items():
        compare.file(name, where, expected)
    compare.program(".weights.h5", path[".weights.h5"], expected)
    own = os.path.join(folder, "own.h5")
    compare.tally.attempt("resnet50 convert", lambda: compare.library.run_program(
        "convert", path[".weights.h5"], own))
    if os.path.exists(own):
        compare.file("own .h5", own, expected)
        compare.program("own .h5", own, expected)
        compare.back("own .h5 by Keras's load_weights", own, model, expected)


def no_top(compare, folder):
    """Files without a head need a new one; the pooled features must agree."""
    model = keras_network.application(include_top=False)
    keras_network.randomise(model)
    expected = keras_network.logits(model, compare.inputs)
    for ending, save in ((".weights.h5", model.save_weights), (".keras", model.save),
                         (".h5", lambda path: keras_network.save_legacy_weights(model, path))):
        path = os.path.join(folder, "notop" + ending)
        save(path)
        what = f"no top, {ending}: embeddings"
        result = compare.tally.attempt(what, lambda: Session(
            Model.load(compare.library, path, new_head=1, n_classes=10)).embeddings(compare.inputs))
        if result is not None:
            compare.tally.logits(what, result, expected, compare.limit)


def nested(compare, folder):
    """A transfer-learning model: the backbone as one layer, dropout and a head of ten classes."""
    import keras
    backbone = keras_network.application(include_top=False)
    model = keras.Sequential([keras.Input((224, 224, 3)), backbone, keras.layers.Dropout(0.2),
                              keras.layers.Dense(10)])
    keras_network.randomise(model)
    expected = keras_network.logits(model, compare.inputs)
    for ending, save in ((".weights.h5", model.save_weights), (".keras", model.save),
                         (".model.h5", model.save)):
        path = os.path.join(folder, "nested" + ending)
        save(path)
        compare.file(f"nested, 10 classes, {ending}", path, expected)


def old_names(compare, folder):
    """The files of 2015 to 2018: v1, epsilon 1e-3, padded pool."""
    model = keras_network.build("2015", size=224)
    keras_network.randomise(model)
    expected = keras_network.logits(model, compare.inputs)
    for keras_1, name in ((False, "2015 names, Keras 2"), (True, "2015 names, Keras 1")):
        path = os.path.join(folder, f"old{int(keras_1)}.h5")
        keras_network.save_keras_2_weights(model, path, keras_1=keras_1)
        compare.file(name, path, expected)


def main():
    options = arguments()
    tally = Tally()
    photos = pil_pipeline.photographs(options.photos, options.count)
    inputs = np.stack([pil_pipeline.keras_input(path) for path in photos])
    check_pipeline(tally, photos, inputs)
    compare = Comparison(Library(options.build), tally, photos, inputs, options.limit)
    with tempfile.TemporaryDirectory() as folder:
        for part in (today, no_top, nested, old_names):
            part(compare, folder)
    tally.finish()


if __name__ == "__main__":
    main()
