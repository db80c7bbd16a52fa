"""Random weights for ResNet-50 under torchvision's names, with batch-norm statistics that matter.

A fresh network has mean 0, variance 1, gamma 1 and beta 0 everywhere, which hides mistakes of the
batch norm, of its folding and of its epsilon. Here each of the four is drawn, in ranges that keep
the activations of all layers near 1.
"""
import numpy as np

STAGES = ((3, 64, 256), (4, 128, 512), (6, 256, 1024), (3, 512, 2048))


def _convolution(rng, n_out, n_in, size):
    # fan-in scaling: a convolution over ReLU outputs of unit variance keeps it
    scale = np.sqrt(2.0 / (n_in * size * size))
    return (rng.standard_normal((n_out, n_in, size, size)) * scale).astype(np.float32)


def _batch_norm(state, rng, name, n, gain):
    state[name + ".weight"] = (gain * rng.uniform(0.5, 1.5, n)).astype(np.float32)
    state[name + ".bias"] = (0.2 * rng.standard_normal(n)).astype(np.float32)
    state[name + ".running_mean"] = (0.3 * rng.standard_normal(n)).astype(np.float32)
    state[name + ".running_var"] = rng.uniform(0.5, 2.0, n).astype(np.float32)


def _block(state, rng, name, n_in, n_mid, n_out, has_shortcut):
    widths = ((n_mid, n_in, 1), (n_mid, n_mid, 3), (n_out, n_mid, 1))
    for index, (out, inside, size) in enumerate(widths, 1):
        state[f"{name}.conv{index}.weight"] = _convolution(rng, out, inside, size)
        _batch_norm(state, rng, f"{name}.bn{index}", out, 0.5 if index == 3 else 1.0)
    if has_shortcut:
        state[f"{name}.downsample.0.weight"] = _convolution(rng, n_out, n_in, 1)
        _batch_norm(state, rng, f"{name}.downsample.1", n_out, 0.7)


def random_state(seed=1, n_classes=1000):
    """{torchvision's name: float32 array}, in torchvision's order, without num_batches_tracked."""
    rng = np.random.default_rng(seed)
    state = {"conv1.weight": _convolution(rng, 64, 3, 7)}
    _batch_norm(state, rng, "bn1", 64, 1.0)
    n_in = 64
    for stage, (n_blocks, n_mid, n_out) in enumerate(STAGES, 1):
        for block in range(n_blocks):
            _block(state, rng, f"layer{stage}.{block}", n_in, n_mid, n_out, block == 0)
            n_in = n_out
    state["fc.weight"] = (rng.standard_normal((n_classes, 2048)) / 45).astype(np.float32)
    state["fc.bias"] = (0.1 * rng.standard_normal(n_classes)).astype(np.float32)
    return state


def fresh_state(seed=1, n_classes=1000, zero_init_residual=False):
    """As a network starts to learn: He et al.'s convolutions, plain batch norms, a small head."""
    rng = np.random.default_rng(seed)
    state = random_state(seed, n_classes)
    for name, value in state.items():
        if value.ndim == 4:
            fan_out = value.shape[0] * value.shape[2] * value.shape[3]
            value[...] = rng.standard_normal(value.shape) * np.sqrt(2.0 / fan_out)
        elif not name.startswith("fc."):
            value[...] = 1.0 if name.endswith((".weight", ".running_var")) else 0.0
            if zero_init_residual and name.endswith("bn3.weight"):
                value[...] = 0.0
        else:
            value[...] = rng.uniform(-1, 1, value.shape) / np.sqrt(2048)
    return state


def kink_free_state(seed=1, n_classes=1000, distance=5.0):
    """Weights under which no ReLU's input comes near zero, where its derivative jumps.

    Every batch norm's beta is `distance` times its gamma: of the first two of a block a quarter of
    the channels is always off and the others always on, the rest is always on.
    """
    state, rng = random_state(seed, n_classes), np.random.default_rng(seed + 1)
    for name in state:
        if name.endswith(".bias") and name != "fc.bias":
            inner = name.split(".")[-2] in ("bn1", "bn2")
            n = len(state[name])
            sign = np.where(rng.random(n) < 0.25, -1, 1) if inner else 1
            state[name] = (distance * state[name[:-4] + "weight"] * sign).astype(np.float32)
    state["fc.weight"] /= 10  # the features are larger than usual
    return state


def save_safetensors(state, path):
    from safetensors.numpy import save_file
    save_file(state, path)


def save_torch(state, path):
    """A state dict as torchvision's own files have it: Parameters and tensors, counters too."""
    import torch
    tensors = {}
    for name, value in state.items():
        tensors[name] = torch.from_numpy(value.copy())
        if name.endswith("running_var"):
            counter = name.replace("running_var", "num_batches_tracked")
            tensors[counter] = torch.tensor(1, dtype=torch.int64)
        elif "running" not in name:
            tensors[name] = torch.nn.Parameter(tensors[name])
    torch.save(tensors, path)
