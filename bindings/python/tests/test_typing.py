"""Type checkers see the package as it is. SPDX-License-Identifier: MIT"""
import subprocess
import sys

import pytest
from conftest import PACKAGE

GOOD = """
import numpy as np
import resnet50
model: resnet50.Model = resnet50.load_model("model.h5")
rows = model.predict(["a.jpg"], batch_size=8)
rows.astype(np.float64)
for label, name, probability in model.classify("a.jpg")[0]:
    print(label + 1, name.upper(), probability * 2)
"""


def check(*arguments):
    return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", *arguments], cwd=PACKAGE,
                          capture_output=True, text=True)


def test_the_package_is_strict():
    pytest.importorskip("mypy")
    done = check("resnet50")
    assert done.returncode == 0, done.stdout


def test_users_are_checked(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "good.py").write_text(GOOD)
    done = check(str(tmp_path / "good.py"))
    assert done.returncode == 0, done.stdout
    (tmp_path / "bad.py").write_text(GOOD.replace("name.upper()", "name.upper() + 1"))
    assert check(str(tmp_path / "bad.py")).returncode == 1
    assert (PACKAGE / "resnet50" / "py.typed").exists()
