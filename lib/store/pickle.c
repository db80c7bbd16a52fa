/* From bytes to values, and what those are. SPDX-License-Identifier: MIT */
#include "store/pickle.h"

#include "core/mem.h"
#include "store/pickle_machine.h"
#include "store/pickle_opcode.h"

#include <string.h>

resnet_status rn_pickle_read(rn_pickle **out, size_t *out_used, const void *bytes, size_t size,
                             rn_budget *budget)
{
    resnet_status status;
    rn_pickle *machine = rn_calloc(1, sizeof *machine);
    if (!machine) return RESNET_E_NOMEM;
    machine->budget = budget;
    machine->next = bytes;
    machine->end = machine->next + (size < RN_PICKLE_MAX_BYTES ? size : RN_PICKLE_MAX_BYTES);
    RN_TRY(rn_pickle_run(machine));
    *out_used = (size_t)(machine->next - (const unsigned char *)bytes);
    *out = machine;
    return RESNET_OK;
done:
    rn_pickle_free(machine);
    return status;
}

void rn_pickle_free(rn_pickle *pickle)
{
    if (!pickle) return;
    rn_pickle_free_room(pickle);
    rn_free(pickle);
}

const rn_pickle_value *rn_pickle_get_root(const rn_pickle *pickle)
{
    return pickle->root;
}

rn_pickle_storage *rn_pickle_get_storages(const rn_pickle *pickle)
{
    return pickle->storages;
}

const char *rn_pickle_get_maker(const rn_pickle_value *value)
{
    if (value->kind == RN_PICKLE_FOREIGN) return value->text;
    return value->kind == RN_PICKLE_INERT && value->maker ? value->maker->text : NULL;
}

const char *rn_pickle_get_foreign(const rn_pickle *pickle)
{
    return pickle->foreign;
}

bool rn_pickle_is_text(const rn_pickle_value *value, const char *text)
{
    return value->kind == RN_PICKLE_STRING && value->length == strlen(text) &&
           memcmp(value->text, text, value->length) == 0;
}

const rn_pickle_value *rn_pickle_find(const rn_pickle_value *dict, const char *key)
{
    if (dict->kind != RN_PICKLE_DICT) return NULL;
    for (size_t i = 0; i + 1 < dict->count; i += 2)
        if (rn_pickle_is_text(dict->items[i], key)) return dict->items[i + 1];
    return NULL;
}
