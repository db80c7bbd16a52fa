/* SPDX-License-Identifier: MIT */
#include "store/keras_call.h"

#include <stdint.h>
#include <string.h>

#define MAX_DEPTH 8
#define MAX_VALUES                                                                                 \
    1024 /* looked at in one call: it may be walked as often as its model is called */
#define CONSTANT "_CONSTANT_VALUE" /* what Keras 2 has in place of a layer's name */

static bool is_class(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, "class_name"));
    return text && strcmp(text, name) == 0;
}

static bool is_tensor_object(const json_t *json)
{
    return is_class(json, "__keras_tensor__");
}

bool rn_keras_ref_read(const json_t *json, rn_keras_ref *out)
{
    const json_t *name = json_array_get(json, 0), *call = json_array_get(json, 1);
    const json_t *tensor = json_array_get(json, 2);
    if (!json_is_string(name) || !json_is_integer(call) || !json_is_integer(tensor)) return false;
    if (json_integer_value(call) < 0 || json_integer_value(tensor) < 0) return false;
    *out = (rn_keras_ref){json_string_value(name), (size_t)json_integer_value(call),
                          (size_t)json_integer_value(tensor)};
    return true;
}

typedef struct list {
    rn_keras_ref *refs;
    size_t count;
    size_t n_values;
    bool is_damaged;
} list;

static void add_ref(list *refs, const json_t *json)
{
    rn_keras_ref ref;
    if (!rn_keras_ref_read(json, &ref))
        refs->is_damaged = true;
    else if (refs->count++ < RN_KERAS_MAX_INPUTS)
        refs->refs[refs->count - 1] = ref;
}

static void find_refs(list *refs, const json_t *json, int depth);

static void find_in_array(list *refs, const json_t *array, int depth)
{
    rn_keras_ref unused;
    if (rn_keras_ref_read(array, &unused)) {
        add_ref(refs, array);
        find_refs(refs, json_array_get(array, 3), depth);
        return;
    }
    for (size_t i = 0; !refs->is_damaged && i < json_array_size(array); i++)
        find_refs(refs, json_array_get(array, i), depth);
}

static void find_refs(list *refs, const json_t *json, int depth)
{
    const char *key;
    json_t *value;
    if (depth > MAX_DEPTH || ++refs->n_values > MAX_VALUES) {
        refs->is_damaged = true;
    } else if (is_tensor_object(json)) {
        add_ref(refs, json_object_get(json_object_get(json, "config"), "keras_history"));
    } else if (json_is_array(json)) {
        find_in_array(refs, json, depth + 1);
    } else if (json_is_object(json)) {
        json_object_foreach((json_t *)json, key, value) find_refs(refs, value, depth + 1);
    }
}

size_t rn_keras_call_list(const json_t *call, rn_keras_ref out[RN_KERAS_MAX_INPUTS])
{
    list refs = {.refs = out};
    find_refs(&refs, call, 0);
    return refs.is_damaged ? SIZE_MAX : refs.count;
}

/* Keras 2's [name, 0, 0, {...}], perhaps within lists of one. */
static const json_t *first_item(const json_t *call)
{
    for (int depth = 0; depth < MAX_DEPTH && json_is_array(json_array_get(call, 0)); depth++)
        call = json_array_get(call, 0);
    return call;
}

const json_t *rn_keras_call_keyword(const json_t *call, const char *key)
{
    if (json_is_object(call)) return json_object_get(json_object_get(call, "kwargs"), key);
    return json_object_get(json_array_get(first_item(call), 3), key);
}

const json_t *rn_keras_call_argument(const json_t *call, size_t index)
{
    if (json_is_object(call)) return json_array_get(json_object_get(call, "args"), index);
    return index == 0 ? first_item(call) : NULL;
}

static const json_t *unwrap(const json_t *json)
{
    if (!is_class(json, "__tensor__") && !is_class(json, "__numpy__")) return json;
    return json_object_get(json_object_get(json, "config"), "value");
}

size_t rn_keras_numbers(const json_t *json, double *out, size_t capacity)
{
    json = unwrap(json);
    for (int depth = 0; depth < MAX_DEPTH && json_array_size(json) == 1; depth++)
        json = json_array_get(json, 0);
    if (json_is_number(json)) {
        out[0] = json_number_value(json);
        return 1;
    }
    const size_t count = json_array_size(json);
    if (count > capacity) return 0;
    for (size_t i = 0; i < count; i++) {
        if (!json_is_number(json_array_get(json, i))) return 0;
        out[i] = json_number_value(json_array_get(json, i));
    }
    return count;
}

static bool read_operand(const json_t *json, rn_keras_operand *out)
{
    rn_keras_ref unused;
    const char *constant = json_string_value(json_array_get(json, 0));
    if (constant && strcmp(constant, CONSTANT) == 0) json = json_array_get(json, 2);
    out->is_tensor = is_tensor_object(json) || rn_keras_ref_read(json, &unused);
    out->n = out->is_tensor ? 0 : rn_keras_numbers(json, out->values, 3);
    return out->is_tensor || out->n > 0;
}

bool rn_keras_call_operands(const json_t *call, rn_keras_operand out[2])
{
    static const char *const SECOND[] = {"y", "x2", "bias"};
    const json_t *second = rn_keras_call_argument(call, 1);
    for (size_t i = 0; !second && i < sizeof SECOND / sizeof SECOND[0]; i++)
        second = rn_keras_call_keyword(call, SECOND[i]);
    return second && read_operand(rn_keras_call_argument(call, 0), &out[0]) &&
           read_operand(second, &out[1]);
}
