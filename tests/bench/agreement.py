"""Whether the contestants computed the same thing before their speeds are compared."""
import os

import numpy as np

LIMIT = {"inference": 1e-4, "training": 1e-3, "head": 1e-3}


def _logits_error(check, expected):
    logits = np.asarray(check)
    n = min(len(logits), len(expected))
    difference = np.linalg.norm(logits[:n] - expected[:n], axis=1)
    return float(np.max(difference / np.linalg.norm(expected[:n], axis=1)))


def judge(workload, workers, folder):
    """{contestant: (error, fine)}: relative L2 error of logits against float64 torch, or relative
    difference of the first step's loss from the median of all."""
    if workload.kind == "inference":
        expected = np.load(os.path.join(folder, "expected.npy"))
        errors = {worker.contestant.name: _logits_error(worker.ready["check"], expected)
                  for worker in workers}
    else:
        losses = {worker.contestant.name: worker.ready["check"] for worker in workers}
        middle = float(np.median(list(losses.values())))
        errors = {name: abs(loss - middle) / middle for name, loss in losses.items()}
    return {name: (error, error <= LIMIT[workload.kind]) for name, error in errors.items()}
