/* Groups of every age: names in a heap and a tree of symbols, links as messages, links in a fractal
 * heap; and paths through them. SPDX-License-Identifier: MIT */
#include "store/hdf5_parts.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_TREE 0
#define LINK_RECORD 5 /* type of the records: hash of the name, identifier in the heap */
#define MAX_PATH 4096
#define MAX_SOFT_LINKS 16 /* on one path */
#define SOFT_SYMBOL 2

static resnet_status fail_group(const rn_h5_object *object)
{
    return rn_h5_fail_damaged(object->file, "group", object->address);
}

/* A fresh text of that many bytes, paid for; FORMAT if a zero is among them. */
static resnet_status copy_text(char **out, const rn_h5_object *object, const unsigned char *bytes,
                               size_t size)
{
    const resnet_status status =
        rn_budget_spend(object->file->budget, size + RN_H5_NAME_PRICE, "HDF5");
    if (status != RESNET_OK) return status;
    if (memchr(bytes, '\0', size)) return fail_group(object);
    *out = rn_strndup((const char *)bytes, size);
    return *out ? RESNET_OK : RESNET_E_NOMEM;
}

/* Takes what the link owns over. */
static resnet_status add_link(rn_h5_object *object, rn_h5_link *link)
{
    const bool sound = link->name[0] && !strchr(link->name, '/') && strcmp(link->name, ".") != 0;
    resnet_status status = sound ? RESNET_OK : fail_group(object);
    if (status == RESNET_OK)
        status = rn_h5_grow(object->file, &object->links, object->n_links, &object->links_capacity,
                            sizeof *object->links);
    if (status == RESNET_OK) {
        object->links[object->n_links++] = *link;
        *link = (rn_h5_link){0};
    }
    return status;
}

static void drop_link(rn_h5_link *link)
{
    rn_free(link->name);
    rn_free(link->target);
}

/* Old groups. */

typedef struct symbols {
    rn_h5_object *group;
    rn_h5_span names; /* each ends in a zero */
} symbols;

static resnet_status copy_name(char **out, const symbols *at, uint64_t offset)
{
    if (offset >= at->names.size) return fail_group(at->group);
    const unsigned char *name = at->names.bytes + offset;
    const unsigned char *end = memchr(name, '\0', at->names.size - (size_t)offset);
    if (!end) return fail_group(at->group);
    return copy_text(out, at->group, name, (size_t)(end - name));
}

static resnet_status add_symbol(const symbols *at, rn_h5_cursor *cursor)
{
    rn_h5_link link = {0};
    const uint64_t name = rn_h5_take_length(cursor);
    link.address = rn_h5_take_address(cursor);
    const uint64_t cached = rn_h5_take(cursor, 4);
    rn_h5_skip(cursor, 4);
    const uint64_t target = rn_h5_take(cursor, 4);
    rn_h5_skip(cursor, 12);
    resnet_status status;
    RN_TRY(copy_name(&link.name, at, name));
    if (cached == SOFT_SYMBOL) RN_TRY(copy_name(&link.target, at, target));
    status = add_link(at->group, &link);
done:
    drop_link(&link);
    return status;
}

static resnet_status visit_symbols(void *user_data, const unsigned char *key, size_t key_size,
                                   uint64_t address)
{
    const symbols *at = user_data;
    const rn_h5_file *file = at->group->file;
    rn_h5_span span = {0};
    (void)key;
    (void)key_size;
    resnet_status status = rn_h5_load(&span, file, address, 8, "group");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "SNOD", 1);
    rn_h5_skip(&cursor, 1);
    const size_t count = (size_t)rn_h5_take(&cursor, 2);
    const bool sound = !cursor.failed;
    rn_h5_drop(&span);
    if (!sound) return fail_group(at->group);
    RN_TRY(rn_h5_load(&span, file, address + 8,
                      count * ((size_t)file->length_size + file->offset_size + 24), "group"));
    cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    for (size_t i = 0; i < count; i++) RN_TRY(add_symbol(at, &cursor));
done:
    rn_h5_drop(&span);
    return status;
}

/* The heap of names: where its one segment lies. */
static resnet_status load_names(rn_h5_span *out, const rn_h5_object *object, uint64_t address)
{
    const rn_h5_file *file = object->file;
    rn_h5_span span = {0};
    const resnet_status status = rn_h5_load(
        &span, file, address, 8 + 2 * (size_t)file->length_size + file->offset_size, "group");
    if (status != RESNET_OK) return status;
    rn_h5_cursor cursor = rn_h5_cursor_make(file, span.bytes, span.size);
    rn_h5_take_magic(&cursor, "HEAP", 0);
    rn_h5_skip(&cursor, 3);
    const uint64_t size = rn_h5_take_length(&cursor);
    rn_h5_skip(&cursor, file->length_size); /* free space */
    const uint64_t segment = rn_h5_take_address(&cursor);
    rn_h5_drop(&span);
    return cursor.failed ? fail_group(object) : rn_h5_load(out, file, segment, size, "group");
}

static resnet_status load_symbols(rn_h5_object *object, const rn_h5_message *message)
{
    symbols at = {.group = object};
    rn_h5_cursor cursor = rn_h5_cursor_make(object->file, message->bytes, message->size);
    const uint64_t tree = rn_h5_take_address(&cursor), heap = rn_h5_take_address(&cursor);
    if (cursor.failed || message->shared) return fail_group(object);
    resnet_status status = load_names(&at.names, object, heap);
    if (status == RESNET_OK)
        status = rn_h5_walk_tree(object->file, tree, GROUP_TREE, object->file->length_size,
                                 visit_symbols, &at);
    rn_h5_drop(&at.names);
    return status;
}

/* New groups. */

static resnet_status read_link(rn_h5_object *object, const unsigned char *bytes, size_t size)
{
    rn_h5_link link = {0};
    rn_h5_cursor cursor = rn_h5_cursor_make(object->file, bytes, size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned type = flags & 8 ? (unsigned)rn_h5_take(&cursor, 1) : 0;
    rn_h5_skip(&cursor, (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0)); /* order, character set */
    const uint64_t name_size = rn_h5_take(&cursor, 1u << (flags & 3));
    const unsigned char *name =
        name_size <= cursor.left ? rn_h5_take_bytes(&cursor, (size_t)name_size) : NULL;
    if (!name || version != 1 || flags > 31) return fail_group(object);
    resnet_status status = copy_text(&link.name, object, name, (size_t)name_size);
    if (status != RESNET_OK) return status;
    if (type == 0) {
        link.address = rn_h5_take_address(&cursor);
    } else if (type == 1) {
        const size_t target_size = (size_t)rn_h5_take(&cursor, 2);
        const unsigned char *target = rn_h5_take_bytes(&cursor, target_size);
        if (target) RN_TRY(copy_text(&link.target, object, target, target_size));
    } else {
        link.external = true;
    }
    status = cursor.failed ? fail_group(object) : add_link(object, &link);
done:
    drop_link(&link);
    return status;
}

typedef struct links {
    rn_h5_object *group;
    rn_h5_heap *heap;
} links;

static resnet_status visit_link(void *user_data, const unsigned char *record, size_t size,
                                uint64_t child)
{
    const links *at = user_data;
    const unsigned char *bytes = NULL;
    size_t length = 0;
    (void)child;
    if (size <= 4) return fail_group(at->group);
    const resnet_status status = rn_h5_heap_get(at->heap, record + 4, size - 4, &bytes, &length);
    return status == RESNET_OK ? read_link(at->group, bytes, length) : status;
}

static resnet_status load_heap_links(rn_h5_object *object, const rn_h5_message *info)
{
    links at = {.group = object};
    rn_h5_cursor cursor = rn_h5_cursor_make(object->file, info->bytes, info->size);
    const unsigned version = (unsigned)rn_h5_take(&cursor, 1);
    const unsigned flags = (unsigned)rn_h5_take(&cursor, 1);
    rn_h5_skip(&cursor, flags & 1 ? 8 : 0);
    const uint64_t heap = rn_h5_take_address(&cursor), tree = rn_h5_take_address(&cursor);
    if (cursor.failed || version != 0 || info->shared) return fail_group(object);
    if (heap == RN_H5_UNDEFINED) return RESNET_OK;
    resnet_status status = rn_h5_heap_open(&at.heap, object->file, heap);
    if (status == RESNET_OK)
        status = rn_h5_walk_records(object->file, tree, LINK_RECORD, visit_link, &at);
    rn_h5_heap_close(at.heap);
    return status;
}

static resnet_status load_message(rn_h5_object *object, const rn_h5_message *message)
{
    if (message->type == RN_H5_MESSAGE_SYMBOLS) return load_symbols(object, message);
    if (message->type == RN_H5_MESSAGE_LINK_INFO) return load_heap_links(object, message);
    if (message->type != RN_H5_MESSAGE_LINK) return RESNET_OK;
    return message->shared ? fail_group(object) : read_link(object, message->bytes, message->size);
}

static int compare_links(const void *a, const void *b)
{
    return strcmp(((const rn_h5_link *)a)->name, ((const rn_h5_link *)b)->name);
}

resnet_status rn_h5_load_links(rn_h5_object *object)
{
    for (size_t i = 0; i < object->n_messages; i++) {
        const resnet_status status = load_message(object, &object->messages[i]);
        if (status != RESNET_OK) return status;
    }
    if (object->n_links > 1)
        qsort(object->links, object->n_links, sizeof *object->links, compare_links);
    for (size_t i = 1; i < object->n_links; i++)
        if (compare_links(&object->links[i - 1], &object->links[i]) == 0) return fail_group(object);
    return RESNET_OK;
}

size_t rn_h5_count_links(const rn_h5_object *object)
{
    return object->n_links;
}

const char *rn_h5_get_link(const rn_h5_object *object, size_t index)
{
    return object->links[index].name;
}

/* Paths. */

typedef struct route {
    const rn_h5_object *start;
    rn_h5_object *here; /* behind the start, or NULL */
    char rest[MAX_PATH];
    unsigned n_soft;
} route;

static const rn_h5_object *get_here(const route *at)
{
    return at->here ? at->here : at->start;
}

/* Cuts the first name off the rest; false when there is none. */
static bool next_name(route *at, char name[MAX_PATH])
{
    size_t start = strspn(at->rest, "/");
    size_t length = strcspn(at->rest + start, "/");
    while (length == 1 && at->rest[start] == '.') { /* "." is the group itself */
        start += length + strspn(at->rest + start + length, "/");
        length = strcspn(at->rest + start, "/");
    }
    memcpy(name, at->rest + start, length);
    name[length] = '\0';
    memmove(at->rest, at->rest + start + length, strlen(at->rest + start + length) + 1);
    return length > 0;
}

static resnet_status move_to(route *at, uint64_t address)
{
    rn_h5_object *next = NULL;
    const resnet_status status = rn_h5_open_object(&next, at->start->file, address);
    if (status != RESNET_OK) return status;
    rn_h5_object_free(at->here);
    at->here = next;
    return RESNET_OK;
}

static resnet_status follow_soft(route *at, const rn_h5_link *link)
{
    const size_t length = strlen(link->target), rest = strlen(at->rest);
    if (++at->n_soft > MAX_SOFT_LINKS || length + 1 + rest >= sizeof at->rest)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: %s: links without end", link->name);
    memmove(at->rest + length + 1, at->rest, rest + 1);
    memcpy(at->rest, link->target, length);
    at->rest[length] = '/';
    return link->target[0] == '/' ? move_to(at, at->start->file->root) : RESNET_OK;
}

static resnet_status follow(route *at, const char *name, bool *found)
{
    const rn_h5_object *group = get_here(at);
    const rn_h5_link wanted = {.name = (char *)name};
    const rn_h5_link *link = NULL;
    if (group->n_links > 0)
        link = bsearch(&wanted, group->links, group->n_links, sizeof wanted, compare_links);
    *found = link != NULL;
    if (!link) return RESNET_OK;
    if (link->external)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: %s: a link to another file", name);
    return link->target ? follow_soft(at, link) : move_to(at, link->address);
}

static resnet_status walk_route(route *at, bool *found)
{
    char name[MAX_PATH];
    *found = true;
    while (*found && next_name(at, name)) {
        const resnet_status status = follow(at, name, found);
        if (status != RESNET_OK) return status;
    }
    return RESNET_OK;
}

resnet_status rn_h5_find(rn_h5_object **out, const rn_h5_object *group, const char *path)
{
    route at = {.start = group};
    bool found;
    *out = NULL;
    if (strlen(path) >= sizeof at.rest)
        return rn_fail(RESNET_E_UNSUPPORTED, "HDF5: a path of %zu bytes", strlen(path));
    strcpy(at.rest, path);
    resnet_status status = path[0] == '/' ? move_to(&at, group->file->root) : RESNET_OK;
    if (status == RESNET_OK) status = walk_route(&at, &found);
    if (status == RESNET_OK && found && !at.here) status = move_to(&at, group->address);
    if (status == RESNET_OK && found)
        *out = at.here;
    else
        rn_h5_object_free(at.here);
    return status;
}
