"""Texts that are saved with a model. SPDX-License-Identifier: MIT"""
from typing import Iterator, MutableMapping

from . import capi, handle, options


class Metadata(MutableMapping[str, str]):
    """A mapping of texts; those of the library itself start with "resnet50."."""

    def __init__(self, model: handle.Handle) -> None:
        self._model = model

    def __getitem__(self, key: str) -> str:
        value = capi.resnet_model_get_metadata(self._model.pointer, options.encode(key))
        if value is None:
            raise KeyError(key)
        return options.decode(value)

    def __setitem__(self, key: str, value: str) -> None:
        capi.resnet_model_set_metadata(self._model.pointer, options.encode(key), options.encode(value))

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        capi.resnet_model_set_metadata(self._model.pointer, options.encode(key), None)

    def __len__(self) -> int:
        return capi.resnet_model_get_n_metadata(self._model.pointer)

    def __iter__(self) -> Iterator[str]:
        keys = [capi.resnet_model_get_metadata_key(self._model.pointer, i) for i in range(len(self))]
        return iter([options.decode(key) for key in keys])

    def __repr__(self) -> str:
        return repr(dict(self))
