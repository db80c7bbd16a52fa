"""ResNet-50 on the CPU: pictures in, classes out, and it can be taught your own.

    import resnet50

    model = resnet50.load_model("resnet50-11ad3fa6.pth")
    for label, name, probability in model.classify("cat.jpg", top=3)[0]:
        print(f"{100 * probability:5.1f} % {name}")

Names follow Keras where Keras has them. resnet50.capi is the C interface, one to one. SPDX-License-Identifier: MIT
"""
from . import callbacks, losses, optimizers
from .applications import ResNet50, decode_predictions, preprocess_input
from .cancel import CancelToken
from .capi import RESNET_VERSION as __version__
from .config import show_config
from .dataset import UNLABELLED, Dataset
from .errors import (
    BackendError, CancelledError, FileError, FormatError, InternalError, InvalidError, LibraryError, NotFoundError,
    OutOfMemoryError, ResNetError, ShapeError, StateError, UnsupportedError,
)
from .estimator import ResNet50Classifier, ResNet50Embedder
from .figures import auc, classification_report, confusion_matrix, roc_curve
from .folders import dataset_from_dataframe, image_dataset_from_directory
from .generator import Flow, ImageDataGenerator
from .history import History
from .image import Image, img_to_array, load_img
from .layers import Layer
from .metrics import Metrics
from .model import Model, load_model
from .plotting import plot_confusion_matrix, plot_history, plot_roc
from .predicting import Prediction
from .recipe import PreparedArray, Recipe
from .report import Report

__all__ = [
    "BackendError", "CancelToken", "CancelledError", "Dataset", "FileError", "Flow", "FormatError", "History",
    "Image", "ImageDataGenerator", "InternalError", "InvalidError", "Layer", "LibraryError", "Metrics", "Model",
    "NotFoundError", "OutOfMemoryError", "Prediction", "PreparedArray", "Recipe", "Report", "ResNet50",
    "ResNet50Classifier", "ResNet50Embedder", "ResNetError", "ShapeError", "StateError", "UNLABELLED",
    "UnsupportedError", "__version__", "auc", "callbacks", "classification_report", "confusion_matrix",
    "dataset_from_dataframe", "decode_predictions", "image_dataset_from_directory", "img_to_array", "load_img",
    "load_model", "losses", "optimizers", "plot_confusion_matrix", "plot_history", "plot_roc", "preprocess_input",
    "roc_curve", "show_config",
]
