/* Layouts of the arguments: torch/_utils.py and torch/serialization.py.
 * SPDX-License-Identifier: MIT */
#include "store/pickle_call.h"

#include <string.h>

enum action {
    MAKE_DICT,
    MAKE_TENSOR,    /* (storage, offset, size, stride, ...) */
    MAKE_PARAMETER, /* (tensor, ...) */
    MAKE_INERT,
    MAKE_NEW, /* (class, ...) */
    IS_STORAGE_TYPE
};

typedef struct allowed {
    const char *module;
    const char *name;
    enum action action;
    enum rn_dtype dtype; /* of IS_STORAGE_TYPE */
    size_t element_size;
} allowed;

#define STORAGE(name, dtype, size)                                                                 \
    {"torch", name, IS_STORAGE_TYPE, dtype, size},                                                 \
    {                                                                                              \
        "torch.cuda", name, IS_STORAGE_TYPE, dtype, size                                           \
    }
#define INERT(module, name)                                                                        \
    {                                                                                              \
        module, name, MAKE_INERT, RN_DTYPE_OTHER, 0                                                \
    }

static const allowed ALLOWED[] = {
    {"collections", "OrderedDict", MAKE_DICT, RN_DTYPE_OTHER, 0},
    {"collections", "defaultdict", MAKE_DICT, RN_DTYPE_OTHER, 0},
    {"torch._utils", "_rebuild_tensor", MAKE_TENSOR, RN_DTYPE_OTHER, 0},
    {"torch._utils", "_rebuild_tensor_v2", MAKE_TENSOR, RN_DTYPE_OTHER, 0},
    {"torch._utils", "_rebuild_parameter", MAKE_PARAMETER, RN_DTYPE_OTHER, 0},
    {"torch._utils", "_rebuild_parameter_with_state", MAKE_PARAMETER, RN_DTYPE_OTHER, 0},
    {"torch.nn.parameter", "Parameter", MAKE_PARAMETER, RN_DTYPE_OTHER, 0},
    STORAGE("FloatStorage", RN_DTYPE_F32, 4),
    STORAGE("DoubleStorage", RN_DTYPE_F64, 8),
    STORAGE("HalfStorage", RN_DTYPE_F16, 2),
    STORAGE("BFloat16Storage", RN_DTYPE_BF16, 2),
    STORAGE("LongStorage", RN_DTYPE_OTHER, 8),
    STORAGE("IntStorage", RN_DTYPE_OTHER, 4),
    STORAGE("ShortStorage", RN_DTYPE_OTHER, 2),
    STORAGE("CharStorage", RN_DTYPE_OTHER, 1),
    STORAGE("ByteStorage", RN_DTYPE_OTHER, 1),
    STORAGE("BoolStorage", RN_DTYPE_OTHER, 1),
    {"torch.autograd.variable", "Variable", MAKE_PARAMETER, RN_DTYPE_OTHER, 0},
    {"copy_reg", "__newobj__", MAKE_NEW, RN_DTYPE_OTHER, 0},
    {"copyreg", "__newobj__", MAKE_NEW, RN_DTYPE_OTHER, 0},
    INERT("torch", "FloatTensor"),
    INERT("torch", "LongTensor"),
    INERT("torch.cuda", "FloatTensor"),
    INERT("torch.cuda", "LongTensor"),
    /* What training scripts keep beside the weights. */
    INERT("torch", "Size"),
    INERT("torch", "device"),
    INERT("torch", "float32"),
    INERT("torch", "float16"),
    INERT("torch", "bfloat16"),
    INERT("argparse", "Namespace"),
    INERT("builtins", "set"),
    INERT("__builtin__", "set"),
    INERT("_codecs", "encode"),
    INERT("numpy", "dtype"),
    INERT("numpy.core.multiarray", "scalar"),
    INERT("numpy._core.multiarray", "scalar"),
};
#define N_ALLOWED (sizeof ALLOWED / sizeof ALLOWED[0])

static bool equals(const char *text, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

static bool starts_with(const char *text, size_t length, const char *start)
{
    return length >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

/* Names come from the file: show what can be shown of them. */
static void copy_printable(char out[100], const char *text, size_t length)
{
    size_t n = 0;
    for (; n < length && n < 99; n++) out[n] = text[n] > ' ' && text[n] < 127 ? text[n] : '?';
    out[n] = '\0';
}

static resnet_status refuse(const char *module, size_t module_length, const char *name,
                            size_t name_length)
{
    char shown_module[100], shown_name[100];
    copy_printable(shown_module, module, module_length);
    copy_printable(shown_name, name, name_length);
    const bool is_model = starts_with(module, module_length, "torch.nn.modules") ||
                          starts_with(module, module_length, "torchvision.models");
    if (is_model)
        return rn_fail(RESNET_E_UNSUPPORTED,
                       "pickle names %s.%s: this is a whole pickled model; save its state_dict()",
                       shown_module, shown_name);
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "pickle names %s.%s, which no state dict needs; nothing was run", shown_module,
                   shown_name);
}

resnet_status rn_pickle_resolve(rn_pickle *machine, rn_pickle_value **out, const char *module,
                                size_t module_length, const char *name, size_t name_length)
{
    for (size_t i = 0; i < N_ALLOWED; i++) {
        if (!equals(module, module_length, ALLOWED[i].module)) continue;
        if (!equals(name, name_length, ALLOWED[i].name)) continue;
        const resnet_status status = rn_pickle_new(machine, out, RN_PICKLE_GLOBAL);
        if (status == RESNET_OK) (*out)->integer = (int64_t)i;
        return status;
    }
    return refuse(module, module_length, name, name_length);
}

static resnet_status fail_arguments(const char *what)
{
    return rn_fail(RESNET_E_FORMAT, "pickle: wrong arguments for %s", what);
}

/* A tuple of non-negative integers. */
static bool read_sizes(const rn_pickle_value *tuple, uint64_t out[RN_RAW_MAX_DIMS])
{
    if (tuple->kind != RN_PICKLE_TUPLE || tuple->count > RN_RAW_MAX_DIMS) return false;
    for (size_t i = 0; i < tuple->count; i++) {
        const rn_pickle_value *item = tuple->items[i];
        if (item->kind != RN_PICKLE_INT || item->integer < 0) return false;
        out[i] = (uint64_t)item->integer;
    }
    return true;
}

static resnet_status make_tensor(rn_pickle *machine, rn_pickle_value **out,
                                 const rn_pickle_value *arguments)
{
    rn_pickle_tensor tensor = {0};
    rn_pickle_value **items = arguments->items;
    if (arguments->count < 4 || items[0]->kind != RN_PICKLE_STORAGE ||
        items[1]->kind != RN_PICKLE_INT || items[1]->integer < 0 ||
        !read_sizes(items[2], tensor.dims) || !read_sizes(items[3], tensor.strides) ||
        items[2]->count != items[3]->count)
        return fail_arguments("a tensor");
    tensor.storage = items[0];
    tensor.offset = (uint64_t)items[1]->integer;
    tensor.n_dims = items[2]->count;
    void *room = NULL;
    resnet_status status = rn_pickle_room(machine, &room, 1, sizeof tensor);
    if (status == RESNET_OK) status = rn_pickle_new(machine, out, RN_PICKLE_TENSOR);
    if (status != RESNET_OK) return status;
    (*out)->tensor = memcpy(room, &tensor, sizeof tensor);
    return RESNET_OK;
}

static bool stands_for_tensor(const rn_pickle_value *value)
{
    return value->kind == RN_PICKLE_TENSOR || value->kind == RN_PICKLE_REFERENCE;
}

/* The class alone decides what comes of it. */
static resnet_status make_new(rn_pickle *machine, rn_pickle_value **out,
                              const rn_pickle_value *arguments)
{
    if (arguments->count == 0 || arguments->items[0]->kind != RN_PICKLE_GLOBAL)
        return fail_arguments("a new object");
    switch (ALLOWED[arguments->items[0]->integer].action) {
    case MAKE_DICT:
        return rn_pickle_new(machine, out, RN_PICKLE_DICT);
    case MAKE_INERT:
    case MAKE_PARAMETER:
        return rn_pickle_new(machine, out, RN_PICKLE_INERT);
    default:
        return fail_arguments("a new object");
    }
}

static resnet_status make_parameter(rn_pickle *machine, rn_pickle_value **out,
                                    const rn_pickle_value *arguments)
{
    if (arguments->count == 0) return rn_pickle_new(machine, out, RN_PICKLE_INERT);
    if (!stands_for_tensor(arguments->items[0])) return fail_arguments("a parameter");
    *out = arguments->items[0];
    return RESNET_OK;
}

resnet_status rn_pickle_call(rn_pickle *machine, rn_pickle_value **out,
                             const rn_pickle_value *callable, const rn_pickle_value *arguments)
{
    if (callable->kind != RN_PICKLE_GLOBAL || arguments->kind != RN_PICKLE_TUPLE)
        return rn_fail(RESNET_E_FORMAT, "pickle: calls what cannot be called");
    switch (ALLOWED[callable->integer].action) {
    case MAKE_DICT:
        return rn_pickle_new(machine, out, RN_PICKLE_DICT);
    case MAKE_TENSOR:
        return make_tensor(machine, out, arguments);
    case MAKE_PARAMETER:
        return make_parameter(machine, out, arguments);
    case MAKE_INERT:
        return rn_pickle_new(machine, out, RN_PICKLE_INERT);
    case MAKE_NEW:
        return make_new(machine, out, arguments);
    case IS_STORAGE_TYPE:
        break;
    }
    return fail_arguments("a storage type");
}

/* Parameters of 2016 are made empty and filled with (data, ...). What other objects keep, such as
 * the "_metadata" of a state dict, is not needed. */
void rn_pickle_set_state(rn_pickle_value *object, const rn_pickle_value *state)
{
    if (object->kind == RN_PICKLE_INERT && state->kind == RN_PICKLE_TUPLE && state->count > 0 &&
        stands_for_tensor(state->items[0]))
        *object = *state->items[0];
}

static bool read_view(rn_pickle_storage *storage, const rn_pickle_value *view)
{
    if (view->kind == RN_PICKLE_NONE) return true;
    if (view->kind != RN_PICKLE_TUPLE || view->count < 3) return false;
    const rn_pickle_value *offset = view->items[1];
    if (offset->kind != RN_PICKLE_INT || offset->integer < 0) return false;
    storage->view_offset = (uint64_t)offset->integer;
    return true;
}

bool rn_pickle_set_type(rn_pickle_storage *storage, const rn_pickle_value *type)
{
    if (type->kind != RN_PICKLE_GLOBAL) return false;
    if (ALLOWED[type->integer].action != IS_STORAGE_TYPE) return false;
    storage->dtype = ALLOWED[type->integer].dtype;
    storage->element_size = ALLOWED[type->integer].element_size;
    return true;
}

static bool read_storage(rn_pickle_storage *storage, const rn_pickle_value *id)
{
    rn_pickle_value **items = id->items;
    if (id->count < 5 || !rn_pickle_is_text(items[0], "storage") ||
        items[2]->kind != RN_PICKLE_STRING || items[4]->kind != RN_PICKLE_INT ||
        items[4]->integer < 0)
        return false;
    *storage = (rn_pickle_storage){
        .key = items[2]->text,
        .key_length = items[2]->length,
        .count = (uint64_t)items[4]->integer,
    };
    if (!rn_pickle_set_type(storage, items[1])) return false;
    return id->count < 6 || read_view(storage, items[5]);
}

resnet_status rn_pickle_resolve_id(rn_pickle *machine, rn_pickle_value **out, rn_pickle_value *id)
{
    rn_pickle_storage storage;
    resnet_status status;
    if (id->kind == RN_PICKLE_STRING) {
        status = rn_pickle_new(machine, out, RN_PICKLE_REFERENCE);
        if (status != RESNET_OK) return status;
        **out = *id;
        (*out)->kind = RN_PICKLE_REFERENCE;
        return RESNET_OK;
    }
    if (id->kind != RN_PICKLE_TUPLE || !read_storage(&storage, id))
        return rn_fail(RESNET_E_FORMAT, "pickle: a persistent id is not a storage's");
    void *room = NULL;
    status = rn_pickle_room(machine, &room, 1, sizeof storage);
    if (status == RESNET_OK) status = rn_pickle_new(machine, out, RN_PICKLE_STORAGE);
    if (status != RESNET_OK) return status;
    storage.next = machine->storages;
    machine->storages = (*out)->storage = memcpy(room, &storage, sizeof storage);
    return RESNET_OK;
}
