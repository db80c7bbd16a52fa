"""What runs here. SPDX-License-Identifier: MIT"""
import os
import platform
from typing import Dict, Optional

import numpy as np

from . import capi, options
from .capi import library


def get_config() -> Dict[str, str]:
    """The library's file, its version, oneDNN's, the instruction set, workers, and what Python is used."""
    version, onednn, instructions = options.decode(capi.resnet_build_info()).split(", ", 2)
    return {
        "library": library.LIBRARY_PATH,
        "version": version.split()[-1],
        "interface": library.ABI_VERSION,
        "oneDNN": onednn.split()[-1],
        "instructions": instructions,
        "threads": str(capi.resnet_session_default_n_threads()),
        "package": os.path.dirname(os.path.abspath(__file__)),
        "NumPy": np.__version__,
        "Python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def show_config(mode: Optional[str] = None) -> Optional[Dict[str, str]]:
    """Prints it, for reports of faults; "dicts" returns it, as NumPy's does."""
    found = get_config()
    if mode == "dicts":
        return found
    width = max(map(len, found))
    print("\n".join(f"{name.ljust(width)}  {value}" for name, value in found.items()))
    return None
