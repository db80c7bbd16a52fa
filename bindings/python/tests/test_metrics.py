"""Figures and reports. The library's own tests hold them against scikit-learn; these see that Python gets them.
SPDX-License-Identifier: MIT"""
import json

import numpy as np
import pytest
import resnet50
from resnet50 import Metrics

LOGITS = np.float32([[2, 1, 0], [0, 1, 2], [1, 3, 0], [0, 0, 4], [1, 2, 0]])
LABELS = [0, 0, 1, 2, 2]


@pytest.fixture
def metrics():
    made = Metrics(["ant", "bee", "cat"])
    made.add(LOGITS, LABELS)
    return made


def test_figures(metrics):
    assert len(metrics) == 5 and metrics["accuracy"] == pytest.approx(0.6)
    assert metrics["recall[ant]"] == 0.5 and metrics.row("ant").recall == metrics.row(0).recall == 0.5
    assert metrics.row("macro").f1 == pytest.approx(metrics["macro_f1"])
    assert metrics.confusion_matrix.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert [(one.id, one.label, one.predicted) for one in metrics.mistakes] == [(1, 0, 2), (4, 2, 1)]
    assert set(metrics.to_dict()) >= {"accuracy", "loss", "macro_f1", "kappa"}
    low, high = metrics.interval("accuracy", n_resamples=200)
    assert 0 <= low <= 0.6 <= high <= 1 and metrics.fit_temperature() > 0
    with pytest.raises(ValueError, match="beauty"):
        metrics["beauty"]
    with pytest.raises(ValueError, match="'dog': is neither a class"):
        metrics.row("dog")


def test_labels_in_every_form(metrics):
    for labels in (np.eye(3)[LABELS], ["ant", "ant", "bee", "cat", "cat"], np.int64(LABELS)):
        other = Metrics(["ant", "bee", "cat"])
        other.add(LOGITS, labels)
        assert other.to_dict() == pytest.approx(metrics.to_dict(), nan_ok=True)
    other.merge(metrics)
    assert len(other) == 10
    other.clear()
    assert len(other) == 0


def test_curves(metrics):
    x, y, thresholds = metrics.roc("cat")
    assert x[0] == y[0] == 0 and x[-1] == y[-1] == 1 and thresholds[0] == np.inf
    assert resnet50.auc(x, y) == pytest.approx(metrics["auc[cat]"])
    recalls, precisions, _ = metrics.precision_recall("cat")
    assert recalls[-1] == 0 and precisions[-1] == 1
    assert metrics.reliability().counts.sum() == 5


def test_reports(metrics, tmp_path):
    report = metrics.report("Insects & cats", digits=3)
    report.add_fact("model", "ants.h5")
    report.add_history("loss", [1.5, 0.5])
    assert str(report) == resnet50.classification_report(
        LABELS, LOGITS, target_names=["ant", "bee", "cat"], digits=3)
    assert report.to_dict()["about"]["model"] == "ants.h5"
    assert "Insects &amp; cats" in report.html and "srcdoc=" in report._repr_html_()
    report.save(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == report.to_dict()
    with pytest.raises(ValueError, match=r"report.pdf: a report is .txt"):
        report.save(tmp_path / "report.pdf")


# what sklearn.metrics 1.5 answers
TABLE = """\
              precision    recall  f1-score   support

           a       0.67      1.00      0.80         2
           b       0.00      0.00      0.00         1
           c       1.00      0.50      0.67         2

    accuracy                           0.60         5
   macro avg       0.56      0.50      0.49         5
weighted avg       0.67      0.60      0.59         5
"""


def test_figures_of_labels_at_hand():
    truth, answers = list("aabcc"), list("aaacb")
    assert resnet50.classification_report(truth, answers) == TABLE
    found = resnet50.classification_report(truth, answers, output_dict=True)
    assert found["a"]["recall"] == 1 and found["accuracy"] == 0.6 and found["macro avg"]["support"] == 5
    assert resnet50.confusion_matrix(truth, answers).tolist() == [[2, 0, 0], [1, 0, 0], [0, 1, 1]]
    assert resnet50.confusion_matrix(truth, answers, labels=list("cba")).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 2]]
    with pytest.raises(ValueError, match="'c' is none of `labels`"):
        resnet50.confusion_matrix(truth, answers, labels=list("ab"))
    with pytest.raises(ValueError, match="5 labels have 1 answers"):
        resnet50.confusion_matrix(truth, ["a"])


def test_roc_of_any_scores():
    x, y, thresholds = resnet50.roc_curve([0, 0, 1, 1], [-1e9, 0.4, 0.35, 1e30])
    assert x.tolist() == [0, 0, 0.5, 0.5, 1] and y.tolist() == [0, 0.5, 0.5, 1, 1]
    assert thresholds.tolist() == [np.inf, 1e30, 0.4, 0.35, -1e9]
    assert resnet50.auc(x, y) == 0.75


def test_a_model_measured(model, frames):
    labels = ["ant", "bee", "cat", "ant", "bee", "cat"]
    dataset = resnet50.Dataset.from_samples(frames, labels)
    want = model.measure(frames, labels)
    assert model.measure(dataset).to_dict() == pytest.approx(want.to_dict(), rel=1e-4, nan_ok=True)
    batches = ((frames[i:i + 2], labels[i:i + 2]) for i in (0, 2, 4))
    assert model.measure(batches).to_dict() == pytest.approx(want.to_dict(), rel=1e-4, nan_ok=True)
    assert model.evaluate(dataset) == pytest.approx([want["loss"], want["accuracy"]], rel=1e-4)
    assert model.evaluate(frames, labels, return_dict=True)["accuracy"] == want["accuracy"]
    with pytest.raises(ValueError, match="leave y out"):
        model.evaluate(dataset, labels)
