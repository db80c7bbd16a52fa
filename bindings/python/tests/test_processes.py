"""Signals, exceptions, forks, threads, and the end of the interpreter. SPDX-License-Identifier: MIT"""
import concurrent.futures
import multiprocessing
import os
import signal
import threading

import numpy as np
import pytest
import resnet50
from resnet50 import cancel

# --- stopping ---


@pytest.fixture(scope="module")
def dataset(frames):
    return resnet50.Dataset.from_samples(np.concatenate([frames] * 10), list(range(3)) * 20)


class Broken(Exception):
    pass


def test_an_exception_in_a_callback_comes_out_as_it_is(model, dataset, monkeypatch):
    def fail(*_):
        raise Broken("here")

    monkeypatch.setattr("resnet50.progress.Progress.add", fail)
    for call in (model.predict, model.evaluate):
        with pytest.raises(Broken, match="here") as caught:
            call(dataset)
        assert caught.traceback[-1].name == "fail"
    monkeypatch.undo()
    assert model.predict(dataset).shape == (60, 3)


def test_a_token_stops(model, dataset, frames):
    token = resnet50.CancelToken()
    token.cancel()
    for call in (model.predict, model.evaluate):
        with pytest.raises(resnet50.CancelledError):
            call(dataset, cancel=token)
    with pytest.raises(resnet50.CancelledError):
        model.predict(frames, cancel=token)
    assert token.cancelled  # it is its owner's
    token.reset()
    assert model.predict(dataset, cancel=token).shape == (60, 3) and not token.cancelled


def test_a_token_stops_from_another_thread(model, frames):
    token = resnet50.CancelToken()
    endless = resnet50.Dataset.from_function(lambda i: frames[i % 6], [0] * 1_000_000, ["only", "one", "name"])
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(resnet50.CancelledError):
        model.evaluate(endless, cancel=token)


def test_an_interrupt_stops_and_the_handler_is_put_back(model, dataset):
    def interrupt(*_):
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        with cancel.long_call() as run:
            assert run.guard(interrupt)(None) == 0  # heard before the next
            assert run.guard(lambda: pytest.fail("called after an interrupt"))(None) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_host_s_own_handler_stays(model, dataset):
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        assert len(model.predict(dataset)) == 60
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]


INTERRUPTED = """
import os, random, signal, sys, threading, time
import numpy as np, resnet50
from resnet50 import capi
model = resnet50.load_model(sys.argv[1])
frames = np.load(sys.argv[2])
dataset = resnet50.Dataset.from_samples(np.concatenate([frames] * 30), [0, 1, 2] * 60)
want = model.predict(frames)
chance = random.Random(5)
calls = [lambda: model.predict(dataset, batch_size=6), lambda: model.evaluate(dataset, batch_size=6),
         lambda: model.predict(frames[i % 6] for i in range(10 ** 9)), lambda: resnet50.load_model(sys.argv[1]),
         lambda: list(dataset), lambda: model.embed(np.concatenate([frames] * 30), batch_size=6)]
n_heard = 0
for moment in range(50):
    try:
        timer = threading.Timer(chance.uniform(0, 0.15), os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        while True:
            calls[moment % len(calls)]()
    except KeyboardInterrupt:
        n_heard += 1
    timer.join()
    assert (model.predict(frames) == want).all(), moment
print("heard", n_heard)
"""


def test_interrupts_at_fifty_moments(weights, frames, tmp_path, run_python):
    (tmp_path / "model.h5").write_bytes(weights)
    np.save(tmp_path / "frames.npy", frames)
    assert run_python(INTERRUPTED, "model.h5", "frames.npy", timeout=600).strip() == "heard 50"


# --- other processes ---

def predict_there(model, frames):
    return model.predict(frames)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_model_in_other_processes(model, frames, method):
    want = model.predict(frames)
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        found = [job.result(timeout=300) for job in [pool.submit(predict_there, model, frames) for _ in range(3)]]
    assert all((rows == want).all() for rows in found)


PREFORK = """
import os, sys
import numpy as np, resnet50
model = resnet50.load_model(sys.argv[1])
frames = np.load(sys.argv[2])
dataset = resnet50.Dataset.from_samples(frames, [0, 1, 2] * 2)
want = model.predict(frames), model.evaluate(dataset)   # its workers run, then the process forks
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        for _ in range(2):
            assert (model.predict(frames) == want[0]).all() and model.evaluate(dataset) == want[1]
        os._exit(0)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
assert (model.predict(frames) == want[0]).all()
"""


def test_workers_that_are_forked_from_a_running_parent(weights, frames, tmp_path, run_python):
    (tmp_path / "model.h5").write_bytes(weights)
    np.save(tmp_path / "frames.npy", frames)
    assert run_python(PREFORK, "model.h5", "frames.npy", timeout=300).strip() == "[0, 0, 0]"


ENDS = {
    "things in modules": "import builtins; builtins.kept = [model, dataset, metrics, token, model._get_pool()]",
    "a cycle": "model.self = model; dataset.self = [model]",
    "exit in a call": "model.predict(sys.exit(0) for _ in range(2))",
    "a thread in a call": """
threading.Thread(target=lambda: [model.predict(frames) for _ in iter(int, 1)], daemon=True).start()
import time; time.sleep(0.3)""",
    "a finalizer that predicts": """
class Last:
    def __del__(self):
        model.predict(frames)
last = Last()""",
    "at exit": "import atexit; atexit.register(model.predict, frames)",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_the_interpreter(weights, frames, tmp_path, run_python, end):
    (tmp_path / "model.h5").write_bytes(weights)
    np.save(tmp_path / "frames.npy", frames)
    start = """
import sys, threading
import numpy as np, resnet50
model, frames = resnet50.load_model("model.h5"), np.load("frames.npy")
dataset, metrics, token = resnet50.Dataset.from_samples(frames), resnet50.Metrics(3), resnet50.CancelToken()
model.predict(frames)
"""
    output = run_python(start + ENDS[end], timeout=120)
    assert output == "", output


# --- nothing is printed, little is imported ---

def test_importing_is_quiet_and_needs_numpy_alone(run_python):
    output = run_python("import resnet50, sys; print(sorted({name.split('.')[0] for name in sys.modules} & "
                        "{'PIL', 'pandas', 'matplotlib', 'sklearn', 'torch', 'tensorflow', 'mypy'}))")
    assert output.strip() == "[]"


def test_progress_is_shown_where_it_is_wanted(model, dataset, capsys):
    model.predict(dataset, verbose=1)
    shown = capsys.readouterr()
    assert "60/60" in shown.err and shown.out == ""
    model.predict(dataset)
    assert capsys.readouterr() == ("", "")


