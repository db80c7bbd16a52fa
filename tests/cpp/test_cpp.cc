/* resnet.hpp: handles that move, failures that are thrown, and callbacks that throw. Compiled with
 * every warning there is, so that what it instantiates is clean too. SPDX-License-Identifier: MIT */
#include <resnet/resnet.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace
{

int n_failed = 0;

void expect(bool holds, const char *what, int line)
{
    if (holds) return;
    std::fprintf(stderr, "line %d: %s\n", line, what);
    n_failed++;
}
#define EXPECT(condition) expect((condition), #condition, __LINE__)

/* What the library cannot know of. */
struct own_exception {
    int number;
};

template <class F> int number_thrown_by(F &&f)
{
    try {
        f();
    } catch (const own_exception &e) {
        return e.number;
    } catch (const resnet::error &e) {
        std::fprintf(stderr, "instead: %s\n", e.what());
    }
    return -1;
}

template <class F> resnet_status status_thrown_by(F &&f)
{
    try {
        f();
    } catch (const resnet::error &e) {
        return e.status();
    }
    return RESNET_OK;
}

template <class T> constexpr bool is_handle()
{
    return !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
           std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;
}
static_assert(is_handle<resnet::bytes>() && is_handle<resnet::cancel_token>() &&
              is_handle<resnet::dataset>() && is_handle<resnet::dataset_builder>() &&
              is_handle<resnet::file>() && is_handle<resnet::image>() &&
              is_handle<resnet::metrics>() && is_handle<resnet::model>() &&
              is_handle<resnet::queue>() && is_handle<resnet::report>() &&
              is_handle<resnet::request>() && is_handle<resnet::session>() &&
              is_handle<resnet::trainer>());

constexpr std::size_t SIDE = 32;
constexpr std::size_t N_CLASSES = 3;
std::vector<std::string> names()
{
    return {"cat", "dog", "owl"};
}

std::vector<unsigned char> make_pixels(unsigned number)
{
    std::vector<unsigned char> out(SIDE * SIDE * 3);
    for (unsigned char &one : out) {
        number = number * 1664525u + 1013904223u;
        one = static_cast<unsigned char>(number >> 24);
    }
    return out;
}

resnet::image make_image(unsigned number)
{
    const std::vector<unsigned char> pixels = make_pixels(number);
    return resnet::image::from_pixels({pixels.data(), SIDE, SIDE});
}

resnet::model make_model()
{
    resnet::model_options options;
    options.n_classes = N_CLASSES;
    resnet::model out = resnet::model::create(&options);
    resnet::recipe recipe("unit");
    resnet::set_recipe_size(recipe, SIDE);
    out.set_recipe(recipe);
    out.set_class_names(names());
    return out;
}

resnet::dataset make_dataset()
{
    resnet::dataset_builder builder(names());
    for (unsigned i = 0; i < 8; i++) {
        const std::vector<unsigned char> pixels = make_pixels(i);
        builder.add_pixels({pixels.data(), SIDE, SIDE}, static_cast<std::int32_t>(i % N_CLASSES));
    }
    return builder.finish();
}

/* ---- what is no callback ---- */

void handles_move()
{
    resnet::image first = make_image(1);
    resnet_image *raw = first.get();
    resnet::image second = std::move(first);
    EXPECT(second.get() == raw);
    first = make_image(2);
    EXPECT(first && second && first.get() != raw);
    second = std::move(first);
    EXPECT(second.width() == SIDE && second.pixels().size() == SIDE * SIDE * 3);
    std::vector<resnet::image> many;
    for (unsigned i = 0; i < 5; i++) many.push_back(make_image(i));
    EXPECT(many[4].height() == SIDE);
    resnet::image given(second.release());
    EXPECT(!second && given);
}

void failures_are_thrown()
{
    try {
        static_cast<void>(resnet::model::load("/nonexistent.h5"));
        expect(false, "a model that is not there was loaded", __LINE__);
    } catch (const resnet::error &e) {
        EXPECT(e.status() == RESNET_E_NOT_FOUND);
        EXPECT(std::strcmp(e.name(), "RESNET_E_NOT_FOUND") == 0);
        EXPECT(std::strstr(e.what(), "/nonexistent.h5") != nullptr);
    }
    EXPECT(status_thrown_by([] { resnet::recipe nothing("no such recipe"); }) == RESNET_E_INVALID);
    resnet::model model = make_model();
    resnet::session session(model);
    const std::vector<float> few(10);
    std::vector<float> out(N_CLASSES);
    EXPECT(status_thrown_by([&] {
               session.logits(out, {few, 1, SIDE, SIDE});
           }) == RESNET_E_INVALID);
}

void pictures_pass_through()
{
    const resnet::image image = make_image(3);
    const resnet::bytes png = image.encode_png();
    const resnet::image again = resnet::image::decode(png.view());
    EXPECT(std::memcmp(again.pixels().data(), image.pixels().data(), image.pixels().size()) == 0);
    EXPECT(resnet::image::read_size(png.view()).width == SIDE);
    EXPECT(image.crop(1, 1, 8, 9).height() == 9);
    EXPECT(image.resize(7, 6, RESNET_FILTER_BILINEAR).width() == 7);
    resnet::recipe recipe;
    resnet::set_recipe_size(recipe, SIDE);
    std::vector<float> input(3 * SIDE * SIDE), other(input.size()), views(2 * input.size());
    image.prepare(input, recipe);
    resnet::prepare_bytes(other, png.view(), recipe);
    EXPECT(input == other);
    image.prepare_views(views, recipe, RESNET_VIEWS_FLIP);
    EXPECT(image.augmented(resnet::augment("light"), &recipe, 1, 2, 3).width() == SIDE);

    const std::string path = "/tmp/resnet-cpp-" + std::to_string(std::rand()) + ".png";
    image.save_png(path);
    resnet::prepare_file(other, path, recipe);
    EXPECT(input == other && resnet::image::read_size(path).height == SIDE);
    EXPECT(resnet::image::load(path).width() == SIDE);
    resnet::file::check_path(path);
    resnet::file file(path);
    file.write("no picture");
    file.commit();
    EXPECT(status_thrown_by([&] { resnet::image::load(path); }) == RESNET_E_UNSUPPORTED);
    std::remove(path.c_str());
}

void a_model_tells_of_itself()
{
    resnet::model model = make_model();
    EXPECT(model.n_classes() == N_CLASSES && model.class_name(1) == "dog" && model.depth() == 50);
    EXPECT(model.n_features() == 2048 && model.n_hidden() == 0 && model.hidden_size(0) == 0);
    EXPECT(model.variant() == RESNET_VARIANT_V1_5 && model.pooling() == RESNET_POOLING_AVERAGE);
    EXPECT(model.names_origin() == RESNET_NAMES_SET && model.format() == "random weights");
    EXPECT(model.stem_pool() == RESNET_STEM_POOL_PADDED && model.bn_epsilon() > 0);
    EXPECT(model.hidden_activation(0) == RESNET_ACTIVATION_AUTO && model.remarks().empty());
    EXPECT(!(model.dropout() > 0) && !(model.activation_slope(0) > 0));
    EXPECT(model.recipe().crop_width == SIDE);
    model.set_metadata("key", "value");
    EXPECT(model.metadata_keys() == std::vector<std::string>{"key"});
    EXPECT(std::strcmp(model.metadata("key"), "value") == 0 && !model.metadata("none"));
    model.set_notes("MIT", "made here");
    EXPECT(model.licence() == "MIT" && model.provenance() == "made here");
    const resnet_tensor_view tensor = model.tensor(model.n_tensors() - 1);
    EXPECT(std::strcmp(tensor.name, "fc.bias") == 0 && tensor.dims[0] == N_CLASSES);
    model.set_tensor("fc.bias", std::vector<float>{1, 2, 3});
    const resnet::model copy =
        resnet::model::load(model.save_memory(RESNET_FORMAT_SAFETENSORS).view());
    EXPECT(copy.class_name(2) == "owl" && model.clone().n_classes() == N_CLASSES);
    EXPECT(static_cast<const float *>(copy.tensor(copy.n_tensors() - 1).data)[2] > 2.5f);
}

void sessions_answer()
{
    const resnet::model model = make_model();
    resnet::session session(model);
    std::vector<resnet::image> images;
    for (unsigned i = 0; i < 3; i++) images.push_back(make_image(i));
    const std::vector<float> logits = session.run(RESNET_OUTPUT_LOGITS, images);
    EXPECT(logits.size() == 3 * N_CLASSES);
    EXPECT(session.n_threads() == resnet::default_n_threads());
    EXPECT(session.run(RESNET_OUTPUT_EMBEDDINGS, images[0]).size() == 2048);
    const std::vector<resnet::prediction> top = session.classify(images, 2);
    EXPECT(top.size() == 6 && top[0].logit >= top[1].logit);
    EXPECT(names()[static_cast<std::size_t>(top[0].label)] == top[0].name);
    const resnet::bytes png = images[0].encode_png();
    const std::vector<resnet::file_view> files{png.view()};
    EXPECT(session.classify_bytes(files, 1)[0].label == session.classify(images[0], 1)[0].label);
    EXPECT(session.run_bytes(RESNET_OUTPUT_LOGITS, files).size() == N_CLASSES);
    const std::vector<unsigned char> pixels = make_pixels(0);
    const resnet::frame_view frame{pixels.data(), SIDE, SIDE};
    EXPECT(session.classify_frames(frame, 1)[0].label == session.classify(images[0], 1)[0].label);
    EXPECT(session.run_frames(RESNET_OUTPUT_LOGITS, frame).size() == N_CLASSES);
    const std::vector<std::string> nothing{"/nonexistent.jpg"};
    EXPECT(status_thrown_by([&] { session.classify_files(nothing, 1); }) == RESNET_E_NOT_FOUND);
    EXPECT(status_thrown_by([&] { session.run_files(0, nothing); }) == RESNET_E_NOT_FOUND);

    const std::vector<float> input(3 * SIDE * SIDE);
    const resnet::input_view in{input, 1, SIDE, SIDE};
    std::vector<float> out(N_CLASSES), embedding(2048);
    session.prepare(1, SIDE, SIDE);
    session.logits(out, in);
    session.probabilities(out, in);
    EXPECT(out[0] + out[1] + out[2] > 0.999f);
    session.embeddings(embedding, in);
    const std::array<std::size_t, 3> shape = session.feature_shape(SIDE, SIDE, 1);
    std::vector<float> map(shape[0] * shape[1] * shape[2]);
    session.features(map, in, 1);
    session.cancel();
}

void figures_and_reports()
{
    resnet::metrics metrics(names());
    const std::vector<float> scores{2, 1, 0, 0, 3, 1, 1, 0, 2, 3, 0, 1};
    metrics.add(scores, std::vector<std::int32_t>{0, 1, 2, 1});
    EXPECT(metrics.count() == 4 && metrics.n_classes() == N_CLASSES &&
           metrics.class_name(2) == "owl");
    EXPECT(metrics["accuracy"] > 0.74 && metrics["accuracy"] < 0.76);
    EXPECT(metrics.confusion().size() == 9 && metrics.confusion()[0] == 1);
    EXPECT(metrics.row(0).support == 1 && metrics.n_mistakes() == 1);
    EXPECT(metrics.mistake(0).label == 1 && metrics.roc(0).x.size() >= 2);
    EXPECT(!metrics.precision_recall(RESNET_MICRO).y.empty());
    EXPECT(metrics.reliability().counts.size() == 15 && metrics.fit_temperature().temperature > 0);
    EXPECT(metrics.interval("accuracy", 10, 0.9, 1).second <= 1);
    EXPECT(status_thrown_by([&] { metrics["no such figure"]; }) == RESNET_E_INVALID);
    EXPECT(status_thrown_by([&] { metrics.add(scores, std::vector<std::int32_t>{0}); }) ==
           RESNET_E_INVALID);
    resnet::metrics more(N_CLASSES);
    more.merge(metrics);
    more.clear();
    resnet::report report(metrics);
    report.set_title("Animals");
    report.add_fact("model", "random");
    report.add_history("loss", std::vector<double>{2, 1});
    const resnet::bytes png = make_image(1).encode_png();
    report.add_picture(3, "a dog", png.view());
    EXPECT(report.to_string().find("dog") != std::string::npos);
    EXPECT(report.to_string(RESNET_REPORT_HTML).find("Animals") != std::string::npos);
}

void datasets_are_cut()
{
    const resnet::dataset all = make_dataset();
    EXPECT(all.n_samples() == 8 && all.class_names() == names() && all.digest().size() == 32);
    EXPECT(all.label(4) == 1 && !all.path(0).empty() && !all.has_parts());
    EXPECT(all.class_counts()[0] == 3 && all.class_weights().size() == N_CLASSES);
    EXPECT(all.n_ignored() == 0 && all.n_foreign() == 0 && all.load_image(1).width() == SIDE);
    EXPECT(all.subset(std::vector<std::uint64_t>{1, 1}).n_samples() == 2);
    EXPECT(all.split(0.5, 1).second.n_samples() + all.split(0.5, 1).first.n_samples() == 8);
    EXPECT(all.fold(2, 0, 1).first.n_samples() == 4 && all.take_per_class(1, 1).n_samples() == 3);
    EXPECT(all.relabel(std::vector<std::string>{"pet", "bird"}, std::vector<std::uint32_t>{0, 0, 1})
               .n_classes() == 2);
    EXPECT(status_thrown_by([] { resnet::dataset::open_folder("/nonexistent"); }) ==
           RESNET_E_NOT_FOUND);
    EXPECT(status_thrown_by([] { resnet::dataset::open_cifar("/nonexistent"); }) != RESNET_OK);
    EXPECT(status_thrown_by([] { resnet::dataset::open_imagenet("/nonexistent"); }) != RESNET_OK);
    EXPECT(status_thrown_by([] { resnet::dataset::open_manifest("/nonexistent"); }) != RESNET_OK);
    EXPECT(status_thrown_by([] { resnet::dataset::open_hdf5("/nonexistent"); }) != RESNET_OK);
    EXPECT(status_thrown_by([] { resnet::scan("/nonexistent"); }) == RESNET_E_NOT_FOUND);
}

void names_are_listed()
{
    EXPECT(resnet::recipe_names().front() == "torchvision-v1" && !resnet::augment_names().empty());
    EXPECT(resnet::optimizer_names()[0] == "sgd" && !resnet::schedule_names().empty());
    EXPECT(!resnet::figure_names().empty() && resnet::monitor_name(3) == "val_loss");
    EXPECT(resnet::feature_names()[0] == "png" && !resnet::is_built("flying"));
    EXPECT(resnet::imagenet_name(207) == "golden_retriever" && resnet::imagenet_name(1000).empty());
    EXPECT(resnet::imagenet_find(resnet::imagenet_wnid(207)) == 207);
    EXPECT(resnet::imagenet_named("crane").size() == 2 && resnet::imagenet_is_a(207, "dog"));
    EXPECT(resnet::imagenet_below("dog").size() > 100);
    const std::string wnid = resnet::wordnet_find("dog").front();
    EXPECT(!resnet::wordnet_words(wnid).empty() && !resnet::wordnet_parents(wnid).empty());
    EXPECT(resnet::wordnet_ancestors(wnid).size() > 3);
    EXPECT(resnet::abi_version() == RESNET_ABI_VERSION && resnet::memory_n_blocks() == 0);
    EXPECT(resnet::version() == RESNET_VERSION && !resnet::build_info().empty());
    EXPECT(resnet::scale_learning_rate(0.1f, 64, 32) > 0.19f);
}

/* ---- callbacks ---- */

void a_reader_of_bytes_may_throw()
{
    const resnet::bytes png = make_image(5).encode_png();
    std::size_t at = 0;
    const resnet::image image = resnet::image::load([&](resnet::span<unsigned char> to) {
        const std::size_t left = png.view().size() - at, n = left < 100 ? left : 100;
        std::memcpy(to.data(), png.view().data() + at, n < to.size() ? n : to.size());
        at += n;
        return n;
    });
    EXPECT(image.width() == SIDE);
    EXPECT(number_thrown_by([] {
               resnet::image::load(
                   [](resnet::span<unsigned char>) -> std::size_t { throw own_exception{7}; });
           }) == 7);
    EXPECT(status_thrown_by([] {
               resnet::image::load([](resnet::span<unsigned char>) -> std::size_t {
                   throw resnet::error(RESNET_E_SHAPE, "the host's own");
               });
           }) == RESNET_E_SHAPE);
}

resnet::trainer_options quick_options()
{
    resnet::trainer_options options;
    options.n_epochs = 1;
    options.freeze = RESNET_FREEZE_ALL;
    options.allow_random_features = 1;
    options.n_threads = 2;
    options.batch_size = 4;
    return options;
}

void training_callbacks_may_throw()
{
    resnet::model model = make_model();
    const resnet::dataset data = make_dataset();
    int n_steps = 0, n_rates = 0, n_lines = 0;
    resnet::trainer_callbacks calls;
    calls.on_progress = [&](const resnet_progress &) {
        n_steps++;
        return resnet::flow::go_on;
    };
    calls.on_schedule = [&](std::uint64_t, std::uint64_t, std::uint64_t, double planned) {
        n_rates++;
        return planned / 2;
    };
    calls.log = [&](std::int32_t, const std::string &) { n_lines++; };
    EXPECT(status_thrown_by([&] { resnet::learnt(model, data); }) == RESNET_E_NOT_FOUND);
    resnet::trainer trainer(model, &data, &data, quick_options(), calls);
    resnet::trainer moved = std::move(trainer); /* its callbacks move with it */
    moved.fit();
    EXPECT(n_steps >= 3 && n_rates == 2 && n_lines >= 0);
    EXPECT(moved.summary().n_steps == 2);
    EXPECT(resnet::learnt(model, data) == std::vector<std::uint8_t>(8, RESNET_SAMPLE_LEARNT));
    std::vector<float> gradient(N_CLASSES);
    const std::vector<float> input(3 * SIDE * SIDE);
    EXPECT(moved.step({input, 1, SIDE, SIDE}, std::vector<std::int32_t>{0}) > 0);
    moved.copy_gradient(gradient, "fc.bias");
    EXPECT(status_thrown_by([&] { moved.save_checkpoint(); }) == RESNET_E_STATE);
    moved.cancel();

    calls.on_progress = [](const resnet_progress &) -> resnet::flow { throw own_exception{11}; };
    resnet::trainer thrower(model, &data, nullptr, quick_options(), calls);
    EXPECT(number_thrown_by([&] { thrower.fit(); }) == 11);
    calls.on_progress = [](const resnet_progress &) { return resnet::flow::stop; };
    resnet::trainer stopper(model, &data, nullptr, quick_options(), calls);
    EXPECT(status_thrown_by([&] { stopper.fit(); }) == RESNET_E_CANCELLED);
    calls.on_progress = nullptr;
    calls.on_schedule = [](std::uint64_t, std::uint64_t, std::uint64_t, double) -> double {
        throw own_exception{12};
    };
    resnet::trainer rater(model, &data, nullptr, quick_options(), calls);
    EXPECT(number_thrown_by([&] { rater.fit(); }) == 12);
}

void measuring_callbacks_may_throw()
{
    const resnet::model model = make_model();
    const resnet::dataset data = make_dataset();
    resnet::metrics metrics(names());
    resnet::evaluate(model, data, metrics);
    EXPECT(metrics.count() == 8);
    resnet::work_callbacks calls;
    calls.on_progress = [](const resnet_progress &) -> resnet::flow { throw own_exception{21}; };
    EXPECT(number_thrown_by([&] { resnet::evaluate(model, data, metrics, {}, calls); }) == 21);
    resnet::evaluate_options options;
    const resnet::cancel_token token;
    token.cancel();
    options.cancel = token.get();
    EXPECT(token.is_cancelled());
    EXPECT(status_thrown_by([&] { resnet::evaluate(model, data, metrics, options); }) ==
           RESNET_E_CANCELLED);
    token.reset();
    std::uint64_t n = 0;
    EXPECT(resnet::predict(model, data, {}, [&](const resnet_scores &scores) {
               n += scores.n;
               return resnet::flow::go_on;
           }).size() == 8 * N_CLASSES);
    EXPECT(n == 8);
    EXPECT(number_thrown_by([&] {
               resnet::predict(model, data, {}, [](const resnet_scores &) -> resnet::flow {
                   throw own_exception{22};
               });
           }) == 22);
}

resnet::dataset make_read_dataset(std::atomic<int> &bad, int kind)
{
    return resnet::dataset::from_callback(
        [&bad, kind](std::uint64_t i) {
            if (static_cast<int>(i) == bad && kind == 0) throw own_exception{31};
            if (static_cast<int>(i) == bad) throw resnet::error(RESNET_E_FORMAT, "spoilt");
            return make_image(static_cast<unsigned>(i));
        },
        8, std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1}, names());
}

void a_reader_of_samples_may_throw()
{
    resnet::model model = make_model();
    std::atomic<int> bad{-1};
    EXPECT(make_read_dataset(bad, 0).load_image(3).width() == SIDE);
    bad = 3;
    EXPECT(number_thrown_by([&] { make_read_dataset(bad, 0).load_image(3); }) == 31);
    EXPECT(status_thrown_by([&] { make_read_dataset(bad, 1).load_image(3); }) == RESNET_E_FORMAT);
    EXPECT(number_thrown_by([&] { resnet::predict(model, make_read_dataset(bad, 0)); }) == 31);
    resnet::metrics metrics(names());
    EXPECT(number_thrown_by([&] { resnet::evaluate(model, make_read_dataset(bad, 0), metrics); }) ==
           31);

    /* The trainer outlives the dataset that its part was cut from. */
    auto part = std::make_unique<resnet::dataset>(make_read_dataset(bad, 0).split(0.2, 1).first);
    resnet::trainer trainer(model, part.get(), nullptr, quick_options());
    part.reset();
    bad = -1;
    trainer.fit();
    EXPECT(trainer.summary().n_epochs == 1);
}

void an_executor_may_throw()
{
    const resnet::model model = make_model();
    std::atomic<int> n_calls{0};
    bool throws = false;
    auto here = std::make_shared<resnet::executor>(
        [&](std::uint64_t n, const std::function<void(std::uint64_t)> &task) {
            n_calls++;
            if (throws) throw own_exception{41};
            for (std::uint64_t i = 0; i < n; i++) task(i);
        });
    resnet::session session(model, {}, here);
    here.reset(); /* the session has it */
    const resnet::image image = make_image(1);
    EXPECT(session.classify(image, 1).size() == 1 && n_calls > 0);
    throws = true;
    EXPECT(number_thrown_by([&] { session.classify(image, 1); }) == 41);
    throws = false;
    EXPECT(session.classify(image, 1).size() == 1);
}

void queues_answer_and_their_callbacks_may_throw()
{
    const resnet::model model = make_model();
    resnet::queue queue(model);
    const resnet::image image = make_image(1);
    const resnet::bytes png = image.encode_png();
    const std::vector<unsigned char> pixels = make_pixels(1);
    resnet::request one = queue.submit(image), two = queue.submit(png.view()),
                    three = queue.submit(resnet::frame_view{pixels.data(), SIDE, SIDE}),
                    four = queue.submit("/nonexistent.jpg");
    one.wait();
    two.wait();
    EXPECT(three.wait_for(RESNET_FOREVER) && three.answer().n_values == N_CLASSES);
    EXPECT(one.predictions(1)[0].label == two.predictions(1)[0].label);
    EXPECT(status_thrown_by([&] { four.wait(); }) == RESNET_E_NOT_FOUND);
    four.cancel();
    std::atomic<int> n_heard{0};
    for (int i = 0; i < 5; i++)
        static_cast<void>(queue.submit(image, [&](const resnet::answered &now) {
            if (now.answer().status == RESNET_OK && now.predictions(2).size() == 2) n_heard++;
        }));
    while (n_heard < 5) std::this_thread::yield();
    resnet::request thrown =
        queue.submit(image, [](const resnet::answered &) { throw own_exception{51}; });
    thrown.wait();
    EXPECT(queue.stats().n_answered == 9);
    queue.cancel();
    EXPECT(number_thrown_by([&] { queue.close(); }) == 51);
    one.wait(); /* answers outlive their queue */
}

} // namespace

int main()
{
    handles_move();
    failures_are_thrown();
    pictures_pass_through();
    a_model_tells_of_itself();
    sessions_answer();
    figures_and_reports();
    datasets_are_cut();
    names_are_listed();
    a_reader_of_bytes_may_throw();
    training_callbacks_may_throw();
    measuring_callbacks_may_throw();
    a_reader_of_samples_may_throw();
    an_executor_may_throw();
    queues_answer_and_their_callbacks_may_throw();
    return n_failed > 0;
}
