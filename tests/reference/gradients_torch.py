"""gradients_torch.py: gradients of every parameter, and the losses of ten steps, against PyTorch.

Both start from the same weights and see the same random batch. The gradients of the mean
cross-entropy are compared parameter by parameter with float64 torch (relative L2); the line of
float32 torch says how far rounding alone takes a framework. Then ten steps of SGD with momentum and
weight decay: the losses must stay within --loss-limit of torch's, relative to the loss.
"""
import argparse
import os
import tempfile

import numpy as np

from refs import random_weights, torch_network
from refs.binding import Library, Model, Trainer, add_build_argument
from refs.verdict import Tally, relative_l2

N_CLASSES = 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="16x64,32x64,8x224", metavar="LIST",
                        help="batches as IMAGESxPIXELS (default 16x64,32x64,8x224)")
    parser.add_argument("--limit", type=float, default=1e-4,
                        help="relative L2 of a gradient (default 1e-4)")
    parser.add_argument("--loss-limit", type=float, default=1e-3,
                        help="relative difference of a loss (default 1e-3)")
    parser.add_argument("--weights", choices=("fresh", "random"), default="fresh",
                        help="as a network starts, or with drawn batch norms (default fresh)")
    parser.add_argument("--lr", type=float, default=0.01, help="of the ten steps (default 0.01)")
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


def torch_gradients(state, images, labels, dtype):
    """({name: gradient}, loss) of one forward and backward pass in training mode."""
    import torch
    network = torch_network.from_state(state, dtype).train()
    loss = torch.nn.functional.cross_entropy(network(torch.from_numpy(images).to(dtype)),
                                             torch.from_numpy(labels))
    loss.backward()
    return {name: value.grad.numpy() for name, value in network.named_parameters()}, loss.item()


def torch_losses(state, images, labels, lr, dtype, n_steps):
    import torch
    network = torch_network.from_state(state, dtype).train()
    optimizer = torch.optim.SGD(network.parameters(), lr, 0.9, weight_decay=1e-4)
    batch, targets = torch.from_numpy(images).to(dtype), torch.from_numpy(labels)
    losses = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(batch), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def our_gradients(library, path, images, labels, shapes, n_threads):
    model = Model.load(library, path)
    # the smallest of steps: the gradients are what is wanted
    trainer = Trainer(model, n_threads=n_threads, learning_rate=1e-30, momentum=0.0,
                      weight_decay=0.0, batch_size=len(images))
    loss = trainer.step(images, labels)
    return {name: trainer.gradient(name, shape) for name, shape in shapes.items()}, loss


def our_losses(library, path, images, labels, lr, n_threads, n_steps):
    trainer = Trainer(Model.load(library, path), n_threads=n_threads, learning_rate=lr,
                      momentum=0.9, weight_decay=1e-4, batch_size=len(images))
    return np.array([trainer.step(images, labels) for _ in range(n_steps)])


def worst(gradients, references):
    """[(error, name)], largest first."""
    return sorted(((relative_l2(gradients[name], reference), name)
                   for name, reference in references.items()), reverse=True)


def compare_gradients(tally, library, path, state, case, options):
    import torch
    images, labels = batch_of(*case)
    exact, exact_loss = torch_gradients(state, images, labels, torch.float64)
    single, _ = torch_gradients(state, images, labels, torch.float32)
    shapes = {name: value.shape for name, value in exact.items()}
    what = f"gradients, {case[0]} images of {case[1]} px"
    result = tally.attempt(what, lambda: our_gradients(library, path, images, labels, shapes,
                                                       options.threads))
    noise = worst(single, exact)
    if result is None:
        return
    ours, loss = result
    tally.check(f"loss, {case[0]} images of {case[1]} px",
                abs(loss - exact_loss) <= 1e-5 * abs(exact_loss),
                f"{loss:.9f}, float64 torch {exact_loss:.9f}")
    errors = worst(ours, exact)
    n_over = sum(error > options.limit for error, _ in errors)
    n_noise = sum(error > options.limit for error, _ in noise)
    tally.check(what, n_over == 0, f"{len(errors)} parameters, worst {errors[0][0]:.2e} "
                f"({errors[0][1]}), median {errors[len(errors) // 2][0]:.2e}")
    print(f"      float32 torch: worst {noise[0][0]:.2e} ({noise[0][1]}), median "
          f"{noise[len(noise) // 2][0]:.2e}; above the limit: ours {n_over}, torch {n_noise}; "
          f"ours against float32 torch: worst {worst(ours, single)[0][0]:.2e}")


def compare_losses(tally, library, path, state, case, options, n_steps=10):
    import torch
    images, labels = batch_of(*case)
    exact = torch_losses(state, images, labels, options.lr, torch.float64, n_steps)
    single = torch_losses(state, images, labels, options.lr, torch.float32, n_steps)
    what = f"losses of {n_steps} steps, {case[0]} images of {case[1]} px"
    ours = tally.attempt(what, lambda: our_losses(library, path, images, labels, options.lr,
                                                  options.threads, n_steps))
    if ours is None:
        return
    error = np.abs(ours - exact) / np.maximum(np.abs(exact), 1e-3)
    noise = np.abs(single - exact) / np.maximum(np.abs(exact), 1e-3)
    tally.check(what, bool(error.max() <= options.loss_limit),
                f"worst relative difference {error.max():.2e} (float32 torch {noise.max():.2e})")
    for name, losses in (("ours", ours), ("float64 torch", exact)):
        print(f"      {name:<14}" + " ".join(f"{loss:.5f}" for loss in losses))


def main():
    options = arguments()
    library, tally = Library(options.build), Tally()
    make = {"fresh": random_weights.fresh_state, "random": random_weights.random_state}
    state = make[options.weights](n_classes=N_CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "start.safetensors")
        random_weights.save_safetensors(state, path)
        for text in options.cases.split(","):
            case = tuple(int(number) for number in text.split("x"))
            compare_gradients(tally, library, path, state, case, options)
            compare_losses(tally, library, path, state, case, options)
    tally.finish()


if __name__ == "__main__":
    main()
