"""The thin layer is what the headers say. SPDX-License-Identifier: MIT"""
import ctypes
import json
import shutil
import subprocess

import numpy as np
import pytest
from conftest import PACKAGE, ROOT
from resnet50 import capi, errors
from resnet50.capi import library

with open(ROOT / "tests" / "abi" / "abi.json", encoding="utf-8") as _file:
    ABI = json.load(_file)  # a test of the library's own compares it with the headers and with C


def test_every_name_is_there():
    for kind in ("constants", "structs", "handles", "callbacks", "functions"):
        missing = [name for name in ABI[kind] if not hasattr(capi, name)]
        assert missing == [], kind
    ours = {name for name in dir(capi) if name.lower().startswith("resnet_")}
    theirs = {name for kind in ABI.values() if isinstance(kind, dict) for name in kind}
    assert ours <= theirs


def test_constants_have_their_values():
    for name, entry in ABI["constants"].items():
        assert getattr(capi, name) == entry["value"], name


@pytest.mark.parametrize("name", sorted(ABI["structs"]))
def test_structs_are_laid_out_as_in_c(name):
    struct, entry = getattr(capi, name), ABI["structs"][name]
    assert ctypes.sizeof(struct) == entry["size"]
    assert [field[0] for field in struct._fields_] == [field["name"] for field in entry["fields"]]
    for field in entry["fields"]:
        found = getattr(struct, field["name"])
        assert (found.offset, found.size) == (field["offset"], field["size"]), field["name"]


def test_functions_take_what_c_takes():
    for name, entry in ABI["functions"].items():
        function = getattr(capi, name)
        assert len(function.argtypes) == len(entry["parameters"]), name
        assert (function.restype is None) == (entry["returns"] == "void"), name
        assert hasattr(function, "errcheck") == entry["must_check"] or not entry["must_check"], name


@pytest.mark.parametrize("name", sorted(name for name in ABI["functions"] if name.endswith("_options_init")))
def test_defaults_come_from_c(name):
    struct = getattr(capi, name[:-len("_init")])()
    getattr(capi, name)(ctypes.byref(struct), ctypes.sizeof(struct))
    assert struct.struct_size == ctypes.sizeof(struct)


def test_the_interface_is_the_library_s():
    assert capi.ABI_VERSION == capi.RESNET_ABI_VERSION == ABI["soversion"]
    assert capi.resnet_version().decode() == capi.RESNET_VERSION


def test_every_status_has_an_exception():
    codes = [value for name, value in vars(capi).items() if name.startswith("RESNET_E_")]
    assert len(codes) >= 11
    for code in codes:
        error = errors.from_status(code, "fact and place")
        assert type(error) is not errors.ResNetError and isinstance(error, errors.ResNetError)
        assert (error.status, error.message, str(error)) == (code, "fact and place", "fact and place")


@pytest.mark.parametrize("status, kind", [(capi.RESNET_E_NOT_FOUND, FileNotFoundError), (capi.RESNET_E_IO, OSError),
                                          (capi.RESNET_E_INVALID, ValueError), (capi.RESNET_E_NOMEM, MemoryError),
                                          (capi.RESNET_E_FORMAT, ValueError), (capi.RESNET_E_SHAPE, ValueError),
                                          (capi.RESNET_E_TIMEOUT, TimeoutError)])
def test_exceptions_are_those_that_python_people_expect(status, kind):
    assert isinstance(errors.from_status(status, ""), kind)


def test_failures_are_raised_with_the_library_s_message():
    model = ctypes.POINTER(capi.resnet_model)()
    with pytest.raises(FileNotFoundError, match="absent.h5") as caught:
        capi.resnet_model_load(ctypes.byref(model), b"absent.h5", None)
    assert caught.value.status == capi.RESNET_E_NOT_FOUND and not model


def test_arrays_are_passed_by_their_type():
    metrics = ctypes.POINTER(capi.resnet_metrics)()
    capi.resnet_metrics_create(ctypes.byref(metrics), 2, None, None)
    scores, labels = np.float32([[1, 0], [0, 1]]), np.int32([0, 1])
    capi.resnet_metrics_add(metrics, scores, labels, None, 2)
    assert capi.resnet_metrics_get_count(metrics) == 2
    with pytest.raises(ctypes.ArgumentError, match="float32"):
        capi.resnet_metrics_add(metrics, scores.astype(float), labels, None, 2)
    with pytest.raises(ctypes.ArgumentError, match="one piece"):
        capi.resnet_metrics_add(metrics, np.float32([[1, 0], [0, 1]]).T, labels, None, 2)
    capi.resnet_metrics_free(metrics)


# --- finding the library ---

def make_library(folder, text):
    source, made = folder / "made.c", folder / "libmade.so"
    source.write_text(text)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", made, source], check=True)
    return made


OTHER = 'const char *resnet_version(void) { return "7.1.0"; }\nconst char *resnet_abi_version(void) { return "%s"; }\n'


@pytest.mark.skipif(not shutil.which("cc"), reason="no compiler")
@pytest.mark.parametrize("text, sentence", [
    (OTHER % "7.1", "is libresnet50 7.1.0 with interface 7.1; this package needs interface 0.1"),
    (OTHER % "0.1" + 'const char *resnet_last_error(void) { return ""; }', "is of another release than this package"),
    ("int x;", "is libresnet50 ? with interface ?")])
def test_another_interface_is_refused(tmp_path, run_python, text, sentence):
    made = make_library(tmp_path, text)
    output = run_python("import resnet50.capi", status=1, RESNET50_LIBRARY=str(made))
    assert sentence in output and str(made) in output and "LibraryError" in output


def test_an_explicit_path_stands_alone(run_python):
    output = run_python("import resnet50.capi", status=1, RESNET50_LIBRARY="/nowhere/libresnet50.so")
    assert "/nowhere/libresnet50.so: cannot open" in output and "RESNET50_LIBRARY" in output


def test_the_order_of_the_search(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "_PACKAGE", str(tmp_path))
    monkeypatch.delenv("RESNET50_LIBRARY", raising=False)
    assert library._candidates() == ["libresnet50.so.0.1"]
    own = tmp_path / "libresnet50.so.0.1"
    own.touch()
    assert library._candidates() == [str(own)]
    monkeypatch.setenv("RESNET50_LIBRARY", "/explicit")
    assert library._candidates() == ["/explicit"]


@pytest.mark.parametrize("where", ["package", "system"])
def test_a_library_that_nobody_names(tmp_path, run_python, where):
    """In the package's folder, as a wheel has it, or where the system looks."""
    shutil.copytree(PACKAGE / "resnet50", tmp_path / "resnet50", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / {"package": "resnet50", "system": "lib"}[where]
    folder.mkdir(exist_ok=True)
    shutil.copy(capi.LIBRARY_PATH, folder / "libresnet50.so.0.1")
    output = run_python("import resnet50; print(resnet50.show_config('dicts')['library'])", PYTHONPATH=str(tmp_path),
                        RESNET50_LIBRARY="", LD_LIBRARY_PATH=str(tmp_path / "lib"))
    assert output.strip() == str(folder / "libresnet50.so.0.1")
