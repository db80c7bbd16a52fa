"""What the public headers promise, as JSON: constants, structs with sizes and offsets, handles,
callbacks, functions. For makers of bindings, and to see when any of it changes.

    describe_abi.py --program INCLUDE-FOLDER OUT.c               writes a program that prints VALUES
    describe_abi.py INCLUDE-FOLDER SOVERSION VALUES OUT.json     describes
    describe_abi.py --compare STORED BUILT [STORED BUILT]...     says what changed, exit 1 if anything

Sizes, offsets and values come from a C program, which the build compiles and runs. SPDX-License-Identifier: MIT
"""
import difflib
import json
import os
import re
import sys

CONSTANT = re.compile(r"^#define (RESNET_[A-Z0-9_]+)[ \t]+(\S.*)$", re.M)
NOT_CONSTANTS = {"RESNET_API", "RESNET_NODISCARD", "RESNET_BEGIN_DECLS", "RESNET_END_DECLS"}
HANDLE = re.compile(r"typedef struct (resnet_\w+) \1;")
ALIAS = re.compile(r"typedef (\w+) (resnet_\w+);")
STRUCT = re.compile(r"typedef struct (resnet_\w+) \{(.*?)\} \1;", re.S)
CALLBACK = re.compile(r"typedef ([\w ]+?[ *]*)\(\*(resnet_\w+)\)\((.*?)\);", re.S)
FUNCTION = re.compile(r"RESNET_API\s+(RESNET_NODISCARD\s+)?([\w\s]+?[\s*]*?)(resnet_\w+)\(([^;]*?)\);",
                      re.S)


def read_header(path):
    """Its text without comments, on long lines, spaces squeezed."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.S)
    text = re.sub(r"\\\n", " ", text)
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def squeeze(text):
    return re.sub(r"\s+", " ", text).replace("* ", "*").strip()


def read_declaration(text):
    """{"name", "type"} of "const float *data" or "uint64_t dims[4]"."""
    match = re.fullmatch(r"(.*?[ *])(\w+)((?:\[\w+\])*)", squeeze(text))
    if not match:
        raise SystemExit(f"cannot read the declaration: {text}")
    kind, name, extent = match.groups()
    return {"name": name, "type": kind.strip() + extent}


def read_parameters(text):
    text = squeeze(text)
    return [] if text in ("", "void") else [read_declaration(one) for one in text.split(",")]


def read_headers(folder):
    found = {"constants": {}, "types": {}, "handles": {}, "structs": {}, "callbacks": {},
             "functions": {}}
    for header in sorted(name for name in os.listdir(folder) if name.endswith(".h")):
        text = read_header(os.path.join(folder, header))
        for name, _ in CONSTANT.findall(text):
            if name not in NOT_CONSTANTS:
                found["constants"][name] = {"header": header}
        for kind, name in ALIAS.findall(text):
            found["types"][name] = {"header": header, "type": kind}
        for name in HANDLE.findall(text):
            found["handles"][name] = {"header": header}
        for name, body in STRUCT.findall(text):
            fields = [read_declaration(one) for one in body.split(";") if one.strip()]
            found["structs"][name] = {"header": header, "fields": fields}
        for returns, name, parameters in CALLBACK.findall(text):
            found["callbacks"][name] = {"header": header, "returns": squeeze(returns),
                                        "parameters": read_parameters(parameters)}
        functions = FUNCTION.findall(text)
        if len(functions) != len(re.findall(r"^RESNET_API\b", text, re.M)):
            raise SystemExit(f"{header}: has a function that this script cannot read")
        for checked, returns, name, parameters in functions:
            found["functions"][name] = {"header": header, "returns": squeeze(returns),
                                        "must_check": bool(checked),
                                        "parameters": read_parameters(parameters)}
    return found


def write_program(found):
    """A C program that prints, line by line, what the headers alone do not tell."""
    lines = ["#include <resnet/resnet.h>", "#include <stdio.h>",
             '#define SHOW(x) printf(_Generic((x), char *: "\\"%s\\"\\n", double: "%.17g\\n", '
             'float: "%.9g\\n", int: "%d\\n", unsigned: "%u\\n", long: "%ld\\n", '
             'unsigned long: "%lu\\n"), (x))',
             "int main(void) {"]
    lines += [f"SHOW({name});" for name in found["constants"]]
    for name, struct in found["structs"].items():
        lines.append(f'printf("%zu\\n", sizeof({name}));')
        for field in struct["fields"]:
            lines.append(f'printf("[%zu, %zu]\\n", offsetof({name}, {field["name"]}), '
                         f'sizeof((({name} *)0)->{field["name"]}));')
    return "\n".join(lines + ["return 0; }", ""])


def fill(found, output):
    values = (json.loads(line) for line in output.splitlines())
    for constant in found["constants"].values():
        constant["value"] = next(values)
    for struct in found["structs"].values():
        struct["size"] = next(values)
        for field in struct["fields"]:
            field["offset"], field["size"] = next(values)


def save_program(include, out):
    with open(out, "w", encoding="utf-8") as file:
        file.write(write_program(read_headers(os.path.join(include, "resnet"))))


def describe(include, soversion, values, out):
    found = read_headers(os.path.join(include, "resnet"))
    fill(found, "".join(read_lines(values)))
    if found["constants"]["RESNET_ABI_VERSION"]["value"] != soversion:
        raise SystemExit(f"version.h: RESNET_ABI_VERSION is not the soversion, {soversion}")
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"soversion": soversion, **found}, file, indent=1, sort_keys=True)
        file.write("\n")


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.readlines()


def compare(*paths):
    pairs = list(zip(paths[::2], paths[1::2]))
    changed = [pair for pair in pairs if read_lines(pair[0]) != read_lines(pair[1])]
    for stored, built in changed:
        sys.stdout.writelines(difflib.unified_diff(read_lines(stored), read_lines(built), stored, built, n=2))
    if changed:
        print("The interface changed. If that is meant:")
    for stored, built in changed:
        print(f"cp {os.path.abspath(built)} {os.path.abspath(stored)}")
    return 1 if changed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        sys.exit(compare(*sys.argv[2:]))
    if sys.argv[1] == "--program":
        save_program(*sys.argv[2:])
    else:
        describe(*sys.argv[1:])
