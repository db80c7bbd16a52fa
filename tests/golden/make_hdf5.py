#!/usr/bin/env python3
"""Makes tests/golden/hdf5/ again: small HDF5 files of every age and layout that h5py writes, and
expected.json, what h5py itself reads in them.

Needs h5py and numpy alone (made with h5py 3.14, which has HDF5 1.14; any will do).

    python3 tests/golden/make_hdf5.py [FOLDER]

expected.json: {FILE: {"links": {GROUP: [names]}, "texts": {OBJECT: {ATTRIBUTE: [texts]}},
"arrays": {PATH: {"dims": [...], "values": [...]}}, "strings": {PATH: [texts]}}}. Objects are named
by their path, "" being the root. "refused": {FILE: {PATH: word of the message}}.
SPDX-License-Identifier: MIT
"""
import json
import pathlib
import sys

import h5py
import numpy as np

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "hdf5"
LIBVERS = {"old": "earliest", "v18": "v108", "new": "latest"}
expected = {}
refused = {}


def texts_of(value):
    """None for what is no text."""
    if isinstance(value, h5py.Empty):
        return []
    array = np.asarray(value)
    if array.size == 0:
        return []
    if array.dtype.kind not in "SOU":
        return None
    return [item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel()]


def describe(name):
    """What h5py reads."""
    found = {"links": {}, "texts": {}, "arrays": {}, "strings": {}}

    def visit(path, item):
        texts = {key: texts_of(item.attrs[key]) for key in item.attrs}
        texts = {key: value for key, value in texts.items() if value is not None}
        if texts:
            found["texts"][path] = texts
        if isinstance(item, h5py.Group):
            found["links"][path] = sorted(item)
            return
        if path in refused.get(name, {}) or isinstance(item, h5py.Datatype):
            return
        value = item[()]
        if texts_of(value) and item.dtype.kind in "SO":
            found["strings"][path] = [text.rstrip(" ") for text in texts_of(value)]
        elif item.dtype.kind in "fiu":
            found["arrays"][path] = {"dims": list(item.shape),
                                     "values": np.ravel(value).astype("f8").tolist()}

    with h5py.File(FOLDER / name, "r") as file:
        visit("", file)
        file.visititems(visit)
    expected[name] = found


def create(name, age, **options):
    return h5py.File(FOLDER / name, "w", libver=LIBVERS[age], **options)


def numbers(*shape):
    return (np.arange(int(np.prod(shape)), dtype="f8") / 4 - 3).reshape(shape)


def make_types(name, age):
    with create(name, age) as file:
        for dtype in ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "u1", "i1", "<u2", ">i2", "<i4",
                      ">u4", "<i8", ">u8"]:
            values = np.abs(numbers(2, 3)) if dtype[-2] == "u" else numbers(2, 3)
            file.create_dataset(dtype, data=values.astype(dtype), track_times=False)
        file.create_dataset("scalar", data=np.float32(1.5))
        file.create_dataset("empty", data=np.zeros((0, 3), "f4"))
        file["named type"] = np.dtype("<f4")
        file.create_dataset("of named type", data=numbers(3), dtype=file["named type"])
        file.create_dataset("fixed", data=np.array([b"a", b"bc", b"def"]))
        file.create_dataset("variable", data=["x", "", "z" * 300, "caf\u00e9"],
                            dtype=h5py.string_dtype())
        file.create_dataset("deep/in/groups", data=numbers(2))
        file["soft"] = h5py.SoftLink("/deep/in/groups")
        file["deep/up"] = h5py.SoftLink("in/groups")
        file["dangling"] = h5py.SoftLink("/nowhere")


def make_texts(name, age):
    with create(name, age) as file:
        file.attrs["one"] = "text"
        file.attrs["bytes"] = np.bytes_(b"bytes")
        file.attrs["list"] = ["a", "bb", "ccc"]
        file.attrs["fixed"] = np.array([b"a", b"bb", b"ccc"])
        file.attrs["nothing"] = []
        file.attrs["null"] = h5py.Empty("S3")
        file.attrs["number"] = 7
        padded = h5py.h5t.C_S1.copy()
        padded.set_size(6)
        padded.set_strpad(h5py.h5t.STR_SPACEPAD)
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        attribute = h5py.h5a.create(file.id, b"padded", padded, space)
        attribute.write(np.array(b"ab    ", "S6"), mtype=padded)
        file.attrs["long0"] = np.array([b"first" * 100] * 20)
        file.attrs["long1"] = np.array([b"second"])


def make_many(name, age, count, **options):
    """More links and attributes than fit into headers."""
    with create(name, age) as file:
        group = file.create_group("group", **options)
        for i in range(count):
            group.attrs[f"attribute{i}"] = f"text {i}" * (1 + i % 3 * 40)
            group.create_dataset(f"{i * 7919 % count}", data=np.int16(i))
        group.attrs["large"] = np.array([b"x" * 60] * 100)


def make_chunks(name, age):
    with create(name, age) as file:
        values = numbers(7, 5).astype("f4")
        packings = {
            "plain": {}, "deflate": {"compression": "gzip"},
            "shuffle": {"compression": "gzip", "shuffle": True},
            "all": {"compression": "gzip", "shuffle": True, "fletcher32": True},
            "sum": {"fletcher32": True}, "shuffled only": {"shuffle": True},
        }
        shapes = {"single": ((7, 5), None), "edges": ((3, 2), None), "fixed": ((1, 1), (9, 8)),
                  "rows": ((2, 5), (None, 5)), "columns": ((3, 1), (7, None)),
                  "both": ((2, 2), (None, None))}
        for packing, filters in packings.items():
            for shape, (chunks, maxshape) in shapes.items():
                if packing not in ["plain", "all"] and shape != "edges":
                    continue
                file.create_dataset(f"{packing}/{shape}", data=values, chunks=chunks,
                                    maxshape=maxshape, track_times=False, **filters)
        file.create_dataset("big endian", data=values.astype(">f8"), chunks=(2, 2),
                            compression="gzip")
        file.create_dataset("random", data=np.random.default_rng(1).random((4, 6)), chunks=(2, 6),
                            compression="gzip")
        file.create_dataset("strings", data=["a", "bb", "c"], dtype=h5py.string_dtype(), chunks=(2,))
        grown = file.create_dataset("grown", data=numbers(3, 2), maxshape=(None, 2), chunks=(1, 2))
        grown.resize((9, 2))
        grown[3:] = 1
        grown.resize((5, 2))


def make_pages(name):
    """Fixed and extensible arrays of so many chunks that they are cut into pages and blocks."""
    with create(name, "new") as file:
        options = {"chunks": (1,), "track_times": False}
        file.create_dataset("fixed", data=np.arange(2100, dtype="u2"), **options)
        file.create_dataset("extensible", data=np.arange(1300, dtype="u2"), maxshape=(None,),
                            **options)


def make_implicit(name):
    with create(name, "new") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((2, 2))
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple((3, 5))
        dataset = h5py.h5d.create(file.id, b"implicit", h5py.h5t.IEEE_F32LE, space, properties)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(3, 5).astype("f4"))
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        dataset = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32BE, space, compact)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(3, 5).astype("f4"))


def make_sizes(name, offset, length):
    """Addresses of other widths, and a user block."""
    properties = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    properties.set_sizes(offset, length)
    properties.set_userblock(1024)
    file = h5py.File(h5py.h5f.create(bytes(FOLDER / name), h5py.h5f.ACC_TRUNC, properties))
    file.attrs["texts"] = ["a", "b"]
    file.create_dataset("group/array", data=numbers(4, 3), chunks=(2, 2))
    file.create_dataset("group/plain", data=numbers(4, 3))
    file.close()


def make_shared(name):
    """Five hundred texts that are one object of the heap."""
    with create(name, "old") as file:
        dataset = file.create_dataset("texts", data=["x" * 3000] + ["y"] * 499,
                                      dtype=h5py.string_dtype(), track_times=False)
        offset = dataset.id.get_offset()
    with open(FOLDER / name, "r+b") as file:
        file.seek(offset)
        reference = file.read(16)
        file.write(reference * 499)


def make_refused(name, age):
    refused[name] = {"lzf": "unusual filter", "outside": "outside the file", "virtual":
                     "outside the file", "unwritten": "holds no data", "partly": "holds no data",
                     "large": "holds no data", "other/x": "another file",
                     "compound": None, "long double": None}
    with create(name, age) as file:
        file.create_dataset("lzf", data=numbers(4), compression="lzf", chunks=(4,))
        file.create_dataset("outside", (4,), "f4", external=[("elsewhere", 0, 16)])
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (4,))
        if age != "old":
            file.create_virtual_dataset("virtual", layout)
        else:
            refused[name].pop("virtual")
        file.create_dataset("unwritten", (4,), "f4")
        file.create_dataset("partly", (40,), "f4", chunks=(8,))[:30] = 1
        file.create_dataset("large", (1 << 40,), "f4", chunks=(8,), maxshape=(None,))[:30] = 1
        file["other"] = h5py.ExternalLink("elsewhere.h5", "/")
        file.create_dataset("compound", data=np.zeros(2, [("a", "f4"), ("b", "i2")]))
        file.create_dataset("long double", data=np.zeros(2, np.longdouble))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for age in LIBVERS:
        make_types(f"types_{age}.h5", age)
        make_texts(f"texts_{age}.h5", age)
        make_many(f"many_{age}.h5", age, 40)
        if age == "v18":
            continue  # which has the new groups and the old chunks
        make_chunks(f"chunks_{age}.h5", age)
        make_refused(f"refused_{age}.h5", age)
    make_many("many_ordered.h5", "old", 12, track_order=True)
    make_pages("pages_new.h5")
    make_implicit("implicit_new.h5")
    make_sizes("sizes_4.h5", 4, 4)
    make_sizes("sizes_8_4.h5", 8, 4)
    make_shared("shared_old.h5")
    for path in sorted(FOLDER.glob("*.h5")):
        if not path.name.startswith(("refused", "shared")):
            describe(path.name)
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in expected.items()]
    (FOLDER / "expected.json").write_text(
        '{"files": {\n' + ",\n".join(lines) + '},\n"refused": ' + json.dumps(refused) + "}\n")
