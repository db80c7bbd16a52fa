/* oneDNN makes its small objects in two ways. Most are the C++ library's, and std::bad_alloc comes
 * out of the call. Its handles have an operator new of their own that returns NULL, which their
 * constructors then write through; nobody can catch that, so there must be memory beforehand: a
 * block larger than what is about to be made is taken and given back at once.
 * SPDX-License-Identifier: MIT */
#include "dnn/border.h"

extern "C" {
#include "core/mem.h"
}

#include <new>

namespace
{

const size_t SMALL = size_t(64) << 10;
const size_t KERNELS = size_t(16) << 20; /* a convolution may want dozens, of 256 KiB each */

/* Small parts come from the heap, the code of kernels from the system. */
bool has_room(bool kernels)
{
    void *block = rn_alloc(SMALL, 1);
    rn_free(block);
    return block && (!kernels || rn_mem_has_room(KERNELS));
}

/* Calls f and makes a status of what it throws. */
template <typename F> dnnl_status_t catch_all(F f) noexcept
{
    try {
        return f();
    } catch (const std::bad_alloc &) {
        return dnnl_out_of_memory;
    } catch (...) {
        return dnnl_runtime_error;
    }
}

template <typename F> dnnl_status_t make(F f, bool kernels = false) noexcept
{
    return has_room(kernels) ? catch_all(f) : dnnl_out_of_memory;
}

dnnl_status_t append(dnnl_primitive_attr_t attr, int sum, int relu)
{
    dnnl_post_ops_t ops = nullptr;
    dnnl_status_t code = dnnl_post_ops_create(&ops);
    if (code == dnnl_success && sum) code = catch_all([=] { return rn_compat_post_sum(ops); });
    if (code == dnnl_success && relu) code = catch_all([=] { return rn_compat_post_relu(ops); });
    if (code == dnnl_success)
        code = catch_all([=] { return dnnl_primitive_attr_set_post_ops(attr, ops); });
    if (ops) dnnl_post_ops_destroy(ops);
    return code;
}

} /* namespace */

dnnl_status_t rn_border_engine_create(dnnl_engine_t *out)
{
    return make([=] { return dnnl_engine_create(out, dnnl_cpu, 0); });
}

dnnl_status_t rn_border_stream_create(dnnl_stream_t *out, dnnl_engine_t engine)
{
    return make([=] { return dnnl_stream_create(out, engine, dnnl_stream_default_flags); });
}

dnnl_status_t rn_border_md_init(rn_md *out, int n_dims, const dnnl_dim_t *dims,
                                dnnl_format_tag_t tag)
{
    return catch_all([=] { return rn_md_init(out, n_dims, dims, tag); });
}

dnnl_status_t rn_border_md_copy(rn_md *out, rn_md_view md)
{
    return catch_all([=] { return rn_md_copy(out, md); });
}

dnnl_status_t rn_border_attr_create(dnnl_primitive_attr_t *out, int sum, int relu)
{
    dnnl_primitive_attr_t attr = nullptr;
    dnnl_status_t code = make([&] { return dnnl_primitive_attr_create(&attr); });
    if (code == dnnl_success)
        code = catch_all([=] {
            return dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
        });
    if (code == dnnl_success) code = make([=] { return append(attr, sum, relu); });
    if (code == dnnl_success)
        *out = attr;
    else if (attr)
        dnnl_primitive_attr_destroy(attr);
    return code;
}

dnnl_status_t rn_border_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                    const rn_compat_window *window,
                                    const_dnnl_primitive_attr_t attr,
                                    const_dnnl_primitive_desc_t hint)
{
    return make([=] { return rn_compat_convolution(out, engine, window, attr, hint); });
}

dnnl_status_t rn_border_pooling(dnnl_primitive_desc_t *out, dnnl_engine_t engine,
                                const rn_compat_window *window, const_dnnl_primitive_attr_t attr,
                                const_dnnl_primitive_desc_t hint)
{
    return make([=] { return rn_compat_pooling(out, engine, window, attr, hint); });
}

dnnl_status_t rn_border_reorder(dnnl_primitive_desc_t *out, dnnl_engine_t engine, rn_md_view from,
                                rn_md_view to, const_dnnl_primitive_attr_t attr)
{
    return make(
        [=] { return dnnl_reorder_primitive_desc_create(out, from, engine, to, engine, attr); });
}

dnnl_status_t rn_border_memory_create(dnnl_memory_t *out, rn_md_view md, dnnl_engine_t engine)
{
    return make([=] { return dnnl_memory_create(out, md, engine, DNNL_MEMORY_NONE); });
}

dnnl_status_t rn_border_primitive_create(dnnl_primitive_t *out, const_dnnl_primitive_desc_t desc)
{
    return make([=] { return dnnl_primitive_create(out, desc); }, true);
}

dnnl_status_t rn_border_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream, int n_args,
                                const dnnl_exec_arg_t *args)
{
    return catch_all([=] { return dnnl_primitive_execute(primitive, stream, n_args, args); });
}
