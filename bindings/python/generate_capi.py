"""Writes resnet50/capi/declarations.py from what describe_abi.py says of the headers.

    generate_capi.py ABI.json OUT.py

It is written once and committed rather than made from the JSON at each import: that costs nothing at run
time, and type checkers and editors see every name. SPDX-License-Identifier: MIT
"""
import json
import re
import sys

SCALARS = {
    "char": "c_char", "int32_t": "c_int32", "uint32_t": "c_uint32", "int64_t": "c_int64",
    "uint64_t": "c_uint64", "uint8_t": "c_uint8", "size_t": "c_size_t", "float": "c_float",
    "double": "c_double",
}
NUMBERS = {"float": "float", "double": "float"}

HEADER = '''"""What the headers of libresnet50 declare. Made by generate_capi.py: do not edit.
SPDX-License-Identifier: MIT"""
# flake8: noqa
# pylint: skip-file
from ctypes import (
    CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t,
    c_uint8, c_uint32, c_uint64, c_void_p,
)
from typing import Any, Callable, Final, Optional

from .library import bind
from .pointers import pointer_to
'''


class Types:
    """C's types as ctypes's, and as Python's for a checker."""

    def __init__(self, abi):
        self.abi = abi
        self.aliases = {name: entry["type"] for name, entry in abi["types"].items()}

    def split(self, kind):
        """"const float *" is ("float", 1, ""): the base, the stars, the extent."""
        base, _, extent = kind.partition("[")
        stars = base.count("*")
        base = re.sub(r"\bconst\b|\bstruct\b|\*", " ", base).split()[0]
        return self.aliases.get(base, base), stars, extent.rstrip("]")

    def is_ours(self, base):
        return base in self.abi["structs"] or base in self.abi["handles"]

    def value(self, base, stars):
        """A field, a result, or a callback's parameter."""
        if base == "void":
            return "None" if not stars else self.wrap("c_void_p", stars - 1)
        if base == "char" and stars:
            return self.wrap("c_char_p", stars - 1)
        return self.wrap(SCALARS.get(base, base), stars)

    @staticmethod
    def wrap(text, stars):
        return "POINTER(" * stars + text + ")" * stars

    def field(self, kind):
        base, stars, extent = self.split(kind)
        text = self.value(base, stars)
        if not extent:
            return text
        count = self.abi["constants"][extent]["value"] if not extent.isdigit() else extent
        return f"{text} * {count}"

    def parameter(self, kind):
        """As a field, but pointers to numbers also take arrays of NumPy's."""
        base, stars, extent = self.split(kind)
        stars += bool(extent)
        if stars == 1 and base in SCALARS and base != "char":
            return f"pointer_to({SCALARS[base]})"
        return self.value(base, stars)

    def hint(self, kind):
        base, stars, extent = self.split(kind)
        if base == "char" and stars == 1:
            return "Optional[bytes]" if "const" in kind else "Any"
        if stars or extent or base not in SCALARS:
            return "Any"
        return NUMBERS.get(base, "int")


def write_constants(abi):
    for name, entry in sorted(abi["constants"].items()):
        yield f"{name}: Final = {entry['value']!r}"


def write_names(abi):
    for name in sorted([*abi["handles"], *abi["structs"]]):
        kind = "handle" if name in abi["handles"] else "struct"
        yield f"class {name}(Structure):\n    \"\"\"{kind} of <resnet/{where(abi, name)}>\"\"\"\n\n"


def where(abi, name):
    return next(abi[kind][name]["header"] for kind in ("handles", "structs") if name in abi[kind])


def order_callbacks(abi):
    """Those that others take come first."""
    names = sorted(abi["callbacks"])
    taken = {one["type"] for name in names for one in abi["callbacks"][name]["parameters"]}
    return sorted(names, key=lambda name: name not in taken)


def write_callbacks(abi, types):
    for name in order_callbacks(abi):
        entry = abi["callbacks"][name]
        parts = [types.field(entry["returns"])]
        parts += [types.field(one["type"]) for one in entry["parameters"]]
        yield f"{name} = CFUNCTYPE({', '.join(parts)})"


def write_fields(abi, types):
    for name, entry in sorted(abi["structs"].items()):
        yield f"{name}._fields_ = ["
        for field in entry["fields"]:
            yield f"    ({field['name']!r}, {types.field(field['type'])}),"
        yield "]"


def write_functions(abi, types):
    for name, entry in sorted(abi["functions"].items()):
        kinds = [one["type"] for one in entry["parameters"]]
        hints = ", ".join(types.hint(kind) for kind in kinds)
        returns = "None" if entry["returns"] == "void" else types.hint(entry["returns"])
        yield f"#: ({', '.join(one['name'] for one in entry['parameters'])})"
        yield f"{name}: Callable[[{hints}], {returns}] = bind("
        yield f"    {name!r}, {entry['must_check']}, {types.field(entry['returns'])},"
        yield "".join(f"    {types.parameter(kind)},\n" for kind in kinds) + ")"


def main(abi_path, out_path):
    with open(abi_path, encoding="utf-8") as file:
        abi = json.load(file)
    types = Types(abi)
    parts = [write_constants(abi), write_names(abi), write_callbacks(abi, types),
             write_fields(abi, types), write_functions(abi, types)]
    with open(out_path, "w", encoding="utf-8") as file:
        file.write(HEADER + "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
