"""gradients_torch.py: gradients of every parameter, and the losses of ten steps, against PyTorch.

Both start from the same weights and see the same random batch; gradients of the mean cross-entropy
are compared parameter by parameter with float64 torch (relative L2). Where a ReLU's input is within
rounding of zero, float32 and float64 may fall on different sides of it, and a few such crossings
among millions change gradients by a percent in any float32 framework. So there are three cases:

  batch      batch norms on the batch's statistics, weights under which no ReLU comes near zero.
             Every gradient within --limit, the losses of ten steps within --loss-limit. A beta
             that the next batch norm takes out again has the gradient 0; what is left of it is
             measured by the gradient of its gamma.
  stored     the same with stored statistics, where no gradient is 0
  ordinary   a fresh network: the median error at most three times float32 torch's own
"""
import argparse
import os
import tempfile

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads may share the machine

from refs import random_weights, torch_network
from refs.binding import BATCH_NORM, Library, Model, Trainer, add_build_argument
from refs.verdict import Tally

N_CLASSES, N_STEPS = 10, 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="16x64,8x224", metavar="LIST",
                        help="batches as IMAGESxPIXELS (default 16x64,8x224)")
    parser.add_argument("--cases", default="batch,stored,ordinary", metavar="LIST",
                        help="default batch,stored,ordinary")
    parser.add_argument("--limit", type=float, default=1e-4,
                        help="relative L2 of a gradient (default 1e-4)")
    parser.add_argument("--loss-limit", type=float, default=1e-3,
                        help="relative difference of a loss (default 1e-3)")
    parser.add_argument("--lr", type=float, default=2e-5, help="of the ten steps (default 2e-5)")
    parser.add_argument("--threads", type=int, default=0, help="default: all processors")
    add_build_argument(parser)
    return parser.parse_args()


def batch_of(n, size, seed=5):
    """Images with some structure (smooth random fields), and labels."""
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((n, 3, size, size)).astype(np.float32)
    coarse = rng.standard_normal((n, 3, 4, 4)).astype(np.float32)
    images += np.kron(coarse, np.ones((1, 1, size // 4, size // 4), np.float32))
    return images, rng.integers(0, N_CLASSES, n)


def network_of(state, dtype, stored):
    """Torch's network, its batch norms on stored statistics or on the batch's."""
    network = torch_network.from_state(state, dtype)
    return network.eval() if stored else network.train()


def with_statistics_of(state, images):
    """The state with running statistics that are those of the batch."""
    import torch
    network = torch_network.from_state(state).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network(torch.from_numpy(images))
    return {name: value.numpy() for name, value in network.state_dict().items()
            if "num_batches_tracked" not in name}


def torch_gradients(state, images, labels, dtype, stored=False):
    """({name: gradient}, loss) of one forward and backward pass."""
    import torch
    network = network_of(state, dtype, stored)
    loss = torch.nn.functional.cross_entropy(network(torch.from_numpy(images).to(dtype)),
                                             torch.from_numpy(labels))
    loss.backward()
    return {name: value.grad.numpy() for name, value in network.named_parameters()}, loss.item()


def torch_losses(state, images, labels, lr, dtype):
    import torch
    network = network_of(state, dtype, stored=False)
    optimizer = torch.optim.SGD(network.parameters(), lr, 0.9, weight_decay=1e-4)
    batch, targets = torch.from_numpy(images).to(dtype), torch.from_numpy(labels)
    losses = []
    for _ in range(N_STEPS):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(batch), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


class Ours:
    """The library's side: a state given through a file."""

    def __init__(self, library, folder, n_threads):
        self.library, self.n_threads = library, n_threads
        self.path = os.path.join(folder, "start.safetensors")

    def trainer(self, state, **fields):
        random_weights.save_safetensors(state, self.path)
        return Trainer(Model.load(self.library, self.path), n_threads=self.n_threads, **fields)

    def gradients(self, state, images, labels, shapes, stored):
        # the smallest of steps: the gradients are what is wanted
        trainer = self.trainer(state, learning_rate=1e-30, momentum=0.0, weight_decay=0.0,
                               batch_norm=BATCH_NORM["stored" if stored else "auto"])
        loss = trainer.step(images, labels)
        return {name: trainer.gradient(name, shape) for name, shape in shapes.items()}, loss

    def losses(self, state, images, labels, lr):
        trainer = self.trainer(state, learning_rate=lr, momentum=0.9, weight_decay=1e-4)
        return np.array([trainer.step(images, labels) for _ in range(N_STEPS)])


def errors_of(gradients, references):
    """[(error, name)], largest first. A bias whose exact gradient is (nearly) 0 is measured by the weight
    of the same batch norm."""
    errors = []
    for name, reference in references.items():
        scale = np.linalg.norm(reference)
        if name.endswith(".bias"):
            other = np.linalg.norm(references[name[:-4] + "weight"])
            scale = other if scale < 1e-2 * other else scale
        difference = gradients[name].astype(np.float64) - reference
        errors.append((float(np.linalg.norm(difference) / scale), name))
    return sorted(errors, reverse=True)


def describe(errors, limit):
    n_over = sum(error > limit for error, _ in errors)
    return (f"worst {errors[0][0]:.2e} ({errors[0][1]}), median "
            f"{errors[len(errors) // 2][0]:.2e}, {n_over} of {len(errors)} above {limit:g}")


def compare_gradients(tally, ours, case, size, state, options):
    import torch
    images, labels = batch_of(*size)
    stored = case == "stored"
    if stored:
        state = with_statistics_of(state, images)
    exact, exact_loss = torch_gradients(state, images, labels, torch.float64, stored)
    shapes = {name: value.shape for name, value in exact.items()}
    what = f"{case}: gradients, {size[0]} images of {size[1]} px"
    result = tally.attempt(what, lambda: ours.gradients(state, images, labels, shapes, stored))
    if result is None:
        return
    errors = errors_of(result[0], exact)
    single, _ = torch_gradients(state, images, labels, torch.float32, stored)
    noise = errors_of(single, exact)
    passed = errors[0][0] <= options.limit
    if case == "ordinary":
        passed = errors[len(errors) // 2][0] <= 3 * noise[len(noise) // 2][0]
    tally.check(what, passed, describe(errors, options.limit))
    print(f"      float32 torch: {describe(noise, options.limit)}")
    tally.check(f"{case}: loss", abs(result[1] - exact_loss) <= 1e-5 * abs(exact_loss),
                f"{result[1]:.9f}, float64 torch {exact_loss:.9f}")


def compare_losses(tally, ours, case, size, state, options):
    import torch
    images, labels = batch_of(*size)
    what = f"{case}: losses of {N_STEPS} steps, {size[0]} images of {size[1]} px"
    losses = tally.attempt(what, lambda: ours.losses(state, images, labels, options.lr))
    if losses is None:
        return
    exact = torch_losses(state, images, labels, options.lr, torch.float64)
    single = torch_losses(state, images, labels, options.lr, torch.float32)
    error, noise = np.abs(losses / exact - 1), np.abs(single / exact - 1)
    tally.check(what, bool(error.max() <= options.loss_limit),
                f"worst relative difference {error.max():.2e} (float32 torch {noise.max():.2e})")
    for name, row in (("ours", losses), ("float64 torch", exact)):
        print(f"      {name:<14}" + " ".join(f"{loss:.5f}" for loss in row))


def main():
    options = arguments()
    library, tally = Library(options.build), Tally()
    states = {"ordinary": random_weights.fresh_state(n_classes=N_CLASSES)}
    states["batch"] = states["stored"] = random_weights.kink_free_state(n_classes=N_CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(library, folder, options.threads)
        for text in options.sizes.split(","):
            size = tuple(int(number) for number in text.split("x"))
            for case in options.cases.split(","):
                compare_gradients(tally, ours, case, size, states[case], options)
                if case == "batch":
                    compare_losses(tally, ours, case, size, states[case], options)
    tally.finish()


if __name__ == "__main__":
    main()
