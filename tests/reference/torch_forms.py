"""torch_forms.py: checkpoints as training scripts in the wild write them, made with real torch.

Each form is saved, loaded by the library and run on the same input: backbone (2048 features) and,
where the file has a classifier, logits must agree with torch in float64 to --limit; forms that would
be answered otherwise must be refused with a message that has the expected words.
"""
import argparse
import collections
import datetime
import functools
import json
import os
import pathlib
import shutil
import tempfile

import numpy as np
import torch
from torch import nn

from refs import random_weights, torch_network
from refs.binding import Library, Model, ResnetError, Session, add_build_argument
from refs.verdict import Tally, worst_relative_l2

FORMS = {}


def form(function):
    FORMS[function.__name__] = function
    return function


class Expected:
    """`backbone`: the network whose features count; `head`: a module from features to logits."""

    def __init__(self, content, backbone=None, head=None, refused=None, said=(), files=None,
                 load=None, **save):
        self.content, self.backbone, self.head = content, backbone, head
        self.refused, self.said, self.files, self.load, self.save = \
            refused, said, files or {}, load or {}, save


@functools.lru_cache(maxsize=None)
def network(seed=1):
    net = torch_network.from_state(random_weights.random_state(seed, 7))
    return net.eval()


def body(seed=1, prefix="", fc=True):
    state = network(seed).state_dict()
    return collections.OrderedDict((prefix + name, value) for name, value in state.items()
                                   if fc or not name.startswith("fc."))


def mlp(seed, *widths, norms=False):
    torch.manual_seed(seed)
    layers = []
    for n_in, n_out in zip(widths[:-1], widths[1:]):
        layers.append(nn.Linear(n_in, n_out))
        if norms:
            norm = nn.BatchNorm1d(n_out)
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.normal_(norm.bias)
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
            layers.append(norm)
        layers.append(nn.ReLU())
    return nn.Sequential(*layers[:-1]).eval()


def under(prefix, module):
    return {f"{prefix}{name}": value for name, value in module.state_dict().items()}


def norm(n, seed=3):
    return mlp(seed, 2, n, norms=True)[1]


# Wrappers


@form
def plain():
    return Expected(body(), network(), network().fc)


@form
def data_parallel():
    return Expected({"state_dict": body(prefix="module."), "arch": "resnet50"}, network(),
                    network().fc)


@form
def ddp_and_compile():
    return Expected({"model": body(prefix="module._orig_mod."), "epoch": 4}, network(),
                    network().fc)


@form
def lightning():
    state = body(prefix="model.")
    state["criterion.weight"] = torch.rand(7)
    state["val_metric.confmat"] = torch.rand(7, 7)
    content = {"epoch": 3, "global_step": 100, "pytorch-lightning_version": "2.2.0",
               "state_dict": state, "loops": {"fit_loop": {"state_dict": {}}},
               "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5),
                                                 "dirpath": "/tmp/x"}},
               "optimizer_states": [], "lr_schedulers": [],
               "hparams_name": "kwargs", "hyper_parameters": {"path": pathlib.PurePosixPath("/d")}}
    return Expected(content, network(), network().fc, said=("set aside",))


@form
def lightning_with_normalisation():
    state = body(prefix="model.")
    state["normalize.mean"] = torch.rand(1, 3, 1, 1)
    state["normalize.std"] = torch.rand(1, 3, 1, 1)
    return Expected({"state_dict": state}, refused="normalize.mean")


@form
def mmpretrain():
    state = body(prefix="backbone.", fc=False)
    state.update(under("head.fc.", network().fc))
    meta = {"time": datetime.datetime(2024, 1, 2), "seed": 7,
            "dataset_meta": {"classes": ["a", "b"]}, "cfg": "x = 1"}
    return Expected({"meta": meta, "state_dict": state,
                     "optimizer": {"state": {}, "param_groups": []}}, network(), network().fc)


@form
def hugging_face():
    def name(key):
        parts = key.split(".")
        kind = lambda conv: "convolution" if conv else "normalization"
        if parts[0] == "fc":
            return "classifier.1." + parts[1]
        if not parts[0].startswith("layer"):
            return f"resnet.embedder.embedder.{kind(parts[0] == 'conv1')}.{parts[1]}"
        base = f"resnet.encoder.stages.{int(parts[0][5]) - 1}.layers.{parts[1]}."
        if parts[2] == "downsample":
            return f"{base}shortcut.{kind(parts[3] == '0')}.{parts[4]}"
        return f"{base}layer.{int(parts[2][-1]) - 1}.{kind(parts[2][:4] == 'conv')}.{parts[3]}"
    return Expected({name(key): value for key, value in body().items()}, network(), network().fc)


# Extras that mean nothing to a tensor


@form
def harmless_extras():
    parameters = [nn.Parameter(torch.rand(3))]
    optimizer = torch.optim.Adam(parameters)
    parameters[0].sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    content = {"model": body(), "optimizer": optimizer.state_dict(),
               "lr_scheduler": scheduler.state_dict(), "scaler": {"scale": 65536.0},
               "milestones": collections.Counter([3, 5]), "dtype": torch.float16,
               "device": torch.device("cpu"), "path": pathlib.PosixPath("/tmp/x"),
               "when": datetime.datetime(2024, 5, 6), "loss": np.arange(4.0),
               "best": np.float64(0.5), "rng": torch.get_rng_state(),
               "criterion": nn.CrossEntropyLoss(weight=torch.rand(7)),
               "size": torch.Size([1, 2]),
               "args": argparse.Namespace(lr=0.1, out=pathlib.PosixPath("o")), "set": {1, 2},
               "frozen": frozenset([1]), "bytes": bytearray(b"x"), "complex": 1j, "slice": slice(3)}
    return Expected(content, network(), network().fc)


@form
def harmless_extras_protocol_4():
    expected = harmless_extras()
    expected.save = {"pickle_protocol": 4}
    return expected


@form
def harmless_extras_before_1_6():
    expected = harmless_extras()
    expected.save = {"_use_new_zipfile_serialization": False}
    return expected


class Tagged(torch.Tensor):
    pass


@form
def tensor_subclasses():
    content = {name: value.as_subclass(Tagged) if value.dim() else value
               for name, value in body().items()}
    return Expected(content, network(), network().fc)


@form
def whole_model():
    return Expected({"model": nn.Sequential(nn.Conv2d(3, 64, 7))}, refused="save a state_dict() instead")


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


@form
def something_to_run():
    return Expected({"model": body(), "hook": Evil()}, refused="nothing was run")


# Averaged weights


@form
def timm_with_ema():
    return Expected({"epoch": 9, "arch": "resnet50", "state_dict": body(1),
                     "state_dict_ema": body(2), "version": 2}, network(2), network(2).fc,
                    said=("averaged", "state_dict_ema"))


@form
def torchvision_with_ema():
    ema = body(2, "module.")
    ema["n_averaged"] = torch.tensor(100)
    return Expected({"model": body(1), "model_ema": ema, "epoch": 3}, network(2), network(2).fc,
                    said=("averaged", "model_ema"))


@form
def ema_alone():
    return Expected({"model_ema": body(2, "module.")}, network(2), network(2).fc)


# Self-supervised


@form
def moco_v1():
    state = body(1, "module.encoder_q.")
    state.update(body(2, "module.encoder_k."))
    state.update({"module.queue": torch.rand(128, 64), "module.queue_ptr": torch.zeros(1).long()})
    return Expected({"epoch": 200, "arch": "resnet50", "state_dict": state}, network(1),
                    said=("encoder_k", "queue", "encoder_q.fc"))


@form
def moco_v2():
    state = body(1, "module.encoder_q.", fc=False)
    state.update(under("module.encoder_q.fc.", mlp(5, 2048, 2048, 128)))
    state.update(body(2, "module.encoder_k.", fc=False))
    state.update(under("module.encoder_k.fc.", mlp(6, 2048, 2048, 128)))
    state["module.queue"] = torch.rand(128, 64)
    return Expected({"state_dict": state}, network(1), said=("encoder_k",))


@form
def moco_v3():
    state = body(1, "module.base_encoder.", fc=False)
    state.update(under("module.base_encoder.fc.", mlp(5, 2048, 64, 16, norms=True)))
    state.update(body(2, "module.momentum_encoder.", fc=False))
    state.update(under("module.momentum_encoder.fc.", mlp(5, 2048, 64, 16, norms=True)))
    state.update(under("module.predictor.", mlp(6, 16, 64, 16, norms=True)))
    return Expected({"state_dict": state}, network(1), said=("predictor",))


@form
def swav():
    state = body(1, "module.", fc=False)
    state.update(under("module.projection_head.", mlp(5, 2048, 64, 16, norms=True)))
    state["module.prototypes.weight"] = torch.rand(30, 16)
    return Expected(state, network(1), said=("projection_head", "prototypes"))


@form
def dino():
    def half(seed, prefix):
        state = body(seed, prefix + "backbone.", fc=False)
        state.update(under(prefix + "head.mlp.", mlp(5, 2048, 64, 16)))
        state[prefix + "head.last_layer.weight_g"] = torch.rand(30, 1)
        state[prefix + "head.last_layer.weight_v"] = torch.rand(30, 16)
        return state
    return Expected({"student": half(1, "module."), "teacher": half(2, ""), "epoch": 100,
                     "args": argparse.Namespace(arch="resnet50"),
                     "dino_loss": {"center": torch.rand(1, 30)}}, network(2),
                    said=("averaged", "teacher", "head"))


@form
def byol():
    state = body(1, "online_network.encoder.", fc=False)
    state.update(under("online_network.projector.model.", mlp(5, 2048, 64, 16, norms=True)))
    state.update(under("online_network.predictor.model.", mlp(6, 16, 64, 16, norms=True)))
    state.update(body(2, "target_network.encoder.", fc=False))
    state.update(under("target_network.projector.model.", mlp(5, 2048, 64, 16, norms=True)))
    return Expected({"state_dict": state}, network(1), said=("target_network",))


@form
def lightly_byol():
    state = body(1, "backbone.", fc=False)
    state.update(under("projection_head.layers.", mlp(5, 2048, 64, 16, norms=True)))
    state.update(body(2, "backbone_momentum.", fc=False))
    return Expected({"state_dict": state}, network(1), said=("projection_head",))


@form
def simclr():
    state = body(1, "encoder.", fc=False)
    state.update(under("projector.", mlp(5, 2048, 2048, 64)))
    return Expected(state, network(1), said=("projector",))


@form
def barlow_twins():
    state = body(1, "module.backbone.", fc=False)
    state.update(under("module.projector.", mlp(5, 2048, 64, 64, norms=True)))
    state.update(under("module.bn.", nn.BatchNorm1d(64, affine=False)))
    return Expected({"epoch": 9, "model": state}, network(1), said=("projector",))


# Backbones of other tasks


@form
def deeplab():
    state = body(1, "backbone.", fc=False)
    state["classifier.0.convs.0.0.weight"] = torch.rand(16, 2048, 1, 1)
    state.update(under("classifier.0.convs.0.1.", nn.BatchNorm2d(16)))
    state["classifier.4.weight"] = torch.rand(21, 16, 1, 1)
    state["aux_classifier.4.bias"] = torch.rand(21)
    return Expected({"model": state}, network(1), said=("classifier",))


@form
def faster_rcnn():
    state = {name: value for name, value in body(1, "backbone.body.", fc=False).items()
             if "num_batches" not in name}
    state["backbone.fpn.inner_blocks.0.0.weight"] = torch.rand(16, 256, 1, 1)
    state["rpn.head.conv.0.0.weight"] = torch.rand(16, 16, 3, 3)
    state.update(under("roi_heads.box_head.fc6.", nn.Linear(784, 64)))
    state.update(under("roi_heads.box_predictor.cls_score.", nn.Linear(64, 91)))
    return Expected(state, network(1), said=("roi_heads", "rpn"))


@form
def squeeze_and_excitation():
    state = body()
    state["layer1.0.se.fc1.weight"] = torch.rand(16, 256, 1, 1)
    return Expected(state, refused="layer1.0.se.fc1.weight")


@form
def attention_beside_the_layers():
    state = body()
    state["attention.conv.weight"] = torch.rand(1, 2, 7, 7)
    return Expected(state, refused="attention.conv.weight")


@form
def unknown_neck():
    state = body(1, "backbone.", fc=False)
    state["neck.weight"] = torch.rand(2048, 2048, 1, 1)
    state.update(under("head.", network().fc))
    return Expected({"state_dict": state}, network(1), said=("neck", "head"))


@form
def two_networks():
    state = body(1, "left.")
    state.update(body(2, "right."))
    return Expected(state, refused="two ResNet-50s")


@form
def module_under_two_names():
    state = body(1, "backbone.", fc=False)
    state.update(body(1, "model.backbone.", fc=False))
    state.update(under("head.", network().fc))
    return Expected({"state_dict": state}, network(1), network().fc)


# Names by position


CHILDREN = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}


def by_position(prefix, seed=1):
    result = {}
    for name, value in body(seed, fc=False).items():
        first, _, rest = name.partition(".")
        result[f"{prefix}{CHILDREN[first]}.{rest}"] = value
    return result


@form
def sequential_children():
    return Expected(by_position(""), network(1))


@form
def features_and_classifier():
    state = by_position("features.")
    state.update(under("classifier.1.", network().fc))
    return Expected({"state_dict": state}, network(1), network().fc)


@form
def fastai_average_pool():
    state = by_position("0.")
    state.update(under("1.2.", network().fc))
    return Expected({"model": state, "opt": {"hypers": [], "state": []}}, network(1), network().fc)


@form
def fastai_concatenated_pool():
    state = by_position("0.")
    state.update(under("1.2.", norm(4096)))
    state.update(under("1.4.", nn.Linear(4096, 512, bias=False)))
    state.update(under("1.6.", norm(512)))
    state.update(under("1.8.", nn.Linear(512, 7, bias=False)))
    return Expected({"model": state}, network(1), said=("set aside",))


# Heads


def with_head(head, **names):
    state = body(fc=False)
    state.update(under("fc.", head))
    return Expected(state, network(), head.eval(), **names)


@form
def head_dropout():
    return with_head(nn.Sequential(nn.Dropout(0.5), nn.Linear(2048, 5)))


@form
def head_hidden():
    torch.manual_seed(1)
    head = nn.Sequential(nn.Linear(2048, 256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, 5))
    return with_head(head)


@form
def head_of_equal_widths():
    return with_head(mlp(8, 2048, 2048, 2048, 5))


@form
def head_norm_behind():
    return with_head(mlp(9, 2048, 64, 32, 5, norms=True), said=("folded",))


@form
def head_norm_before():
    torch.manual_seed(2)
    head = nn.Sequential(norm(2048), nn.Linear(2048, 64), nn.ReLU(), norm(64, 5), nn.Linear(64, 5))
    return with_head(head, said=("folded",))


@form
def head_norm_somewhere():
    head = nn.Sequential(nn.Linear(2048, 64), nn.ReLU(), norm(64), nn.Dropout(), nn.Linear(64, 5))
    expected = with_head(head)
    expected.refused = "do not tell"
    return expected


@form
def head_without_activation():
    expected = with_head(nn.Sequential(nn.Linear(2048, 64), nn.Linear(64, 5)))
    expected.refused = "without an activation"
    return expected


@form
def head_layer_norm():
    expected = with_head(nn.Sequential(nn.LayerNorm(2048), nn.Linear(2048, 5)))
    expected.refused = "fc.0"
    return expected


@form
def head_prelu():
    expected = with_head(nn.Sequential(nn.Linear(2048, 64), nn.PReLU(), nn.Linear(64, 5)))
    expected.refused = "fc.1"
    return expected


@form
def head_two():
    state = body()
    state.update(under("fc2.", nn.Linear(2048, 3)))
    return Expected(state, refused="second head")


# Preprocessing beside the file


@form
def timm_config():
    config = {"architecture": "resnet50", "pretrained_cfg": {
        "input_size": [3, 288, 288], "interpolation": "bicubic", "crop_pct": 0.95,
        "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
    return Expected(body(), network(), network().fc, files={"config.json": config},
                    said=("303", "288", "bicubic", "0.25"))


@form
def transformers_preprocessor():
    config = {"crop_pct": 0.875, "do_normalize": True, "do_resize": True,
              "feature_extractor_type": "ConvNextFeatureExtractor",
              "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6], "resample": 3,
              "size": 224}
    return Expected(body(), network(), network().fc, files={"preprocessor_config.json": config},
                    said=("256", "bicubic", "0.1"))


@form
def git_lfs_pointer():
    return Expected(b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 +
                    b"\nsize 102469840\n", refused="Git LFS pointer")


@form
def html_page():
    return Expected(b"<!DOCTYPE html>\n<html><head></head></html>", refused="HTML page")


@form
def index_file():
    return Expected(json.dumps({"metadata": {"total_size": 1}, "weight_map": {
        "conv1.weight": "pytorch_model-00001-of-00002.bin"}}).encode(), refused="index")


@form
def cut_download():
    with tempfile.TemporaryFile() as file:
        torch.save(body(), file)
        file.seek(0)
        return Expected(file.read(5_000_000), refused="cut short")


def outputs(backbone, head, images):
    """In float64."""
    net, top = backbone.double(), head.double() if head else None
    with torch.no_grad():
        features = net.features(torch.from_numpy(images).double())
        logits = top(features) if top else None
    backbone.float()
    if head:
        head.float()
    return features.numpy(), logits.numpy() if head else None


def check(tally, library, folder, name, images, limit):
    case = FORMS[name]()
    path = folder / f"{name}.pth"
    for beside, content in case.files.items():
        (folder / beside).write_text(json.dumps(content))
    if isinstance(case.content, bytes):
        path.write_bytes(case.content)
    else:
        torch.save(case.content, path, **case.save)
    fields = case.load if case.head or case.refused else {"new_head": 1, "n_classes": 2}
    try:
        model = Model.load(library, path, **fields)
    except ResnetError as error:
        words = str(error).replace(str(path), "FILE")
        tally.check(name, bool(case.refused) and case.refused in words, words.partition(": ")[2])
        return
    if case.refused:
        return tally.check(name, False, "loaded, and should be refused")
    session = Session(model, 2, "direct")
    features, logits = outputs(case.backbone, case.head, images)
    error = worst_relative_l2(session.embeddings(images), features)
    figures = f"features {error:.1e}"
    if case.head:
        head_error = worst_relative_l2(session.logits(images), logits)
        figures += f", logits {head_error:.1e}"
        error = max(error, head_error)
    said = library.run_program("info", path)
    missing = [word for word in case.said if word not in said]
    tally.check(name, error <= limit and not missing, figures + (f"; not said: {missing}; {said}"
                                                                 if missing else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forms", nargs="*", help="only these")
    parser.add_argument("--limit", type=float, default=1e-6, help="relative L2 (default 1e-6)")
    add_build_argument(parser)
    settings = parser.parse_args()
    library = Library(settings.build)
    images = np.random.default_rng(1).standard_normal((1, 3, 96, 96)).astype(np.float32)
    tally = Tally()
    torch.set_num_threads(2)
    for name in settings.forms or FORMS:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="torch-forms-"))
        try:
            check(tally, library, folder, name, images, settings.limit)
        finally:
            shutil.rmtree(folder)
    print(f"{tally.n_checks - len(tally.failed)} of {tally.n_checks} forms")
    raise SystemExit(bool(tally.failed))


if __name__ == "__main__":
    main()
