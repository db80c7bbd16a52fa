"""From keywords to the structs and constants of C. SPDX-License-Identifier: MIT"""
import ctypes
import functools
import os
from typing import Any, Dict, Optional, Sequence, Union

from . import capi

Text = Union[str, "os.PathLike[str]"]


def encode_path(path: Union[Text, bytes]) -> bytes:
    """A path as the library takes it."""
    return os.fsencode(path)


def encode(text: str) -> bytes:
    """Any other text: UTF-8, without a zero inside, where C would end it."""
    data = text.encode()
    if b"\0" in data:
        raise ValueError(f"a text may not hold a zero: {text!r}")
    return data


def decode(text: Optional[bytes]) -> str:
    return (text or b"").decode("utf-8", "replace")


def encode_list(texts: Sequence[str]) -> Any:
    """An array of C strings; the texts live as long as it does."""
    return (ctypes.c_char_p * len(texts))(*(encode(text) for text in texts))


@functools.lru_cache(maxsize=None)
def list_choices(group: str) -> Dict[str, int]:
    """The constants RESNET_<group>_*, by their names in lower case."""
    prefix = f"RESNET_{group}_"
    return {name[len(prefix):].lower(): value for name, value in vars(capi).items()
            if name.startswith(prefix) and isinstance(value, int)}


def choose(group: str, value: Union[str, int], what: str = "") -> int:
    """The constant of a group that a text (or already its number) stands for."""
    choices = list_choices(group)
    if isinstance(value, str) and value.lower() in choices:
        return choices[value.lower()]
    if not isinstance(value, (str, bool)) and value in choices.values():
        return int(value)
    raise ValueError(f"{what or group.lower()} {value!r}: is none of {', '.join(sorted(choices))}")


def name_choice(group: str, value: int) -> str:
    """The other way round; the number itself where it is none of them."""
    return next((name for name, number in list_choices(group).items() if number == value), str(value))


def _set(struct: ctypes.Structure, name: str, value: Any) -> None:
    if isinstance(value, (list, tuple)):
        field = getattr(struct, name)
        if len(value) > len(field):
            raise ValueError(f"{name}: at most {len(field)} values, not {len(value)}")
        field[:len(value)] = value
    else:
        try:
            setattr(struct, name, value)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from None


def _check_integer(struct: ctypes.Structure, name: str, value: Any) -> None:
    """ctypes would cut a number to the field's width without a word."""
    if isinstance(value, int) and getattr(struct, name) != value:
        kept = getattr(struct, name)
        if isinstance(kept, int):
            raise ValueError(f"{name}: {value} is out of range")


def make(kind: Any, **fields: Any) -> Any:
    """A struct of options with the library's defaults, then `fields`; None leaves a default."""
    struct = kind()
    getattr(capi, kind.__name__ + "_init")(ctypes.byref(struct), ctypes.sizeof(struct))
    known = {field[0] for field in kind._fields_}
    for name, value in fields.items():
        if name not in known:
            raise TypeError(f"{kind.__name__} has no {name!r}")
        if value is not None:
            _set(struct, name, value)
            _check_integer(struct, name, value)
    return struct

