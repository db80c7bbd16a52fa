/* Images in arrays of HDF5 files. SPDX-License-Identifier: MIT */
#include "core/mem.h"
#include "data/loader.h"
#include "tree.h"

#include <hdf5.h>

#define N 6
#define H 40
#define W 33

static tree t;
static char file_path[128];
static uint8_t pixels[N * 3 * H * W]; /* in the order in which they are written */

static int begin(void **state)
{
    (void)state;
    tree_create(&t);
    snprintf(file_path, sizeof file_path, "%s/data.h5", t.root);
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 13 + (i >> 8));
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tree_remove(&t);
    return 0;
}

enum packing { PLAIN, CHUNKED };

static void write_array(hid_t file, const char *name, hid_t type, int rank, const hsize_t *extents,
                        const void *values, enum packing packing)
{
    const hid_t space = H5Screate_simple(rank, extents, NULL);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[4] = {2, 3, 16, 2};
    if (packing == CHUNKED) {
        assert_true(H5Pset_chunk(properties, rank, chunk) >= 0);
        assert_true(H5Pset_deflate(properties, 1) >= 0);
    }
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(set >= 0);
    if (values) assert_true(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Pclose(properties);
    H5Sclose(space);
}

/* Images of the given shape and labels 0 1 2 0 1 2. */
static hid_t begin_file(int rank, const hsize_t *extents, enum packing packing)
{
    static const int32_t LABELS[N] = {0, 1, 2, 0, 1, 2};
    const hsize_t n = N;
    const hid_t file = H5Fcreate(file_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    write_array(file, "images", H5T_NATIVE_UINT8, rank, extents, pixels, packing);
    write_array(file, "labels", H5T_NATIVE_INT32, 1, &n, LABELS, PLAIN);
    return file;
}

static resnet_dataset *open_file(void)
{
    resnet_dataset *dataset = NULL;
    if (resnet_dataset_open_hdf5(&dataset, file_path, NULL, NULL, NULL) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    return dataset;
}

/* Compares image 4 with what was written; strides of one row, pixel and channel in `pixels`. */
static void expect_pixels(const resnet_dataset *dataset, size_t image_size, size_t row,
                          size_t pixel, size_t channel)
{
    resnet_image *image = NULL;
    assert_int_equal(resnet_dataset_get_n_samples(dataset), N);
    assert_int_equal(resnet_dataset_get_label(dataset, 4), 1);
    if (resnet_dataset_load_image(&image, dataset, 4) != RESNET_OK)
        fail_msg("%s", resnet_last_error());
    assert_int_equal(resnet_image_get_width(image), W);
    assert_int_equal(resnet_image_get_height(image), H);
    const uint8_t *found = resnet_image_get_pixels(image);
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++)
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(found[(y * W + x) * 3 + c],
                                 pixels[4 * image_size + y * row + x * pixel + c * channel]);
    resnet_image_free(image);
}

static void reads_every_layout(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3}, CHW[] = {N, 3, H, W}, GRAY[] = {N, H, W};
    for (enum packing packing = PLAIN; packing <= CHUNKED; packing++) {
        H5Fclose(begin_file(4, HWC, packing));
        resnet_dataset *dataset = open_file();
        expect_pixels(dataset, 3 * H * W, 3 * W, 3, 1);
        resnet_dataset_free(dataset);
        H5Fclose(begin_file(4, CHW, packing));
        dataset = open_file();
        expect_pixels(dataset, 3 * H * W, W, 1, H * W);
        resnet_dataset_free(dataset);
        H5Fclose(begin_file(3, GRAY, packing));
        dataset = open_file();
        expect_pixels(dataset, H * W, W, 1, 0);
        assert_string_equal(resnet_dataset_get_class_name(dataset, 2), "2");
        resnet_dataset_free(dataset);
    }
}

static void reads_names(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3};
    const hsize_t three = 3;
    const char *const names[] = {"ape", "bee", "caf\xc3\xa9"};
    const char fixed[3][5] = {"ape", "bee ", "cow"};
    hid_t file = begin_file(4, HWC, PLAIN);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    write_array(file, "class_names", type, 1, &three, names, PLAIN);
    H5Tclose(type);
    H5Fclose(file);
    resnet_dataset *dataset = open_file();
    assert_string_equal(resnet_dataset_get_class_name(dataset, 2), "caf\xc3\xa9");
    resnet_dataset_free(dataset);
    file = begin_file(4, HWC, PLAIN);
    type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 5);
    write_array(file, "list_classes", type, 1, &three, fixed, PLAIN);
    H5Tclose(type);
    H5Fclose(file);
    dataset = open_file();
    assert_string_equal(resnet_dataset_get_class_name(dataset, 1), "bee");
    resnet_dataset_free(dataset);
}

static void expect_failure(resnet_status status, const char *fragment)
{
    resnet_dataset *dataset = NULL;
    const resnet_status found = resnet_dataset_open_hdf5(&dataset, file_path, NULL, NULL, NULL);
    if (found != status) fail_msg("%d instead of %d: %s", found, status, resnet_last_error());
    assert_null(dataset);
    assert_message_has(resnet_last_error(), file_path);
    assert_message_has(resnet_last_error(), fragment);
}

static void tells_what_is_wrong(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3}, FLAT[] = {N, H * W};
    const hsize_t five = 5, six = 6, two = 2;
    const int64_t labels[6] = {0, 1, 2, 3, -1, 0};
    unlink(file_path);
    expect_failure(RESNET_E_NOT_FOUND, "No such file");
    tree_add_text(&t, "data.h5", "no HDF5 at all");
    expect_failure(RESNET_E_FORMAT, "no HDF5 file");
    hid_t file = H5Fcreate(file_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "no array \"images\"");
    H5Fclose(begin_file(2, FLAT, PLAIN));
    expect_failure(RESNET_E_UNSUPPORTED, "images: shape");
    file = begin_file(4, HWC, PLAIN);
    H5Ldelete(file, "labels", H5P_DEFAULT);
    H5Fflush(file, H5F_SCOPE_LOCAL);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "no array \"labels\"");
    file = H5Fopen(file_path, H5F_ACC_RDWR, H5P_DEFAULT);
    write_array(file, "labels", H5T_NATIVE_INT64, 1, &five, labels, PLAIN);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "labels: 5 labels of 6 images");
    file = H5Fopen(file_path, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, "labels", H5P_DEFAULT);
    write_array(file, "labels", H5T_NATIVE_INT64, 1, &six, labels, PLAIN);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "labels[4]: label -1, expected 0 to 3");
    file = H5Fopen(file_path, H5F_ACC_RDWR, H5P_DEFAULT);
    const char names[2][4] = {"a", "b"};
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 4);
    write_array(file, "classes", type, 1, &two, names, PLAIN);
    H5Tclose(type);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "labels[2]: label 2, expected 0 to 1");
    file = H5Fcreate(file_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_array(file, "images", H5T_NATIVE_INT8, 4, HWC, pixels, PLAIN);
    H5Fclose(file);
    expect_failure(RESNET_E_UNSUPPORTED, "not of unsigned 8-bit");
    file = H5Fcreate(file_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    write_array(file, "images", H5T_NATIVE_UINT8, 4, HWC, NULL, PLAIN);
    H5Fclose(file);
    expect_failure(RESNET_E_FORMAT, "images: holds no data");
}

/* An array of n pictures of which `written` are there, and n labels. */
static void write_sparse(hsize_t n, hsize_t written, hsize_t per_chunk)
{
    const hsize_t extents[] = {n, H, W, 3}, chunk[] = {per_chunk, H, W, 3}, label_chunk = 1;
    const hsize_t start[] = {0, 0, 0, 0}, count[] = {written, H, W, 3};
    const hid_t file = H5Fcreate(file_path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(4, extents, NULL), room = H5Screate_simple(4, count, NULL);
    H5Pset_chunk(properties, 4, chunk);
    const hid_t set =
        H5Dcreate2(file, "images", H5T_NATIVE_UINT8, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    assert_true(H5Dwrite(set, H5T_NATIVE_UINT8, room, space, H5P_DEFAULT, pixels) >= 0);
    H5Dclose(set);
    H5Sclose(room);
    H5Sclose(space);
    const hid_t label_space = H5Screate_simple(1, &n, NULL);
    H5Pset_chunk(properties, 1, &label_chunk);
    H5Dclose(H5Dcreate2(file, "labels", H5T_NATIVE_UINT8, label_space, H5P_DEFAULT, properties,
                        H5P_DEFAULT));
    H5Sclose(label_space);
    H5Pclose(properties);
    H5Fclose(file);
}

static void refuses_pictures_never_written(void **state)
{
    (void)state;
    write_sparse(N, N - 1, 1);
    expect_failure(RESNET_E_FORMAT, "images: holds no data for 1 of its 6 chunks");
    write_sparse(INT32_MAX, 1, 1);
    expect_failure(RESNET_E_FORMAT, "images: holds no data");
    write_sparse(N, N, 1); /* but the labels were not */
    expect_failure(RESNET_E_FORMAT, "labels: holds no data");
}

static void a_cut_file_fails_cleanly(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3};
    H5Fclose(begin_file(4, HWC, PLAIN));
    struct stat info;
    assert_int_equal(stat(file_path, &info), 0);
    for (off_t size = info.st_size - 1; size > 0; size -= 997) {
        resnet_dataset *dataset = NULL;
        resnet_image *image = NULL;
        assert_int_equal(truncate(file_path, size), 0);
        if (resnet_dataset_open_hdf5(&dataset, file_path, NULL, NULL, NULL) == RESNET_OK) {
            if (resnet_dataset_load_image(&image, dataset, N - 1) != RESNET_OK)
                assert_message_has(resnet_last_error(), "data.h5#5");
            resnet_image_free(image);
        }
        resnet_dataset_free(dataset);
    }
}

static void loads_from_several_threads(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3};
    resnet_recipe recipe;
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "unit"));
    assert_ok(resnet_recipe_set_size(&recipe, 32));
    float first[2][8];
    for (enum packing packing = PLAIN; packing <= CHUNKED; packing++) {
        H5Fclose(begin_file(4, HWC, packing));
        resnet_dataset *dataset = open_file();
        rn_loader_options options = rn_loader_default_options();
        options.batch = N;
        options.n_workers = 4;
        rn_loader *loader = NULL;
        const rn_batch *batch = NULL;
        assert_ok(rn_loader_create(&loader, dataset, &recipe, &options));
        for (uint64_t epoch = 0; epoch < 10; epoch++) {
            assert_ok(rn_loader_start_epoch(loader, epoch, 0));
            assert_ok(rn_loader_next(loader, &batch));
            memcpy(first[packing], batch->images_nchw + 5 * 3 * 1024, sizeof first[packing]);
        }
        rn_loader_free(loader);
        resnet_dataset_free(dataset);
    }
    assert_memory_equal(first[PLAIN], first[CHUNKED], sizeof first[PLAIN]);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    static const hsize_t HWC[] = {N, H, W, 3};
    H5Fclose(begin_file(4, HWC, PLAIN));
    resnet_dataset *dataset = NULL;
    resnet_status status = RESNET_E_NOMEM;
    for (uint64_t k = 1; status != RESNET_OK; k++) {
        rn_mem_fail_at(k);
        status = resnet_dataset_open_hdf5(&dataset, file_path, NULL, NULL, NULL);
        rn_mem_fail_at(0);
        if (status != RESNET_OK) assert_int_equal(status, RESNET_E_NOMEM);
    }
    resnet_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_layout),
        cmocka_unit_test(reads_names),
        cmocka_unit_test(tells_what_is_wrong),
        cmocka_unit_test(refuses_pictures_never_written),
        cmocka_unit_test(a_cut_file_fails_cleanly),
        cmocka_unit_test(loads_from_several_threads),
        cmocka_unit_test(fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
