"""Memory: whatever order things are made, used and let go of, nothing is left and nothing crashes.
SPDX-License-Identifier: MIT"""
import gc
import random
import threading

import numpy as np
import pytest
import resnet50
from resnet50 import capi, handle


def count_blocks():
    gc.collect()
    return capi.resnet_memory_get_n_blocks()


class Household:
    """Things that hang together, made and dropped at random."""

    def __init__(self, seed, weights, frames):
        self.random = random.Random(seed)
        self.weights, self.frames = weights, frames
        self.things = {"model": [], "dataset": [], "metrics": [], "report": [], "part": []}

    def some(self, kind):
        if not self.things[kind]:
            getattr(self, "make_" + kind)()
        return self.random.choice(self.things[kind])

    def make_model(self):
        self.things["model"].append(resnet50.load_model(self.weights))

    def make_dataset(self):
        frames = self.frames.copy()
        self.things["dataset"].append(resnet50.Dataset.from_samples(frames, [0, 1, 2, 0, 1, 2]))

    def make_part(self):
        self.things["part"].append(self.some("dataset")[self.random.randrange(5):])

    def make_metrics(self):
        self.things["metrics"].append(resnet50.Metrics(3))

    def make_report(self):
        self.things["report"].append(self.some("metrics").report())

    def use(self):
        model, part, metrics = self.some("model"), self.some("part"), self.some("metrics")
        metrics.add(model.predict(part, output="logits"), part.labels)
        assert len(self.some("report").html) > 100

    def drop(self):
        kind = self.random.choice(list(self.things))
        if self.things[kind]:
            self.things[kind].pop(self.random.randrange(len(self.things[kind])))

    def step(self):
        kind = self.random.choice(["model", "dataset", "metrics", "report", "part", "use", "drop", "drop", "drop"])
        if kind in self.things and len(self.things[kind]) < 3:
            getattr(self, "make_" + kind)()
        elif kind == "use":
            self.use()
        else:
            self.drop()


def test_orders_at_random(weights, frames):
    before = count_blocks()
    for seed in range(20):
        household = Household(seed, weights, frames)
        for _ in range(10):
            household.step()
        del household
    assert count_blocks() == before


def test_failures_leave_nothing(model, frames, tmp_path):
    (tmp_path / "bad.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    model.predict(frames)
    before = count_blocks()
    for _ in range(3):
        for call in (lambda: resnet50.load_model(tmp_path / "bad.h5"), lambda: resnet50.Dataset.from_directory(tmp_path),
                     lambda: resnet50.Dataset.from_samples([b"x"], [0])[0], lambda: resnet50.load_img(b"GIF89a"),
                     lambda: model.predict([b"x"] * 6), lambda: resnet50.Metrics(1), lambda: model.with_head(1)):
            with pytest.raises(Exception):
                call()
    assert count_blocks() == before


def test_cycles_are_collected(weights, frames):
    before = count_blocks()
    model = resnet50.load_model(weights)
    assert model.layers[0] is model.layers[0]  # they refer to the model, and it to them
    model.predict(frames)
    del model
    assert count_blocks() == before


class Last:
    """Uses what it is in a cycle with, when the collector takes both."""

    answers = []

    def __del__(self):
        self.answers.append(self.model.predict(self.frames))


def test_finalizers_find_whole_handles(weights, frames):
    before = count_blocks()
    last = Last()
    last.model, last.frames = resnet50.load_model(weights), frames
    last.model.last = last
    want = last.model.predict(frames)
    del last
    assert count_blocks() == before and (Last.answers.pop() == want).all()


def test_swept_references_are_few(weights, frames):
    dataset = resnet50.Dataset.from_samples(frames)
    for _ in range(500):
        dataset.load_image(0), dataset.load_image(1), dataset.load_image(2)
    assert len(handle._references) <= handle._limit < 2000


def test_threads_share_a_model(model, frames):
    want = model.predict(frames)
    wrong = []

    def work():
        for _ in range(5):
            if not (model.predict(frames) == want).all():
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(model._get_pool()._idle) <= 4 + 1


def test_a_pool_outlives_changes(weights, frames):
    model = resnet50.load_model(weights)
    model.predict(frames)
    model.set_tensor("fc.bias", np.float32([0, 50, 0]))
    assert (model.predict(frames).argmax(1) == 1).all()
    model.recipe = resnet50.Recipe.named("unit", 40)
    assert model.predict(frames).shape == (6, 3) and model.input_shape == (40, 40, 3)


def test_the_library_s_functions_one_to_one_free_by_hand():
    import ctypes
    before = count_blocks()
    pointer = ctypes.POINTER(capi.resnet_cancel_token)()
    capi.resnet_cancel_token_create(ctypes.byref(pointer))
    assert count_blocks() == before + 1
    capi.resnet_cancel_token_free(pointer)
    assert count_blocks() == before
