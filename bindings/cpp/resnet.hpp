/** resnet.hpp: libresnet50 for C++17. One header over the C interface; nothing to link but the library.
 *
 *      #include <resnet/resnet.hpp>
 *      #include <iostream>
 *      int main()
 *      {
 *          const resnet::model model = resnet::model::load("weights.h5");
 *          resnet::session session(model);
 *          for (const resnet::prediction &p : session.classify(resnet::image::load("cat.jpg"), 3))
 *              std::cout << p.name << ' ' << 100 * p.probability << " %\n";
 *      }
 *
 *  * Each opaque type of C is a move-only class of the same name that frees what it owns; get() lends
 *    the C handle, for calls this header does not dress up. A moved-from object may only be assigned
 *    to or destroyed.
 *  * A call that fails throws resnet::error, which carries the status and the message.
 *  * Options are the C structs, filled with defaults: resnet::session_options o; o.n_threads = 2;
 *  * Callbacks are std::functions. What one throws comes out of the call that ran it, a resnet::error
 *    as the same status and message, anything else as the same exception.
 *  * What each call does, shapes, units and statuses: the C headers, which this one does not repeat.
 *    Threads as there: this header adds no state of its own but callbacks.
 *  SPDX-License-Identifier: MIT */
#ifndef RESNET_RESNET_HPP
#define RESNET_RESNET_HPP

#include <resnet/resnet.h>

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace resnet
{

/* ---- failures ---- */

/* A header has no file for the key function of a class. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#endif
/** A call of the library that failed; what() is one line of fact and place. */
class error : public std::runtime_error
{
  public:
    error(resnet_status status, const char *message) : std::runtime_error(message), status_(status)
    {
    }
    /** RESNET_E_* */
    resnet_status status() const noexcept { return status_; }
    /** "RESNET_E_FORMAT" */
    const char *name() const noexcept { return resnet_status_name(status_); }

  private:
    resnet_status status_;
};
#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/** Throws unless `status` is RESNET_OK: for C calls of the host's own. */
inline void check(resnet_status status)
{
    if (status != RESNET_OK) throw error(status, resnet_last_error());
}

/** What a callback wants. */
enum class flow : std::int32_t { go_on = 0, stop = 1 };

/* ---- views ---- */

/** A borrowed run of values: std::span for C++17, as far as it is needed here. */
template <class T> class span
{
  public:
    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N> constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
    /** Of a vector, an array, a string, another span. */
    template <class C, class = decltype(static_cast<T *>(std::declval<C &>().data())),
              class = decltype(std::declval<C &>().size())>
    constexpr span(C &&container) noexcept : data_(container.data()), size_(container.size())
    {
    }
    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t index) const noexcept { return data_[index]; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

/** A file in memory. */
using file_view = span<const unsigned char>;

/** A host's own 8-bit frames, one behind the other. */
struct frame_view {
    const void *pixels_hwc;
    std::size_t width, height;
    std::int32_t layout = RESNET_PIXELS_RGB;
    std::size_t stride = 0;   /**< bytes; 0: no gap */
    std::size_t n_frames = 1; /**< for sessions */
};

/** A batch of prepared inputs, [n][3][height][width]. */
struct input_view {
    span<const float> values;
    std::size_t n, height, width;
};

/* ---- options and results: the C structs, with defaults ---- */

namespace detail
{
template <class S, resnet_status (*Init)(S *, std::size_t)> struct defaults : S {
    defaults() : S{} { check(Init(this, sizeof(S))); }
};

template <class S, resnet_status (*Init)(S *, std::size_t, const char *)> struct named : S {
    /** nullptr: the first of them */
    explicit named(const char *which = nullptr) : S{} { check(Init(this, sizeof(S), which)); }
};
} // namespace detail

using image_options = detail::defaults<resnet_image_options, resnet_image_options_init>;
using model_options = detail::defaults<resnet_model_options, resnet_model_options_init>;
using load_options = detail::defaults<resnet_load_options, resnet_load_options_init>;
using caps = detail::defaults<resnet_caps, resnet_caps_init>;
using session_options = detail::defaults<resnet_session_options, resnet_session_options_init>;
using predict_options = detail::defaults<resnet_predict_options, resnet_predict_options_init>;
using dataset_options = detail::defaults<resnet_dataset_options, resnet_dataset_options_init>;
using scan_options = detail::defaults<resnet_scan_options, resnet_scan_options_init>;
using trainer_options = detail::defaults<resnet_trainer_options, resnet_trainer_options_init>;
using evaluate_options = detail::defaults<resnet_evaluate_options, resnet_evaluate_options_init>;
using metrics_options = detail::defaults<resnet_metrics_options, resnet_metrics_options_init>;
using report_options = detail::defaults<resnet_report_options, resnet_report_options_init>;
using queue_options = detail::defaults<resnet_queue_options, resnet_queue_options_init>;
using request_options = detail::defaults<resnet_request_options, resnet_request_options_init>;
/** By name: resnet::recipe("keras"). */
using recipe = detail::named<resnet_recipe, resnet_recipe_init>;
/** By preset: resnet::augment("light"). */
using augment = detail::named<resnet_augment, resnet_augment_init>;
using prediction = resnet_prediction;

namespace detail
{

/** Owns a handle of C. */
template <class T, void (*Free)(T *)> class owner
{
  public:
    /** Lends the handle. */
    T *get() const noexcept { return raw_.get(); }
    /** Gives it away: the caller frees it. */
    T *release() noexcept { return raw_.release(); }
    explicit operator bool() const noexcept { return raw_ != nullptr; }

  protected:
    struct deleter {
        void operator()(T *raw) const noexcept { Free(raw); }
    };
    /** `kept` is what C may call back into: it lives longer than the handle. */
    explicit owner(T *raw, std::shared_ptr<void> kept = {}) noexcept
        : kept_(std::move(kept)), raw_(raw)
    {
    }
    owner(owner &&) noexcept = default;
    owner &operator=(owner &&other) noexcept
    {
        raw_ = std::move(other.raw_);
        kept_ = std::move(other.kept_);
        return *this;
    }
    ~owner() = default;

  private:
    std::shared_ptr<void> kept_; /* destroyed last */
    std::unique_ptr<T, deleter> raw_;
};

/** The handle that make(&out, args...) gives. */
template <class T, class... P, class... A> T *made(resnet_status (*make)(T **, P...), A &&...args)
{
    T *raw = nullptr;
    check(make(&raw, std::forward<A>(args)...));
    return raw;
}

/** A struct that fill(&out, sizeof out, args...) fills. */
template <class S, class... P, class... A>
S filled(resnet_status (*fill)(S *, std::size_t, P...), A &&...args)
{
    S out{};
    check(fill(&out, sizeof out, std::forward<A>(args)...));
    return out;
}

inline std::vector<const char *> to_c(span<const std::string> texts)
{
    std::vector<const char *> out;
    out.reserve(texts.size());
    for (const std::string &text : texts) out.push_back(text.c_str());
    return out;
}

inline std::string to_string(const char *text) { return text ? text : std::string(); }

/** What callbacks have thrown, on whatever thread: the first is kept. */
class catcher
{
  public:
    template <class F> resnet_status run(F &&f) noexcept
    {
        try {
            f();
            return RESNET_OK;
        } catch (const std::exception &e) {
            keep();
            return resnet_set_error(RESNET_E_CANCELLED, e.what());
        } catch (...) {
            keep();
            return resnet_set_error(RESNET_E_CANCELLED, "a callback has thrown");
        }
    }
    /** A resnet::error is not kept but goes through C, which may have a use for its status. */
    template <class F> resnet_status pass_errors(F &&f) noexcept
    {
        resnet_status failed = RESNET_OK;
        const resnet_status other = run([&] {
            try {
                f();
            } catch (const error &e) {
                failed = resnet_set_error(e.status(), e.what());
            }
        });
        return failed != RESNET_OK ? failed : other;
    }
    /** The end of a call of C that may have run callbacks. */
    void finish(resnet_status status)
    {
        rethrow();
        check(status);
    }
    void rethrow()
    {
        std::exception_ptr thrown;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            std::swap(thrown, first_);
        }
        if (thrown) std::rethrow_exception(thrown);
    }

  private:
    void keep() noexcept
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!first_) first_ = std::current_exception();
    }
    std::mutex mutex_;
    std::exception_ptr first_;
};

} // namespace detail

/* ---- memory, files, cancelling ---- */

class bytes : public detail::owner<resnet_bytes, resnet_bytes_free>
{
  public:
    explicit bytes(resnet_bytes *raw) noexcept : owner(raw) {}
    file_view view() const noexcept
    {
        return {static_cast<const unsigned char *>(resnet_bytes_get_data(get())),
                resnet_bytes_get_size(get())};
    }
};

class file : public detail::owner<resnet_file, resnet_file_free>
{
  public:
    explicit file(const std::string &path) : owner(detail::made(resnet_file_create, path.c_str()))
    {
    }
    void write(const void *data, std::size_t size) { check(resnet_file_write(get(), data, size)); }
    void write(const std::string &text) { write(text.data(), text.size()); }
    void commit() { check(resnet_file_commit(get())); }
    static void check_path(const std::string &path) { check(resnet_file_check(path.c_str())); }
};

class cancel_token : public detail::owner<resnet_cancel_token, resnet_cancel_token_free>
{
  public:
    cancel_token() : owner(detail::made(resnet_cancel_token_create)) {}
    void cancel() const noexcept { resnet_cancel_token_cancel(get()); }
    void reset() const noexcept { resnet_cancel_token_reset(get()); }
    bool is_cancelled() const noexcept { return resnet_cancel_token_is_cancelled(get()) != 0; }
};

/* ---- pictures ---- */

struct size {
    std::size_t width, height;
};

class image : public detail::owner<resnet_image, resnet_image_free>
{
  public:
    explicit image(resnet_image *raw) noexcept : owner(raw) {}
    /** Gives the next bytes to [0, size) of the span and says how many; 0 at the end. */
    using reader = std::function<std::size_t(span<unsigned char>)>;

    static image load(const std::string &path, const resnet_image_options *options = nullptr)
    {
        return image(detail::made(resnet_image_load, path.c_str(), options));
    }
    static image decode(file_view file, const resnet_image_options *options = nullptr)
    {
        return image(detail::made(resnet_image_decode, file.data(), file.size(), options));
    }
    static image load(const reader &read, const resnet_image_options *options = nullptr)
    {
        struct context {
            const reader *read;
            detail::catcher catcher;
        } self{&read, {}};
        resnet_image *raw = nullptr;
        const resnet_status status = resnet_image_load_callback(
            &raw,
            [](void *user_data, void *buffer, std::uint64_t most) -> std::int64_t {
                auto *c = static_cast<context *>(user_data);
                std::int64_t n = 0;
                const resnet_status failed = c->catcher.run([&] {
                    n = static_cast<std::int64_t>(
                        (*c->read)({static_cast<unsigned char *>(buffer), std::size_t{most}}));
                });
                return failed ? -1 : n;
            },
            &self, options);
        image out(raw);
        self.catcher.finish(status);
        return out;
    }
    static image from_pixels(const frame_view &f, const resnet_image_options *options = nullptr)
    {
        return image(detail::made(resnet_image_from_pixels, f.pixels_hwc, f.width, f.height,
                                  f.stride, f.layout, options));
    }
    static size read_size(const std::string &path, const resnet_image_options *options = nullptr)
    {
        size out{};
        check(resnet_image_read_size(&out.width, &out.height, path.c_str(), options));
        return out;
    }
    static size read_size(file_view file, const resnet_image_options *options = nullptr)
    {
        size out{};
        check(resnet_image_read_size_bytes(&out.width, &out.height, file.data(), file.size(),
                                           options));
        return out;
    }

    std::size_t width() const noexcept { return resnet_image_get_width(get()); }
    std::size_t height() const noexcept { return resnet_image_get_height(get()); }
    span<const std::uint8_t> pixels() const noexcept
    {
        return {resnet_image_get_pixels(get()), width() * height() * 3};
    }
    image resize(std::size_t to_width, std::size_t to_height, std::int32_t filter) const
    {
        return image(detail::made(resnet_image_resize, get(), to_width, to_height, filter));
    }
    image crop(std::int64_t left, std::int64_t top, std::size_t w, std::size_t h) const
    {
        return image(detail::made(resnet_image_crop, get(), left, top, w, h));
    }
    image augmented(const resnet_augment &how, const resnet_recipe *to, std::uint64_t seed,
                    std::uint64_t epoch, std::uint64_t sample) const
    {
        return image(detail::made(resnet_augment_image, get(), &how, to, seed, epoch, sample));
    }
    void save_png(const std::string &path) const
    {
        check(resnet_image_save_png(get(), path.c_str()));
    }
    bytes encode_png() const { return bytes(detail::made(resnet_image_encode_png, get())); }
    void prepare(span<float> out_chw, const resnet_recipe &by) const
    {
        check(resnet_image_prepare(out_chw.data(), out_chw.size(), get(), &by));
    }
    /** `views` is RESNET_VIEWS_* */
    void prepare_views(span<float> out_nchw, const resnet_recipe &by, std::int32_t views) const
    {
        check(resnet_image_prepare_views(out_nchw.data(), out_nchw.size(), get(), &by, views));
    }
};

inline void prepare_file(span<float> out_chw, const std::string &path, const resnet_recipe &by,
                         const resnet_image_options *options = nullptr)
{
    check(resnet_image_prepare_file(out_chw.data(), out_chw.size(), path.c_str(), &by, options));
}
inline void prepare_bytes(span<float> out_chw, file_view file, const resnet_recipe &by,
                          const resnet_image_options *options = nullptr)
{
    check(resnet_image_prepare_bytes(out_chw.data(), out_chw.size(), file.data(), file.size(), &by,
                                     options));
}
inline void set_recipe_size(resnet_recipe &of, std::uint32_t to)
{
    check(resnet_recipe_set_size(&of, to));
}

/* ---- the model ---- */

class model : public detail::owner<resnet_model, resnet_model_free>
{
  public:
    explicit model(resnet_model *raw) noexcept : owner(raw) {}
    static model create(const resnet_model_options *options = nullptr)
    {
        return model(detail::made(resnet_model_create, options));
    }
    static model load(const std::string &path, const resnet_load_options *options = nullptr)
    {
        return model(detail::made(resnet_model_load, path.c_str(), options));
    }
    static model load(file_view file, const resnet_load_options *options = nullptr)
    {
        return model(detail::made(resnet_model_load_memory, file.data(), file.size(), options));
    }
    void save(const std::string &path, std::int32_t format = RESNET_FORMAT_HDF5) const
    {
        check(resnet_model_save(get(), path.c_str(), format));
    }
    bytes save_memory(std::int32_t format = RESNET_FORMAT_HDF5) const
    {
        return bytes(detail::made(resnet_model_save_memory, get(), format));
    }
    model clone() const { return model(detail::made(resnet_model_clone, get())); }

    std::size_t n_classes() const noexcept { return resnet_model_get_n_classes(get()); }
    std::string class_name(std::size_t i) const { return resnet_model_get_class_name(get(), i); }
    std::int32_t names_origin() const noexcept { return resnet_model_get_names_origin(get()); }
    std::size_t depth() const noexcept { return resnet_model_get_depth(get()); }
    std::size_t n_features() const noexcept { return resnet_model_get_n_features(get()); }
    std::int32_t variant() const noexcept { return resnet_model_get_variant(get()); }
    float bn_epsilon() const noexcept { return resnet_model_get_bn_epsilon(get()); }
    std::int32_t stem_pool() const noexcept { return resnet_model_get_stem_pool(get()); }
    std::int32_t pooling() const noexcept { return resnet_model_get_pooling(get()); }
    std::size_t n_hidden() const noexcept { return resnet_model_get_n_hidden(get()); }
    std::size_t hidden_size(std::size_t i) const noexcept
    {
        return resnet_model_get_hidden_size(get(), i);
    }
    std::int32_t hidden_activation(std::size_t i) const noexcept
    {
        return resnet_model_get_hidden_activation(get(), i);
    }
    float activation_slope(std::size_t i) const noexcept
    {
        return resnet_model_get_activation_slope(get(), i);
    }
    float dropout() const noexcept { return resnet_model_get_dropout(get()); }
    std::string format() const { return resnet_model_get_format(get()); }
    std::string licence() const { return resnet_model_get_licence(get()); }
    std::string provenance() const { return resnet_model_get_provenance(get()); }
    std::vector<std::string> remarks() const
    {
        std::vector<std::string> out(resnet_model_get_n_remarks(get()));
        for (std::size_t i = 0; i < out.size(); i++) out[i] = resnet_model_get_remark(get(), i);
        return out;
    }

    resnet::recipe recipe() const
    {
        resnet::recipe out;
        check(resnet_model_copy_recipe(&out, sizeof(resnet_recipe), get()));
        return out;
    }
    void set_recipe(const resnet_recipe &to) { check(resnet_model_set_recipe(get(), &to)); }
    void set_class_names(span<const std::string> names)
    {
        const std::vector<const char *> texts = detail::to_c(names);
        check(resnet_model_set_class_names(get(), texts.data(), texts.size()));
    }
    void set_notes(const char *licence, const char *provenance)
    {
        check(resnet_model_set_notes(get(), licence, provenance));
    }
    /** nullptr removes it. */
    void set_metadata(const std::string &key, const char *value)
    {
        check(resnet_model_set_metadata(get(), key.c_str(), value));
    }
    /** nullptr if there is none. */
    const char *metadata(const std::string &key) const noexcept
    {
        return resnet_model_get_metadata(get(), key.c_str());
    }
    std::vector<std::string> metadata_keys() const
    {
        std::vector<std::string> out(resnet_model_get_n_metadata(get()));
        for (std::size_t i = 0; i < out.size(); i++)
            out[i] = resnet_model_get_metadata_key(get(), i);
        return out;
    }
    std::size_t n_tensors() const noexcept { return resnet_model_get_n_tensors(get()); }
    resnet_tensor_view tensor(std::size_t i) const
    {
        return detail::filled(resnet_model_get_tensor, get(), i);
    }
    void set_tensor(const std::string &name, span<const float> values)
    {
        check(resnet_model_set_tensor(get(), name.c_str(), values.data(), values.size()));
    }
};

/* ---- running it ---- */

/** The host's threads: run(n, task) calls task(0) ... task(n - 1), on any threads, and returns when
 *  all have returned. It is shared with the sessions and queues that use it. */
class executor
{
  public:
    using parallel = std::function<void(std::uint64_t, const std::function<void(std::uint64_t)> &)>;
    explicit executor(parallel run, bool is_concurrent = false) : run_(std::move(run))
    {
        check(resnet_executor_init(&raw_, sizeof raw_));
        raw_.run = [](void *user_data, std::uint64_t n, resnet_task task, void *context) {
            auto *self = static_cast<executor *>(user_data);
            const std::int32_t failed = self->catcher_.run(
                [&] { self->run_(n, [=](std::uint64_t i) { task(context, i); }); });
            return failed;
        };
        raw_.user_data = this;
        raw_.is_concurrent = is_concurrent;
    }
    executor(const executor &) = delete;
    executor &operator=(const executor &) = delete;
    const resnet_executor *get() const noexcept { return &raw_; }
    detail::catcher &catcher() noexcept { return catcher_; }

  private:
    resnet_executor raw_{};
    parallel run_;
    detail::catcher catcher_;
};

class session : public detail::owner<resnet_session, resnet_session_free>
{
  public:
    explicit session(const model &of, const resnet_session_options *options = nullptr)
        : owner(detail::made(resnet_session_create, of.get(), options))
    {
    }
    /** On the host's threads, options.executor is set here. */
    session(const model &of, session_options options, std::shared_ptr<executor> on)
        : owner(detail::made(resnet_session_create, of.get(), with(options, *on)), on),
          executor_(on.get())
    {
    }
    std::size_t n_threads() const noexcept { return resnet_session_get_n_threads(get()); }
    void cancel() const noexcept { resnet_session_cancel(get()); }
    void prepare(std::size_t n, std::size_t height, std::size_t width)
    {
        finish(resnet_session_prepare(get(), n, height, width));
    }
    std::size_t n_values(std::int32_t output) const noexcept
    {
        return resnet_session_get_n_values(get(), output);
    }

    void logits(span<float> out, const input_view &in)
    {
        run_inputs(resnet_session_logits, out, in);
    }
    void probabilities(span<float> out, const input_view &in)
    {
        run_inputs(resnet_session_probabilities, out, in);
    }
    void embeddings(span<float> out, const input_view &in)
    {
        run_inputs(resnet_session_embeddings, out, in);
    }
    void features(span<float> out_nchw, const input_view &in, std::int32_t stage)
    {
        check_size(in);
        finish(resnet_session_features(out_nchw.data(), out_nchw.size(), get(), in.values.data(),
                                       in.n, in.height, in.width, stage));
    }
    /** {channels, height, width} */
    std::array<std::size_t, 3> feature_shape(std::size_t height, std::size_t width,
                                             std::int32_t stage) const
    {
        std::array<std::size_t, 3> out{};
        check(resnet_session_get_feature_shape(out.data(), get(), height, width, stage));
        return out;
    }

    /** [n][n_values(output)]; output is RESNET_OUTPUT_*. */
    std::vector<float> run(std::int32_t output, span<const image> images)
    {
        std::vector<float> out(images.size() * n_values(output));
        const std::vector<resnet_image *> raw = to_c(images);
        finish(resnet_session_run_images(out.data(), out.size(), get(), output, raw.data(),
                                         raw.size()));
        return out;
    }
    std::vector<float> run(std::int32_t output, const image &one)
    {
        return run(output, span<const image>(&one, 1));
    }
    std::vector<float> run_bytes(std::int32_t output, span<const file_view> files,
                                 const resnet_image_options *options = nullptr)
    {
        std::vector<float> out(files.size() * n_values(output));
        const pointers raw(files);
        finish(resnet_session_run_bytes(out.data(), out.size(), get(), output, raw.data.data(),
                                        raw.sizes.data(), files.size(), options));
        return out;
    }
    std::vector<float> run_files(std::int32_t output, span<const std::string> paths,
                                 const resnet_image_options *options = nullptr)
    {
        std::vector<float> out(paths.size() * n_values(output));
        const std::vector<const char *> raw = detail::to_c(paths);
        finish(resnet_session_run_files(out.data(), out.size(), get(), output, raw.data(),
                                        raw.size(), options));
        return out;
    }
    std::vector<float> run_frames(std::int32_t output, const frame_view &f)
    {
        std::vector<float> out(f.n_frames * n_values(output));
        finish(resnet_session_run_frames(out.data(), out.size(), get(), output, f.pixels_hwc,
                                         f.n_frames, f.width, f.height, f.stride, f.layout));
        return out;
    }

    /** [n][k]; names are the model's. */
    std::vector<prediction> classify(span<const image> images, std::size_t k)
    {
        std::vector<prediction> out(images.size() * k);
        const std::vector<resnet_image *> raw = to_c(images);
        finish(resnet_session_classify_images(out.data(), sizeof(prediction), get(), raw.data(),
                                              raw.size(), k));
        return out;
    }
    std::vector<prediction> classify(const image &one, std::size_t k)
    {
        return classify(span<const image>(&one, 1), k);
    }
    std::vector<prediction> classify_bytes(span<const file_view> files, std::size_t k,
                                           const resnet_image_options *options = nullptr)
    {
        std::vector<prediction> out(files.size() * k);
        const pointers raw(files);
        finish(resnet_session_classify_bytes(out.data(), sizeof(prediction), get(), raw.data.data(),
                                             raw.sizes.data(), files.size(), k, options));
        return out;
    }
    std::vector<prediction> classify_files(span<const std::string> paths, std::size_t k,
                                           const resnet_image_options *options = nullptr)
    {
        std::vector<prediction> out(paths.size() * k);
        const std::vector<const char *> raw = detail::to_c(paths);
        finish(resnet_session_classify_files(out.data(), sizeof(prediction), get(), raw.data(),
                                             raw.size(), k, options));
        return out;
    }
    std::vector<prediction> classify_frames(const frame_view &f, std::size_t k)
    {
        std::vector<prediction> out(f.n_frames * k);
        finish(resnet_session_classify_frames(out.data(), sizeof(prediction), get(), f.pixels_hwc,
                                              f.n_frames, f.width, f.height, f.stride, f.layout,
                                              k));
        return out;
    }

  private:
    struct pointers {
        std::vector<const void *> data;
        std::vector<std::size_t> sizes;
        explicit pointers(span<const file_view> files)
        {
            for (const file_view &one : files) {
                data.push_back(one.data());
                sizes.push_back(one.size());
            }
        }
    };
    using runner = resnet_status (*)(float *, std::size_t, resnet_session *, const float *,
                                     std::size_t, std::size_t, std::size_t);

    static const resnet_session_options *with(session_options &options, const executor &on)
    {
        options.executor = on.get();
        return &options;
    }
    static std::vector<resnet_image *> to_c(span<const image> images)
    {
        std::vector<resnet_image *> out;
        out.reserve(images.size());
        for (const image &one : images) out.push_back(one.get());
        return out;
    }
    /** C has no length to look at. */
    static void check_size(const input_view &in)
    {
        if (in.height && in.width && in.values.size() / 3 / in.height / in.width < in.n)
            throw error(RESNET_E_INVALID, "input_view: fewer values than [n][3][height][width]");
    }
    void run_inputs(runner call, span<float> out, const input_view &in)
    {
        check_size(in);
        finish(call(out.data(), out.size(), get(), in.values.data(), in.n, in.height, in.width));
    }
    void finish(resnet_status status)
    {
        if (executor_) executor_->catcher().rethrow();
        check(status);
    }
    executor *executor_ = nullptr;
};

/** A picture handed to a queue, and its answer. */
class request : public detail::owner<resnet_request, resnet_request_free>
{
  public:
    explicit request(resnet_request *raw) noexcept : owner(raw) {}
    /** Throws what the answer says if that is not OK. */
    void wait() const { check(resnet_request_wait(get(), RESNET_FOREVER)); }
    /** Whether there is an answer, after so many microseconds at most. */
    bool wait_for(std::uint64_t microseconds) const
    {
        resnet_answer unused{};
        if (resnet_request_wait(get(), microseconds) != RESNET_E_BUSY) return true;
        return resnet_request_copy_answer(&unused, sizeof unused, get()) == RESNET_OK;
    }
    void cancel() const noexcept { resnet_request_cancel(get()); }
    resnet_answer answer() const { return detail::filled(resnet_request_copy_answer, get()); }
    std::vector<prediction> predictions(std::size_t k) const { return copy_predictions(get(), k); }
    static std::vector<prediction> copy_predictions(const resnet_request *raw, std::size_t k)
    {
        std::vector<prediction> out(k);
        check(resnet_request_copy_predictions(out.data(), sizeof(prediction), k, raw));
        return out;
    }
};

/** What a callback of a queue hears: valid during the call. */
class answered
{
  public:
    explicit answered(const resnet_request *raw) : raw_(raw) {}
    resnet_answer answer() const { return detail::filled(resnet_request_copy_answer, raw_); }
    std::vector<prediction> predictions(std::size_t k) const
    {
        return request::copy_predictions(raw_, k);
    }

  private:
    const resnet_request *raw_;
};

class queue : public detail::owner<resnet_queue, resnet_queue_free>
{
  public:
    /** What it throws comes out of the queue's next submit() or close(). */
    using callback = std::function<void(const answered &)>;

    explicit queue(const model &of, const resnet_queue_options *options = nullptr)
        : owner(detail::made(resnet_queue_create, of.get(), options)),
          catcher_(std::make_shared<detail::catcher>())
    {
    }
    request submit(const image &one, const resnet_request_options *options = nullptr)
    {
        catcher_->rethrow();
        return request(detail::made(resnet_queue_submit_image, get(), one.get(), options));
    }
    request submit(file_view file, const resnet_request_options *options = nullptr)
    {
        catcher_->rethrow();
        return request(
            detail::made(resnet_queue_submit_bytes, get(), file.data(), file.size(), options));
    }
    request submit(const std::string &path, const resnet_request_options *options = nullptr)
    {
        catcher_->rethrow();
        return request(detail::made(resnet_queue_submit_file, get(), path.c_str(), options));
    }
    request submit(const frame_view &f, const resnet_request_options *options = nullptr)
    {
        catcher_->rethrow();
        return request(detail::made(resnet_queue_submit_frame, get(), f.pixels_hwc, f.width,
                                    f.height, f.stride, f.layout, options));
    }
    /** The same with a callback; options.on_answer is set here. The handle may be dropped. */
    template <class Picture>
    request submit(const Picture &picture, callback on_answer, request_options options = {})
    {
        auto heard = std::make_unique<context>(context{std::move(on_answer), catcher_});
        options.on_answer = hear;
        options.user_data = heard.get();
        request out = submit(picture, static_cast<const resnet_request_options *>(&options));
        heard.release(); /* hear() has it */
        return out;
    }
    void cancel() const noexcept { resnet_queue_cancel(get()); }
    resnet_queue_stats stats() const { return detail::filled(resnet_queue_copy_stats, get()); }
    /** Gives every answer and frees the queue; what callbacks have thrown comes out here. */
    void close()
    {
        resnet_queue_free(release());
        catcher_->rethrow();
    }

  private:
    struct context {
        callback on_answer;
        std::shared_ptr<detail::catcher> catcher;
    };
    static void hear(void *user_data, resnet_request *raw)
    {
        const std::unique_ptr<context> self(static_cast<context *>(user_data));
        static_cast<void>(self->catcher->run([&] { self->on_answer(answered(raw)); }));
    }
    std::shared_ptr<detail::catcher> catcher_;
};

/* ---- data ---- */

namespace detail
{
/** The host's reader of samples, kept by all that may still call it. */
struct sample_source {
    explicit sample_source(std::function<image(std::uint64_t)> r) : read(std::move(r)) {}
    std::function<image(std::uint64_t)> read;
    catcher thrown;
};
} // namespace detail

class dataset : public detail::owner<resnet_dataset, resnet_dataset_free>
{
  public:
    /** The picture of a sample; called on several threads at once. */
    using reader = std::function<image(std::uint64_t)>;

    explicit dataset(resnet_dataset *raw) noexcept : owner(raw) {}
    static dataset open_folder(const std::string &path, const resnet_dataset_options *o = nullptr)
    {
        return dataset(detail::made(resnet_dataset_open_folder, path.c_str(), o));
    }
    static dataset open_cifar(const std::string &path, bool coarse = false,
                              const resnet_dataset_options *o = nullptr)
    {
        return dataset(detail::made(resnet_dataset_open_cifar, path.c_str(), coarse ? 1u : 0u, o));
    }
    static dataset open_imagenet(const std::string &path, const char *annotations = nullptr,
                                 const char *synsets = nullptr,
                                 const resnet_dataset_options *o = nullptr)
    {
        return dataset(
            detail::made(resnet_dataset_open_imagenet, path.c_str(), annotations, synsets, o));
    }
    static dataset open_manifest(const std::string &path, span<const std::string> class_names = {},
                                 const resnet_dataset_options *o = nullptr)
    {
        const std::vector<const char *> names = detail::to_c(class_names);
        return dataset(detail::made(resnet_dataset_open_manifest, path.c_str(),
                                    names.empty() ? nullptr : names.data(), names.size(), o));
    }
    static dataset open_hdf5(const std::string &path, const char *images = nullptr,
                             const char *labels = nullptr,
                             const resnet_dataset_options *o = nullptr)
    {
        return dataset(detail::made(resnet_dataset_open_hdf5, path.c_str(), images, labels, o));
    }
    /** n samples that `read` makes; labels may be empty. */
    static dataset from_callback(reader read, std::size_t n, span<const std::int32_t> labels,
                                 span<const std::string> class_names,
                                 const resnet_dataset_options *o = nullptr)
    {
        if (!labels.empty() && labels.size() != n)
            throw error(RESNET_E_INVALID, "labels: there must be one for each sample, or none");
        auto state = std::make_shared<detail::sample_source>(std::move(read));
        const std::vector<const char *> names = detail::to_c(class_names);
        dataset out(detail::made(resnet_dataset_from_callback, read_one, state.get(), n,
                                 labels.data(), names.data(), names.size(), o));
        out.source_ = std::move(state);
        return out;
    }

    std::size_t n_samples() const noexcept { return resnet_dataset_get_n_samples(get()); }
    std::size_t n_classes() const noexcept { return resnet_dataset_get_n_classes(get()); }
    std::string class_name(std::size_t i) const
    {
        return detail::to_string(resnet_dataset_get_class_name(get(), i));
    }
    std::vector<std::string> class_names() const
    {
        std::vector<std::string> out(n_classes());
        for (std::size_t i = 0; i < out.size(); i++) out[i] = class_name(i);
        return out;
    }
    std::string path(std::size_t i) const
    {
        return detail::to_string(resnet_dataset_get_path(get(), i));
    }
    std::int32_t label(std::size_t i) const noexcept { return resnet_dataset_get_label(get(), i); }
    std::size_t n_ignored() const noexcept { return resnet_dataset_get_n_ignored(get()); }
    std::size_t n_foreign() const noexcept { return resnet_dataset_get_n_foreign(get()); }
    bool has_parts() const noexcept { return resnet_dataset_has_parts(get()) != 0; }
    std::string digest() const
    {
        std::array<char, RESNET_DIGEST_SIZE> out{};
        check(resnet_dataset_copy_digest(out.data(), out.size(), get()));
        return out.data();
    }
    image load_image(std::size_t i) const
    {
        resnet_image *raw = nullptr;
        const resnet_status status = resnet_dataset_load_image(&raw, get(), i);
        image out(raw);
        finish(status);
        return out;
    }
    std::vector<std::uint64_t> class_counts() const
    {
        std::vector<std::uint64_t> out(n_classes());
        check(resnet_dataset_copy_class_counts(out.data(), out.size(), get()));
        return out;
    }
    std::vector<float> class_weights() const
    {
        std::vector<float> out(n_classes());
        check(resnet_dataset_copy_class_weights(out.data(), out.size(), get()));
        return out;
    }
    dataset subset(span<const std::uint64_t> indices) const
    {
        return cut(detail::made(resnet_dataset_subset, get(), indices.data(), indices.size()));
    }
    /** {to learn from, held out} */
    std::pair<dataset, dataset> split(double val_fraction, std::uint64_t seed) const
    {
        resnet_dataset *train = nullptr, *val = nullptr;
        check(resnet_dataset_split(&train, &val, get(), val_fraction, seed));
        return {cut(train), cut(val)};
    }
    std::pair<dataset, dataset> fold(std::size_t n_folds, std::size_t which,
                                     std::uint64_t seed) const
    {
        resnet_dataset *train = nullptr, *val = nullptr;
        check(resnet_dataset_fold(&train, &val, get(), n_folds, which, seed));
        return {cut(train), cut(val)};
    }
    dataset take_per_class(std::size_t n, std::uint64_t seed) const
    {
        return cut(detail::made(resnet_dataset_take_per_class, get(), n, seed));
    }
    dataset relabel(span<const std::string> names, span<const std::uint32_t> new_labels) const
    {
        if (new_labels.size() != n_classes())
            throw error(RESNET_E_INVALID, "new_labels: there must be one for each class");
        const std::vector<const char *> texts = detail::to_c(names);
        return cut(detail::made(resnet_dataset_relabel, get(), texts.data(), texts.size(),
                                new_labels.data()));
    }
    /** The end of a call of C that read samples: for calls of the host's own. */
    void finish(resnet_status status) const
    {
        if (source_) source_->thrown.rethrow();
        check(status);
    }
    /** For others that read this dataset; null where the host reads nothing. */
    std::shared_ptr<detail::sample_source> source() const noexcept { return source_; }

  private:
    static resnet_status read_one(void *user_data, resnet_image **out, std::uint64_t index)
    {
        auto *self = static_cast<detail::sample_source *>(user_data);
        return self->thrown.pass_errors([&] { *out = self->read(index).release(); });
    }
    dataset cut(resnet_dataset *raw) const
    {
        dataset out(raw);
        out.source_ = source_;
        return out;
    }
    std::shared_ptr<detail::sample_source> source_;
};

class dataset_builder : public detail::owner<resnet_dataset_builder, resnet_dataset_builder_free>
{
  public:
    explicit dataset_builder(span<const std::string> class_names,
                             const resnet_dataset_options *options = nullptr)
        : owner(begin(class_names, options))
    {
    }
    void add_file(const std::string &path, std::int32_t label)
    {
        check(resnet_dataset_builder_add_file(get(), path.c_str(), label));
    }
    void add_bytes(file_view file, std::int32_t label, const char *name = nullptr)
    {
        check(resnet_dataset_builder_add_bytes(get(), file.data(), file.size(), label, name));
    }
    void add_pixels(const frame_view &f, std::int32_t label, const char *name = nullptr)
    {
        check(resnet_dataset_builder_add_pixels(get(), f.pixels_hwc, f.width, f.height, f.stride,
                                                f.layout, label, name));
    }
    /** The pixels must outlive the dataset and all that is cut from it. */
    void borrow_pixels(const frame_view &f, std::int32_t label, const char *name = nullptr)
    {
        check(resnet_dataset_builder_borrow_pixels(get(), f.pixels_hwc, f.width, f.height, f.stride,
                                                   f.layout, label, name));
    }
    dataset finish() { return dataset(detail::made(resnet_dataset_builder_finish, get())); }

  private:
    static resnet_dataset_builder *begin(span<const std::string> class_names,
                                         const resnet_dataset_options *options)
    {
        const std::vector<const char *> names = detail::to_c(class_names);
        return detail::made(resnet_dataset_builder_create, names.data(), names.size(), options);
    }
};

struct scan_callbacks {
    std::function<flow(const resnet_finding &)> on_finding;
    std::function<flow(std::uint64_t n_done, std::uint64_t n_files)> on_progress;
};

inline resnet_scan_summary scan(const std::string &path, scan_options options = {},
                                scan_callbacks callbacks = {})
{
    struct context {
        scan_callbacks callbacks;
        detail::catcher catcher;
    } self{std::move(callbacks), {}};
    resnet_scan_summary out{};
    options.user_data = &self;
    if (self.callbacks.on_finding)
        options.on_finding = [](void *user_data, const resnet_finding *finding) {
            auto *c = static_cast<context *>(user_data);
            flow next = flow::stop;
            static_cast<void>(c->catcher.run([&] { next = c->callbacks.on_finding(*finding); }));
            return static_cast<std::int32_t>(next);
        };
    if (self.callbacks.on_progress)
        options.on_progress = [](void *user_data, std::uint64_t n_done, std::uint64_t n_files) {
            auto *c = static_cast<context *>(user_data);
            flow next = flow::stop;
            static_cast<void>(
                c->catcher.run([&] { next = c->callbacks.on_progress(n_done, n_files); }));
            return static_cast<std::int32_t>(next);
        };
    self.catcher.finish(resnet_dataset_scan(&out, sizeof out, path.c_str(), &options));
    return out;
}

/* ---- figures ---- */

/** Points of a curve; what the axes are the function says. */
struct curve {
    std::vector<double> x, y, thresholds;
};

class metrics : public detail::owner<resnet_metrics, resnet_metrics_free>
{
  public:
    explicit metrics(std::size_t n_classes, const resnet_metrics_options *options = nullptr)
        : owner(detail::made(resnet_metrics_create, n_classes, nullptr, options))
    {
    }
    explicit metrics(span<const std::string> class_names,
                     const resnet_metrics_options *options = nullptr)
        : owner(begin(class_names, options))
    {
    }
    /** scores [labels.size()][n_classes]; ids may be empty. */
    void add(span<const float> scores, span<const std::int32_t> labels,
             span<const std::uint64_t> ids = {})
    {
        if (scores.size() != labels.size() * n_classes())
            throw error(RESNET_E_INVALID, "scores: there must be n_classes for each label");
        if (!ids.empty() && ids.size() != labels.size())
            throw error(RESNET_E_INVALID, "ids: there must be one for each label, or none");
        check(resnet_metrics_add(get(), scores.data(), labels.data(), ids.data(), labels.size()));
    }
    void merge(const metrics &other) { check(resnet_metrics_merge(get(), other.get())); }
    void clear() noexcept { resnet_metrics_clear(get()); }
    std::uint64_t count() const noexcept { return resnet_metrics_get_count(get()); }
    std::size_t n_classes() const noexcept { return resnet_metrics_get_n_classes(get()); }
    std::string class_name(std::size_t i) const
    {
        return detail::to_string(resnet_metrics_get_class_name(get(), i));
    }
    /** [n_classes][n_classes], row the label */
    span<const std::uint64_t> confusion() const noexcept
    {
        return {resnet_metrics_get_confusion(get()), n_classes() * n_classes()};
    }
    /** A figure by its name, such as "macro_f1". */
    double operator[](const std::string &name) const
    {
        double out = 0;
        check(resnet_metrics_get(&out, get(), name.c_str()));
        return out;
    }
    resnet_metrics_row row(std::int32_t which) const
    {
        return detail::filled(resnet_metrics_copy_row, get(), which);
    }
    std::size_t n_mistakes() const noexcept { return resnet_metrics_get_n_mistakes(get()); }
    resnet_metrics_mistake mistake(std::size_t rank) const
    {
        return detail::filled(resnet_metrics_copy_mistake, get(), rank);
    }
    /** {low, high} */
    std::pair<double, double> interval(const std::string &name, std::size_t n_resamples,
                                       double confidence, std::uint64_t seed) const
    {
        std::pair<double, double> out;
        check(resnet_metrics_copy_interval(&out.first, &out.second, get(), name.c_str(),
                                           n_resamples, confidence, seed));
        return out;
    }
    /** x false positive rates, y true positive rates */
    curve roc(std::int32_t which) const { return copy_curve(resnet_metrics_copy_roc, which); }
    /** x precisions, y recalls */
    curve precision_recall(std::int32_t which) const
    {
        return copy_curve(resnet_metrics_copy_precision_recall, which);
    }
    struct reliability_bins {
        std::vector<std::uint64_t> counts;
        std::vector<double> confidences, accuracies;
    };
    reliability_bins reliability() const
    {
        std::size_t n = 0;
        check(resnet_metrics_copy_reliability(nullptr, nullptr, nullptr, 0, &n, get()));
        reliability_bins out{std::vector<std::uint64_t>(n), std::vector<double>(n),
                             std::vector<double>(n)};
        check(resnet_metrics_copy_reliability(out.counts.data(), out.confidences.data(),
                                              out.accuracies.data(), n, &n, get()));
        return out;
    }
    struct calibration {
        double temperature, loss, ece;
    };
    calibration fit_temperature() const
    {
        calibration out{};
        check(resnet_metrics_fit_temperature(&out.temperature, &out.loss, &out.ece, get()));
        return out;
    }

  private:
    using copier = resnet_status (*)(double *, double *, double *, std::size_t, std::size_t *,
                                     const resnet_metrics *, std::int32_t);
    static resnet_metrics *begin(span<const std::string> class_names,
                                 const resnet_metrics_options *options)
    {
        const std::vector<const char *> names = detail::to_c(class_names);
        return detail::made(resnet_metrics_create, names.size(), names.data(), options);
    }
    curve copy_curve(copier copy, std::int32_t which) const
    {
        std::size_t n = 0;
        check(copy(nullptr, nullptr, nullptr, 0, &n, get(), which));
        curve out{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
        check(copy(out.x.data(), out.y.data(), out.thresholds.data(), n, &n, get(), which));
        return out;
    }
};

class report : public detail::owner<resnet_report, resnet_report_free>
{
  public:
    explicit report(const metrics &on, const resnet_report_options *options = nullptr)
        : owner(detail::made(resnet_report_create, on.get(), options))
    {
    }
    void set_title(const std::string &title)
    {
        check(resnet_report_set_title(get(), title.c_str()));
    }
    void add_fact(const std::string &name, const std::string &value)
    {
        check(resnet_report_add_fact(get(), name.c_str(), value.c_str()));
    }
    void add_history(const std::string &name, span<const double> values)
    {
        check(resnet_report_add_history(get(), name.c_str(), values.data(), values.size()));
    }
    void add_picture(std::uint64_t id, const char *caption, file_view file)
    {
        check(resnet_report_add_picture(get(), id, caption, file.data(), file.size()));
    }
    std::string to_string(std::int32_t format = RESNET_REPORT_TEXT) const
    {
        std::size_t n = 0;
        check(resnet_report_copy(nullptr, 0, &n, get(), format));
        std::string out(n + 1, '\0');
        check(resnet_report_copy(&out[0], out.size(), &n, get(), format));
        out.resize(n);
        return out;
    }
    void save(const std::string &path, std::int32_t format) const
    {
        check(resnet_report_save(get(), path.c_str(), format));
    }
};

/* ---- learning and measuring ---- */

/** Each may be empty. */
struct work_callbacks {
    std::function<flow(const resnet_progress &)> on_progress;
    std::function<void(std::int32_t level, const std::string &line)> log;
};

struct trainer_callbacks : work_callbacks {
    /** (epoch, step, n_steps, planned) -> learning rate */
    std::function<double(std::uint64_t, std::uint64_t, std::uint64_t, double)> on_schedule;
};

namespace detail
{

/** Callbacks as C takes them. */
struct work_state {
    trainer_callbacks callbacks;
    catcher thrown;

    static std::int32_t progress(void *user_data, const resnet_progress *now)
    {
        auto *self = static_cast<work_state *>(user_data);
        flow next = flow::stop;
        static_cast<void>(self->thrown.run([&] { next = self->callbacks.on_progress(*now); }));
        return static_cast<std::int32_t>(next);
    }
    static void log(void *user_data, std::int32_t level, const char *line)
    {
        auto *self = static_cast<work_state *>(user_data);
        static_cast<void>(self->thrown.run([&] { self->callbacks.log(level, line); }));
    }
    static double schedule(void *user_data, std::uint64_t epoch, std::uint64_t step,
                           std::uint64_t n_steps, double planned)
    {
        auto *self = static_cast<work_state *>(user_data);
        double rate = planned;
        static_cast<void>(self->thrown.run(
            [&] { rate = self->callbacks.on_schedule(epoch, step, n_steps, planned); }));
        return rate;
    }
    template <class Options> void put_into(Options &options)
    {
        if (callbacks.on_progress) {
            options.on_progress = progress;
            options.progress_user_data = this;
        }
        if (callbacks.log) {
            options.log = log;
            options.log_user_data = this;
        }
    }
};

} // namespace detail

class trainer : public detail::owner<resnet_trainer, resnet_trainer_free>
{
  public:
    /** The datasets may be nullptr. Options' own callbacks give way to those given here. */
    trainer(model &of, const dataset *train, const dataset *validation,
            trainer_options options = {}, trainer_callbacks callbacks = {})
        : trainer(of, train, validation, options,
                  make_state(train, validation, std::move(callbacks)))
    {
    }
    void fit() { finish(resnet_trainer_fit(get())); }
    void cancel() const noexcept { resnet_trainer_cancel(get()); }
    void save_checkpoint() { check(resnet_trainer_save_checkpoint(get())); }
    resnet_fit_summary summary() const
    {
        return detail::filled(resnet_trainer_copy_summary, get());
    }
    /** The mean loss before the step. */
    double step(const input_view &in, span<const std::int32_t> labels)
    {
        double loss = 0;
        if (labels.size() != in.n || in.values.size() != in.n * 3 * in.height * in.width)
            throw error(RESNET_E_INVALID, "step: values or labels are not as many as n says");
        finish(resnet_trainer_step(&loss, get(), in.values.data(), in.n, in.height, in.width,
                                   labels.data()));
        return loss;
    }
    void copy_gradient(span<float> out, const std::string &name) const
    {
        check(resnet_trainer_copy_gradient(out.data(), out.size(), get(), name.c_str()));
    }

  private:
    struct state : detail::work_state {
        std::shared_ptr<detail::sample_source> train,
            validation; /* read by the trainer's threads */
    };
    static std::shared_ptr<state> make_state(const dataset *train, const dataset *validation,
                                             trainer_callbacks callbacks)
    {
        auto out = std::make_shared<state>();
        out->callbacks = std::move(callbacks);
        if (train) out->train = train->source();
        if (validation) out->validation = validation->source();
        return out;
    }
    static resnet_trainer *begin(model &of, const dataset *train, const dataset *validation,
                                 trainer_options &options, state &work)
    {
        work.put_into(options);
        if (work.callbacks.on_schedule) {
            options.on_schedule = state::schedule;
            options.schedule_user_data = &work;
        }
        return detail::made(resnet_trainer_create, of.get(), train ? train->get() : nullptr,
                            validation ? validation->get() : nullptr, &options);
    }
    trainer(model &of, const dataset *train, const dataset *validation, trainer_options &options,
            const std::shared_ptr<state> &work)
        : owner(begin(of, train, validation, options, *work), work), state_(work.get())
    {
    }
    void finish(resnet_status status)
    {
        if (state_->train) state_->train->thrown.rethrow();
        if (state_->validation) state_->validation->thrown.rethrow();
        state_->thrown.finish(status);
    }
    state *state_;
};

/** Adds the model's answers to a dataset to `out`. */
inline void evaluate(const model &of, const dataset &on, metrics &out,
                     evaluate_options options = {}, work_callbacks callbacks = {})
{
    detail::work_state work;
    static_cast<work_callbacks &>(work.callbacks) = std::move(callbacks);
    work.put_into(options);
    const resnet_status status = resnet_evaluate(out.get(), of.get(), on.get(), &options);
    work.thrown.rethrow();
    on.finish(status);
}

/** [n_samples][n_values]; on_scores hears of each batch and may be empty. */
inline std::vector<float> predict(const model &of, const dataset &on, predict_options options = {},
                                  std::function<flow(const resnet_scores &)> on_scores = {})
{
    struct context {
        std::function<flow(const resnet_scores &)> on_scores;
        detail::catcher catcher;
    } self{std::move(on_scores), {}};
    const std::size_t n_values =
        options.output == RESNET_OUTPUT_EMBEDDINGS ? of.n_features() : of.n_classes();
    std::vector<float> out(on.n_samples() * n_values);
    if (self.on_scores) {
        options.scores_user_data = &self;
        options.on_scores = [](void *user_data, const resnet_scores *scores) {
            auto *c = static_cast<context *>(user_data);
            flow next = flow::stop;
            static_cast<void>(c->catcher.run([&] { next = c->on_scores(*scores); }));
            return static_cast<std::int32_t>(next);
        };
    }
    const resnet_status status =
        resnet_predict(out.data(), out.size(), of.get(), on.get(), &options);
    self.catcher.rethrow();
    on.finish(status);
    return out;
}

/** RESNET_SAMPLE_* of each sample of a dataset. */
inline std::vector<std::uint8_t> learnt(const model &by, const dataset &of)
{
    std::vector<std::uint8_t> out(of.n_samples());
    check(resnet_model_copy_learnt(out.data(), out.size(), by.get(), of.get()));
    return out;
}

/* ---- names ---- */

inline std::string version() { return resnet_version(); }
/** RESNET_ABI_VERSION of the library that runs */
inline std::string abi_version() { return resnet_abi_version(); }
/** Blocks of memory that the library holds now, for tests. */
inline std::uint64_t memory_n_blocks() noexcept { return resnet_memory_get_n_blocks(); }
inline std::string build_info() { return resnet_build_info(); }
inline std::string monitor_name(std::int32_t monitor) { return resnet_monitor_name(monitor); }
inline float scale_learning_rate(float rate, std::uint32_t batch_size, std::uint32_t base) noexcept
{
    return resnet_scale_learning_rate(rate, batch_size, base);
}

namespace detail
{
inline std::vector<std::string> list(const char *(*get_name)(std::size_t))
{
    std::vector<std::string> out;
    while (const char *name = get_name(out.size())) out.emplace_back(name);
    return out;
}

template <class V, class... P, class... A>
std::vector<V> listed(resnet_status (*copy)(V *, std::size_t, std::size_t *, P...), A &&...args)
{
    std::size_t n = 0;
    check(copy(nullptr, 0, &n, args...));
    std::vector<V> out(n);
    check(copy(out.data(), n, &n, args...));
    return out;
}
} // namespace detail

/** The cores this process may use. */
inline std::size_t default_n_threads() noexcept { return resnet_session_default_n_threads(); }
/** What a build may lack, such as "webp". */
inline std::vector<std::string> feature_names() { return detail::list(resnet_feature_get_name); }
inline bool is_built(const std::string &feature) noexcept
{
    return resnet_feature_is_built(feature.c_str()) != 0;
}
inline std::vector<std::string> recipe_names() { return detail::list(resnet_recipe_get_name); }
inline std::vector<std::string> augment_names() { return detail::list(resnet_augment_get_name); }
inline std::vector<std::string> optimizer_names()
{
    return detail::list(resnet_optimizer_get_name);
}
inline std::vector<std::string> schedule_names() { return detail::list(resnet_schedule_get_name); }
inline std::vector<std::string> figure_names()
{
    return detail::list(resnet_metrics_get_figure_name);
}

/** "" from 1000 on */
inline std::string imagenet_name(std::size_t i)
{
    return detail::to_string(resnet_imagenet_get_name(i));
}
inline std::string imagenet_wnid(std::size_t i)
{
    return detail::to_string(resnet_imagenet_get_wnid(i));
}
inline std::int32_t imagenet_find(const std::string &wnid_or_name)
{
    std::int32_t out = 0;
    check(resnet_imagenet_find(&out, wnid_or_name.c_str()));
    return out;
}
inline std::vector<std::int32_t> imagenet_named(const std::string &name)
{
    return detail::listed(resnet_imagenet_copy_named, name.c_str());
}
inline bool imagenet_is_a(std::size_t i, const std::string &what)
{
    std::int32_t out = 0;
    check(resnet_imagenet_is_a(&out, i, what.c_str()));
    return out != 0;
}
inline std::vector<std::int32_t> imagenet_below(const std::string &what)
{
    return detail::listed(resnet_imagenet_copy_below, what.c_str());
}
/** "" for what is no synset above or of a class */
inline std::string wordnet_words(const std::string &wnid)
{
    return detail::to_string(resnet_wordnet_get_words(wnid.c_str()));
}
inline std::vector<const char *> wordnet_find(const std::string &word)
{
    return detail::listed(resnet_wordnet_find, word.c_str());
}
inline std::vector<const char *> wordnet_parents(const std::string &wnid)
{
    return detail::listed(resnet_wordnet_copy_parents, wnid.c_str());
}
inline std::vector<const char *> wordnet_ancestors(const std::string &wnid)
{
    return detail::listed(resnet_wordnet_copy_ancestors, wnid.c_str());
}

} // namespace resnet

#endif
