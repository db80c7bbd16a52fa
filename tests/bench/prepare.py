"""prepare.py DIR SIZE: the weights and images that all contestants share, made once a run.

DIR gets inference.safetensors and training.safetensors (torchvision's names; Keras, ONNX and torch
take the same numbers), images.npy with SIZE x SIZE px, labels.npy, and expected.npy: float64 logits
of the first four images.
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
from refs import random_weights, torch_network  # noqa: E402

N_IMAGES = 96
N_EXPECTED = 4


def main():
    import torch
    folder, size = sys.argv[1], int(sys.argv[2])
    rng = np.random.default_rng(7)
    images = rng.standard_normal((N_IMAGES, 3, size, size)).astype(np.float32)
    np.save(os.path.join(folder, "images.npy"), images)
    np.save(os.path.join(folder, "labels.npy"), rng.integers(0, 10, N_IMAGES).astype(np.int64))
    state = random_weights.random_state()
    random_weights.save_safetensors(state, os.path.join(folder, "inference.safetensors"))
    random_weights.save_safetensors(random_weights.fresh_state(),
                                    os.path.join(folder, "training.safetensors"))
    network = torch_network.from_state(state, torch.float64)
    np.save(os.path.join(folder, "expected.npy"),
            torch_network.logits(network, images[:N_EXPECTED]))


if __name__ == "__main__":
    main()
