"""logits_torch.py PHOTOS: the library's logits against PyTorch's, on photographs.

Random weights with batch-norm statistics that matter, saved as .pth and .safetensors and converted
to the library's own HDF5. Each is loaded and run on the same input tensors, in batches of 1 and 8,
with 1 to 4 threads, both algorithms; and from the files themselves by `resnet50 classify --json`.
Passes when every relative L2 error against float32 torch is at most --limit and the top five agree.
The float64 line says how far torch itself is from the exact numbers.
"""
import argparse
import json
import os
import tempfile

import numpy as np

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads may share the machine

from refs import pil_pipeline, random_weights, torch_network
from refs.binding import Library, Model, Session, add_build_argument
from refs.verdict import Tally, relative_l2, worst_relative_l2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", help="a folder with at least --count JPEG or PNG files")
    parser.add_argument("--count", type=int, default=24, help="photographs (default 24)")
    parser.add_argument("--limit", type=float, default=1e-5, help="relative L2 (default 1e-5)")
    parser.add_argument("--seed", type=int, default=1, help="of the weights (default 1)")
    add_build_argument(parser)
    return parser.parse_args()


def real_transforms():
    """torchvision's own pipeline, or None where torchvision cannot be imported."""
    try:
        import torch
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):  # a wheel for another torch lacks its compiled operators
            library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision import transforms
    except (ImportError, RuntimeError, AttributeError):
        return None, None
    steps = transforms.Compose([
        transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    return steps, library


def check_pipeline(tally, paths, inputs):
    from PIL import Image
    steps, keep = real_transforms()
    if steps is None:
        print("torchvision cannot be imported: its transforms are not compared")
        return
    worst = 0.0
    for path, ours in zip(paths, inputs):
        with Image.open(path) as image:
            worst = max(worst, float(np.abs(steps(image.convert("RGB")).numpy() - ours).max()))
    tally.check("the documented steps against torchvision.transforms", worst <= 1e-6,
                f"largest difference {worst:.1e}")
    del keep


def run_tensors(tally, library, name, path, inputs, expected, limit):
    """Logits through the C API on the same tensors."""
    model = tally.attempt(f"{name}: load", lambda: Model.load(library, path))
    if model is None:
        return
    for algorithm in ("auto", "direct"):
        for n_threads in (1, 2, 3, 4):
            for batch in (1, 8):
                what = f"{name}: {algorithm}, {n_threads} threads, batch {batch}"

                def work():
                    session = Session(model, n_threads, algorithm)
                    return np.concatenate([session.logits(inputs[i:i + batch])
                                           for i in range(0, len(inputs), batch)])
                logits = tally.attempt(what, work)
                if logits is not None:
                    tally.logits(what, logits, expected, limit)


def run_files(tally, library, name, path, photos, expected, limit):
    """Logits from photographs, decoded and prepared by the library, through the program."""
    what = f"{name}: resnet50 classify on the files"

    def work():
        document = json.loads(library.run_program(
            "classify", "--weights", path, "--recipe", "torchvision-v1", "--top",
            expected.shape[1], "--json", *photos))
        logits = np.empty_like(expected)
        for row, result in zip(logits, document, strict=True):
            for prediction in result["predictions"]:
                row[prediction["index"]] = prediction["logit"]
        return logits
    logits = tally.attempt(what, work)
    if logits is not None:
        tally.logits(what, logits, expected, limit)


def main():
    options = arguments()
    library, tally = Library(options.build), Tally()
    photos = pil_pipeline.photographs(options.photos, options.count)
    inputs = np.stack([pil_pipeline.torchvision_input(path) for path in photos])
    check_pipeline(tally, photos, inputs)
    state = random_weights.random_state(options.seed)
    expected = torch_network.logits(torch_network.from_state(state), inputs)
    with tempfile.TemporaryDirectory() as folder:
        paths = {what: os.path.join(folder, "weights" + what)
                 for what in (".pth", ".safetensors", ".h5")}
        random_weights.save_torch(state, paths[".pth"])
        random_weights.save_safetensors(state, paths[".safetensors"])
        tally.attempt("resnet50 convert", lambda: library.run_program(
            "convert", paths[".pth"], paths[".h5"]))
        for name, path in paths.items():
            if os.path.exists(path):
                run_tensors(tally, library, name, path, inputs, expected, options.limit)
                run_files(tally, library, name, path, photos, expected, options.limit)
    import torch
    exact = torch_network.logits(torch_network.from_state(state, torch.float64), inputs)
    print(f"float32 torch against float64 torch: worst rel. L2 "
          f"{worst_relative_l2(expected, exact):.2e}, all images {relative_l2(expected, exact):.2e}")
    tally.finish()


if __name__ == "__main__":
    main()
