/* SPDX-License-Identifier: MIT */
#include "dnn/engine.h"

#include "core/mem.h"
#include "dnn/backend.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Found in whichever OpenMP runtime oneDNN brought along, if any; weak, so that we need none. */
extern void omp_set_num_threads(int n_threads) __attribute__((weak));
extern int omp_get_max_threads(void) __attribute__((weak));

void rn_engine_start_thread(void)
{
    if (omp_set_num_threads) omp_set_num_threads(1);
}

int rn_engine_enter_thread(void)
{
    const int before = omp_get_max_threads ? omp_get_max_threads() : 1;
    rn_engine_start_thread();
    return before;
}

void rn_engine_leave_thread(int before)
{
    if (omp_set_num_threads) omp_set_num_threads(before);
}

resnet_status rn_backend_check(dnnl_status_t code, const char *what)
{
    if (code == dnnl_success) return RESNET_OK;
    if (code == dnnl_out_of_memory)
        return rn_fail(RESNET_E_NOMEM, "oneDNN: out of memory: %s", what);
    return rn_fail(RESNET_E_BACKEND, "oneDNN: cannot %s (status %d)", what, (int)code);
}

dnnl_format_tag_t rn_backend_activation_tag(size_t channel_block)
{
    return channel_block == 16 ? dnnl_nChw16c : channel_block == 8 ? dnnl_nChw8c : dnnl_nchw;
}

/* Whether oneDNN has a kernel made for this block, tried on a typical 3x3 convolution. */
static resnet_status look_for_kernel(bool *out, dnnl_engine_t engine, size_t channel_block)
{
    resnet_status status;
    const dnnl_dims_t dims = {1, 64, 14, 14}, weight_dims = {64, 64, 3, 3}, ones = {1, 1};
    rn_md act = {0}, weights = {0};
    const dnnl_format_tag_t tag = rn_backend_activation_tag(channel_block);
    RN_TRY_DNNL(rn_border_md_init(&act, 4, dims, tag), "describe a tensor");
    RN_TRY_DNNL(rn_border_md_init(&weights, 4, weight_dims, dnnl_format_tag_any),
                "describe weights");
    const rn_compat_window window = {.pass = dnnl_forward_training,
                                     .algorithm = dnnl_convolution_direct,
                                     .src = rn_md_borrow(&act),
                                     .weights = rn_md_borrow(&weights),
                                     .dst = rn_md_borrow(&act),
                                     .strides = ones,
                                     .pad_begin = ones,
                                     .pad_end = ones};
    dnnl_primitive_desc_t pd = NULL;
    const char *kernel = "ref";
    const dnnl_status_t code = rn_border_convolution(&pd, engine, &window, NULL, NULL);
    if (code == dnnl_out_of_memory) RN_TRY_DNNL(code, "look for its kernels");
    if (code == dnnl_success) {
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &kernel);
        *out = strncmp(kernel, "ref", 3) != 0; /* pd owns the text */
        dnnl_primitive_desc_destroy(pd);
    }
done:
    rn_md_release(&weights);
    rn_md_release(&act);
    return status;
}

static resnet_status choose_channel_block(size_t *out, dnnl_engine_t engine)
{
    resnet_status status = RESNET_OK;
    bool found = false;
    for (*out = 16; *out >= 8; *out /= 2) {
        RN_TRY(look_for_kernel(&found, engine, *out));
        if (found) return RESNET_OK;
    }
    *out = 1;
done:
    return status;
}

resnet_status rn_engine_create(rn_engine **out, size_t n_workers)
{
    resnet_status status = RESNET_OK;
    rn_engine *engine = rn_calloc(1, sizeof *engine);
    if (!engine) return RESNET_E_NOMEM;
    engine->streams = rn_calloc(n_workers, sizeof *engine->streams);
    if (!engine->streams) {
        status = RESNET_E_NOMEM;
        goto done;
    }
    RN_TRY_DNNL(rn_border_engine_create(&engine->engine), "create its engine");
    for (; engine->n_workers < n_workers; engine->n_workers++)
        RN_TRY_DNNL(rn_border_stream_create(&engine->streams[engine->n_workers], engine->engine),
                    "create a stream");
    RN_TRY(choose_channel_block(&engine->channel_block, engine->engine));
    *out = engine;
    return RESNET_OK;
done:
    rn_engine_free(engine);
    return status;
}

void rn_engine_free(rn_engine *engine)
{
    if (!engine) return;
    for (size_t i = 0; i < engine->n_workers; i++) dnnl_stream_destroy(engine->streams[i]);
    if (engine->engine) dnnl_engine_destroy(engine->engine);
    rn_free(engine->streams);
    rn_free(engine);
}

size_t rn_engine_get_channel_block(const rn_engine *engine)
{
    return engine->channel_block;
}

static const char *isa_name(dnnl_cpu_isa_t isa)
{
    switch ((int)isa) {
    case dnnl_cpu_isa_sse41:
        return "SSE4.1";
    case dnnl_cpu_isa_avx:
        return "AVX";
    case dnnl_cpu_isa_avx2:
        return "AVX2";
    case dnnl_cpu_isa_avx2_vnni:
        return "AVX2 with VNNI";
    case dnnl_cpu_isa_avx512_core:
        return "AVX-512";
    case dnnl_cpu_isa_avx512_core_vnni:
        return "AVX-512 with VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
        return "AVX-512 with VNNI and bf16";
    default:
        return (int)isa > (int)dnnl_cpu_isa_avx512_core_bf16 ? "AVX-512 with AMX or fp16"
                                                             : "no vector instructions";
    }
}

const char *rn_engine_describe(char *text, size_t size)
{
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, size, "oneDNN %d.%d.%d, %s", version->major, version->minor, version->patch,
             isa_name(dnnl_get_effective_cpu_isa()));
    return text;
}
