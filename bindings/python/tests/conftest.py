"""What the tests share. With --tap results are printed as the other suites print theirs.
SPDX-License-Identifier: MIT"""
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "bindings" / "python"


def pytest_addoption(parser):
    parser.addoption("--tap", action="store_true", help="print TAP")


class Tap:
    def __init__(self, out):
        self.out = out
        self.count = 0

    def pytest_collectreport(self, report):
        if report.failed:
            self.write(report)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed or (report.when == "setup" and report.skipped):
            self.write(report)

    def write(self, report):
        self.count += 1
        word = "not ok" if report.failed else "ok"
        skipped = f" # SKIP {report.longrepr[2]}" if report.skipped else ""
        self.out.write(f"{word} {self.count} - {report.nodeid}{skipped}\n")
        if report.failed:
            self.out.writelines(f"# {line}\n" for line in report.longreprtext.splitlines())
        self.out.flush()

    def pytest_sessionfinish(self):
        self.out.write(f"1..{self.count}\n")
        self.out.flush()


def pytest_configure(config):
    if config.getoption("--tap"):
        config.pluginmanager.register(Tap(os.fdopen(os.dup(1), "w")), "tap")


@pytest.fixture
def run_python(tmp_path):
    """Runs a program in a Python of its own, in an empty folder; what it prints is returned."""
    def run(program, *arguments, status=0, timeout=120, **environment):
        env = {**os.environ, "PYTHONPATH": str(PACKAGE), **environment}
        done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], cwd=tmp_path, env=env,
                              capture_output=True, text=True, timeout=timeout)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr
    return run


@pytest.fixture(scope="session")
def model():
    """Random weights, 3 classes, pictures of 32 px."""
    import resnet50
    made = resnet50.Model.new(3, seed=1)
    made.class_names = ["ant", "bee", "cat"]
    made.recipe = resnet50.Recipe.named("torchvision-v1", 32)
    # random networks answer all pictures alike; a small last layer keeps the answers apart from 0 and 1
    made.set_tensor("fc.weight", made.get_tensor("fc.weight") / 50)
    return made


@pytest.fixture(scope="session")
def weights(model):
    return model.to_bytes()


@pytest.fixture(scope="session")
def frames():
    """Pictures, uint8 [6][40][36][3]."""
    import numpy as np
    steps = np.arange(6 * 40 * 36 * 3).reshape(6, 40, 36, 3)
    return (np.sin(steps / (7 + np.arange(6)[:, None, None, None])) * 127 + 128).astype(np.uint8)
