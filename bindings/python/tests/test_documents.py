"""What README.md and docs/python.md show runs, from top to bottom, in a folder with the files it speaks of; pictures are of 32 px there.
SPDX-License-Identifier: MIT"""
import importlib.util
import io
import re

import numpy as np
import pytest
import resnet50
from conftest import ROOT
from PIL import Image


def blocks_of(page):
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = blocks_of(ROOT / "docs" / "python.md")
KERAS_FILE = "resnet50_weights_tf_dim_ordering_tf_kernels.h5"


def make_picture(path, bright, seed):
    pixels = np.random.default_rng(seed).integers(0, 60, (40, 40, 3)) + 150 * bright
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path, quality=95)


def save_weights(path, recipe, **more):
    made = resnet50.Model.new(10, seed=1, **more)
    made.recipe = resnet50.Recipe.named(recipe, 32)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(made.to_bytes())


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    root = tmp_path_factory.mktemp("page")
    for i in range(20):
        make_picture(root / "pets" / ["cat", "dog"][i % 2] / f"{i}.jpg", i % 2, i)
    for name in ("a", "b", "cat", "photo"):
        make_picture(root / f"{name}.jpg", 0, 99)
    save_weights(root / "resnet50-11ad3fa6.pth", "torchvision-v1")
    save_weights(root / "models" / KERAS_FILE, "keras", variant=resnet50.capi.RESNET_VARIANT_V1)
    pets = resnet50.load_model(root / "resnet50-11ad3fa6.pth").with_head(2, class_names=["cat", "dog"])
    pets.save(root / "pets.h5")
    return root


def lacks(block):
    """Which package a block needs that is not here."""
    wanted = {"sklearn": "sklearn", "flask": "flask", "plot_": "matplotlib"}
    return [package for word, package in wanted.items() if word in block and not importlib.util.find_spec(package)]


def test_all_of_the_page_runs(there, monkeypatch, capsys):
    monkeypatch.chdir(there)
    monkeypatch.setenv("KERAS_HOME", str(there))
    names = {"paths": [str(path) for path in sorted(there.glob("pets/*/*.jpg"))], "y": ["cat"] * 10 + ["dog"] * 10}
    skipped = []
    for block in BLOCKS:
        if lacks(block):
            skipped += lacks(block)
            continue
        line = PAGE[:PAGE.index(block)].count("\n")
        exec(compile("\n" * line + block.replace("224, 224", "32, 32"), "docs/python.md", "exec"), names)
    shown = capsys.readouterr().out
    assert len(BLOCKS) >= 9 and "macro avg" in shown
    assert names["history"].epoch == list(range(len(names["history"].epoch)))
    assert (there / "best.h5").exists() and (there / "log.csv").read_text().startswith("epoch,accuracy,")
    assert ("matplotlib" in skipped) != (there / "roc.png").exists()
    if "flask" not in skipped:
        answer = names["app"].test_client().post(
            "/predict", data={"image": (io.BytesIO((there / "cat.jpg").read_bytes()), "cat.jpg")})
        assert answer.status_code == 200 and {one["name"] for one in answer.json} == {"cat", "dog"}
        assert sum(one["probability"] for one in answer.json) == pytest.approx(1, abs=1e-5)


def test_the_readme_runs(there, monkeypatch, capsys):
    monkeypatch.chdir(there)
    block, = blocks_of(ROOT / "README.md")
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out.count(" % ") == 3


def test_no_other_page_has_python():
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if blocks_of(page)] == ["python.md"]
