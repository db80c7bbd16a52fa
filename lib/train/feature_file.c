/* A header, then slots of one size, appended; slots cut short by a crash are overwritten. A table
 * in memory finds slots by hash (open addressing). SPDX-License-Identifier: MIT */
#include "train/feature_file.h"

#include "core/file.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct header {
    char magic[8];
    uint64_t n_floats;
    rn_hash key;
} header;

typedef struct slot_head {
    rn_hash input;
    rn_hash check; /* of the floats that follow */
} slot_head;

static const char MAGIC[8] = "RNFEAT1\n";

struct rn_feature_file {
    char *path;
    int fd;
    size_t n_floats;
    size_t n_slots;
    rn_hash *inputs; /* [capacity], by slot */
    size_t *table;   /* [table_size], slots or RN_FEATURE_NONE */
    size_t capacity, table_size;
};

/* ---- hashes ---- */

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return z ^ z >> 32;
}

/* Two lanes of multiply and fold, each with its own constants. */
rn_hash rn_hash_bytes(rn_hash start, const void *bytes, size_t size)
{
    uint64_t a = start.words[0] + size, b = start.words[1] ^ UINT64_C(0x9e3779b97f4a7c15);
    const unsigned char *at = bytes;
    for (; size > 0;) {
        uint64_t word = 0;
        const size_t n = size < sizeof word ? size : sizeof word;
        memcpy(&word, at, n);
        a = mix(a ^ word);
        b = mix(b + word * UINT64_C(0xbf58476d1ce4e5b9));
        at += n;
        size -= n;
    }
    return (rn_hash){{mix(a), mix(b ^ a)}};
}

/* ---- reading and writing at a place ---- */

static resnet_status read_at(const rn_feature_file *file, void *bytes, size_t size, off_t offset)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n = pread(file->fd, (char *)bytes + done, size - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rn_file_fail(file->path, "cannot read");
        if (n == 0) return rn_fail(RESNET_E_IO, "%s: ends too early", file->path);
        done += (size_t)n;
    }
    return RESNET_OK;
}

static resnet_status write_at(const rn_feature_file *file, const void *bytes, size_t size,
                              off_t offset)
{
    for (size_t done = 0; done < size;) {
        const ssize_t n =
            pwrite(file->fd, (const char *)bytes + done, size - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return rn_file_fail(file->path, "cannot write");
        done += (size_t)n;
    }
    return RESNET_OK;
}

static size_t slot_size(const rn_feature_file *file)
{
    return sizeof(slot_head) + file->n_floats * sizeof(float);
}

static off_t slot_offset(const rn_feature_file *file, size_t slot)
{
    return (off_t)(sizeof(header) + slot * slot_size(file));
}

/* ---- the table ---- */

static void insert(rn_feature_file *file, size_t slot)
{
    size_t at = (size_t)file->inputs[slot].words[0] & (file->table_size - 1);
    while (file->table[at] != RN_FEATURE_NONE &&
           memcmp(&file->inputs[file->table[at]], &file->inputs[slot], sizeof(rn_hash)) != 0)
        at = (at + 1) & (file->table_size - 1);
    file->table[at] = slot; /* of two slots for one input the later one counts */
}

static resnet_status reserve(rn_feature_file *file, size_t n_slots)
{
    if (n_slots <= file->capacity) return RESNET_OK;
    size_t capacity = file->capacity ? 2 * file->capacity : 1024;
    while (capacity < n_slots) capacity *= 2;
    size_t *table = rn_alloc(2 * capacity, sizeof *table);
    rn_hash *inputs = table ? rn_realloc(file->inputs, capacity, sizeof *inputs) : NULL;
    if (!inputs) {
        rn_free(table);
        return RESNET_E_NOMEM;
    }
    rn_free(file->table);
    file->inputs = inputs;
    file->table = table;
    file->capacity = capacity;
    file->table_size = 2 * capacity;
    for (size_t i = 0; i < file->table_size; i++) table[i] = RN_FEATURE_NONE;
    for (size_t slot = 0; slot < file->n_slots; slot++) insert(file, slot);
    return RESNET_OK;
}

size_t rn_feature_file_find(const rn_feature_file *file, const rn_hash *input)
{
    if (file->n_slots == 0) return RN_FEATURE_NONE;
    size_t at = (size_t)input->words[0] & (file->table_size - 1);
    for (; file->table[at] != RN_FEATURE_NONE; at = (at + 1) & (file->table_size - 1))
        if (memcmp(&file->inputs[file->table[at]], input, sizeof *input) == 0)
            return file->table[at];
    return RN_FEATURE_NONE;
}

/* ---- opening ---- */

static resnet_status start_anew(rn_feature_file *file, const header *fresh)
{
    if (ftruncate(file->fd, 0) != 0) return rn_file_fail(file->path, "cannot empty");
    return write_at(file, fresh, sizeof *fresh, 0);
}

static resnet_status list_slots(rn_feature_file *file, size_t n_slots)
{
    resnet_status status;
    RN_TRY(reserve(file, n_slots));
    while (file->n_slots < n_slots) {
        slot_head head;
        RN_TRY(read_at(file, &head, sizeof head, slot_offset(file, file->n_slots)));
        file->inputs[file->n_slots] = head.input;
        insert(file, file->n_slots++);
    }
done:
    return status;
}

static resnet_status open_contents(rn_feature_file *file, const rn_hash *key)
{
    struct stat info;
    header fresh = {.n_floats = file->n_floats, .key = *key}, found;
    memcpy(fresh.magic, MAGIC, sizeof MAGIC);
    if (fstat(file->fd, &info) != 0) return rn_file_fail(file->path, "cannot stat");
    const size_t size = (size_t)info.st_size;
    if (size < sizeof found) {
        if (size > 0) return rn_fail(RESNET_E_FORMAT, "%s: not a file of features", file->path);
        return start_anew(file, &fresh);
    }
    const resnet_status status = read_at(file, &found, sizeof found, 0);
    if (status != RESNET_OK) return status;
    if (memcmp(found.magic, MAGIC, sizeof MAGIC) != 0)
        return rn_fail(RESNET_E_FORMAT, "%s: not a file of features", file->path);
    if (memcmp(&found, &fresh, sizeof fresh) != 0) return start_anew(file, &fresh);
    return list_slots(file, (size - sizeof found) / slot_size(file));
}

resnet_status rn_feature_file_open(rn_feature_file **out, const char *path, const rn_hash *key,
                                   size_t n_floats)
{
    rn_feature_file *file = rn_calloc(1, sizeof *file);
    resnet_status status = RESNET_E_NOMEM;
    if (!file) return status;
    file->n_floats = n_floats;
    file->fd = rn_file_above_streams(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (file->fd < 0) {
        status = rn_file_fail(path, "cannot open");
        goto done;
    }
    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
        status = rn_fail(RESNET_E_IO, "%s: another process is using it", path);
        goto done;
    }
    file->path = rn_strdup(path);
    if (!file->path) goto done;
    RN_TRY(reserve(file, 1));
    RN_TRY(open_contents(file, key));
    *out = file;
    file = NULL;
done:
    rn_feature_file_close(file);
    return status;
}

void rn_feature_file_close(rn_feature_file *file)
{
    if (!file) return;
    if (file->fd >= 0) close(file->fd);
    rn_free(file->table);
    rn_free(file->inputs);
    rn_free(file->path);
    rn_free(file);
}

/* ---- slots ---- */

static rn_hash check_of(const rn_feature_file *file, const rn_hash *input, const float *features)
{
    return rn_hash_bytes(*input, features, file->n_floats * sizeof *features);
}

resnet_status rn_feature_file_read(rn_feature_file *file, size_t slot, float *features)
{
    slot_head head;
    resnet_status status;
    const off_t offset = slot_offset(file, slot);
    RN_TRY(read_at(file, &head, sizeof head, offset));
    RN_TRY(read_at(file, features, file->n_floats * sizeof *features, offset + (off_t)sizeof head));
    const rn_hash check = check_of(file, &head.input, features);
    if (memcmp(&head.input, &file->inputs[slot], sizeof head.input) == 0 &&
        memcmp(&check, &head.check, sizeof check) == 0)
        return RESNET_OK;
    status = rn_fail(RESNET_E_FORMAT, "%s: slot %zu is damaged", file->path, slot);
done:
    file->inputs[slot].words[1] ^= 1; /* found by nobody any more */
    return status;
}

resnet_status rn_feature_file_add(rn_feature_file *file, const rn_hash *input,
                                  const float *features, size_t *out_slot)
{
    const size_t slot = file->n_slots;
    const slot_head head = {*input, check_of(file, input, features)};
    const off_t offset = slot_offset(file, slot);
    resnet_status status;
    RN_TRY(reserve(file, slot + 1));
    RN_TRY(write_at(file, &head, sizeof head, offset));
    RN_TRY(
        write_at(file, features, file->n_floats * sizeof *features, offset + (off_t)sizeof head));
    file->inputs[slot] = *input;
    file->n_slots++;
    insert(file, slot);
    *out_slot = slot;
done:
    return status;
}
