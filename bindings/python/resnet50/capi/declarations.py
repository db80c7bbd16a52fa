"""What the headers of libresnet50 declare. Made by generate_capi.py: do not edit.
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

RESNET_ABI_VERSION: Final = '0.1'
RESNET_ABSENT_SKIP: Final = 0
RESNET_ABSENT_ZERO: Final = 1
RESNET_ACCEPT_ALL: Final = 15
RESNET_ACCEPT_HDF5: Final = 1
RESNET_ACCEPT_KERAS: Final = 2
RESNET_ACCEPT_SAFETENSORS: Final = 8
RESNET_ACCEPT_TORCH: Final = 4
RESNET_ACTIVATION_AUTO: Final = 0
RESNET_ACTIVATION_ELU: Final = 3
RESNET_ACTIVATION_GELU: Final = 5
RESNET_ACTIVATION_GELU_TANH: Final = 6
RESNET_ACTIVATION_LEAKY_RELU: Final = 2
RESNET_ACTIVATION_LINEAR: Final = 10
RESNET_ACTIVATION_RELU: Final = 1
RESNET_ACTIVATION_SELU: Final = 4
RESNET_ACTIVATION_SIGMOID: Final = 9
RESNET_ACTIVATION_SILU: Final = 7
RESNET_ACTIVATION_TANH: Final = 8
RESNET_ALGORITHM_AUTO: Final = 0
RESNET_ALGORITHM_DIRECT: Final = 1
RESNET_ALPHA_BLEND: Final = 0
RESNET_ALPHA_DROP: Final = 1
RESNET_AVERAGED_NEVER: Final = 1
RESNET_AVERAGED_ONLY: Final = 2
RESNET_AVERAGED_PREFER: Final = 0
RESNET_BALANCE_NONE: Final = 0
RESNET_BALANCE_SAMPLE: Final = 2
RESNET_BALANCE_WEIGHTS: Final = 1
RESNET_BATCH_NORM_AUTO: Final = 0
RESNET_BATCH_NORM_STORED: Final = 1
RESNET_CAPS_AUTO: Final = 18446744073709551615
RESNET_CHANNELS_BGR: Final = 1
RESNET_CHANNELS_RGB: Final = 0
RESNET_CORRUPT_ERROR: Final = 0
RESNET_CORRUPT_SKIP: Final = 1
RESNET_CROP_RANDOM: Final = 1
RESNET_CROP_RECIPE: Final = 0
RESNET_CROP_RESIZED: Final = 2
RESNET_DIGEST_SIZE: Final = 33
RESNET_DTYPE_F32: Final = 0
RESNET_EVENT_BEST: Final = 1
RESNET_EVENT_RATE_REDUCED: Final = 2
RESNET_EVENT_STOPPED: Final = 4
RESNET_E_BACKEND: Final = -9
RESNET_E_BUSY: Final = -12
RESNET_E_CANCELLED: Final = -8
RESNET_E_FORMAT: Final = -4
RESNET_E_INTERNAL: Final = -10
RESNET_E_INVALID: Final = -1
RESNET_E_IO: Final = -3
RESNET_E_NOMEM: Final = -2
RESNET_E_NOT_FOUND: Final = -11
RESNET_E_SHAPE: Final = -5
RESNET_E_STATE: Final = -7
RESNET_E_TIMEOUT: Final = -13
RESNET_E_UNSUPPORTED: Final = -6
RESNET_FILL_CONSTANT: Final = 1
RESNET_FILL_NEAREST: Final = 0
RESNET_FILL_REFLECT: Final = 2
RESNET_FILL_WRAP: Final = 3
RESNET_FILTER_BICUBIC: Final = 2
RESNET_FILTER_BILINEAR: Final = 1
RESNET_FILTER_NEAREST: Final = 0
RESNET_FINDING_CONFLICT: Final = 8
RESNET_FINDING_CORRUPT: Final = 3
RESNET_FINDING_DUPLICATE: Final = 7
RESNET_FINDING_EMPTY_CLASS: Final = 10
RESNET_FINDING_LEAK: Final = 9
RESNET_FINDING_NOT_AN_IMAGE: Final = 1
RESNET_FINDING_REFUSED: Final = 11
RESNET_FINDING_ROTATED: Final = 6
RESNET_FINDING_TINY: Final = 5
RESNET_FINDING_TOO_LARGE: Final = 4
RESNET_FINDING_TRUNCATED: Final = 2
RESNET_FINDING_UNREADABLE: Final = 0
RESNET_FOREVER: Final = 18446744073709551615
RESNET_FORMAT_HDF5: Final = 0
RESNET_FORMAT_SAFETENSORS: Final = 1
RESNET_FREEZE_ALL: Final = 5
RESNET_FREEZE_LAYER1: Final = 2
RESNET_FREEZE_LAYER2: Final = 3
RESNET_FREEZE_LAYER3: Final = 4
RESNET_FREEZE_NONE: Final = 0
RESNET_FREEZE_STEM: Final = 1
RESNET_IMAGENET_N_CLASSES: Final = 1000
RESNET_LOG_DEBUG: Final = 3
RESNET_LOG_ERROR: Final = 0
RESNET_LOG_INFO: Final = 2
RESNET_LOG_WARNING: Final = 1
RESNET_MACRO: Final = -1
RESNET_MAX_HIDDEN: Final = 4
RESNET_MAX_MILESTONES: Final = 8
RESNET_METADATA_SPLIT: Final = 'resnet50.split'
RESNET_MICRO: Final = -2
RESNET_MONITOR_ACCURACY: Final = 2
RESNET_MONITOR_AUTO: Final = 0
RESNET_MONITOR_LOSS: Final = 1
RESNET_MONITOR_VAL_ACCURACY: Final = 4
RESNET_MONITOR_VAL_LOSS: Final = 3
RESNET_MONITOR_VAL_MACRO_F1: Final = 5
RESNET_NAMES_FROM_FILE: Final = 1
RESNET_NAMES_GUESSED: Final = 2
RESNET_NAMES_NONE: Final = 0
RESNET_NAMES_SET: Final = 3
RESNET_NEVER: Final = 4294967295
RESNET_N_FINDINGS: Final = 12
RESNET_N_STAGES: Final = 6
RESNET_OK: Final = 0
RESNET_OPTIMIZER_ADAM: Final = 1
RESNET_OPTIMIZER_ADAMW: Final = 2
RESNET_OPTIMIZER_LARS: Final = 4
RESNET_OPTIMIZER_RMSPROP: Final = 3
RESNET_OPTIMIZER_SGD: Final = 0
RESNET_OUTPUT_EMBEDDINGS: Final = 2
RESNET_OUTPUT_LOGITS: Final = 0
RESNET_OUTPUT_PROBABILITIES: Final = 1
RESNET_PART_ALL: Final = 0
RESNET_PART_TEST: Final = 3
RESNET_PART_TRAIN: Final = 1
RESNET_PART_VAL: Final = 2
RESNET_PIXELS_BGR: Final = 1
RESNET_PIXELS_BGRA: Final = 3
RESNET_PIXELS_GRAY: Final = 4
RESNET_PIXELS_RGB: Final = 0
RESNET_PIXELS_RGBA: Final = 2
RESNET_POLICY_NONE: Final = 0
RESNET_POLICY_RANDAUGMENT: Final = 1
RESNET_POLICY_TRIVIAL_WIDE: Final = 2
RESNET_POOLING_AVERAGE: Final = 0
RESNET_POOLING_MAX: Final = 1
RESNET_REPORT_HTML: Final = 2
RESNET_REPORT_JSON: Final = 1
RESNET_REPORT_TEXT: Final = 0
RESNET_RESIZE_EXACT: Final = 2
RESNET_RESIZE_NONE: Final = 0
RESNET_RESIZE_SHORT_EDGE: Final = 1
RESNET_SAMPLE_HELD_OUT: Final = 2
RESNET_SAMPLE_LEARNT: Final = 1
RESNET_SAMPLE_NEW: Final = 0
RESNET_SCHEDULE_CONSTANT: Final = 0
RESNET_SCHEDULE_COSINE: Final = 4
RESNET_SCHEDULE_EXPONENTIAL: Final = 3
RESNET_SCHEDULE_MULTI_STEP: Final = 2
RESNET_SCHEDULE_PLATEAU: Final = 5
RESNET_SCHEDULE_STEP: Final = 1
RESNET_SCORES_LOGITS: Final = 0
RESNET_SCORES_PROBABILITIES: Final = 1
RESNET_STEM_POOL_AUTO: Final = 0
RESNET_STEM_POOL_PADDED: Final = 1
RESNET_STEM_POOL_UNPADDED: Final = 2
RESNET_STOP_CANCELLED: Final = 3
RESNET_STOP_DONE: Final = 1
RESNET_STOP_EARLY: Final = 2
RESNET_STOP_FAILED: Final = 4
RESNET_STOP_NONE: Final = 0
RESNET_UNLABELLED: Final = -1
RESNET_VARIANT_AUTO: Final = 0
RESNET_VARIANT_V1: Final = 1
RESNET_VARIANT_V1_5: Final = 2
RESNET_VERSION: Final = '0.1.0'
RESNET_VERSION_MAJOR: Final = 0
RESNET_VERSION_MINOR: Final = 1
RESNET_VERSION_PATCH: Final = 0
RESNET_VIEWS_FIVE: Final = 5
RESNET_VIEWS_FLIP: Final = 2
RESNET_VIEWS_ONE: Final = 1
RESNET_VIEWS_TEN: Final = 10
RESNET_WEIGHTED: Final = -3

class resnet_answer(Structure):
    """struct of <resnet/queue.h>"""


class resnet_augment(Structure):
    """struct of <resnet/augment.h>"""


class resnet_bytes(Structure):
    """handle of <resnet/bytes.h>"""


class resnet_cancel_token(Structure):
    """handle of <resnet/cancel.h>"""


class resnet_caps(Structure):
    """struct of <resnet/caps.h>"""


class resnet_dataset(Structure):
    """handle of <resnet/dataset.h>"""


class resnet_dataset_builder(Structure):
    """handle of <resnet/dataset.h>"""


class resnet_dataset_options(Structure):
    """struct of <resnet/dataset.h>"""


class resnet_evaluate_options(Structure):
    """struct of <resnet/trainer.h>"""


class resnet_executor(Structure):
    """struct of <resnet/executor.h>"""


class resnet_file(Structure):
    """handle of <resnet/file.h>"""


class resnet_finding(Structure):
    """struct of <resnet/dataset.h>"""


class resnet_fit_summary(Structure):
    """struct of <resnet/trainer.h>"""


class resnet_image(Structure):
    """handle of <resnet/image.h>"""


class resnet_image_options(Structure):
    """struct of <resnet/image.h>"""


class resnet_load_options(Structure):
    """struct of <resnet/model.h>"""


class resnet_metrics(Structure):
    """handle of <resnet/metrics.h>"""


class resnet_metrics_mistake(Structure):
    """struct of <resnet/metrics.h>"""


class resnet_metrics_options(Structure):
    """struct of <resnet/metrics.h>"""


class resnet_metrics_row(Structure):
    """struct of <resnet/metrics.h>"""


class resnet_model(Structure):
    """handle of <resnet/model.h>"""


class resnet_model_options(Structure):
    """struct of <resnet/model.h>"""


class resnet_predict_options(Structure):
    """struct of <resnet/predict.h>"""


class resnet_prediction(Structure):
    """struct of <resnet/session.h>"""


class resnet_progress(Structure):
    """struct of <resnet/trainer.h>"""


class resnet_queue(Structure):
    """handle of <resnet/queue.h>"""


class resnet_queue_options(Structure):
    """struct of <resnet/queue.h>"""


class resnet_queue_stats(Structure):
    """struct of <resnet/queue.h>"""


class resnet_recipe(Structure):
    """struct of <resnet/image.h>"""


class resnet_report(Structure):
    """handle of <resnet/metrics.h>"""


class resnet_report_options(Structure):
    """struct of <resnet/metrics.h>"""


class resnet_request(Structure):
    """handle of <resnet/queue.h>"""


class resnet_request_options(Structure):
    """struct of <resnet/queue.h>"""


class resnet_scan_options(Structure):
    """struct of <resnet/dataset.h>"""


class resnet_scan_summary(Structure):
    """struct of <resnet/dataset.h>"""


class resnet_scores(Structure):
    """struct of <resnet/predict.h>"""


class resnet_session(Structure):
    """handle of <resnet/session.h>"""


class resnet_session_options(Structure):
    """struct of <resnet/session.h>"""


class resnet_tensor_view(Structure):
    """struct of <resnet/model.h>"""


class resnet_trainer(Structure):
    """handle of <resnet/trainer.h>"""


class resnet_trainer_options(Structure):
    """struct of <resnet/trainer.h>"""



resnet_task = CFUNCTYPE(None, c_void_p, c_uint64)
resnet_answer_callback = CFUNCTYPE(None, c_void_p, POINTER(resnet_request))
resnet_dataset_read_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(POINTER(resnet_image)), c_uint64)
resnet_finding_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(resnet_finding))
resnet_log_callback = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
resnet_parallel_callback = CFUNCTYPE(c_int32, c_void_p, c_uint64, resnet_task, c_void_p)
resnet_progress_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(resnet_progress))
resnet_read_callback = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_uint64)
resnet_scan_progress_callback = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)
resnet_schedule_callback = CFUNCTYPE(c_double, c_void_p, c_uint64, c_uint64, c_uint64, c_double)
resnet_scores_callback = CFUNCTYPE(c_int32, c_void_p, POINTER(resnet_scores))

resnet_answer._fields_ = [
    ('struct_size', c_uint64),
    ('values', POINTER(c_float)),
    ('n_values', c_uint64),
    ('n_predictions', c_uint64),
    ('message', c_char_p),
    ('waited_us', c_uint64),
    ('ran_us', c_uint64),
    ('status', c_int32),
    ('batch_size', c_uint32),
]
resnet_augment._fields_ = [
    ('struct_size', c_uint64),
    ('crop', c_int32),
    ('resized_crop_scale', c_float * 2),
    ('resized_crop_ratio', c_float * 2),
    ('crop_padding', c_uint32),
    ('rotation_range', c_float),
    ('width_shift_range', c_float),
    ('height_shift_range', c_float),
    ('shear_range', c_float),
    ('zoom_range', c_float * 2),
    ('fill_mode', c_int32),
    ('cval', c_float),
    ('horizontal_flip', c_float),
    ('vertical_flip', c_float),
    ('random_rotation', c_float),
    ('policy', c_int32),
    ('num_ops', c_uint32),
    ('magnitude', c_uint32),
    ('num_magnitude_bins', c_uint32),
    ('jitter_brightness', c_float),
    ('jitter_contrast', c_float),
    ('jitter_saturation', c_float),
    ('jitter_hue', c_float),
    ('channel_shift_range', c_float),
    ('brightness_range', c_float * 2),
    ('erasing_p', c_float),
    ('erasing_scale', c_float * 2),
    ('erasing_ratio', c_float * 2),
    ('mixup_alpha', c_float),
    ('cutmix_alpha', c_float),
    ('reserved', c_uint32),
]
resnet_caps._fields_ = [
    ('struct_size', c_uint64),
    ('max_bytes', c_uint64),
    ('max_unpacked_bytes', c_uint64),
    ('max_recipe_side', c_uint64),
]
resnet_dataset_options._fields_ = [
    ('struct_size', c_uint64),
    ('seed', c_uint64),
    ('val_fraction', c_double),
    ('max_pixels', c_uint64),
    ('max_bytes', c_uint64),
    ('cache_file', c_char_p),
    ('part', c_int32),
    ('on_corrupt', c_int32),
    ('allow_empty', c_uint32),
    ('orient', c_uint32),
    ('shrink', c_uint32),
    ('reserved', c_uint32),
    ('max_corrupt', c_double),
]
resnet_evaluate_options._fields_ = [
    ('struct_size', c_uint64),
    ('batch_size', c_uint32),
    ('n_threads', c_uint32),
    ('n_loaders', c_uint32),
    ('views', c_int32),
    ('cancel', POINTER(resnet_cancel_token)),
    ('on_progress', resnet_progress_callback),
    ('progress_user_data', c_void_p),
    ('log', resnet_log_callback),
    ('log_user_data', c_void_p),
    ('on_scores', resnet_scores_callback),
    ('scores_user_data', c_void_p),
]
resnet_executor._fields_ = [
    ('struct_size', c_uint64),
    ('run', resnet_parallel_callback),
    ('user_data', c_void_p),
    ('is_concurrent', c_uint32),
    ('reserved', c_uint32),
]
resnet_finding._fields_ = [
    ('struct_size', c_uint64),
    ('path', c_char_p),
    ('other', c_char_p),
    ('message', c_char_p),
    ('kind', c_int32),
    ('orientation', c_int32),
]
resnet_fit_summary._fields_ = [
    ('struct_size', c_uint64),
    ('n_epochs', c_uint64),
    ('n_planned_epochs', c_uint64),
    ('n_steps', c_uint64),
    ('best_epoch', c_uint64),
    ('best_value', c_double),
    ('loss', c_double),
    ('accuracy', c_double),
    ('val_loss', c_double),
    ('val_accuracy', c_double),
    ('val_macro_f1', c_double),
    ('learning_rate', c_double),
    ('n_reductions', c_uint64),
    ('restored_epoch', c_uint64),
    ('monitor', c_int32),
    ('stop_reason', c_int32),
]
resnet_image_options._fields_ = [
    ('struct_size', c_uint64),
    ('max_pixels', c_uint64),
    ('max_bytes', c_uint64),
    ('orient', c_uint32),
    ('alpha', c_uint32),
    ('background_rgb', c_uint32),
    ('shrink_to', c_uint32),
    ('keep_damaged', c_uint32),
    ('max_scans', c_uint32),
]
resnet_load_options._fields_ = [
    ('struct_size', c_uint64),
    ('caps', POINTER(resnet_caps)),
    ('seed', c_uint64),
    ('n_classes', c_uint32),
    ('new_head', c_uint32),
    ('variant', c_int32),
    ('stem_pool', c_int32),
    ('bn_epsilon', c_float),
    ('pooling', c_int32),
    ('n_hidden', c_uint32),
    ('hidden_sizes', c_uint32 * 4),
    ('dropout', c_float),
    ('formats', c_uint32),
    ('map_file', c_uint32),
    ('averaged', c_int32),
    ('hidden_activation', c_int32),
    ('activation_slope', c_float),
    ('reserved', c_uint32),
]
resnet_metrics_mistake._fields_ = [
    ('struct_size', c_uint64),
    ('id', c_uint64),
    ('label', c_int32),
    ('predicted', c_int32),
    ('label_probability', c_double),
    ('predicted_probability', c_double),
]
resnet_metrics_options._fields_ = [
    ('struct_size', c_uint64),
    ('max_score_bytes', c_uint64),
    ('scores', c_int32),
    ('absent', c_int32),
    ('n_bins', c_uint32),
    ('n_mistakes', c_uint32),
]
resnet_metrics_row._fields_ = [
    ('struct_size', c_uint64),
    ('support', c_uint64),
    ('predicted', c_uint64),
    ('precision', c_double),
    ('recall', c_double),
    ('f1', c_double),
]
resnet_model_options._fields_ = [
    ('struct_size', c_uint64),
    ('seed', c_uint64),
    ('n_classes', c_uint32),
    ('variant', c_int32),
    ('bn_epsilon', c_float),
    ('stem_pool', c_int32),
    ('zero_init_residual', c_uint32),
    ('pooling', c_int32),
    ('n_hidden', c_uint32),
    ('hidden_sizes', c_uint32 * 4),
    ('dropout', c_float),
    ('hidden_activation', c_int32),
    ('activation_slope', c_float),
]
resnet_predict_options._fields_ = [
    ('struct_size', c_uint64),
    ('output', c_int32),
    ('batch_size', c_uint32),
    ('n_threads', c_uint32),
    ('n_loaders', c_uint32),
    ('cancel', POINTER(resnet_cancel_token)),
    ('on_scores', resnet_scores_callback),
    ('scores_user_data', c_void_p),
    ('log', resnet_log_callback),
    ('log_user_data', c_void_p),
    ('views', c_int32),
    ('reserved', c_uint32),
]
resnet_prediction._fields_ = [
    ('struct_size', c_uint64),
    ('name', c_char_p),
    ('label', c_int32),
    ('probability', c_float),
    ('logit', c_float),
    ('reserved', c_uint32),
]
resnet_progress._fields_ = [
    ('struct_size', c_uint64),
    ('epoch', c_uint64),
    ('n_epochs', c_uint64),
    ('step', c_uint64),
    ('n_steps', c_uint64),
    ('loss', c_double),
    ('accuracy', c_double),
    ('learning_rate', c_double),
    ('images_per_second', c_double),
    ('seconds_left', c_double),
    ('val_loss', c_double),
    ('val_accuracy', c_double),
    ('val_macro_f1', c_double),
    ('best_value', c_double),
    ('best_epoch', c_uint64),
    ('reduced_rate', c_double),
    ('events', c_uint64),
    ('epoch_done', c_uint64),
]
resnet_queue_options._fields_ = [
    ('struct_size', c_uint64),
    ('max_delay_us', c_uint64),
    ('max_batch', c_uint32),
    ('capacity', c_uint32),
    ('n_decoders', c_uint32),
    ('top_k', c_uint32),
    ('output', c_int32),
    ('reserved', c_uint32),
    ('session', POINTER(resnet_session_options)),
    ('image', POINTER(resnet_image_options)),
]
resnet_queue_stats._fields_ = [
    ('struct_size', c_uint64),
    ('n_open', c_uint64),
    ('n_accepted', c_uint64),
    ('n_refused', c_uint64),
    ('n_answered', c_uint64),
    ('n_failed', c_uint64),
    ('n_cancelled', c_uint64),
    ('n_late', c_uint64),
    ('n_batches', c_uint64),
    ('n_images', c_uint64),
]
resnet_recipe._fields_ = [
    ('struct_size', c_uint64),
    ('resize_mode', c_int32),
    ('resize_filter', c_int32),
    ('resize_size', c_uint32),
    ('crop_width', c_uint32),
    ('crop_height', c_uint32),
    ('channel_order', c_int32),
    ('divisor', c_float),
    ('mean', c_float * 3),
    ('std', c_float * 3),
    ('name', c_char * 28),
]
resnet_report_options._fields_ = [
    ('struct_size', c_uint64),
    ('seed', c_uint64),
    ('confidence', c_double),
    ('n_resamples', c_uint32),
    ('digits', c_uint32),
]
resnet_request_options._fields_ = [
    ('struct_size', c_uint64),
    ('timeout_us', c_uint64),
    ('on_answer', resnet_answer_callback),
    ('user_data', c_void_p),
]
resnet_scan_options._fields_ = [
    ('struct_size', c_uint64),
    ('max_pixels', c_uint64),
    ('max_bytes', c_uint64),
    ('on_finding', resnet_finding_callback),
    ('on_progress', resnet_scan_progress_callback),
    ('user_data', c_void_p),
    ('n_threads', c_uint32),
    ('min_side', c_uint32),
]
resnet_scan_summary._fields_ = [
    ('struct_size', c_uint64),
    ('n_files', c_uint64),
    ('n_images', c_uint64),
    ('n_bytes', c_uint64),
    ('counts', c_uint64 * 16),
]
resnet_scores._fields_ = [
    ('struct_size', c_uint64),
    ('values', POINTER(c_float)),
    ('samples', POINTER(c_uint64)),
    ('labels', POINTER(c_int32)),
    ('n', c_uint64),
    ('n_values', c_uint64),
]
resnet_session_options._fields_ = [
    ('struct_size', c_uint64),
    ('n_threads', c_uint32),
    ('algorithm', c_int32),
    ('max_plans', c_uint32),
    ('views', c_int32),
    ('executor', POINTER(resnet_executor)),
]
resnet_tensor_view._fields_ = [
    ('struct_size', c_uint64),
    ('name', c_char_p),
    ('data', c_void_p),
    ('data_size', c_uint64),
    ('dims', c_uint64 * 4),
    ('n_dims', c_uint32),
    ('dtype', c_int32),
]
resnet_trainer_options._fields_ = [
    ('struct_size', c_uint64),
    ('seed', c_uint64),
    ('n_epochs', c_uint32),
    ('batch_size', c_uint32),
    ('accumulate', c_uint32),
    ('n_shards', c_uint32),
    ('n_threads', c_uint32),
    ('n_loaders', c_uint32),
    ('freeze', c_int32),
    ('train_last', c_uint32),
    ('allow_random_features', c_uint32),
    ('batch_norm', c_int32),
    ('freeze_names', c_char_p),
    ('bn_momentum', c_float),
    ('head_epochs', c_uint32),
    ('head_learning_rate', c_float),
    ('label_smoothing', c_float),
    ('balance', c_int32),
    ('n_class_weights', c_uint32),
    ('class_weights', POINTER(c_float)),
    ('augment', c_char_p),
    ('augmentation', POINTER(resnet_augment)),
    ('mixup_alpha', c_float),
    ('cutmix_alpha', c_float),
    ('cache_bytes', c_uint64),
    ('feature_file', c_char_p),
    ('n_views', c_uint32),
    ('optimizer', c_int32),
    ('learning_rate', c_float),
    ('momentum', c_float),
    ('weight_decay', c_float),
    ('decoupled_decay', c_uint32),
    ('exempt_vectors', c_uint32),
    ('nesterov', c_uint32),
    ('beta1', c_float),
    ('beta2', c_float),
    ('epsilon', c_float),
    ('trust_coefficient', c_float),
    ('clip_norm', c_float),
    ('ema_decay', c_float),
    ('stage_rates', c_float * 6),
    ('schedule', c_int32),
    ('schedule_by_epoch', c_uint32),
    ('warmup_epochs', c_float),
    ('warmup_start', c_float),
    ('gamma', c_float),
    ('step_epochs', c_float),
    ('milestones', c_float * 8),
    ('min_learning_rate', c_float),
    ('plateau_patience', c_uint32),
    ('plateau_cooldown', c_uint32),
    ('plateau_min_delta', c_float),
    ('plateau_absolute', c_uint32),
    ('monitor', c_int32),
    ('on_schedule', resnet_schedule_callback),
    ('schedule_user_data', c_void_p),
    ('stop_patience', c_uint32),
    ('stop_min_delta', c_float),
    ('restore_best', c_uint32),
    ('recalibrate_batches', c_uint32),
    ('resume', c_uint32),
    ('checkpoint_steps', c_uint32),
    ('checkpoint_folder', c_char_p),
    ('history_csv', c_char_p),
    ('history_jsonl', c_char_p),
    ('tensorboard_folder', c_char_p),
    ('on_progress', resnet_progress_callback),
    ('progress_user_data', c_void_p),
    ('log', resnet_log_callback),
    ('log_user_data', c_void_p),
]

#: ()
resnet_abi_version: Callable[[], Optional[bytes]] = bind(
    'resnet_abi_version', False, c_char_p,
)
#: (index)
resnet_augment_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_augment_get_name', False, c_char_p,
    c_size_t,
)
#: (out, image, augment, recipe, seed, epoch, sample)
resnet_augment_image: Callable[[Any, Any, Any, Any, int, int, int], int] = bind(
    'resnet_augment_image', True, c_int32,
    POINTER(POINTER(resnet_image)),
    POINTER(resnet_image),
    POINTER(resnet_augment),
    POINTER(resnet_recipe),
    c_uint64,
    c_uint64,
    c_uint64,
)
#: (augment, size, preset)
resnet_augment_init: Callable[[Any, int, Optional[bytes]], int] = bind(
    'resnet_augment_init', True, c_int32,
    POINTER(resnet_augment),
    c_size_t,
    c_char_p,
)
#: ()
resnet_build_info: Callable[[], Optional[bytes]] = bind(
    'resnet_build_info', False, c_char_p,
)
#: (bytes)
resnet_bytes_free: Callable[[Any], None] = bind(
    'resnet_bytes_free', False, None,
    POINTER(resnet_bytes),
)
#: (bytes)
resnet_bytes_get_data: Callable[[Any], Any] = bind(
    'resnet_bytes_get_data', False, c_void_p,
    POINTER(resnet_bytes),
)
#: (bytes)
resnet_bytes_get_size: Callable[[Any], int] = bind(
    'resnet_bytes_get_size', False, c_size_t,
    POINTER(resnet_bytes),
)
#: (token)
resnet_cancel_token_cancel: Callable[[Any], None] = bind(
    'resnet_cancel_token_cancel', False, None,
    POINTER(resnet_cancel_token),
)
#: (out)
resnet_cancel_token_create: Callable[[Any], int] = bind(
    'resnet_cancel_token_create', True, c_int32,
    POINTER(POINTER(resnet_cancel_token)),
)
#: (token)
resnet_cancel_token_free: Callable[[Any], None] = bind(
    'resnet_cancel_token_free', False, None,
    POINTER(resnet_cancel_token),
)
#: (token)
resnet_cancel_token_is_cancelled: Callable[[Any], int] = bind(
    'resnet_cancel_token_is_cancelled', False, c_int32,
    POINTER(resnet_cancel_token),
)
#: (token)
resnet_cancel_token_reset: Callable[[Any], None] = bind(
    'resnet_cancel_token_reset', False, None,
    POINTER(resnet_cancel_token),
)
#: (caps, size)
resnet_caps_init: Callable[[Any, int], int] = bind(
    'resnet_caps_init', True, c_int32,
    POINTER(resnet_caps),
    c_size_t,
)
#: (builder, bytes, bytes_size, label, name)
resnet_dataset_builder_add_bytes: Callable[[Any, Any, int, int, Optional[bytes]], int] = bind(
    'resnet_dataset_builder_add_bytes', True, c_int32,
    POINTER(resnet_dataset_builder),
    c_void_p,
    c_size_t,
    c_int32,
    c_char_p,
)
#: (builder, path, label)
resnet_dataset_builder_add_file: Callable[[Any, Optional[bytes], int], int] = bind(
    'resnet_dataset_builder_add_file', True, c_int32,
    POINTER(resnet_dataset_builder),
    c_char_p,
    c_int32,
)
#: (builder, pixels_hwc, width, height, stride, layout, label, name)
resnet_dataset_builder_add_pixels: Callable[[Any, Any, int, int, int, int, int, Optional[bytes]], int] = bind(
    'resnet_dataset_builder_add_pixels', True, c_int32,
    POINTER(resnet_dataset_builder),
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
    c_int32,
    c_char_p,
)
#: (builder, pixels_hwc, width, height, stride, layout, label, name)
resnet_dataset_builder_borrow_pixels: Callable[[Any, Any, int, int, int, int, int, Optional[bytes]], int] = bind(
    'resnet_dataset_builder_borrow_pixels', True, c_int32,
    POINTER(resnet_dataset_builder),
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
    c_int32,
    c_char_p,
)
#: (out, class_names, n_classes, options)
resnet_dataset_builder_create: Callable[[Any, Any, int, Any], int] = bind(
    'resnet_dataset_builder_create', True, c_int32,
    POINTER(POINTER(resnet_dataset_builder)),
    POINTER(c_char_p),
    c_size_t,
    POINTER(resnet_dataset_options),
)
#: (out, builder)
resnet_dataset_builder_finish: Callable[[Any, Any], int] = bind(
    'resnet_dataset_builder_finish', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset_builder),
)
#: (builder)
resnet_dataset_builder_free: Callable[[Any], None] = bind(
    'resnet_dataset_builder_free', False, None,
    POINTER(resnet_dataset_builder),
)
#: (out, capacity, dataset)
resnet_dataset_copy_class_counts: Callable[[Any, int, Any], int] = bind(
    'resnet_dataset_copy_class_counts', True, c_int32,
    pointer_to(c_uint64),
    c_size_t,
    POINTER(resnet_dataset),
)
#: (out, capacity, dataset)
resnet_dataset_copy_class_weights: Callable[[Any, int, Any], int] = bind(
    'resnet_dataset_copy_class_weights', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_dataset),
)
#: (out, capacity, dataset)
resnet_dataset_copy_digest: Callable[[Any, int, Any], int] = bind(
    'resnet_dataset_copy_digest', True, c_int32,
    c_char_p,
    c_size_t,
    POINTER(resnet_dataset),
)
#: (out_train, out_val, dataset, n_folds, fold, seed)
resnet_dataset_fold: Callable[[Any, Any, Any, int, int, int], int] = bind(
    'resnet_dataset_fold', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset),
    c_size_t,
    c_size_t,
    c_uint64,
)
#: (dataset)
resnet_dataset_free: Callable[[Any], None] = bind(
    'resnet_dataset_free', False, None,
    POINTER(resnet_dataset),
)
#: (out, read, user_data, n, labels, class_names, n_classes, options)
resnet_dataset_from_callback: Callable[[Any, Any, Any, int, Any, Any, int, Any], int] = bind(
    'resnet_dataset_from_callback', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    resnet_dataset_read_callback,
    c_void_p,
    c_size_t,
    pointer_to(c_int32),
    POINTER(c_char_p),
    c_size_t,
    POINTER(resnet_dataset_options),
)
#: (dataset, index)
resnet_dataset_get_class_name: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_dataset_get_class_name', False, c_char_p,
    POINTER(resnet_dataset),
    c_size_t,
)
#: (dataset, index)
resnet_dataset_get_label: Callable[[Any, int], int] = bind(
    'resnet_dataset_get_label', False, c_int32,
    POINTER(resnet_dataset),
    c_size_t,
)
#: (dataset)
resnet_dataset_get_n_classes: Callable[[Any], int] = bind(
    'resnet_dataset_get_n_classes', False, c_size_t,
    POINTER(resnet_dataset),
)
#: (dataset)
resnet_dataset_get_n_foreign: Callable[[Any], int] = bind(
    'resnet_dataset_get_n_foreign', False, c_size_t,
    POINTER(resnet_dataset),
)
#: (dataset)
resnet_dataset_get_n_ignored: Callable[[Any], int] = bind(
    'resnet_dataset_get_n_ignored', False, c_size_t,
    POINTER(resnet_dataset),
)
#: (dataset)
resnet_dataset_get_n_samples: Callable[[Any], int] = bind(
    'resnet_dataset_get_n_samples', False, c_size_t,
    POINTER(resnet_dataset),
)
#: (dataset, index)
resnet_dataset_get_path: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_dataset_get_path', False, c_char_p,
    POINTER(resnet_dataset),
    c_size_t,
)
#: (dataset)
resnet_dataset_has_parts: Callable[[Any], int] = bind(
    'resnet_dataset_has_parts', False, c_uint32,
    POINTER(resnet_dataset),
)
#: (out, dataset, index)
resnet_dataset_load_image: Callable[[Any, Any, int], int] = bind(
    'resnet_dataset_load_image', True, c_int32,
    POINTER(POINTER(resnet_image)),
    POINTER(resnet_dataset),
    c_size_t,
)
#: (out, path, coarse, options)
resnet_dataset_open_cifar: Callable[[Any, Optional[bytes], int, Any], int] = bind(
    'resnet_dataset_open_cifar', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    c_char_p,
    c_uint32,
    POINTER(resnet_dataset_options),
)
#: (out, path, options)
resnet_dataset_open_folder: Callable[[Any, Optional[bytes], Any], int] = bind(
    'resnet_dataset_open_folder', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    c_char_p,
    POINTER(resnet_dataset_options),
)
#: (out, path, images, labels, options)
resnet_dataset_open_hdf5: Callable[[Any, Optional[bytes], Optional[bytes], Optional[bytes], Any], int] = bind(
    'resnet_dataset_open_hdf5', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    c_char_p,
    c_char_p,
    c_char_p,
    POINTER(resnet_dataset_options),
)
#: (out, path, annotations, synsets, options)
resnet_dataset_open_imagenet: Callable[[Any, Optional[bytes], Optional[bytes], Optional[bytes], Any], int] = bind(
    'resnet_dataset_open_imagenet', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    c_char_p,
    c_char_p,
    c_char_p,
    POINTER(resnet_dataset_options),
)
#: (out, path, class_names, n_classes, options)
resnet_dataset_open_manifest: Callable[[Any, Optional[bytes], Any, int, Any], int] = bind(
    'resnet_dataset_open_manifest', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    c_char_p,
    POINTER(c_char_p),
    c_size_t,
    POINTER(resnet_dataset_options),
)
#: (options, size)
resnet_dataset_options_init: Callable[[Any, int], int] = bind(
    'resnet_dataset_options_init', True, c_int32,
    POINTER(resnet_dataset_options),
    c_size_t,
)
#: (out, dataset, class_names, n_classes, new_labels)
resnet_dataset_relabel: Callable[[Any, Any, Any, int, Any], int] = bind(
    'resnet_dataset_relabel', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset),
    POINTER(c_char_p),
    c_size_t,
    pointer_to(c_uint32),
)
#: (out, size, path, options)
resnet_dataset_scan: Callable[[Any, int, Optional[bytes], Any], int] = bind(
    'resnet_dataset_scan', True, c_int32,
    POINTER(resnet_scan_summary),
    c_size_t,
    c_char_p,
    POINTER(resnet_scan_options),
)
#: (out_train, out_val, dataset, val_fraction, seed)
resnet_dataset_split: Callable[[Any, Any, Any, float, int], int] = bind(
    'resnet_dataset_split', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset),
    c_double,
    c_uint64,
)
#: (out, dataset, indices, n)
resnet_dataset_subset: Callable[[Any, Any, Any, int], int] = bind(
    'resnet_dataset_subset', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset),
    pointer_to(c_uint64),
    c_size_t,
)
#: (out, dataset, n_per_class, seed)
resnet_dataset_take_per_class: Callable[[Any, Any, int, int], int] = bind(
    'resnet_dataset_take_per_class', True, c_int32,
    POINTER(POINTER(resnet_dataset)),
    POINTER(resnet_dataset),
    c_size_t,
    c_uint64,
)
#: (metrics, model, dataset, options)
resnet_evaluate: Callable[[Any, Any, Any, Any], int] = bind(
    'resnet_evaluate', True, c_int32,
    POINTER(resnet_metrics),
    POINTER(resnet_model),
    POINTER(resnet_dataset),
    POINTER(resnet_evaluate_options),
)
#: (options, size)
resnet_evaluate_options_init: Callable[[Any, int], int] = bind(
    'resnet_evaluate_options_init', True, c_int32,
    POINTER(resnet_evaluate_options),
    c_size_t,
)
#: (executor, size)
resnet_executor_init: Callable[[Any, int], int] = bind(
    'resnet_executor_init', True, c_int32,
    POINTER(resnet_executor),
    c_size_t,
)
#: (index)
resnet_feature_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_feature_get_name', False, c_char_p,
    c_size_t,
)
#: (name)
resnet_feature_is_built: Callable[[Optional[bytes]], int] = bind(
    'resnet_feature_is_built', False, c_int32,
    c_char_p,
)
#: (path)
resnet_file_check: Callable[[Optional[bytes]], int] = bind(
    'resnet_file_check', True, c_int32,
    c_char_p,
)
#: (file)
resnet_file_commit: Callable[[Any], int] = bind(
    'resnet_file_commit', True, c_int32,
    POINTER(resnet_file),
)
#: (out, path)
resnet_file_create: Callable[[Any, Optional[bytes]], int] = bind(
    'resnet_file_create', True, c_int32,
    POINTER(POINTER(resnet_file)),
    c_char_p,
)
#: (file)
resnet_file_free: Callable[[Any], None] = bind(
    'resnet_file_free', False, None,
    POINTER(resnet_file),
)
#: (file, bytes, size)
resnet_file_write: Callable[[Any, Any, int], int] = bind(
    'resnet_file_write', True, c_int32,
    POINTER(resnet_file),
    c_void_p,
    c_size_t,
)
#: (out, image, left, top, width, height)
resnet_image_crop: Callable[[Any, Any, int, int, int, int], int] = bind(
    'resnet_image_crop', True, c_int32,
    POINTER(POINTER(resnet_image)),
    POINTER(resnet_image),
    c_int64,
    c_int64,
    c_size_t,
    c_size_t,
)
#: (out, bytes, bytes_size, options)
resnet_image_decode: Callable[[Any, Any, int, Any], int] = bind(
    'resnet_image_decode', True, c_int32,
    POINTER(POINTER(resnet_image)),
    c_void_p,
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, image)
resnet_image_encode_png: Callable[[Any, Any], int] = bind(
    'resnet_image_encode_png', True, c_int32,
    POINTER(POINTER(resnet_bytes)),
    POINTER(resnet_image),
)
#: (image)
resnet_image_free: Callable[[Any], None] = bind(
    'resnet_image_free', False, None,
    POINTER(resnet_image),
)
#: (out, pixels_hwc, width, height, stride, layout, options)
resnet_image_from_pixels: Callable[[Any, Any, int, int, int, int, Any], int] = bind(
    'resnet_image_from_pixels', True, c_int32,
    POINTER(POINTER(resnet_image)),
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
    POINTER(resnet_image_options),
)
#: (image)
resnet_image_get_height: Callable[[Any], int] = bind(
    'resnet_image_get_height', False, c_size_t,
    POINTER(resnet_image),
)
#: (image)
resnet_image_get_pixels: Callable[[Any], Any] = bind(
    'resnet_image_get_pixels', False, POINTER(c_uint8),
    POINTER(resnet_image),
)
#: (image)
resnet_image_get_width: Callable[[Any], int] = bind(
    'resnet_image_get_width', False, c_size_t,
    POINTER(resnet_image),
)
#: (out, path, options)
resnet_image_load: Callable[[Any, Optional[bytes], Any], int] = bind(
    'resnet_image_load', True, c_int32,
    POINTER(POINTER(resnet_image)),
    c_char_p,
    POINTER(resnet_image_options),
)
#: (out, read, user_data, options)
resnet_image_load_callback: Callable[[Any, Any, Any, Any], int] = bind(
    'resnet_image_load_callback', True, c_int32,
    POINTER(POINTER(resnet_image)),
    resnet_read_callback,
    c_void_p,
    POINTER(resnet_image_options),
)
#: (options, size)
resnet_image_options_init: Callable[[Any, int], int] = bind(
    'resnet_image_options_init', True, c_int32,
    POINTER(resnet_image_options),
    c_size_t,
)
#: (out_chw, capacity, image, recipe)
resnet_image_prepare: Callable[[Any, int, Any, Any], int] = bind(
    'resnet_image_prepare', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_image),
    POINTER(resnet_recipe),
)
#: (out_chw, capacity, bytes, bytes_size, recipe, options)
resnet_image_prepare_bytes: Callable[[Any, int, Any, int, Any, Any], int] = bind(
    'resnet_image_prepare_bytes', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    c_void_p,
    c_size_t,
    POINTER(resnet_recipe),
    POINTER(resnet_image_options),
)
#: (out_chw, capacity, path, recipe, options)
resnet_image_prepare_file: Callable[[Any, int, Optional[bytes], Any, Any], int] = bind(
    'resnet_image_prepare_file', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    c_char_p,
    POINTER(resnet_recipe),
    POINTER(resnet_image_options),
)
#: (out_nchw, capacity, image, recipe, views)
resnet_image_prepare_views: Callable[[Any, int, Any, Any, int], int] = bind(
    'resnet_image_prepare_views', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_image),
    POINTER(resnet_recipe),
    c_int32,
)
#: (out_width, out_height, path, options)
resnet_image_read_size: Callable[[Any, Any, Optional[bytes], Any], int] = bind(
    'resnet_image_read_size', True, c_int32,
    pointer_to(c_size_t),
    pointer_to(c_size_t),
    c_char_p,
    POINTER(resnet_image_options),
)
#: (out_width, out_height, bytes, bytes_size, options)
resnet_image_read_size_bytes: Callable[[Any, Any, Any, int, Any], int] = bind(
    'resnet_image_read_size_bytes', True, c_int32,
    pointer_to(c_size_t),
    pointer_to(c_size_t),
    c_void_p,
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, image, width, height, filter)
resnet_image_resize: Callable[[Any, Any, int, int, int], int] = bind(
    'resnet_image_resize', True, c_int32,
    POINTER(POINTER(resnet_image)),
    POINTER(resnet_image),
    c_size_t,
    c_size_t,
    c_int32,
)
#: (image, path)
resnet_image_save_png: Callable[[Any, Optional[bytes]], int] = bind(
    'resnet_image_save_png', True, c_int32,
    POINTER(resnet_image),
    c_char_p,
)
#: (out_labels, capacity, out_count, what)
resnet_imagenet_copy_below: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_imagenet_copy_below', True, c_int32,
    pointer_to(c_int32),
    c_size_t,
    pointer_to(c_size_t),
    c_char_p,
)
#: (out_labels, capacity, out_count, name)
resnet_imagenet_copy_named: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_imagenet_copy_named', True, c_int32,
    pointer_to(c_int32),
    c_size_t,
    pointer_to(c_size_t),
    c_char_p,
)
#: (out, wnid_or_name)
resnet_imagenet_find: Callable[[Any, Optional[bytes]], int] = bind(
    'resnet_imagenet_find', True, c_int32,
    pointer_to(c_int32),
    c_char_p,
)
#: (index)
resnet_imagenet_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_imagenet_get_name', False, c_char_p,
    c_size_t,
)
#: (index)
resnet_imagenet_get_wnid: Callable[[int], Optional[bytes]] = bind(
    'resnet_imagenet_get_wnid', False, c_char_p,
    c_size_t,
)
#: (out, index, what)
resnet_imagenet_is_a: Callable[[Any, int, Optional[bytes]], int] = bind(
    'resnet_imagenet_is_a', True, c_int32,
    pointer_to(c_int32),
    c_size_t,
    c_char_p,
)
#: ()
resnet_last_error: Callable[[], Optional[bytes]] = bind(
    'resnet_last_error', False, c_char_p,
)
#: (options, size)
resnet_load_options_init: Callable[[Any, int], int] = bind(
    'resnet_load_options_init', True, c_int32,
    POINTER(resnet_load_options),
    c_size_t,
)
#: ()
resnet_memory_get_n_blocks: Callable[[], int] = bind(
    'resnet_memory_get_n_blocks', False, c_uint64,
)
#: (metrics, scores, labels, ids, n_samples)
resnet_metrics_add: Callable[[Any, Any, Any, Any, int], int] = bind(
    'resnet_metrics_add', True, c_int32,
    POINTER(resnet_metrics),
    pointer_to(c_float),
    pointer_to(c_int32),
    pointer_to(c_uint64),
    c_size_t,
)
#: (metrics)
resnet_metrics_clear: Callable[[Any], None] = bind(
    'resnet_metrics_clear', False, None,
    POINTER(resnet_metrics),
)
#: (out_low, out_high, metrics, name, n_resamples, confidence, seed)
resnet_metrics_copy_interval: Callable[[Any, Any, Any, Optional[bytes], int, float, int], int] = bind(
    'resnet_metrics_copy_interval', True, c_int32,
    pointer_to(c_double),
    pointer_to(c_double),
    POINTER(resnet_metrics),
    c_char_p,
    c_size_t,
    c_double,
    c_uint64,
)
#: (out, size, metrics, rank)
resnet_metrics_copy_mistake: Callable[[Any, int, Any, int], int] = bind(
    'resnet_metrics_copy_mistake', True, c_int32,
    POINTER(resnet_metrics_mistake),
    c_size_t,
    POINTER(resnet_metrics),
    c_size_t,
)
#: (out_precisions, out_recalls, out_thresholds, capacity, out_count, metrics, which)
resnet_metrics_copy_precision_recall: Callable[[Any, Any, Any, int, Any, Any, int], int] = bind(
    'resnet_metrics_copy_precision_recall', True, c_int32,
    pointer_to(c_double),
    pointer_to(c_double),
    pointer_to(c_double),
    c_size_t,
    pointer_to(c_size_t),
    POINTER(resnet_metrics),
    c_int32,
)
#: (out_counts, out_confidences, out_accuracies, capacity, out_count, metrics)
resnet_metrics_copy_reliability: Callable[[Any, Any, Any, int, Any, Any], int] = bind(
    'resnet_metrics_copy_reliability', True, c_int32,
    pointer_to(c_uint64),
    pointer_to(c_double),
    pointer_to(c_double),
    c_size_t,
    pointer_to(c_size_t),
    POINTER(resnet_metrics),
)
#: (out_false_positive_rates, out_true_positive_rates, out_thresholds, capacity, out_count, metrics, which)
resnet_metrics_copy_roc: Callable[[Any, Any, Any, int, Any, Any, int], int] = bind(
    'resnet_metrics_copy_roc', True, c_int32,
    pointer_to(c_double),
    pointer_to(c_double),
    pointer_to(c_double),
    c_size_t,
    pointer_to(c_size_t),
    POINTER(resnet_metrics),
    c_int32,
)
#: (out, size, metrics, which)
resnet_metrics_copy_row: Callable[[Any, int, Any, int], int] = bind(
    'resnet_metrics_copy_row', True, c_int32,
    POINTER(resnet_metrics_row),
    c_size_t,
    POINTER(resnet_metrics),
    c_int32,
)
#: (out, n_classes, class_names, options)
resnet_metrics_create: Callable[[Any, int, Any, Any], int] = bind(
    'resnet_metrics_create', True, c_int32,
    POINTER(POINTER(resnet_metrics)),
    c_size_t,
    POINTER(c_char_p),
    POINTER(resnet_metrics_options),
)
#: (out_temperature, out_loss, out_ece, metrics)
resnet_metrics_fit_temperature: Callable[[Any, Any, Any, Any], int] = bind(
    'resnet_metrics_fit_temperature', True, c_int32,
    pointer_to(c_double),
    pointer_to(c_double),
    pointer_to(c_double),
    POINTER(resnet_metrics),
)
#: (metrics)
resnet_metrics_free: Callable[[Any], None] = bind(
    'resnet_metrics_free', False, None,
    POINTER(resnet_metrics),
)
#: (out, metrics, name)
resnet_metrics_get: Callable[[Any, Any, Optional[bytes]], int] = bind(
    'resnet_metrics_get', True, c_int32,
    pointer_to(c_double),
    POINTER(resnet_metrics),
    c_char_p,
)
#: (metrics, index)
resnet_metrics_get_class_name: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_metrics_get_class_name', False, c_char_p,
    POINTER(resnet_metrics),
    c_size_t,
)
#: (metrics)
resnet_metrics_get_confusion: Callable[[Any], Any] = bind(
    'resnet_metrics_get_confusion', False, POINTER(c_uint64),
    POINTER(resnet_metrics),
)
#: (metrics)
resnet_metrics_get_count: Callable[[Any], int] = bind(
    'resnet_metrics_get_count', False, c_uint64,
    POINTER(resnet_metrics),
)
#: (index)
resnet_metrics_get_figure_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_metrics_get_figure_name', False, c_char_p,
    c_size_t,
)
#: (metrics)
resnet_metrics_get_n_classes: Callable[[Any], int] = bind(
    'resnet_metrics_get_n_classes', False, c_size_t,
    POINTER(resnet_metrics),
)
#: (metrics)
resnet_metrics_get_n_mistakes: Callable[[Any], int] = bind(
    'resnet_metrics_get_n_mistakes', False, c_size_t,
    POINTER(resnet_metrics),
)
#: (metrics, other)
resnet_metrics_merge: Callable[[Any, Any], int] = bind(
    'resnet_metrics_merge', True, c_int32,
    POINTER(resnet_metrics),
    POINTER(resnet_metrics),
)
#: (options, size)
resnet_metrics_options_init: Callable[[Any, int], int] = bind(
    'resnet_metrics_options_init', True, c_int32,
    POINTER(resnet_metrics_options),
    c_size_t,
)
#: (out, model)
resnet_model_clone: Callable[[Any, Any], int] = bind(
    'resnet_model_clone', True, c_int32,
    POINTER(POINTER(resnet_model)),
    POINTER(resnet_model),
)
#: (out, capacity, model, dataset)
resnet_model_copy_learnt: Callable[[Any, int, Any, Any], int] = bind(
    'resnet_model_copy_learnt', True, c_int32,
    pointer_to(c_uint8),
    c_size_t,
    POINTER(resnet_model),
    POINTER(resnet_dataset),
)
#: (out, size, model)
resnet_model_copy_recipe: Callable[[Any, int, Any], int] = bind(
    'resnet_model_copy_recipe', True, c_int32,
    POINTER(resnet_recipe),
    c_size_t,
    POINTER(resnet_model),
)
#: (out, options)
resnet_model_create: Callable[[Any, Any], int] = bind(
    'resnet_model_create', True, c_int32,
    POINTER(POINTER(resnet_model)),
    POINTER(resnet_model_options),
)
#: (model)
resnet_model_free: Callable[[Any], None] = bind(
    'resnet_model_free', False, None,
    POINTER(resnet_model),
)
#: (model, index)
resnet_model_get_activation_slope: Callable[[Any, int], float] = bind(
    'resnet_model_get_activation_slope', False, c_float,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_bn_epsilon: Callable[[Any], float] = bind(
    'resnet_model_get_bn_epsilon', False, c_float,
    POINTER(resnet_model),
)
#: (model, index)
resnet_model_get_class_name: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_model_get_class_name', False, c_char_p,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_depth: Callable[[Any], int] = bind(
    'resnet_model_get_depth', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_dropout: Callable[[Any], float] = bind(
    'resnet_model_get_dropout', False, c_float,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_format: Callable[[Any], Optional[bytes]] = bind(
    'resnet_model_get_format', False, c_char_p,
    POINTER(resnet_model),
)
#: (model, index)
resnet_model_get_hidden_activation: Callable[[Any, int], int] = bind(
    'resnet_model_get_hidden_activation', False, c_int32,
    POINTER(resnet_model),
    c_size_t,
)
#: (model, index)
resnet_model_get_hidden_size: Callable[[Any, int], int] = bind(
    'resnet_model_get_hidden_size', False, c_size_t,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_licence: Callable[[Any], Optional[bytes]] = bind(
    'resnet_model_get_licence', False, c_char_p,
    POINTER(resnet_model),
)
#: (model, key)
resnet_model_get_metadata: Callable[[Any, Optional[bytes]], Optional[bytes]] = bind(
    'resnet_model_get_metadata', False, c_char_p,
    POINTER(resnet_model),
    c_char_p,
)
#: (model, index)
resnet_model_get_metadata_key: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_model_get_metadata_key', False, c_char_p,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_n_classes: Callable[[Any], int] = bind(
    'resnet_model_get_n_classes', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_n_features: Callable[[Any], int] = bind(
    'resnet_model_get_n_features', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_n_hidden: Callable[[Any], int] = bind(
    'resnet_model_get_n_hidden', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_n_metadata: Callable[[Any], int] = bind(
    'resnet_model_get_n_metadata', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_n_remarks: Callable[[Any], int] = bind(
    'resnet_model_get_n_remarks', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_n_tensors: Callable[[Any], int] = bind(
    'resnet_model_get_n_tensors', False, c_size_t,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_names_origin: Callable[[Any], int] = bind(
    'resnet_model_get_names_origin', False, c_int32,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_pooling: Callable[[Any], int] = bind(
    'resnet_model_get_pooling', False, c_int32,
    POINTER(resnet_model),
)
#: (model)
resnet_model_get_provenance: Callable[[Any], Optional[bytes]] = bind(
    'resnet_model_get_provenance', False, c_char_p,
    POINTER(resnet_model),
)
#: (model, index)
resnet_model_get_remark: Callable[[Any, int], Optional[bytes]] = bind(
    'resnet_model_get_remark', False, c_char_p,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_stem_pool: Callable[[Any], int] = bind(
    'resnet_model_get_stem_pool', False, c_int32,
    POINTER(resnet_model),
)
#: (out, size, model, index)
resnet_model_get_tensor: Callable[[Any, int, Any, int], int] = bind(
    'resnet_model_get_tensor', True, c_int32,
    POINTER(resnet_tensor_view),
    c_size_t,
    POINTER(resnet_model),
    c_size_t,
)
#: (model)
resnet_model_get_variant: Callable[[Any], int] = bind(
    'resnet_model_get_variant', False, c_int32,
    POINTER(resnet_model),
)
#: (out, path, options)
resnet_model_load: Callable[[Any, Optional[bytes], Any], int] = bind(
    'resnet_model_load', True, c_int32,
    POINTER(POINTER(resnet_model)),
    c_char_p,
    POINTER(resnet_load_options),
)
#: (out, bytes, bytes_size, options)
resnet_model_load_memory: Callable[[Any, Any, int, Any], int] = bind(
    'resnet_model_load_memory', True, c_int32,
    POINTER(POINTER(resnet_model)),
    c_void_p,
    c_size_t,
    POINTER(resnet_load_options),
)
#: (options, size)
resnet_model_options_init: Callable[[Any, int], int] = bind(
    'resnet_model_options_init', True, c_int32,
    POINTER(resnet_model_options),
    c_size_t,
)
#: (model, path, format)
resnet_model_save: Callable[[Any, Optional[bytes], int], int] = bind(
    'resnet_model_save', True, c_int32,
    POINTER(resnet_model),
    c_char_p,
    c_int32,
)
#: (out, model, format)
resnet_model_save_memory: Callable[[Any, Any, int], int] = bind(
    'resnet_model_save_memory', True, c_int32,
    POINTER(POINTER(resnet_bytes)),
    POINTER(resnet_model),
    c_int32,
)
#: (model, names, n_names)
resnet_model_set_class_names: Callable[[Any, Any, int], int] = bind(
    'resnet_model_set_class_names', True, c_int32,
    POINTER(resnet_model),
    POINTER(c_char_p),
    c_size_t,
)
#: (model, key, value)
resnet_model_set_metadata: Callable[[Any, Optional[bytes], Optional[bytes]], int] = bind(
    'resnet_model_set_metadata', True, c_int32,
    POINTER(resnet_model),
    c_char_p,
    c_char_p,
)
#: (model, licence, provenance)
resnet_model_set_notes: Callable[[Any, Optional[bytes], Optional[bytes]], int] = bind(
    'resnet_model_set_notes', True, c_int32,
    POINTER(resnet_model),
    c_char_p,
    c_char_p,
)
#: (model, recipe)
resnet_model_set_recipe: Callable[[Any, Any], int] = bind(
    'resnet_model_set_recipe', True, c_int32,
    POINTER(resnet_model),
    POINTER(resnet_recipe),
)
#: (model, name, values, n_values)
resnet_model_set_tensor: Callable[[Any, Optional[bytes], Any, int], int] = bind(
    'resnet_model_set_tensor', True, c_int32,
    POINTER(resnet_model),
    c_char_p,
    pointer_to(c_float),
    c_size_t,
)
#: (monitor)
resnet_monitor_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_monitor_name', False, c_char_p,
    c_int32,
)
#: (index)
resnet_optimizer_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_optimizer_get_name', False, c_char_p,
    c_size_t,
)
#: (out, capacity, model, dataset, options)
resnet_predict: Callable[[Any, int, Any, Any, Any], int] = bind(
    'resnet_predict', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_model),
    POINTER(resnet_dataset),
    POINTER(resnet_predict_options),
)
#: (options, size)
resnet_predict_options_init: Callable[[Any, int], int] = bind(
    'resnet_predict_options_init', True, c_int32,
    POINTER(resnet_predict_options),
    c_size_t,
)
#: (queue)
resnet_queue_cancel: Callable[[Any], None] = bind(
    'resnet_queue_cancel', False, None,
    POINTER(resnet_queue),
)
#: (out, size, queue)
resnet_queue_copy_stats: Callable[[Any, int, Any], int] = bind(
    'resnet_queue_copy_stats', True, c_int32,
    POINTER(resnet_queue_stats),
    c_size_t,
    POINTER(resnet_queue),
)
#: (out, model, options)
resnet_queue_create: Callable[[Any, Any, Any], int] = bind(
    'resnet_queue_create', True, c_int32,
    POINTER(POINTER(resnet_queue)),
    POINTER(resnet_model),
    POINTER(resnet_queue_options),
)
#: (queue)
resnet_queue_free: Callable[[Any], None] = bind(
    'resnet_queue_free', False, None,
    POINTER(resnet_queue),
)
#: (options, size)
resnet_queue_options_init: Callable[[Any, int], int] = bind(
    'resnet_queue_options_init', True, c_int32,
    POINTER(resnet_queue_options),
    c_size_t,
)
#: (out, queue, bytes, bytes_size, options)
resnet_queue_submit_bytes: Callable[[Any, Any, Any, int, Any], int] = bind(
    'resnet_queue_submit_bytes', True, c_int32,
    POINTER(POINTER(resnet_request)),
    POINTER(resnet_queue),
    c_void_p,
    c_size_t,
    POINTER(resnet_request_options),
)
#: (out, queue, path, options)
resnet_queue_submit_file: Callable[[Any, Any, Optional[bytes], Any], int] = bind(
    'resnet_queue_submit_file', True, c_int32,
    POINTER(POINTER(resnet_request)),
    POINTER(resnet_queue),
    c_char_p,
    POINTER(resnet_request_options),
)
#: (out, queue, pixels_hwc, width, height, stride, layout, options)
resnet_queue_submit_frame: Callable[[Any, Any, Any, int, int, int, int, Any], int] = bind(
    'resnet_queue_submit_frame', True, c_int32,
    POINTER(POINTER(resnet_request)),
    POINTER(resnet_queue),
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
    POINTER(resnet_request_options),
)
#: (out, queue, image, options)
resnet_queue_submit_image: Callable[[Any, Any, Any, Any], int] = bind(
    'resnet_queue_submit_image', True, c_int32,
    POINTER(POINTER(resnet_request)),
    POINTER(resnet_queue),
    POINTER(resnet_image),
    POINTER(resnet_request_options),
)
#: (index)
resnet_recipe_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_recipe_get_name', False, c_char_p,
    c_size_t,
)
#: (recipe, size, name)
resnet_recipe_init: Callable[[Any, int, Optional[bytes]], int] = bind(
    'resnet_recipe_init', True, c_int32,
    POINTER(resnet_recipe),
    c_size_t,
    c_char_p,
)
#: (recipe, size)
resnet_recipe_set_size: Callable[[Any, int], int] = bind(
    'resnet_recipe_set_size', True, c_int32,
    POINTER(resnet_recipe),
    c_uint32,
)
#: (report, name, value)
resnet_report_add_fact: Callable[[Any, Optional[bytes], Optional[bytes]], int] = bind(
    'resnet_report_add_fact', True, c_int32,
    POINTER(resnet_report),
    c_char_p,
    c_char_p,
)
#: (report, name, values, count)
resnet_report_add_history: Callable[[Any, Optional[bytes], Any, int], int] = bind(
    'resnet_report_add_history', True, c_int32,
    POINTER(resnet_report),
    c_char_p,
    pointer_to(c_double),
    c_size_t,
)
#: (report, id, caption, bytes, bytes_size)
resnet_report_add_picture: Callable[[Any, int, Optional[bytes], Any, int], int] = bind(
    'resnet_report_add_picture', True, c_int32,
    POINTER(resnet_report),
    c_uint64,
    c_char_p,
    c_void_p,
    c_size_t,
)
#: (out, capacity, out_size, report, format)
resnet_report_copy: Callable[[Any, int, Any, Any, int], int] = bind(
    'resnet_report_copy', True, c_int32,
    c_char_p,
    c_size_t,
    pointer_to(c_size_t),
    POINTER(resnet_report),
    c_int32,
)
#: (out, metrics, options)
resnet_report_create: Callable[[Any, Any, Any], int] = bind(
    'resnet_report_create', True, c_int32,
    POINTER(POINTER(resnet_report)),
    POINTER(resnet_metrics),
    POINTER(resnet_report_options),
)
#: (report)
resnet_report_free: Callable[[Any], None] = bind(
    'resnet_report_free', False, None,
    POINTER(resnet_report),
)
#: (options, size)
resnet_report_options_init: Callable[[Any, int], int] = bind(
    'resnet_report_options_init', True, c_int32,
    POINTER(resnet_report_options),
    c_size_t,
)
#: (report, path, format)
resnet_report_save: Callable[[Any, Optional[bytes], int], int] = bind(
    'resnet_report_save', True, c_int32,
    POINTER(resnet_report),
    c_char_p,
    c_int32,
)
#: (report, title)
resnet_report_set_title: Callable[[Any, Optional[bytes]], int] = bind(
    'resnet_report_set_title', True, c_int32,
    POINTER(resnet_report),
    c_char_p,
)
#: (request)
resnet_request_cancel: Callable[[Any], None] = bind(
    'resnet_request_cancel', False, None,
    POINTER(resnet_request),
)
#: (out, size, request)
resnet_request_copy_answer: Callable[[Any, int, Any], int] = bind(
    'resnet_request_copy_answer', True, c_int32,
    POINTER(resnet_answer),
    c_size_t,
    POINTER(resnet_request),
)
#: (out, size, k, request)
resnet_request_copy_predictions: Callable[[Any, int, int, Any], int] = bind(
    'resnet_request_copy_predictions', True, c_int32,
    POINTER(resnet_prediction),
    c_size_t,
    c_size_t,
    POINTER(resnet_request),
)
#: (request)
resnet_request_free: Callable[[Any], None] = bind(
    'resnet_request_free', False, None,
    POINTER(resnet_request),
)
#: (options, size)
resnet_request_options_init: Callable[[Any, int], int] = bind(
    'resnet_request_options_init', True, c_int32,
    POINTER(resnet_request_options),
    c_size_t,
)
#: (request, timeout_us)
resnet_request_wait: Callable[[Any, int], int] = bind(
    'resnet_request_wait', True, c_int32,
    POINTER(resnet_request),
    c_uint64,
)
#: (rate, batch_size, base_batch_size)
resnet_scale_learning_rate: Callable[[float, int, int], float] = bind(
    'resnet_scale_learning_rate', False, c_float,
    c_float,
    c_uint32,
    c_uint32,
)
#: (options, size)
resnet_scan_options_init: Callable[[Any, int], int] = bind(
    'resnet_scan_options_init', True, c_int32,
    POINTER(resnet_scan_options),
    c_size_t,
)
#: (index)
resnet_schedule_get_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_schedule_get_name', False, c_char_p,
    c_size_t,
)
#: (session)
resnet_session_cancel: Callable[[Any], None] = bind(
    'resnet_session_cancel', False, None,
    POINTER(resnet_session),
)
#: (out, size, session, bytes, bytes_sizes, n_pictures, k, options)
resnet_session_classify_bytes: Callable[[Any, int, Any, Any, Any, int, int, Any], int] = bind(
    'resnet_session_classify_bytes', True, c_int32,
    POINTER(resnet_prediction),
    c_size_t,
    POINTER(resnet_session),
    POINTER(c_void_p),
    pointer_to(c_size_t),
    c_size_t,
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, size, session, paths, n_pictures, k, options)
resnet_session_classify_files: Callable[[Any, int, Any, Any, int, int, Any], int] = bind(
    'resnet_session_classify_files', True, c_int32,
    POINTER(resnet_prediction),
    c_size_t,
    POINTER(resnet_session),
    POINTER(c_char_p),
    c_size_t,
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, size, session, frames_nhwc, n_frames, width, height, stride, layout, k)
resnet_session_classify_frames: Callable[[Any, int, Any, Any, int, int, int, int, int, int], int] = bind(
    'resnet_session_classify_frames', True, c_int32,
    POINTER(resnet_prediction),
    c_size_t,
    POINTER(resnet_session),
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
    c_size_t,
)
#: (out, size, session, images, n_images, k)
resnet_session_classify_images: Callable[[Any, int, Any, Any, int, int], int] = bind(
    'resnet_session_classify_images', True, c_int32,
    POINTER(resnet_prediction),
    c_size_t,
    POINTER(resnet_session),
    POINTER(POINTER(resnet_image)),
    c_size_t,
    c_size_t,
)
#: (out, model, options)
resnet_session_create: Callable[[Any, Any, Any], int] = bind(
    'resnet_session_create', True, c_int32,
    POINTER(POINTER(resnet_session)),
    POINTER(resnet_model),
    POINTER(resnet_session_options),
)
#: ()
resnet_session_default_n_threads: Callable[[], int] = bind(
    'resnet_session_default_n_threads', False, c_size_t,
)
#: (out, capacity, session, images_nchw, n_images, height, width)
resnet_session_embeddings: Callable[[Any, int, Any, Any, int, int, int], int] = bind(
    'resnet_session_embeddings', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    pointer_to(c_float),
    c_size_t,
    c_size_t,
    c_size_t,
)
#: (out_nchw, capacity, session, images_nchw, n_images, height, width, stage)
resnet_session_features: Callable[[Any, int, Any, Any, int, int, int, int], int] = bind(
    'resnet_session_features', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    pointer_to(c_float),
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
)
#: (session)
resnet_session_free: Callable[[Any], None] = bind(
    'resnet_session_free', False, None,
    POINTER(resnet_session),
)
#: (out_chw, session, height, width, stage)
resnet_session_get_feature_shape: Callable[[Any, Any, int, int, int], int] = bind(
    'resnet_session_get_feature_shape', True, c_int32,
    pointer_to(c_size_t),
    POINTER(resnet_session),
    c_size_t,
    c_size_t,
    c_int32,
)
#: (session)
resnet_session_get_n_threads: Callable[[Any], int] = bind(
    'resnet_session_get_n_threads', False, c_size_t,
    POINTER(resnet_session),
)
#: (session, output)
resnet_session_get_n_values: Callable[[Any, int], int] = bind(
    'resnet_session_get_n_values', False, c_size_t,
    POINTER(resnet_session),
    c_int32,
)
#: (out, capacity, session, images_nchw, n_images, height, width)
resnet_session_logits: Callable[[Any, int, Any, Any, int, int, int], int] = bind(
    'resnet_session_logits', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    pointer_to(c_float),
    c_size_t,
    c_size_t,
    c_size_t,
)
#: (options, size)
resnet_session_options_init: Callable[[Any, int], int] = bind(
    'resnet_session_options_init', True, c_int32,
    POINTER(resnet_session_options),
    c_size_t,
)
#: (session, n_images, height, width)
resnet_session_prepare: Callable[[Any, int, int, int], int] = bind(
    'resnet_session_prepare', True, c_int32,
    POINTER(resnet_session),
    c_size_t,
    c_size_t,
    c_size_t,
)
#: (out, capacity, session, images_nchw, n_images, height, width)
resnet_session_probabilities: Callable[[Any, int, Any, Any, int, int, int], int] = bind(
    'resnet_session_probabilities', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    pointer_to(c_float),
    c_size_t,
    c_size_t,
    c_size_t,
)
#: (out, capacity, session, output, bytes, bytes_sizes, n_pictures, options)
resnet_session_run_bytes: Callable[[Any, int, Any, int, Any, Any, int, Any], int] = bind(
    'resnet_session_run_bytes', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    c_int32,
    POINTER(c_void_p),
    pointer_to(c_size_t),
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, capacity, session, output, paths, n_pictures, options)
resnet_session_run_files: Callable[[Any, int, Any, int, Any, int, Any], int] = bind(
    'resnet_session_run_files', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    c_int32,
    POINTER(c_char_p),
    c_size_t,
    POINTER(resnet_image_options),
)
#: (out, capacity, session, output, frames_nhwc, n_frames, width, height, stride, layout)
resnet_session_run_frames: Callable[[Any, int, Any, int, Any, int, int, int, int, int], int] = bind(
    'resnet_session_run_frames', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    c_int32,
    c_void_p,
    c_size_t,
    c_size_t,
    c_size_t,
    c_size_t,
    c_int32,
)
#: (out, capacity, session, output, images, n_images)
resnet_session_run_images: Callable[[Any, int, Any, int, Any, int], int] = bind(
    'resnet_session_run_images', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_session),
    c_int32,
    POINTER(POINTER(resnet_image)),
    c_size_t,
)
#: (status, message)
resnet_set_error: Callable[[int, Optional[bytes]], int] = bind(
    'resnet_set_error', False, c_int32,
    c_int32,
    c_char_p,
)
#: (status)
resnet_status_name: Callable[[int], Optional[bytes]] = bind(
    'resnet_status_name', False, c_char_p,
    c_int32,
)
#: (trainer)
resnet_trainer_cancel: Callable[[Any], None] = bind(
    'resnet_trainer_cancel', False, None,
    POINTER(resnet_trainer),
)
#: (out, n_values, trainer, name)
resnet_trainer_copy_gradient: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_trainer_copy_gradient', True, c_int32,
    pointer_to(c_float),
    c_size_t,
    POINTER(resnet_trainer),
    c_char_p,
)
#: (out, size, trainer)
resnet_trainer_copy_summary: Callable[[Any, int, Any], int] = bind(
    'resnet_trainer_copy_summary', True, c_int32,
    POINTER(resnet_fit_summary),
    c_size_t,
    POINTER(resnet_trainer),
)
#: (out, model, train, validation, options)
resnet_trainer_create: Callable[[Any, Any, Any, Any, Any], int] = bind(
    'resnet_trainer_create', True, c_int32,
    POINTER(POINTER(resnet_trainer)),
    POINTER(resnet_model),
    POINTER(resnet_dataset),
    POINTER(resnet_dataset),
    POINTER(resnet_trainer_options),
)
#: (trainer)
resnet_trainer_fit: Callable[[Any], int] = bind(
    'resnet_trainer_fit', True, c_int32,
    POINTER(resnet_trainer),
)
#: (trainer)
resnet_trainer_free: Callable[[Any], None] = bind(
    'resnet_trainer_free', False, None,
    POINTER(resnet_trainer),
)
#: (options, size)
resnet_trainer_options_init: Callable[[Any, int], int] = bind(
    'resnet_trainer_options_init', True, c_int32,
    POINTER(resnet_trainer_options),
    c_size_t,
)
#: (trainer)
resnet_trainer_save_checkpoint: Callable[[Any], int] = bind(
    'resnet_trainer_save_checkpoint', True, c_int32,
    POINTER(resnet_trainer),
)
#: (out_loss, trainer, images_nchw, n_images, height, width, labels)
resnet_trainer_step: Callable[[Any, Any, Any, int, int, int, Any], int] = bind(
    'resnet_trainer_step', True, c_int32,
    pointer_to(c_double),
    POINTER(resnet_trainer),
    pointer_to(c_float),
    c_size_t,
    c_size_t,
    c_size_t,
    pointer_to(c_int32),
)
#: ()
resnet_version: Callable[[], Optional[bytes]] = bind(
    'resnet_version', False, c_char_p,
)
#: (out_wnids, capacity, out_count, wnid)
resnet_wordnet_copy_ancestors: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_wordnet_copy_ancestors', True, c_int32,
    POINTER(c_char_p),
    c_size_t,
    pointer_to(c_size_t),
    c_char_p,
)
#: (out_wnids, capacity, out_count, wnid)
resnet_wordnet_copy_parents: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_wordnet_copy_parents', True, c_int32,
    POINTER(c_char_p),
    c_size_t,
    pointer_to(c_size_t),
    c_char_p,
)
#: (out_wnids, capacity, out_count, word)
resnet_wordnet_find: Callable[[Any, int, Any, Optional[bytes]], int] = bind(
    'resnet_wordnet_find', True, c_int32,
    POINTER(c_char_p),
    c_size_t,
    pointer_to(c_size_t),
    c_char_p,
)
#: (wnid)
resnet_wordnet_get_words: Callable[[Optional[bytes]], Optional[bytes]] = bind(
    'resnet_wordnet_get_words', False, c_char_p,
    c_char_p,
)
