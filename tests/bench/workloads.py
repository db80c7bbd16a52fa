"""What is measured, and who takes part."""
import fnmatch
from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    name: str
    kind: str  # "inference", "training" or "head"
    batch: int
    title: str
    n_classes: int = 1000


WORKLOADS = (
    Workload("inference-1", "inference", 1, "f32 inference, batch 1"),
    Workload("inference-8", "inference", 8, "f32 inference, batch 8"),
    Workload("inference-32", "inference", 32, "f32 inference, batch 32"),
    Workload("training-32", "training", 32, "training step, whole network, batch 32"),
    Workload("head-32", "head", 32, "first epoch of a new head on a frozen backbone, batch 32", 10),
)


@dataclass(frozen=True)
class Contestant:
    peer: str
    mode: str
    kinds: tuple
    favourite: tuple = ()  # kinds in which it takes part unless other modes are asked for
    huge_pages: bool = False  # malloc with transparent huge pages (GLIBC_TUNABLES)

    @property
    def name(self):
        return f"{self.peer}/{self.mode}" + ("+huge" if self.huge_pages else "")


ALL = ("inference", "training", "head")
FORWARD = ("inference", "head")


def _with_huge_pages(peer, mode, kinds, favourite=(), favourite_huge=()):
    return (Contestant(peer, mode, kinds, favourite),
            Contestant(peer, mode, kinds, favourite_huge, huge_pages=True))


CONTESTANTS = (
    Contestant("ours", "auto", ALL, ALL),
    Contestant("ours", "direct", ("inference",)),
    *_with_huge_pages("pytorch", "eager", ALL),
    *_with_huge_pages("pytorch", "channels_last", ALL, (), ("training",)),
    *_with_huge_pages("pytorch", "frozen", FORWARD, (), FORWARD),
    *_with_huge_pages("pytorch", "frozen-channels_last", FORWARD),
    *_with_huge_pages("pytorch", "compile", ALL),
    *_with_huge_pages("pytorch", "compile-channels_last", ALL, (), ALL),
    *_with_huge_pages("onnxruntime", "default", ("inference",), (), ("inference",)),
    *_with_huge_pages("openvino", "latency", ("inference",), ("inference",)),
    *_with_huge_pages("openvino", "throughput", ("inference",), (), ("inference",)),
    *_with_huge_pages("openvino", "throughput-split", ("inference",), ("inference",)),
    *_with_huge_pages("keras", "predict", ("inference",), (), ("inference",)),
    *_with_huge_pages("keras", "predict-xla", ("inference",)),
    *_with_huge_pages("keras", "call", ("inference",)),
    *_with_huge_pages("keras", "fit", ("training", "head"), (), ("training", "head")),
    *_with_huge_pages("keras", "fit-xla", ("training", "head")),
)


def chosen_workloads(patterns):
    return [workload for workload in WORKLOADS
            if any(fnmatch.fnmatch(workload.name, pattern + "*") for pattern in patterns)]


def chosen_contestants(workload, modes, peers):
    """Those of `workload` among `peers`; modes: "favourites", "all", or patterns of names."""
    result = []
    for one in CONTESTANTS:
        if workload.kind not in one.kinds or one.peer not in peers:
            continue
        if one.mode == "throughput-split" and workload.batch == 1:
            continue  # one image cannot be cut
        favourite = workload.kind in one.favourite
        listed = any(fnmatch.fnmatch(one.name, pattern) for pattern in modes)
        if modes == ["all"] or listed or (modes == ["favourites"] and favourite):
            result.append(one)
    return result
