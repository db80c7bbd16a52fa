/* Parameters: their names, random starts, folding, and the way from and to files' tensors.
 * SPDX-License-Identifier: MIT */
#include "network.h"

#include "net/fold.h"

#define N_CLASSES 1000

static void names_and_shapes_are_torchvisions(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(N_CLASSES);
    rn_net *net = make_net(&settings);
    FILE *file = fopen(GOLDEN_DIR "/net/names.txt", "r");
    assert_non_null(file);
    char name[64], shape[64];
    size_t index = 0, total = 0;
    for (; fscanf(file, "%63s %63s", name, shape) == 2; index++) {
        assert_true(index < net->n_params);
        const rn_param *p = &net->params[index];
        char ours[64] = "";
        for (size_t d = 0, used = 0; d < p->n_dims; d++)
            used += (size_t)snprintf(ours + used, sizeof ours - used, d ? ",%zu" : "%zu",
                                     (size_t)p->dims[d]);
        assert_string_equal(p->name, name);
        assert_string_equal(ours, shape);
        assert_int_equal(rn_net_find(net, name), index);
        assert_int_equal((uintptr_t)rn_net_get_values(net, index) % 64, 0);
        if (p->kind != RN_PARAM_BN_MEAN && p->kind != RN_PARAM_BN_VARIANCE) total += p->count;
    }
    fclose(file);
    assert_int_equal(index, net->n_params);
    assert_int_equal(total, 25557032);
    assert_int_equal(rn_net_find(net, "fc.hidden0.weight"), net->n_params);
    rn_net_free(net);
    rn_net_free(NULL);
}

static void hidden_layers_come_before_the_classifier(void **state)
{
    (void)state;
    rn_net_settings settings = net_settings(3);
    settings.n_hidden = 4;
    for (size_t i = 0; i < 4; i++) settings.hidden_sizes[i] = 10 + i;
    rn_net *net = make_net(&settings);
    assert_int_equal(net->n_linears, 5);
    const rn_param *first = &net->params[rn_net_find(net, "fc.hidden0.weight")];
    const rn_param *last = &net->params[rn_net_find(net, "fc.weight")];
    assert_true(first->dims[0] == 10 && first->dims[1] == 2048);
    assert_true(last->dims[0] == 3 && last->dims[1] == 13);
    assert_int_equal(rn_net_find(net, "fc.bias"), net->n_params - 1);
    rn_net_free(net);
}

/* Mean and deviation of a row's values. */
static void find_moments(const rn_net *net, size_t index, double *mean, double *deviation)
{
    const size_t count = net->params[index].count;
    const float *values = rn_net_get_values(net, index);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    *mean = sum / (double)count;
    *deviation = sqrt(squares / (double)count - *mean * *mean);
}

static void assert_constant(const rn_net *net, size_t index, float value)
{
    for (size_t i = 0; i < net->params[index].count; i++)
        assert_true(rn_net_get_values(net, index)[i] == value);
}

static void weights_start_as_he_and_others_say(void **state)
{
    (void)state;
    rn_net_settings settings = net_settings(N_CLASSES);
    settings.n_hidden = 1;
    settings.hidden_sizes[0] = 300;
    rn_net *net = make_net(&settings);
    const uint64_t before = net->generation;
    rn_net_init_backbone(net, 3, true);
    rn_net_init_head(net, 3);
    assert_true(net->generation > before);
    double mean, deviation;
    for (size_t row = 0; row < arch50()->n_convs; row++) {
        const rn_arch_conv *c = &arch50()->convs[row];
        const rn_conv_params *p = &net->convs[row];
        const double count = (double)net->params[p->weight].count;
        const double wanted = sqrt(2.0 / (c->out_channels * c->kernel * c->kernel));
        find_moments(net, p->weight, &mean, &deviation);
        assert_true(fabs(mean) < 5 * wanted / sqrt(count));
        assert_true(fabs(deviation / wanted - 1) < 5 / sqrt(2 * count));
        assert_constant(net, p->gamma, c->role == RN_ROLE_LAST ? 0 : 1);
        assert_constant(net, p->beta, 0);
        assert_constant(net, p->mean, 0);
        assert_constant(net, p->variance, 1);
    }
    find_moments(net, net->linears[0].weight, &mean, &deviation);
    assert_true(fabs(deviation / sqrt(2.0 / 2048) - 1) < 0.01);
    assert_constant(net, net->linears[0].bias, 0);
    find_moments(net, net->linears[1].weight, &mean, &deviation);
    assert_true(fabs(deviation / sqrt(1.0 / 300 / 3) - 1) < 0.01); /* uniform in +-1/sqrt(300) */
    find_moments(net, net->linears[1].bias, &mean, &deviation);
    assert_true(fabs(deviation / sqrt(1.0 / 300 / 3) - 1) < 0.1);
    rn_net *other = make_net(&settings);
    rn_net_init_backbone(other, 3, true); /* equal seeds, equal bits */
    rn_net_init_head(other, 3);
    assert_memory_equal(net->arena, other->arena, net->arena_count * sizeof(float));
    rn_net_init_backbone(other, 4, false);
    for (size_t row = 0; row < arch50()->n_convs; row++)
        assert_true(rn_net_get_values(net, net->convs[row].weight)[0] !=
                    rn_net_get_values(other, other->convs[row].weight)[0]);
    assert_constant(other, other->convs[3].gamma, 1);
    rn_net_free(other);
    rn_net_free(net);
}

static void folding_is_the_batch_norm(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(5);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    const size_t row = 2, first = 16, count = 32, per_channel = 64 * 9; /* layer1.0.conv2 */
    const rn_conv_params *p = &net->convs[row];
    float *weights = make_floats(count * per_channel), *bias = make_floats(count);
    double *want_w = make_doubles(count * per_channel), want_b[32];
    assert_ok(rn_fold(net, row, first, count, weights, bias));
    for (size_t o = 0; o < count; o++) {
        const size_t c = first + o;
        const double factor = (double)rn_net_get_values(net, p->gamma)[c] /
                              sqrt((double)rn_net_get_values(net, p->variance)[c] + 1e-5);
        want_b[o] = (double)rn_net_get_values(net, p->beta)[c] -
                    (double)rn_net_get_values(net, p->mean)[c] * factor;
        for (size_t i = 0; i < per_channel; i++)
            want_w[o * per_channel + i] =
                factor * (double)rn_net_get_values(net, p->weight)[c * per_channel + i];
    }
    assert_close("weights", weights, want_w, count * per_channel, 1e-7);
    assert_close("bias", bias, want_b, count, 1e-7);
    rn_free(weights);
    rn_free(bias);
    rn_free(want_w);
    rn_net_free(net);
}

static rn_weights *export_net(const rn_net *net)
{
    rn_weights *weights = NULL;
    assert_ok(rn_weights_create(&weights, net->arch));
    assert_ok(rn_net_export(net, weights));
    return weights;
}

static rn_tensor *tensor_of(rn_weights *weights, const char *name)
{
    return (rn_tensor *)rn_weights_find(weights, name);
}

static void export_and_import_are_each_others_way_back(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(5);
    rn_net *from = make_net(&settings), *to = make_net(&settings);
    draw_values(from, 0);
    rn_weights *weights = export_net(from);
    assert_int_equal(weights->n_tensors, from->n_params);
    const uint64_t before = to->generation;
    assert_ok(rn_net_import(to, weights, false));
    assert_true(to->generation > before);
    for (size_t i = 0; i < from->n_params; i++)
        assert_memory_equal(rn_net_get_values(from, i), rn_net_get_values(to, i),
                            from->params[i].count * sizeof(float));
    rn_net_get_values(to, to->linears[0].bias)[0] = 99;
    assert_ok(rn_net_import(to, weights, true));
    assert_true(rn_net_get_values(to, to->linears[0].bias)[0] == 99);
    rn_weights_free(weights);
    rn_net_free(from);
    rn_net_free(to);
}

static void convolution_biases_go_into_the_means(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(5);
    rn_net *net = make_net(&settings);
    draw_values(net, 0);
    rn_weights *weights = export_net(net);
    float *bias = NULL;
    const uint64_t count = 64, wrong = 63;
    assert_ok(rn_weights_add(weights, &bias, "layer1.0.conv1.bias", NULL, 1, &count));
    for (size_t c = 0; c < 64; c++) bias[c] = (float)c / 8;
    const float mean = rn_net_get_values(net, net->convs[1].mean)[40];
    assert_ok(rn_net_import(net, weights, false));
    assert_true(rn_net_get_values(net, net->convs[1].mean)[40] == mean - 5);
    assert_ok(rn_weights_add(weights, &bias, "conv1.bias", NULL, 1, &wrong));
    assert_fails(rn_net_import(net, weights, false), RESNET_E_SHAPE,
                 "conv1.bias: expected [64], file has [63]");
    rn_weights_free(weights);
    rn_net_free(net);
}

static void misfits_are_named_with_both_shapes(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(5);
    rn_net *net = make_net(&settings);
    rn_weights *weights = export_net(net);
    tensor_of(weights, "layer2.0.conv1.weight")->dims[2] = 3;
    assert_fails(rn_net_import(net, weights, false), RESNET_E_SHAPE,
                 "layer2.0.conv1.weight: expected [128,256,1,1], file has [128,256,3,1]");
    tensor_of(weights, "layer2.0.conv1.weight")->dims[2] = 1;
    tensor_of(weights, "bn1.bias")->n_dims = 2;
    tensor_of(weights, "bn1.bias")->dims[1] = UINT64_MAX;
    assert_fails(rn_net_import(net, weights, false), RESNET_E_SHAPE,
                 "bn1.bias: expected [64], file has [64,18446744073709551615]");
    tensor_of(weights, "bn1.bias")->n_dims = 0;
    assert_fails(rn_net_import(net, weights, false), RESNET_E_SHAPE, "bn1.bias: expected [64]");
    tensor_of(weights, "bn1.bias")->n_dims = 1;
    tensor_of(weights, "fc.bias")->name[3] = 'x';
    assert_fails(rn_net_import(net, weights, false), RESNET_E_FORMAT,
                 "fc.bias: the file has no such tensor");
    assert_ok(rn_net_import(net, weights, true));
    rn_weights_free(weights);
    rn_net_free(net);
}

/* A file that does not fit must leave the network as it was: the check comes before the copy. */
static void a_misfit_changes_nothing(void **state)
{
    (void)state;
    const rn_net_settings settings = net_settings(5);
    rn_net *from = make_net(&settings), *net = make_net(&settings);
    draw_values(from, 0);
    rn_weights *weights = export_net(from);
    float *before = make_floats(net->arena_count);
    memcpy(before, net->arena, net->arena_count * sizeof *before);
    tensor_of(weights, "fc.bias")->dims[0] = 6;
    assert_fails(rn_net_import(net, weights, false), RESNET_E_SHAPE, "fc.bias");
    assert_memory_equal(before, net->arena, net->arena_count * sizeof *before);
    rn_free(before);
    rn_weights_free(weights);
    rn_net_free(from);
    rn_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_shapes_are_torchvisions),
        cmocka_unit_test(hidden_layers_come_before_the_classifier),
        cmocka_unit_test(weights_start_as_he_and_others_say),
        cmocka_unit_test(folding_is_the_batch_norm),
        cmocka_unit_test(export_and_import_are_each_others_way_back),
        cmocka_unit_test(convolution_biases_go_into_the_means),
        cmocka_unit_test(misfits_are_named_with_both_shapes),
        cmocka_unit_test(a_misfit_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
