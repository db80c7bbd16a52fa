"""The C interface, one to one: every function, struct, constant and callback type under its C name.

    import ctypes
    from resnet50 import capi

    model = ctypes.POINTER(capi.resnet_model)()
    capi.resnet_model_load(ctypes.byref(model), b"weights.h5", None)
    print(capi.resnet_model_get_n_classes(model))
    capi.resnet_model_free(model)

A function whose status must be checked raises what it stands for (see resnet50.errors) and returns 0
otherwise. Pointers to numbers take NumPy arrays of that type. Memory is freed by hand as in C; the
classes of the package do that by themselves. The GIL is let go for the length of each call.
What each function does is told in the headers, <resnet/*.h>. SPDX-License-Identifier: MIT
"""
from .declarations import *  # noqa: F401,F403
from .library import ABI_VERSION, LIBRARY_PATH  # noqa: F401
