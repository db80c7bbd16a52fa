"""Pictures of figures. SPDX-License-Identifier: MIT"""
import sys

import numpy as np
import pytest
import resnet50

HISTORY = {"loss": [2.0, 1.0], "val_loss": [2.5, 1.5], "learning_rate": [0.1, 0.1]}


@pytest.fixture
def metrics():
    made = resnet50.Metrics(["ant", "bee"])
    made.add(np.array([[2, 1], [1, 3], [4, 0], [1, 0]]), [0, 1, 0, 1])
    return made


def test_curves():
    pytest.importorskip("matplotlib")
    figure = resnet50.plot_history(HISTORY)
    assert [one.get_title() for one in figure.axes] == ["loss", "learning_rate"]
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["loss", "val_loss"]
    assert lines[1].get_xydata().tolist() == [[1, 2.5], [2, 1.5]]
    assert len(resnet50.plot_history(HISTORY, ["loss"]).axes) == 1
    with pytest.raises(ValueError, match="no figure 'f1'; there are loss"):
        resnet50.plot_history(HISTORY, ["f1"])
    with pytest.raises(TypeError, match="is no history"):
        resnet50.plot_history([1, 2])


def test_a_matrix(metrics, tmp_path):
    pytest.importorskip("matplotlib")
    figure = resnet50.plot_confusion_matrix(metrics)
    axes, = figure.axes
    assert [text.get_text() for text in axes.texts] == ["2", "0", "1", "1"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["ant", "bee"]
    shares = resnet50.plot_confusion_matrix([[1, 1], [0, 0]], ["a", "b"], normalize=True)
    assert [text.get_text() for text in shares.axes[0].texts] == ["0.50", "0.50", "0.00", "0.00"]
    figure.savefig(tmp_path / "matrix.png")
    assert (tmp_path / "matrix.png").stat().st_size > 1000
    for wrong, names in (([1, 2], None), ([[1, 2], [3, 4]], ["a"])):
        with pytest.raises(ValueError):
            resnet50.plot_confusion_matrix(wrong, names)


def test_roc(metrics):
    pytest.importorskip("matplotlib")
    labels = [line.get_label() for line in resnet50.plot_roc(metrics).axes[0].get_lines()]
    assert labels[:2] == [f"ant (area {metrics['auc[ant]']:.3f})", f"bee (area {metrics['auc[bee]']:.3f})"]


def test_without_matplotlib(metrics, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot, value in ((resnet50.plot_history, HISTORY), (resnet50.plot_confusion_matrix, metrics),
                        (resnet50.plot_roc, metrics)):
        with pytest.raises(ImportError, match="pip install matplotlib"):
            plot(value)


def test_notebooks_show_predictions(model, frames):
    found = model.classify(frames[:2], top=2)
    shown = found._repr_html_()
    assert shown.count("<tr>") == 2 and found[0][0].name in shown and "%" in shown
    assert isinstance(found, list) and len(found[0]) == 2
