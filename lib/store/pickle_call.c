/* Layouts of the arguments: torch/_utils.py and torch/serialization.py.
 * SPDX-License-Identifier: MIT */
#include "store/pickle_call.h"

#include <string.h>

#define MAX_SHOWN 99 /* bytes of a module or name */

enum action {
    MAKE_DICT,
    MAKE_TENSOR,    /* (storage, offset, size, stride, ...) */
    MAKE_PARAMETER, /* (tensor, ...) */
    MAKE_TYPED,     /* (function, class, arguments, state): a subclass, or one with attributes */
    MAKE_NEW,       /* (class, ...) */
    IS_STORAGE_TYPE
};

typedef struct meaning {
    const char *module;
    const char *name;
    enum action action;
    enum rn_dtype dtype; /* of IS_STORAGE_TYPE */
    size_t element_size;
} meaning;

#define STORAGE(name, dtype, size)                                                                 \
    {"torch", name, IS_STORAGE_TYPE, dtype, size},                                                 \
    {                                                                                              \
        "torch.cuda", name, IS_STORAGE_TYPE, dtype, size                                           \
    }
static const meaning MEANINGS[] = {
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
    STORAGE("ComplexFloatStorage", RN_DTYPE_OTHER, 8),
    STORAGE("ComplexDoubleStorage", RN_DTYPE_OTHER, 16),
    STORAGE("QInt8Storage", RN_DTYPE_OTHER, 1),
    STORAGE("QUInt8Storage", RN_DTYPE_OTHER, 1),
    STORAGE("QInt32Storage", RN_DTYPE_OTHER, 4),
    {"torch.storage", "UntypedStorage", IS_STORAGE_TYPE, RN_DTYPE_OTHER, 1},
    {"torch.autograd.variable", "Variable", MAKE_PARAMETER, RN_DTYPE_OTHER, 0},
    {"torch._tensor", "_rebuild_from_type_v2", MAKE_TYPED, RN_DTYPE_OTHER, 0},
    {"copy_reg", "__newobj__", MAKE_NEW, RN_DTYPE_OTHER, 0},
    {"copyreg", "__newobj__", MAKE_NEW, RN_DTYPE_OTHER, 0},
};
#define N_MEANINGS (sizeof MEANINGS / sizeof MEANINGS[0])

static bool equals(const char *text, size_t length, const char *name)
{
    return strlen(name) == length && memcmp(text, name, length) == 0;
}

/* What Python would be made to run. All of a module, or one name of it. */
static const struct {
    const char *module, *name;
} REFUSED[] = {
    {"os", NULL},
    {"posix", NULL},
    {"nt", NULL},
    {"sys", NULL},
    {"subprocess", NULL},
    {"_posixsubprocess", NULL},
    {"pty", NULL},
    {"shutil", NULL},
    {"socket", NULL},
    {"ctypes", NULL},
    {"_ctypes", NULL},
    {"importlib", NULL},
    {"runpy", NULL},
    {"code", NULL},
    {"commands", NULL},
    {"webbrowser", NULL},
    {"multiprocessing", NULL},
    {"asyncio", NULL},
    {"pip", NULL},
    {"timeit", NULL},
    {"bdb", NULL},
    {"pdb", NULL},
    {"urllib", NULL},
    {"http", NULL},
    {"builtins", "eval"},
    {"builtins", "exec"},
    {"builtins", "compile"},
    {"builtins", "open"},
    {"builtins", "__import__"},
    {"builtins", "execfile"},
    {"io", "open"},
    {"_io", "open"},
    {"types", "FunctionType"},
    {"types", "CodeType"},
    {"marshal", NULL},
    {"pickle", "loads"},
    {"_pickle", "loads"},
    {"torch", "load"},
    {"torch.serialization", "load"},
    {"torch.hub", NULL},
    {"numpy.testing._private.utils", "runstring"},
};

/* os and os.path alike. */
static bool is_in_module(const char *module, size_t length, const char *name)
{
    const size_t stem = strlen(name);
    return length >= stem && memcmp(module, name, stem) == 0 &&
           (length == stem || module[stem] == '.');
}

static bool is_refused(const char *module, size_t module_length, const char *name,
                       size_t name_length)
{
    if (equals(module, module_length, "__builtin__")) {
        module = "builtins";
        module_length = strlen(module);
    }
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++)
        if (REFUSED[i].name ? equals(module, module_length, REFUSED[i].module) &&
                                  equals(name, name_length, REFUSED[i].name)
                            : is_in_module(module, module_length, REFUSED[i].module))
            return true;
    return false;
}

/* Names come from the file: show what can be shown of them. */
static char *add_printable(char *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length && i < MAX_SHOWN; i++)
        *out++ = text[i] > ' ' && text[i] < 127 ? text[i] : '?';
    return out;
}

static resnet_status make_foreign(rn_pickle *machine, rn_pickle_value **out, const char *module,
                                  size_t module_length, const char *name, size_t name_length)
{
    void *room = NULL;
    resnet_status status = rn_pickle_room(machine, &room, 1, 2 * MAX_SHOWN + 2);
    if (status == RESNET_OK) status = rn_pickle_new(machine, out, RN_PICKLE_FOREIGN);
    if (status != RESNET_OK) return status;
    char *end = add_printable(room, module, module_length);
    *end++ = '.';
    end = add_printable(end, name, name_length);
    *end = '\0';
    (*out)->text = room;
    (*out)->length = (size_t)(end - (char *)room);
    if (!machine->foreign) machine->foreign = room;
    return RESNET_OK;
}

resnet_status rn_pickle_resolve(rn_pickle *machine, rn_pickle_value **out, const char *module,
                                size_t module_length, const char *name, size_t name_length)
{
    for (size_t i = 0; i < N_MEANINGS; i++) {
        if (!equals(module, module_length, MEANINGS[i].module)) continue;
        if (!equals(name, name_length, MEANINGS[i].name)) continue;
        const resnet_status status = rn_pickle_new(machine, out, RN_PICKLE_GLOBAL);
        if (status == RESNET_OK) (*out)->integer = (int64_t)i;
        return status;
    }
    const resnet_status status =
        make_foreign(machine, out, module, module_length, name, name_length);
    if (status != RESNET_OK || !is_refused(module, module_length, name, name_length)) return status;
    return rn_fail(RESNET_E_UNSUPPORTED,
                   "pickle names %s, which runs something and which no state dict needs; nothing "
                   "was run",
                   (*out)->text);
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

/* Inert storages come from foreign names, so that their tensors are inert, too. */
static resnet_status make_tensor(rn_pickle *machine, rn_pickle_value **out,
                                 const rn_pickle_value *arguments)
{
    rn_pickle_tensor tensor = {0};
    rn_pickle_value **items = arguments->items;
    if (arguments->count > 0 && items[0]->kind == RN_PICKLE_INERT)
        return rn_pickle_new(machine, out, RN_PICKLE_INERT);
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

static resnet_status make_inert(rn_pickle *machine, rn_pickle_value **out,
                                const rn_pickle_value *maker)
{
    const resnet_status status = rn_pickle_new(machine, out, RN_PICKLE_INERT);
    if (status != RESNET_OK) return status;
    (*out)->maker = maker->kind == RN_PICKLE_FOREIGN ? maker
                    : maker->kind == RN_PICKLE_INERT ? maker->maker
                                                     : NULL;
    return RESNET_OK;
}

/* The class alone decides what comes of it. */
static resnet_status make_new(rn_pickle *machine, rn_pickle_value **out,
                              const rn_pickle_value *arguments)
{
    if (arguments->count == 0) return fail_arguments("a new object");
    const rn_pickle_value *class = arguments->items[0];
    if (class->kind == RN_PICKLE_GLOBAL && MEANINGS[class->integer].action == MAKE_DICT)
        return rn_pickle_new(machine, out, RN_PICKLE_DICT);
    return make_inert(machine, out, class);
}

static resnet_status make_parameter(rn_pickle *machine, rn_pickle_value **out,
                                    const rn_pickle_value *arguments)
{
    if (arguments->count > 0 && stands_for_tensor(arguments->items[0])) {
        *out = arguments->items[0];
        return RESNET_OK;
    }
    return rn_pickle_new(machine, out, RN_PICKLE_INERT);
}

/* The function makes a tensor, or what it makes is inert; it cannot be this one again. */
static resnet_status make_typed(rn_pickle *machine, rn_pickle_value **out,
                                const rn_pickle_value *arguments)
{
    if (arguments->count < 3 || arguments->items[2]->kind != RN_PICKLE_TUPLE)
        return fail_arguments("a tensor of a class");
    const rn_pickle_value *function = arguments->items[0];
    if (function->kind == RN_PICKLE_GLOBAL && MEANINGS[function->integer].action == MAKE_TENSOR)
        return make_tensor(machine, out, arguments->items[2]);
    return make_inert(machine, out, function);
}

resnet_status rn_pickle_call(rn_pickle *machine, rn_pickle_value **out,
                             const rn_pickle_value *callable, const rn_pickle_value *arguments)
{
    const bool is_callable = callable->kind == RN_PICKLE_GLOBAL ||
                             callable->kind == RN_PICKLE_FOREIGN ||
                             callable->kind == RN_PICKLE_INERT;
    if (!is_callable || arguments->kind != RN_PICKLE_TUPLE)
        return rn_fail(RESNET_E_FORMAT, "pickle: calls what cannot be called");
    if (callable->kind != RN_PICKLE_GLOBAL) return make_inert(machine, out, callable);
    switch (MEANINGS[callable->integer].action) {
    case MAKE_DICT:
        return rn_pickle_new(machine, out, RN_PICKLE_DICT);
    case MAKE_TENSOR:
        return make_tensor(machine, out, arguments);
    case MAKE_PARAMETER:
        return make_parameter(machine, out, arguments);
    case MAKE_TYPED:
        return make_typed(machine, out, arguments);
    case MAKE_NEW:
        return make_new(machine, out, arguments);
    case IS_STORAGE_TYPE:
        break;
    }
    return make_inert(machine, out, callable);
}

/* Parameters of 2016 are made empty and filled with (data, ...). What other objects keep, such as
 * the "_metadata" of a state dict, is not needed. */
void rn_pickle_set_state(rn_pickle_value *object, const rn_pickle_value *state)
{
    if (object->kind == RN_PICKLE_INERT && !object->maker && state->kind == RN_PICKLE_TUPLE &&
        state->count > 0 && stands_for_tensor(state->items[0]))
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
    if (type->kind != RN_PICKLE_GLOBAL && type->kind != RN_PICKLE_FOREIGN) return false;
    storage->dtype = RN_DTYPE_OTHER;
    storage->element_size = 0;
    if (type->kind == RN_PICKLE_FOREIGN) return true;
    if (MEANINGS[type->integer].action != IS_STORAGE_TYPE) return false;
    storage->dtype = MEANINGS[type->integer].dtype;
    storage->element_size = MEANINGS[type->integer].element_size;
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
    if (id->kind == RN_PICKLE_TUPLE && id->count >= 2 &&
        rn_pickle_is_text(id->items[0], "module")) {
        *out = id->items[1]; /* a class with its source: of a whole pickled model */
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
