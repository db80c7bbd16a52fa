/* Opcodes are described in CPython's Lib/pickletools.py; those of protocols 2 to 5 that torch.save
 * writes are here. SPDX-License-Identifier: MIT */
#include "store/pickle_opcode.h"

#include "store/pickle_call.h"
#include "store/pickle_machine.h"

#include <string.h>

/* The next `count` bytes of the pickle. */
static resnet_status take(rn_pickle *machine, const unsigned char **out, uint64_t count)
{
    if (count > (uint64_t)(machine->end - machine->next))
        return rn_fail(RESNET_E_FORMAT, "pickle: ends in the middle of an opcode");
    *out = machine->next;
    machine->next += count;
    return RESNET_OK;
}

/* A little-endian unsigned number of `size` bytes. */
static resnet_status take_number(rn_pickle *machine, uint64_t *out, size_t size)
{
    const unsigned char *bytes = NULL;
    const resnet_status status = take(machine, &bytes, size);
    if (status != RESNET_OK) return status;
    *out = 0;
    for (size_t i = size; i-- > 0;) *out = *out << 8 | bytes[i];
    return RESNET_OK;
}

static resnet_status push_new(rn_pickle *machine, enum rn_pickle_kind kind)
{
    rn_pickle_value *value = NULL;
    const resnet_status status = rn_pickle_new(machine, &value, kind);
    return status == RESNET_OK ? rn_pickle_push(machine, value) : status;
}

static resnet_status push_integer(rn_pickle *machine, enum rn_pickle_kind kind, int64_t integer)
{
    const resnet_status status = push_new(machine, kind);
    if (status == RESNET_OK) machine->stack[machine->n_stack - 1]->integer = integer;
    return status;
}

/* `argument` bytes of length, then the text; a whole number of bytes for strings and bytes alike.
 */
static resnet_status op_text(rn_pickle *machine, size_t argument)
{
    uint64_t length = 0;
    const unsigned char *text = NULL;
    resnet_status status;
    RN_TRY(take_number(machine, &length, argument));
    RN_TRY(take(machine, &text, length));
    RN_TRY(push_new(machine, RN_PICKLE_STRING));
    machine->stack[machine->n_stack - 1]->text = (const char *)text;
    machine->stack[machine->n_stack - 1]->length = (size_t)length;
done:
    return status;
}

static resnet_status op_unsigned(rn_pickle *machine, size_t argument)
{
    uint64_t number = 0;
    const resnet_status status = take_number(machine, &number, argument);
    return status == RESNET_OK ? push_integer(machine, RN_PICKLE_INT, (int64_t)number) : status;
}

static resnet_status op_int32(rn_pickle *machine, size_t argument)
{
    uint64_t number = 0;
    const resnet_status status = take_number(machine, &number, argument);
    if (status != RESNET_OK) return status;
    return push_integer(machine, RN_PICKLE_INT, (int32_t)(uint32_t)number);
}

/* Two's complement of any length; what does not fit 64 bits no tensor depends on. */
static resnet_status op_long(rn_pickle *machine, size_t argument)
{
    uint64_t length = 0, number = 0;
    const unsigned char *bytes = NULL;
    resnet_status status;
    RN_TRY(take_number(machine, &length, argument));
    RN_TRY(take(machine, &bytes, length));
    if (length > 8) return push_new(machine, RN_PICKLE_INERT);
    if (length > 0 && bytes[length - 1] & 0x80) number = UINT64_MAX;
    for (size_t i = (size_t)length; i-- > 0;) number = number << 8 | bytes[i];
    status = push_integer(machine, RN_PICKLE_INT, (int64_t)number);
done:
    return status;
}

static resnet_status op_float(rn_pickle *machine, size_t argument)
{
    const unsigned char *bytes = NULL;
    const resnet_status status = take(machine, &bytes, argument);
    return status == RESNET_OK ? push_new(machine, RN_PICKLE_INERT) : status;
}

/* Bytes that say nothing to us: the protocol's number, a frame's length. */
static resnet_status op_skip(rn_pickle *machine, size_t argument)
{
    const unsigned char *bytes = NULL;
    return take(machine, &bytes, argument);
}

static resnet_status op_push(rn_pickle *machine, size_t argument)
{
    return push_new(machine, (enum rn_pickle_kind)argument);
}

static resnet_status op_bool(rn_pickle *machine, size_t argument)
{
    return push_integer(machine, RN_PICKLE_BOOL, (int64_t)argument);
}

static resnet_status op_pop(rn_pickle *machine, size_t argument)
{
    (void)argument;
    rn_pickle_value *value = NULL;
    return rn_pickle_pop(machine, &value);
}

static resnet_status op_pop_mark(rn_pickle *machine, size_t argument)
{
    (void)argument;
    size_t count = 0;
    const resnet_status status = rn_pickle_above_mark(machine, &count);
    if (status == RESNET_OK) rn_pickle_drop_mark(machine, count);
    return status;
}

static resnet_status op_duplicate(rn_pickle *machine, size_t argument)
{
    (void)argument;
    rn_pickle_value *top = NULL;
    resnet_status status;
    RN_TRY(rn_pickle_pop(machine, &top));
    RN_TRY(rn_pickle_push(machine, top));
    status = rn_pickle_push(machine, top);
done:
    return status;
}

/* A tuple of the topmost `argument` values. */
static resnet_status op_tuple_of(rn_pickle *machine, size_t argument)
{
    rn_pickle_value *tuple = NULL;
    rn_pickle_value *items[3] = {NULL};
    resnet_status status;
    for (size_t i = argument; i-- > 0;) RN_TRY(rn_pickle_pop(machine, &items[i]));
    RN_TRY(rn_pickle_new(machine, &tuple, RN_PICKLE_TUPLE));
    RN_TRY(rn_pickle_append(machine, tuple, items, argument));
    status = rn_pickle_push(machine, tuple);
done:
    return status;
}

/* A container (its kind is `argument`) of all above the mark. */
static resnet_status op_gather(rn_pickle *machine, size_t argument)
{
    rn_pickle_value *container = NULL;
    size_t count = 0;
    resnet_status status;
    RN_TRY(rn_pickle_above_mark(machine, &count));
    RN_TRY(rn_pickle_new(machine, &container, (enum rn_pickle_kind)argument));
    if (argument != RN_PICKLE_INERT)
        RN_TRY(rn_pickle_append(machine, container, machine->stack + machine->n_stack - count,
                                argument == RN_PICKLE_DICT ? count / 2 * 2 : count));
    rn_pickle_drop_mark(machine, count);
    status = rn_pickle_push(machine, container);
done:
    return status;
}

/* Adds the topmost `count` values to the container beneath them and `below` more values. */
static resnet_status add_items(rn_pickle *machine, size_t count, size_t below)
{
    if (machine->n_stack < count + below + 1)
        return rn_fail(RESNET_E_FORMAT, "pickle: adds to nothing");
    rn_pickle_value *container = machine->stack[machine->n_stack - count - below - 1];
    rn_pickle_value **items = machine->stack + machine->n_stack - count;
    if (container->kind == RN_PICKLE_INERT) return RESNET_OK;
    if (container->kind == RN_PICKLE_DICT && count % 2 == 0)
        return rn_pickle_append(machine, container, items, count);
    if (container->kind == RN_PICKLE_LIST)
        return rn_pickle_append(machine, container, items, count);
    return rn_fail(RESNET_E_FORMAT, "pickle: adds items to what holds none");
}

static resnet_status op_add(rn_pickle *machine, size_t argument)
{
    const resnet_status status = add_items(machine, argument, 0);
    if (status == RESNET_OK) machine->n_stack -= argument;
    return status;
}

static resnet_status op_add_marked(rn_pickle *machine, size_t argument)
{
    (void)argument;
    size_t count = 0;
    resnet_status status;
    RN_TRY(rn_pickle_above_mark(machine, &count));
    RN_TRY(add_items(machine, count, 1));
    rn_pickle_drop_mark(machine, count);
done:
    return status;
}

static resnet_status take_line(rn_pickle *machine, const char **out, size_t *out_length)
{
    const size_t left = (size_t)(machine->end - machine->next);
    const unsigned char *newline = left ? memchr(machine->next, '\n', left) : NULL;
    if (!newline) return rn_fail(RESNET_E_FORMAT, "pickle: ends in the middle of a name");
    *out = (const char *)machine->next;
    *out_length = (size_t)(newline - machine->next);
    machine->next = newline + 1;
    return RESNET_OK;
}

static resnet_status op_global(rn_pickle *machine, size_t argument)
{
    (void)argument;
    const char *module = NULL, *name = NULL;
    size_t module_length = 0, name_length = 0;
    rn_pickle_value *value = NULL;
    resnet_status status;
    RN_TRY(take_line(machine, &module, &module_length));
    RN_TRY(take_line(machine, &name, &name_length));
    RN_TRY(rn_pickle_resolve(machine, &value, module, module_length, name, name_length));
    status = rn_pickle_push(machine, value);
done:
    return status;
}

static resnet_status op_stack_global(rn_pickle *machine, size_t argument)
{
    (void)argument;
    rn_pickle_value *module = NULL, *name = NULL, *value = NULL;
    resnet_status status;
    RN_TRY(rn_pickle_pop(machine, &name));
    RN_TRY(rn_pickle_pop(machine, &module));
    if (module->kind != RN_PICKLE_STRING || name->kind != RN_PICKLE_STRING)
        return rn_fail(RESNET_E_FORMAT, "pickle: a global's name is not a string");
    RN_TRY(
        rn_pickle_resolve(machine, &value, module->text, module->length, name->text, name->length));
    status = rn_pickle_push(machine, value);
done:
    return status;
}

/* `argument` values above the tuple of arguments are dropped: NEWOBJ_EX has keywords there. */
static resnet_status op_call(rn_pickle *machine, size_t argument)
{
    rn_pickle_value *callable = NULL, *arguments = NULL, *value = NULL;
    resnet_status status;
    for (size_t i = 0; i < argument; i++) RN_TRY(rn_pickle_pop(machine, &arguments));
    RN_TRY(rn_pickle_pop(machine, &arguments));
    RN_TRY(rn_pickle_pop(machine, &callable));
    RN_TRY(rn_pickle_call(machine, &value, callable, arguments));
    status = rn_pickle_push(machine, value);
done:
    return status;
}

static resnet_status op_build(rn_pickle *machine, size_t argument)
{
    (void)argument;
    rn_pickle_value *state = NULL, *object = NULL;
    resnet_status status;
    RN_TRY(rn_pickle_pop(machine, &state));
    RN_TRY(rn_pickle_pop(machine, &object));
    rn_pickle_set_state(object, state);
    status = rn_pickle_push(machine, object);
done:
    return status;
}

static resnet_status op_persistent_id(rn_pickle *machine, size_t argument)
{
    (void)argument;
    rn_pickle_value *id = NULL, *value = NULL;
    resnet_status status;
    RN_TRY(rn_pickle_pop(machine, &id));
    RN_TRY(rn_pickle_resolve_id(machine, &value, id));
    status = rn_pickle_push(machine, value);
done:
    return status;
}

static resnet_status op_put(rn_pickle *machine, size_t argument)
{
    uint64_t index = machine->n_memo; /* MEMOIZE has no argument: the next free one */
    rn_pickle_value *top = NULL;
    resnet_status status;
    if (argument) RN_TRY(take_number(machine, &index, argument));
    RN_TRY(rn_pickle_pop(machine, &top));
    RN_TRY(rn_pickle_push(machine, top));
    status = rn_pickle_memo_put(machine, (size_t)index, top);
done:
    return status;
}

static resnet_status op_get(rn_pickle *machine, size_t argument)
{
    uint64_t index = 0;
    rn_pickle_value *value = NULL;
    resnet_status status;
    RN_TRY(take_number(machine, &index, argument));
    RN_TRY(rn_pickle_memo_get(machine, (size_t)index, &value));
    status = rn_pickle_push(machine, value);
done:
    return status;
}

typedef struct opcode {
    unsigned char code;
    size_t argument; /* bytes that follow, or what the function says */
    resnet_status (*run)(rn_pickle *machine, size_t argument);
} opcode;

static const opcode OPCODES[] = {
    {0x80, 1, op_skip},                 /* PROTO */
    {0x95, 8, op_skip},                 /* FRAME */
    {'(', RN_PICKLE_MARK, op_push},     /* MARK */
    {'N', RN_PICKLE_NONE, op_push},     /* NONE */
    {')', RN_PICKLE_TUPLE, op_push},    /* EMPTY_TUPLE */
    {']', RN_PICKLE_LIST, op_push},     /* EMPTY_LIST */
    {'}', RN_PICKLE_DICT, op_push},     /* EMPTY_DICT */
    {0x8f, RN_PICKLE_INERT, op_push},   /* EMPTY_SET */
    {0x88, 1, op_bool},                 /* NEWTRUE */
    {0x89, 0, op_bool},                 /* NEWFALSE */
    {'J', 4, op_int32},                 /* BININT */
    {'K', 1, op_unsigned},              /* BININT1 */
    {'M', 2, op_unsigned},              /* BININT2 */
    {0x8a, 1, op_long},                 /* LONG1 */
    {0x8b, 4, op_long},                 /* LONG4 */
    {'G', 8, op_float},                 /* BINFLOAT */
    {'X', 4, op_text},                  /* BINUNICODE */
    {0x8c, 1, op_text},                 /* SHORT_BINUNICODE */
    {0x8d, 8, op_text},                 /* BINUNICODE8 */
    {'U', 1, op_text},                  /* SHORT_BINSTRING */
    {'T', 4, op_text},                  /* BINSTRING */
    {'C', 1, op_text},                  /* SHORT_BINBYTES */
    {'B', 4, op_text},                  /* BINBYTES */
    {0x8e, 8, op_text},                 /* BINBYTES8 */
    {0x96, 8, op_text},                 /* BYTEARRAY8 */
    {'0', 0, op_pop},                   /* POP */
    {'1', 0, op_pop_mark},              /* POP_MARK */
    {'2', 0, op_duplicate},             /* DUP */
    {'t', RN_PICKLE_TUPLE, op_gather},  /* TUPLE */
    {'l', RN_PICKLE_LIST, op_gather},   /* LIST */
    {'d', RN_PICKLE_DICT, op_gather},   /* DICT */
    {0x91, RN_PICKLE_INERT, op_gather}, /* FROZENSET */
    {0x85, 1, op_tuple_of},             /* TUPLE1 */
    {0x86, 2, op_tuple_of},             /* TUPLE2 */
    {0x87, 3, op_tuple_of},             /* TUPLE3 */
    {'a', 1, op_add},                   /* APPEND */
    {'s', 2, op_add},                   /* SETITEM */
    {'e', 0, op_add_marked},            /* APPENDS */
    {'u', 0, op_add_marked},            /* SETITEMS */
    {0x90, 0, op_add_marked},           /* ADDITEMS */
    {'c', 0, op_global},                /* GLOBAL */
    {0x93, 0, op_stack_global},         /* STACK_GLOBAL */
    {'R', 0, op_call},                  /* REDUCE */
    {0x81, 0, op_call},                 /* NEWOBJ */
    {0x92, 1, op_call},                 /* NEWOBJ_EX */
    {'b', 0, op_build},                 /* BUILD */
    {'Q', 0, op_persistent_id},         /* BINPERSID */
    {'q', 1, op_put},                   /* BINPUT */
    {'r', 4, op_put},                   /* LONG_BINPUT */
    {0x94, 0, op_put},                  /* MEMOIZE */
    {'h', 1, op_get},                   /* BINGET */
    {'j', 4, op_get},                   /* LONG_BINGET */
};

static const opcode *find_opcode(unsigned char code)
{
    for (size_t i = 0; i < sizeof OPCODES / sizeof OPCODES[0]; i++)
        if (OPCODES[i].code == code) return &OPCODES[i];
    return NULL;
}

resnet_status rn_pickle_run(rn_pickle *machine)
{
    for (;;) {
        const unsigned char *code = NULL;
        resnet_status status = take(machine, &code, 1);
        if (status != RESNET_OK) return status;
        if (*code == '.') return rn_pickle_pop(machine, &machine->root);
        const opcode *found = find_opcode(*code);
        if (!found)
            return rn_fail(RESNET_E_UNSUPPORTED, "pickle: opcode 0x%02x is not one torch writes",
                           *code);
        status = found->run(machine, found->argument);
        if (status != RESNET_OK) return status;
    }
}
