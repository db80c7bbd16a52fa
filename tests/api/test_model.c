/* Models: options, getters, files. SPDX-License-Identifier: MIT */
#include "../scratch.h"
#include "api.h"

#include <unistd.h>

static char path[SCRATCH_SIZE];

static int make_file(void **state)
{
    (void)state;
    return scratch_file(path) ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void getters_take_null(void **state)
{
    (void)state;
    assert_int_equal(resnet_model_get_n_classes(NULL), 0);
    assert_string_equal(resnet_model_get_class_name(NULL, 0), "");
    assert_int_equal(resnet_model_get_variant(NULL), RESNET_VARIANT_AUTO);
    assert_true(resnet_model_get_bn_epsilon(NULL) == 0);
    assert_string_equal(resnet_model_get_format(NULL), "");
    assert_string_equal(resnet_model_get_licence(NULL), "");
    assert_string_equal(resnet_model_get_provenance(NULL), "");
    assert_int_equal(resnet_model_get_n_remarks(NULL), 0);
    assert_string_equal(resnet_model_get_remark(NULL, 0), "");
    assert_int_equal(resnet_model_get_n_tensors(NULL), 0);
    resnet_model_free(NULL);
}

static void null_arguments_are_refused(void **state)
{
    (void)state;
    resnet_model *model = NULL;
    resnet_tensor_view view;
    resnet_recipe recipe = {.struct_size = sizeof recipe};
    const char *const names[1] = {"x"};
    const float value = 0;
    assert_fails(resnet_model_options_init(NULL, sizeof(resnet_model_options)), RESNET_E_INVALID,
                 "resnet_model_options");
    assert_fails(resnet_load_options_init(NULL, sizeof(resnet_load_options)), RESNET_E_INVALID,
                 "resnet_load_options");
    assert_fails(resnet_model_create(NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_load(NULL, path, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_load(&model, NULL, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_load_memory(NULL, "", 0, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_load_memory(&model, NULL, 0, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_save(NULL, path, 0), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_copy_recipe(&recipe, sizeof recipe, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_set_recipe(NULL, &recipe), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_set_class_names(NULL, names, 1), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_set_notes(NULL, "", ""), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_get_tensor(&view, sizeof view, NULL, 0), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_set_tensor(NULL, "fc.bias", &value, 1), RESNET_E_INVALID, "NULL");
    assert_null(model);
}

static void check_refused(const resnet_model_options *options, const char *field)
{
    resnet_model *model = NULL;
    assert_fails(resnet_model_create(&model, options), RESNET_E_INVALID, field);
    assert_null(model);
}

#define REFUSES(field, value)                                                                      \
    do {                                                                                           \
        resnet_model_options options;                                                              \
        assert_ok(resnet_model_options_init(&options, sizeof options));                            \
        options.field = (value);                                                                   \
        check_refused(&options, #field);                                                           \
    } while (0)

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    REFUSES(n_classes, 0);
    REFUSES(n_classes, 1000001);
    REFUSES(variant, 3);
    REFUSES(variant, -1);
    REFUSES(stem_pool, 3);
    REFUSES(pooling, 2);
    REFUSES(pooling, -1);
    REFUSES(bn_epsilon, 0);
    REFUSES(bn_epsilon, -1e-5f);
    REFUSES(bn_epsilon, 1);
    REFUSES(bn_epsilon, NAN);
    REFUSES(bn_epsilon, INFINITY);
    REFUSES(dropout, 1);
    REFUSES(dropout, -0.1f);
    REFUSES(dropout, NAN);
    REFUSES(n_hidden, 5);
    REFUSES(hidden_activation, -1);
    REFUSES(hidden_activation, 11);
    REFUSES(activation_slope, -0.1f);
    REFUSES(activation_slope, NAN);
    resnet_model_options options;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_hidden = 2;
    options.hidden_sizes[0] = 10;
    check_refused(&options, "hidden_sizes");
    options.hidden_sizes[1] = UINT32_MAX;
    check_refused(&options, "hidden_sizes");
    options.struct_size = 8;
    check_refused(&options, "struct_size");
    options.struct_size = UINT64_MAX;
    check_refused(&options, "struct_size");
}

static void recipes_are_set_and_copied(void **state)
{
    (void)state;
    resnet_model *model = make_model(2, 96);
    resnet_recipe set, got, kept;
    assert_ok(resnet_recipe_init(&set, sizeof set, "keras"));
    assert_ok(resnet_model_set_recipe(model, &set));
    assert_fails(resnet_model_copy_recipe(&got, 8, model), RESNET_E_INVALID, "struct_size");
    assert_fails(resnet_model_copy_recipe(NULL, sizeof got, model), RESNET_E_INVALID, "NULL");
    assert_ok(resnet_model_copy_recipe(&got, sizeof got, model));
    assert_memory_equal(&set, &got, sizeof got);
    kept = got;
    set.crop_width = 0;
    assert_int_equal(resnet_model_set_recipe(model, &set), RESNET_E_INVALID);
    assert_ok(resnet_model_copy_recipe(&got, sizeof got, model));
    assert_memory_equal(&kept, &got, sizeof got);
    resnet_model_free(model);
}

static void names_and_notes(void **state)
{
    (void)state;
    const char *const names[3] = {"Kräuter", "", NULL};
    resnet_model *model = make_model(3, 64);
    assert_string_equal(resnet_model_get_class_name(model, 0), "");
    assert_fails(resnet_model_set_class_names(model, names, 2), RESNET_E_INVALID,
                 "2 names for 3 classes");
    assert_ok(resnet_model_set_class_names(model, names, 3));
    assert_string_equal(resnet_model_get_class_name(model, 0), "Kräuter");
    assert_string_equal(resnet_model_get_class_name(model, 2), "");
    assert_string_equal(resnet_model_get_class_name(model, 3), "");
    const char *const again[3] = {resnet_model_get_class_name(model, 0), "b", "c"};
    assert_ok(resnet_model_set_class_names(model, again, 3)); /* its own text is fine */
    assert_string_equal(resnet_model_get_class_name(model, 0), "Kräuter");
    assert_ok(resnet_model_set_notes(model, "MIT", NULL));
    assert_ok(resnet_model_set_notes(model, NULL, "drawn"));
    assert_string_equal(resnet_model_get_licence(model), "MIT");
    assert_string_equal(resnet_model_get_provenance(model), "drawn");
    assert_string_equal(resnet_model_get_format(model), "random weights");
    resnet_model_free(model);
}

/* What could not be saved is refused when it is set, and what was set before stays. */
static void refuses_texts_that_cannot_be_saved(void **state)
{
    (void)state;
    const char *const names[2] = {"a", "caf\xc3"};
    resnet_model *model = make_model(2, 64);
    resnet_recipe recipe;
    assert_ok(resnet_model_set_notes(model, "MIT", NULL));
    assert_fails(resnet_model_set_class_names(model, names, 2), RESNET_E_INVALID,
                 "the name of class 1 is not UTF-8");
    assert_string_equal(resnet_model_get_class_name(model, 0), "");
    assert_fails(resnet_model_set_notes(model, "CC0", "\xff"), RESNET_E_INVALID, "provenance");
    assert_fails(resnet_model_set_notes(model, "\xe2\x82", NULL), RESNET_E_INVALID, "licence");
    assert_string_equal(resnet_model_get_licence(model), "MIT");
    assert_ok(resnet_model_copy_recipe(&recipe, sizeof recipe, model));
    memset(recipe.name, 'x', sizeof recipe.name);
    assert_fails(resnet_model_set_recipe(model, &recipe), RESNET_E_INVALID, "recipe: its name");
    recipe.name[26] = '\xc3'; /* a character of two bytes, cut */
    recipe.name[27] = '\0';
    assert_fails(resnet_model_set_recipe(model, &recipe), RESNET_E_INVALID, "recipe: its name");
    resnet_model_free(model);
}

static void checks_which_weights_are_asked_for(void **state)
{
    (void)state;
    resnet_model *model = NULL;
    resnet_load_options options;
    assert_ok(resnet_load_options_init(&options, sizeof options));
    assert_int_equal(options.averaged, RESNET_AVERAGED_PREFER);
    options.averaged = RESNET_AVERAGED_ONLY + 1;
    assert_fails(resnet_model_load_memory(&model, "x", 1, &options), RESNET_E_INVALID, "averaged");
    options.averaged = RESNET_AVERAGED_NEVER;
    options.reserved = 1;
    assert_fails(resnet_model_load_memory(&model, "x", 1, &options), RESNET_E_INVALID, "reserved");
    assert_null(model);
}

static void keeps_metadata(void **state)
{
    (void)state;
    resnet_model *model = make_model(2, 64);
    assert_null(resnet_model_get_metadata(model, "split"));
    assert_ok(resnet_model_set_metadata(model, "split", "0.2"));
    assert_ok(resnet_model_set_metadata(model, "author", "Kräuter"));
    assert_ok(resnet_model_set_metadata(model, "split", "0.3\n"));
    assert_int_equal(resnet_model_get_n_metadata(model), 2);
    assert_string_equal(resnet_model_get_metadata_key(model, 0), "author");
    assert_string_equal(resnet_model_get_metadata_key(model, 2), "");
    assert_string_equal(resnet_model_get_metadata(model, "split"), "0.3\n");
    assert_fails(resnet_model_set_metadata(model, "author", "\xff"), RESNET_E_INVALID, "UTF-8");
    assert_fails(resnet_model_set_metadata(model, "", "x"), RESNET_E_INVALID, "empty");
    assert_string_equal(resnet_model_get_metadata(model, "author"), "Kräuter");
    assert_ok(resnet_model_set_metadata(model, "author", NULL));
    assert_int_equal(resnet_model_get_n_metadata(model), 1);
    assert_int_equal(resnet_model_set_metadata(NULL, "a", "b"), RESNET_E_INVALID);
    assert_null(resnet_model_get_metadata(NULL, "a"));
    resnet_model_free(model);
}

static void tensors_are_seen_and_set(void **state)
{
    (void)state;
    resnet_model *model = make_model(2, 64);
    resnet_tensor_view view;
    const size_t n_tensors = resnet_model_get_n_tensors(model);
    const float bias[3] = {1, -2, 3};
    assert_int_equal(n_tensors, 53 * 5 + 2);
    assert_ok(resnet_model_get_tensor(&view, sizeof view, model, 0));
    assert_string_equal(view.name, "conv1.weight");
    assert_true(view.struct_size == sizeof view && view.dtype == RESNET_DTYPE_F32);
    assert_true(view.data_size == 64 * 3 * 7 * 7 * sizeof(float));
    assert_true(view.n_dims == 4 && view.dims[0] == 64 && view.dims[1] == 3 && view.dims[3] == 7);
    assert_fails(resnet_model_get_tensor(&view, sizeof view, model, n_tensors), RESNET_E_INVALID,
                 "267");
    assert_fails(resnet_model_get_tensor(NULL, sizeof view, model, 0), RESNET_E_INVALID, "NULL");
    assert_ok(resnet_model_set_tensor(model, "fc.bias", bias, 2));
    assert_ok(resnet_model_get_tensor(&view, sizeof view, model, n_tensors - 1));
    const float *values = view.data;
    assert_true(values[0] == 1 && values[1] == -2);
    assert_fails(resnet_model_set_tensor(model, "fc.bias", bias, 3), RESNET_E_INVALID, "fc.bias");
    assert_fails(resnet_model_set_tensor(model, "fc.bia", bias, 2), RESNET_E_INVALID, "fc.bia");
    assert_fails(resnet_model_set_tensor(model, "fc.bias", NULL, 2), RESNET_E_INVALID, "NULL");
    resnet_model_free(model);
}

static void assert_equal_models(const resnet_model *a, const resnet_model *b)
{
    resnet_recipe of_a = {.struct_size = sizeof of_a}, of_b = {.struct_size = sizeof of_b};
    assert_ok(resnet_model_copy_recipe(&of_a, sizeof of_a, a));
    assert_ok(resnet_model_copy_recipe(&of_b, sizeof of_b, b));
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
    assert_int_equal(resnet_model_get_n_classes(a), resnet_model_get_n_classes(b));
    for (size_t i = 0; i < resnet_model_get_n_classes(a); i++)
        assert_string_equal(resnet_model_get_class_name(a, i), resnet_model_get_class_name(b, i));
    assert_string_equal(resnet_model_get_licence(a), resnet_model_get_licence(b));
    assert_string_equal(resnet_model_get_provenance(a), resnet_model_get_provenance(b));
    assert_int_equal(resnet_model_get_n_metadata(a), resnet_model_get_n_metadata(b));
    for (size_t i = 0; i < resnet_model_get_n_metadata(a); i++) {
        const char *key = resnet_model_get_metadata_key(a, i);
        assert_string_equal(resnet_model_get_metadata(a, key), resnet_model_get_metadata(b, key));
    }
    assert_int_equal(resnet_model_get_variant(a), resnet_model_get_variant(b));
    assert_true(resnet_model_get_bn_epsilon(a) == resnet_model_get_bn_epsilon(b));
    assert_int_equal(resnet_model_get_n_tensors(a), resnet_model_get_n_tensors(b));
    for (size_t i = 0; i < resnet_model_get_n_tensors(a); i++) {
        resnet_tensor_view x, y;
        assert_ok(resnet_model_get_tensor(&x, sizeof x, a, i));
        assert_ok(resnet_model_get_tensor(&y, sizeof y, b, i));
        size_t count = 1;
        for (size_t d = 0; d < x.n_dims; d++) count *= (size_t)x.dims[d];
        assert_string_equal(x.name, y.name);
        assert_memory_equal(x.dims, y.dims, sizeof x.dims);
        assert_memory_equal(x.data, y.data, count * sizeof(float));
    }
}

static char *read_file(size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void files_keep_everything(void **state)
{
    (void)state;
    const char *const names[4] = {"Kräuter", "a b", "\"c\"", "d\n"};
    resnet_model_options options;
    resnet_recipe recipe;
    resnet_model *model = NULL;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 4;
    options.variant = RESNET_VARIANT_V1;
    options.stem_pool = RESNET_STEM_POOL_UNPADDED;
    options.bn_epsilon = 2e-4f;
    options.pooling = RESNET_POOLING_MAX;
    options.n_hidden = 1;
    options.hidden_sizes[0] = 11;
    options.dropout = 0.25f;
    assert_ok(resnet_model_create(&model, &options));
    assert_ok(resnet_model_set_class_names(model, names, 4));
    assert_ok(resnet_model_set_notes(model, "CC0", "für Tests"));
    assert_ok(resnet_model_set_metadata(model, "made by", "a test \"quoted\"\n"));
    assert_ok(resnet_recipe_init(&recipe, sizeof recipe, "keras"));
    assert_ok(resnet_recipe_set_size(&recipe, 96));
    assert_ok(resnet_model_set_recipe(model, &recipe));
    for (int32_t format = RESNET_FORMAT_HDF5; format <= RESNET_FORMAT_SAFETENSORS; format++) {
        resnet_model *from_file = NULL, *from_memory = NULL;
        size_t size;
        assert_ok(resnet_model_save(model, path, format));
        assert_ok(resnet_model_load(&from_file, path, NULL));
        assert_equal_models(model, from_file);
        char *bytes = read_file(&size);
        assert_ok(resnet_model_load_memory(&from_memory, bytes, size, NULL));
        assert_equal_models(model, from_memory);
        resnet_bytes *saved = NULL;
        assert_ok(resnet_model_save_memory(&saved, model, format));
        assert_int_equal(resnet_bytes_get_size(saved), size);
        assert_memory_equal(resnet_bytes_get_data(saved), bytes, size);
        resnet_bytes_free(saved);
        free(bytes);
        resnet_model_free(from_file);
        resnet_model_free(from_memory);
    }
    assert_fails(resnet_model_save(model, path, 2), RESNET_E_INVALID, "format");
    assert_fails(resnet_model_save_memory(NULL, model, 0), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_save(model, "/nonexistent/x.h5", RESNET_FORMAT_HDF5),
                 RESNET_E_NOT_FOUND, "/nonexistent/x.h5");
    resnet_model_free(model);
}

static void a_clone_is_equal_and_its_own(void **state)
{
    (void)state;
    const char *const names[3] = {"a", "b", "c"}, *const others[3] = {"x", "y", "z"};
    const float bias[3] = {1, 2, 3};
    resnet_tensor_view of_model, of_copy;
    resnet_model *model = make_model(3, 64), *copy = NULL;
    assert_ok(resnet_model_set_class_names(model, names, 3));
    assert_ok(resnet_model_set_notes(model, "CC0", "here"));
    assert_ok(resnet_model_set_metadata(model, "k", "v"));
    assert_ok(resnet_model_clone(&copy, model));
    assert_equal_models(model, copy);
    assert_int_equal(resnet_model_get_names_origin(copy), RESNET_NAMES_SET);
    assert_string_equal(resnet_model_get_format(copy), resnet_model_get_format(model));

    assert_ok(resnet_model_set_tensor(copy, "fc.bias", bias, 3));
    assert_ok(resnet_model_set_class_names(copy, others, 3));
    const size_t last = resnet_model_get_n_tensors(model) - 1;
    assert_ok(resnet_model_get_tensor(&of_model, sizeof of_model, model, last));
    assert_ok(resnet_model_get_tensor(&of_copy, sizeof of_copy, copy, last));
    assert_true(memcmp(of_model.data, of_copy.data, sizeof bias) != 0);
    assert_string_equal(resnet_model_get_class_name(model, 0), "a");
    resnet_model_free(model);
    assert_string_equal(resnet_model_get_class_name(copy, 0), "x");
    resnet_model_free(copy);
    assert_fails(resnet_model_clone(&copy, NULL), RESNET_E_INVALID, "NULL");
    assert_fails(resnet_model_clone(NULL, NULL), RESNET_E_INVALID, "NULL");
}

static void compute(const resnet_model *model, float logits[3])
{
    static const float image[3 * 32 * 32] = {[5] = 1, [700] = -2, [2000] = 3};
    resnet_session *session = NULL;
    assert_ok(resnet_session_create(&session, model, NULL));
    assert_ok(resnet_session_logits(logits, 3, session, image, 1, 32, 32));
    resnet_session_free(session);
}

static void activations_are_kept_and_can_be_set(void **state)
{
    (void)state;
    resnet_model_options options;
    resnet_load_options load;
    assert_ok(resnet_model_options_init(&options, sizeof options));
    options.n_classes = 3;
    options.n_hidden = 2;
    options.hidden_sizes[0] = options.hidden_sizes[1] = 16;
    for (int32_t kind = RESNET_ACTIVATION_RELU; kind <= RESNET_ACTIVATION_LINEAR; kind++) {
        float wanted[3], got[3], other[3];
        resnet_model *model = NULL, *loaded = NULL, *changed = NULL;
        options.hidden_activation = kind;
        options.activation_slope = kind == RESNET_ACTIVATION_ELU ? 0.5f : 0;
        assert_ok(resnet_model_create(&model, &options));
        assert_ok(resnet_model_save(model, path, kind % 2));
        assert_ok(resnet_model_load(&loaded, path, NULL));
        assert_int_equal(resnet_model_get_n_remarks(loaded), 0);
        assert_int_equal(resnet_model_get_hidden_activation(loaded, 1), kind);
        assert_int_equal(resnet_model_get_hidden_activation(loaded, 2), RESNET_ACTIVATION_AUTO);
        assert_true(resnet_model_get_activation_slope(loaded, 1) ==
                    (kind == RESNET_ACTIVATION_ELU          ? 0.5f
                     : kind == RESNET_ACTIVATION_LEAKY_RELU ? 0.01f
                                                            : 0));
        assert_ok(resnet_load_options_init(&load, sizeof load));
        load.hidden_activation =
            kind == RESNET_ACTIVATION_TANH ? RESNET_ACTIVATION_RELU : RESNET_ACTIVATION_TANH;
        assert_ok(resnet_model_load(&changed, path, &load));
        compute(model, wanted);
        compute(loaded, got);
        compute(changed, other);
        assert_memory_equal(got, wanted, sizeof got);
        assert_memory_not_equal(other, wanted, sizeof other);
        resnet_model_free(model);
        resnet_model_free(loaded);
        resnet_model_free(changed);
    }
}

static void heads_are_replaced_only_when_asked(void **state)
{
    (void)state;
    resnet_model *model = make_model(4, 64), *loaded = NULL;
    resnet_load_options options;
    assert_ok(resnet_load_options_init(&options, sizeof options));
    assert_ok(resnet_model_save(model, path, RESNET_FORMAT_SAFETENSORS));
    options.n_classes = 7;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_SHAPE, "4 classes, 7");
    assert_null(loaded);
    options.new_head = 1;
    options.n_hidden = 1;
    options.hidden_sizes[0] = 30;
    assert_ok(resnet_model_load(&loaded, path, &options));
    assert_int_equal(resnet_model_get_n_classes(loaded), 7);
    assert_int_equal(resnet_model_get_n_tensors(loaded), 53 * 5 + 4);
    resnet_model_free(loaded);
    options.n_classes = 0;
    assert_ok(resnet_model_load(&loaded, path, &options));
    assert_int_equal(resnet_model_get_n_classes(loaded), 4);
    resnet_model_free(loaded);
    loaded = NULL;
    resnet_model_free(model);
}

static void refuses_what_the_caller_does_not_accept(void **state)
{
    (void)state;
    resnet_model *model = make_model(4, 64), *loaded = NULL;
    resnet_load_options options;
    resnet_caps caps;
    assert_ok(resnet_load_options_init(&options, sizeof options));
    assert_ok(resnet_caps_init(&caps, sizeof caps));
    assert_ok(resnet_model_save(model, path, RESNET_FORMAT_SAFETENSORS));
    options.caps = &caps;
    options.formats = RESNET_ACCEPT_ALL & ~RESNET_ACCEPT_SAFETENSORS;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_UNSUPPORTED,
                 "safetensors, which is not among the formats accepted");
    options.formats = RESNET_ACCEPT_SAFETENSORS;
    options.map_file = 1;
    assert_ok(resnet_model_load(&loaded, path, &options));
    resnet_model_free(loaded);
    loaded = NULL;
    caps.max_unpacked_bytes = 1u << 20;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_UNSUPPORTED,
                 "more than the 1048576 bytes allowed");
    caps.max_bytes = 1000;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_UNSUPPORTED, "cap");
    assert_fails(resnet_model_load_memory(&loaded, options.hidden_sizes, 1001, &options),
                 RESNET_E_UNSUPPORTED, "cap");
    caps.max_bytes = 0;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_INVALID, "nothing through");
    options.formats = 0;
    options.caps = NULL;
    assert_fails(resnet_model_load(&loaded, path, &options), RESNET_E_INVALID, "formats");
    assert_null(loaded);
    resnet_model_free(model);
}

/* What a file asks of every picture is capped; what the caller sets may be larger, within bounds. */
static void a_file_may_not_ask_for_huge_pictures(void **state)
{
    (void)state;
    static const int32_t formats[] = {RESNET_FORMAT_SAFETENSORS, RESNET_FORMAT_HDF5};
    resnet_model *model = make_model(4, 64), *loaded = NULL;
    resnet_recipe recipe = {.struct_size = sizeof recipe};
    resnet_load_options options;
    resnet_caps caps;
    assert_ok(resnet_load_options_init(&options, sizeof options));
    assert_ok(resnet_caps_init(&caps, sizeof caps));
    options.caps = &caps;
    for (size_t i = 0; i < 2; i++) {
        assert_ok(resnet_recipe_init(&recipe, sizeof recipe, NULL));
        assert_ok(resnet_recipe_set_size(&recipe, 8000));
        assert_ok(resnet_model_set_recipe(model, &recipe));
        assert_ok(resnet_model_save(model, path, formats[i]));
        assert_fails(resnet_model_load(&loaded, path, NULL), RESNET_E_UNSUPPORTED,
                     "its recipe asks for pictures of 8000 x 8000 px");
        caps.max_recipe_side = 10000;
        assert_ok(resnet_model_load(&loaded, path, &options));
        resnet_model_free(loaded);
        loaded = NULL;
    }
    recipe.crop_width = recipe.crop_height = 65536;
    assert_fails(resnet_model_set_recipe(model, &recipe), RESNET_E_INVALID, "crop");
    resnet_model_free(model);
}

static void what_is_no_model_is_refused(void **state)
{
    (void)state;
    resnet_model *model = NULL;
    assert_fails(resnet_model_load(&model, "/nonexistent/x", NULL), RESNET_E_NOT_FOUND,
                 "/nonexistent/x");
    assert_fails(resnet_model_load(&model, "/tmp", NULL), RESNET_E_IO, "/tmp");
    assert_true(resnet_model_load_memory(&model, "", 0, NULL) != RESNET_OK);
    assert_true(resnet_model_load_memory(&model, "not a model at all", 18, NULL) != RESNET_OK);
    assert_true(resnet_last_error()[0] != '\0');
    assert_null(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(getters_take_null),
        cmocka_unit_test(null_arguments_are_refused),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(recipes_are_set_and_copied),
        cmocka_unit_test(names_and_notes),
        cmocka_unit_test(refuses_texts_that_cannot_be_saved),
        cmocka_unit_test(checks_which_weights_are_asked_for),
        cmocka_unit_test(keeps_metadata),
        cmocka_unit_test(tensors_are_seen_and_set),
        cmocka_unit_test(files_keep_everything),
        cmocka_unit_test(a_clone_is_equal_and_its_own),
        cmocka_unit_test(activations_are_kept_and_can_be_set),
        cmocka_unit_test(heads_are_replaced_only_when_asked),
        cmocka_unit_test(refuses_what_the_caller_does_not_accept),
        cmocka_unit_test(a_file_may_not_ask_for_huge_pictures),
        cmocka_unit_test(what_is_no_model_is_refused),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
