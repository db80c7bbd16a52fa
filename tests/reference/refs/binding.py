"""libresnet50 through ctypes, as far as the comparison scripts need it (numpy in, numpy out).

The structs of options are read from the headers in include/resnet/, so that there is no second
description of them here.
"""
import ctypes as c
import glob
import os
import re
import subprocess

import numpy as np

ALGORITHM = {"auto": 0, "direct": 1}
FREEZE = {"none": 0, "stem": 1, "layer1": 2, "layer2": 3, "layer3": 4, "all": 5}
OPTIMIZER = {"sgd": 0, "adam": 1}
ACTIVATION = {"auto": 0, "relu": 1, "tanh": 8}
BATCH_NORM = {"auto": 0, "stored": 1}
FORMAT = {"hdf5": 0, "safetensors": 1}

FLOATS = c.POINTER(c.c_float)
LABELS = c.POINTER(c.c_int32)
SCHEDULE = c.CFUNCTYPE(c.c_double, c.c_void_p, c.c_uint64, c.c_uint64, c.c_uint64, c.c_double)

HEADERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "include",
                       "resnet")
C_TYPES = {"uint64_t": c.c_uint64, "uint32_t": c.c_uint32, "int32_t": c.c_int32,
           "float": c.c_float, "double": c.c_double}


def _field(declaration, constants):
    """(name, ctype) of one member such as "float milestones[RESNET_MAX_MILESTONES]"."""
    kind, pointer, name, length = re.fullmatch(
        r"(?:const )?(\w+) (\*?)(\w+)(?:\[(\w+)\])?", declaration).groups()
    if kind == "char" and length:
        return name, c.c_char * int(length)
    ctype = C_TYPES.get(kind, c.c_void_p)  # a callback is a pointer
    if pointer:
        ctype = c.c_char_p if kind == "char" else c.c_void_p
    if length:
        ctype = ctype * int(constants.get(length, length))
    return name, ctype


def header_of(kind):
    """The path of the header that declares resnet_<kind>_options."""
    return os.path.join(HEADERS, {"load": "model"}.get(kind, kind) + ".h")


def struct_of(name, header):
    """The ctypes struct `name` as its header declares it."""
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.DOTALL)
    constants = dict(re.findall(r"#define (\w+) (\d+)\s", text))
    body = re.search(rf"typedef struct {name} {{(.*?)}} {name};", text, re.DOTALL).group(1)
    members = [" ".join(member.split()) for member in body.split(";") if member.strip()]
    fields = [_field(member, constants) for member in members]
    return type(name, (c.Structure,), {"_fields_": fields})


def options_struct(kind):
    return struct_of(f"resnet_{kind}_options", header_of(kind))


class TensorView(c.Structure):
    _fields_ = [("struct_size", c.c_uint64), ("name", c.c_char_p), ("data", FLOATS),
                ("data_size", c.c_uint64), ("dims", c.c_uint64 * 4), ("n_dims", c.c_uint32),
                ("dtype", c.c_int32)]


class ResnetError(RuntimeError):
    """A call of the library failed; the text is its status and resnet_last_error()."""


def find_one(build_dir, *patterns):
    for pattern in patterns:
        found = sorted(glob.glob(os.path.join(build_dir, pattern)))
        if found:
            return found[0]
    raise SystemExit(f"nothing like {patterns[0]} in {build_dir}: build the library there first, or "
                     "say --build")


def add_build_argument(parser):
    default = os.environ.get("RESNET50_BUILD", "build")
    parser.add_argument("--build", default=default, metavar="DIR",
                        help="meson build folder of the library (default: $RESNET50_BUILD, or "
                             "build)")


def refuse_stale(library_path):
    """Structs laid out by newer headers than the library's would be misread without a word."""
    for kind in _OPTIONS:
        if os.path.getmtime(header_of(kind)) > os.path.getmtime(library_path):
            raise SystemExit(f"{library_path} is older than {os.path.basename(header_of(kind))}: "
                             "build it again")


class Library:
    """The functions of one libresnet50.so, with their argument types declared."""

    def __init__(self, build_dir):
        self.path = find_one(build_dir, "lib/libresnet50.so.0.1", "lib/libresnet50.so*")
        refuse_stale(self.path)
        self.build_dir = build_dir
        self.so = c.CDLL(self.path)
        for name in ("resnet_version", "resnet_build_info", "resnet_last_error"):
            getattr(self.so, name).restype = c.c_char_p
        self.so.resnet_model_get_remark.restype = c.c_char_p
        self.so.resnet_model_get_remark.argtypes = [c.c_void_p, c.c_size_t]
        self.so.resnet_status_name.restype = c.c_char_p
        self.so.resnet_status_name.argtypes = [c.c_int32]
        for name, arguments in _SIGNATURES.items():
            function = getattr(self.so, name)
            function.restype = c.c_int32
            function.argtypes = arguments
        for noun in ("model", "session", "trainer", "image"):
            function = getattr(self.so, f"resnet_{noun}_free")
            function.restype, function.argtypes = None, [c.c_void_p]
        for name in ("n_classes", "n_tensors", "n_remarks"):
            function = getattr(self.so, f"resnet_model_get_{name}")
            function.restype, function.argtypes = c.c_size_t, [c.c_void_p]

    def call(self, name, *arguments):
        status = getattr(self.so, name)(*arguments)
        if status != 0:
            raise ResnetError(f"{name}: {self.so.resnet_status_name(status).decode()}: "
                              f"{self.so.resnet_last_error().decode()}")

    def options(self, kind, **fields):
        """Default options of `kind` ("session", ...) with `fields` set."""
        options = _OPTIONS[kind]()
        self.call(f"resnet_{kind}_options_init", c.byref(options), c.sizeof(options))
        for name, value in fields.items():
            getattr(options, name)  # an unknown name must not pass silently
            setattr(options, name, value)
        return options

    def program(self):
        """The path of the resnet50 program beside the library."""
        return find_one(self.build_dir, "examples/resnet50/resnet50", "examples/resnet50")

    def run_program(self, *arguments, check=True):
        """Runs the program; returns what it printed."""
        done = subprocess.run([self.program(), *map(str, arguments)], capture_output=True,
                              text=True)
        if check and done.returncode != 0:
            raise ResnetError(f"resnet50 {arguments[0]} ended with {done.returncode}: "
                              f"{done.stderr.strip()}")
        return done.stdout


_OPTIONS = {kind: options_struct(kind) for kind in ("session", "load", "trainer")}
Recipe = struct_of("resnet_recipe", os.path.join(HEADERS, "image.h"))
_HANDLE = c.POINTER(c.c_void_p)
_SIGNATURES = {
    "resnet_session_options_init": [c.c_void_p, c.c_size_t],
    "resnet_load_options_init": [c.c_void_p, c.c_size_t],
    "resnet_trainer_options_init": [c.c_void_p, c.c_size_t],
    "resnet_model_load": [_HANDLE, c.c_char_p, c.c_void_p],
    "resnet_model_save": [c.c_void_p, c.c_char_p, c.c_int32],
    "resnet_model_get_tensor": [c.c_void_p, c.c_size_t, c.c_void_p, c.c_size_t],
    "resnet_model_set_tensor": [c.c_void_p, c.c_char_p, FLOATS, c.c_size_t],
    "resnet_model_copy_recipe": [c.c_void_p, c.c_size_t, c.c_void_p],
    "resnet_image_from_pixels": [_HANDLE, c.c_void_p, c.c_size_t, c.c_size_t, c.c_size_t, c.c_int32,
                                 c.c_void_p],
    "resnet_image_prepare": [FLOATS, c.c_size_t, c.c_void_p, c.c_void_p],
    "resnet_session_create": [_HANDLE, c.c_void_p, c.c_void_p],
    "resnet_session_prepare": [c.c_void_p, c.c_size_t, c.c_size_t, c.c_size_t],
    "resnet_session_logits": [FLOATS, c.c_size_t, c.c_void_p, FLOATS, c.c_size_t, c.c_size_t,
                              c.c_size_t],
    "resnet_session_embeddings": [FLOATS, c.c_size_t, c.c_void_p, FLOATS, c.c_size_t, c.c_size_t,
                              c.c_size_t],
    "resnet_trainer_create": [_HANDLE, c.c_void_p, c.c_void_p, c.c_void_p, c.c_void_p],
    "resnet_trainer_step": [c.POINTER(c.c_double), c.c_void_p, FLOATS, c.c_size_t, c.c_size_t,
                            c.c_size_t, LABELS],
    "resnet_trainer_copy_gradient": [FLOATS, c.c_size_t, c.c_void_p, c.c_char_p],
}


def _images(array):
    array = np.ascontiguousarray(array, dtype=np.float32)
    assert array.ndim == 4 and array.shape[1] == 3, array.shape
    return array


class _Handle:
    """An owned handle, freed with the object or by close()."""

    noun = ""

    def __init__(self, library):
        self.library = library
        self.handle = c.c_void_p()

    def close(self):
        if self.handle:
            getattr(self.library.so, f"resnet_{self.noun}_free")(self.handle)
            self.handle = c.c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self.close()


class Model(_Handle):
    noun = "model"

    @classmethod
    def load(cls, library, path, **fields):
        self = cls(library)
        library.call("resnet_model_load", c.byref(self.handle), os.fsencode(path),
                     c.byref(library.options("load", **fields)))
        return self

    def save(self, path, file_format="hdf5"):
        self.library.call("resnet_model_save", self.handle, os.fsencode(path),
                          FORMAT[file_format])

    @property
    def n_classes(self):
        return self.library.so.resnet_model_get_n_classes(self.handle)

    def tensors(self):
        """A copy of every tensor, statistics included: {name: array}."""
        result, view = {}, TensorView()
        for index in range(self.library.so.resnet_model_get_n_tensors(self.handle)):
            self.library.call("resnet_model_get_tensor", c.byref(view), c.sizeof(view), self.handle,
                              index)
            shape = tuple(view.dims[:view.n_dims])
            result[view.name.decode()] = np.ctypeslib.as_array(view.data, shape).copy()
        return result

    @property
    def remarks(self):
        """What the library assumed, or set aside, as one text."""
        so = self.library.so
        return "; ".join(so.resnet_model_get_remark(self.handle, index).decode()
                         for index in range(so.resnet_model_get_n_remarks(self.handle)))

    @property
    def recipe(self):
        """The model's preprocessing, a struct with the fields of resnet_recipe."""
        recipe = Recipe()
        self.library.call("resnet_model_copy_recipe", c.byref(recipe), c.sizeof(recipe),
                          self.handle)
        return recipe

    def prepare(self, pixels_hwc):
        """What the model's recipe makes of one uint8 picture: [3][height][width]."""
        recipe, image = self.recipe, c.c_void_p()
        pixels = np.ascontiguousarray(pixels_hwc, dtype=np.uint8)
        result = np.empty((3, recipe.crop_height, recipe.crop_width), np.float32)
        self.library.call("resnet_image_from_pixels", c.byref(image), pixels.ctypes.data,
                          pixels.shape[1], pixels.shape[0], 0, 0, None)
        try:
            self.library.call("resnet_image_prepare", result.ctypes.data_as(FLOATS), result.size,
                              image, c.byref(recipe))
        finally:
            self.library.so.resnet_image_free(image)
        return result

    def set_tensor(self, name, values):
        values = np.ascontiguousarray(values, dtype=np.float32)
        self.library.call("resnet_model_set_tensor", self.handle, name.encode(),
                          values.ctypes.data_as(FLOATS), values.size)


class Session(_Handle):
    noun = "session"

    def __init__(self, model, n_threads=0, algorithm="auto"):
        super().__init__(model.library)
        self.model = model
        options = self.library.options("session", n_threads=n_threads,
                                       algorithm=ALGORITHM[algorithm])
        self.library.call("resnet_session_create", c.byref(self.handle), model.handle,
                          c.byref(options))

    def prepare(self, n_images, height, width):
        self.library.call("resnet_session_prepare", self.handle, n_images, height, width)

    def _run(self, name, images_nchw, n_values):
        images = _images(images_nchw)
        n, _, height, width = images.shape
        result = np.empty((n, n_values), np.float32)
        self.library.call(name, result.ctypes.data_as(FLOATS), result.size, self.handle,
                          images.ctypes.data_as(FLOATS), n, height, width)
        return result

    def logits(self, images_nchw):
        return self._run("resnet_session_logits", images_nchw, self.model.n_classes)

    def embeddings(self, images_nchw):
        return self._run("resnet_session_embeddings", images_nchw, 2048)


class Trainer(_Handle):
    noun = "trainer"

    def __init__(self, model, schedule=None, **fields):
        """`schedule`: the learning rate of a step, counted from 0; without it learning_rate."""
        super().__init__(model.library)
        self.model = model
        if schedule:
            self.on_schedule = SCHEDULE(lambda user, epoch, step, n_steps, planned: schedule(step))
            fields["on_schedule"] = c.cast(self.on_schedule, c.c_void_p)
        options = self.library.options("trainer", **fields)
        self.library.call("resnet_trainer_create", c.byref(self.handle), model.handle, None, None,
                          c.byref(options))

    def step(self, images_nchw, labels):
        """One step; returns the loss before it."""
        images = _images(images_nchw)
        labels = np.ascontiguousarray(labels, dtype=np.int32)
        n, _, height, width = images.shape
        loss = c.c_double()
        self.library.call("resnet_trainer_step", c.byref(loss), self.handle,
                          images.ctypes.data_as(FLOATS), n, height, width,
                          labels.ctypes.data_as(LABELS))
        return loss.value

    def gradient(self, name, shape):
        result = np.empty(shape, np.float32)
        self.library.call("resnet_trainer_copy_gradient", result.ctypes.data_as(FLOATS),
                          result.size, self.handle, name.encode())
        return result
