/* A picture whose file comes from the host piece by piece. SPDX-License-Identifier: MIT */
#include "core/callback.h"
#include "core/mem.h"
#include "image/image.h"

#define FIRST_ROOM (64u << 10) /* bytes */

typedef struct pile {
    uint8_t *bytes;
    size_t size, room;
} pile;

static resnet_status make_room(pile *p)
{
    const size_t room = p->room ? 2 * p->room : FIRST_ROOM;
    uint8_t *grown = rn_realloc(p->bytes, room, 1);
    if (!grown) return RESNET_E_NOMEM;
    p->bytes = grown;
    p->room = room;
    return RESNET_OK;
}

/* Up to the end, which is when the callback gives nothing. */
static resnet_status pull(pile *p, resnet_read_callback read, void *user_data, uint64_t max_bytes)
{
    resnet_status status = RESNET_OK;
    for (;;) {
        if (p->size == p->room) RN_TRY(make_room(p));
        const size_t wanted = p->room - p->size;
        const rn_callback call = rn_callback_begin();
        const int64_t n = read(user_data, p->bytes + p->size, wanted);
        if (n < 0) RN_TRY(rn_callback_get_error(&call));
        if (n == 0) return RESNET_OK;
        if (n < 0 || (uint64_t)n > wanted)
            return rn_fail(RESNET_E_IO, "the host's callback answered %lld to a read of %zu bytes",
                           (long long)n, wanted);
        p->size += (size_t)n;
        if (p->size > max_bytes)
            return rn_fail(RESNET_E_UNSUPPORTED, "more bytes than the cap of %llu",
                           (unsigned long long)max_bytes);
    }
done:
    return status;
}

resnet_status resnet_image_load_callback(resnet_image **out, resnet_read_callback read,
                                         void *user_data, const resnet_image_options *options)
{
    resnet_image_options ours;
    pile p = {NULL, 0, 0};
    resnet_status status;
    if (!out || !read) return rn_fail(RESNET_E_INVALID, "out or read: NULL");
    RN_TRY(rn_image_options_read(&ours, options));
    RN_TRY(pull(&p, read, user_data, ours.max_bytes));
    status = resnet_image_decode(out, p.bytes, p.size, options);
done:
    rn_free(p.bytes);
    return status;
}
