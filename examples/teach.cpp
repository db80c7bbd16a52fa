// Teaches pretrained weights the classes of a folder, in C++, and measures what was held out:
// teach++ WEIGHTS FOLDER OUT.h5. SPDX-License-Identifier: MIT
#include <resnet/resnet.hpp>

#include <iostream>

static resnet::dataset open_part(const char *folder, std::int32_t part)
{
    resnet::dataset_options options;
    options.part = part;
    return resnet::dataset::open_folder(folder, &options);
}

/* The file's own last layer, for other classes, gives way to a new one. */
static resnet::model load_with_new_head(const char *path, const std::vector<std::string> &classes)
{
    resnet::load_options options;
    options.new_head = 1;
    options.n_classes = static_cast<std::uint32_t>(classes.size());
    resnet::model model = resnet::model::load(path, &options);
    model.set_class_names(classes);
    return model;
}

static void teach(resnet::model &model, const resnet::dataset &train,
                  const resnet::dataset &validation)
{
    resnet::trainer_options options;
    options.freeze = RESNET_FREEZE_ALL;
    options.optimizer = RESNET_OPTIMIZER_ADAM;
    options.restore_best = 1;
    resnet::trainer_callbacks callbacks;
    callbacks.on_progress = [](const resnet_progress &now) {
        if (now.epoch_done)
            std::cout << "epoch " << now.epoch << ": loss " << now.loss << ", "
                      << 100 * now.val_accuracy << " % of the held-out pictures right\n";
        return resnet::flow::go_on;
    };
    resnet::trainer(model, &train, &validation, options, callbacks).fit();
}

int main(int argc, char **argv)
try {
    if (argc != 4) {
        std::cerr << "usage: teach++ WEIGHTS FOLDER OUT.h5\n";
        return 2;
    }
    const resnet::dataset train = open_part(argv[2], RESNET_PART_TRAIN);
    const resnet::dataset validation = open_part(argv[2], RESNET_PART_VAL);
    const std::vector<std::string> classes = train.class_names();
    resnet::model model = load_with_new_head(argv[1], classes);
    teach(model, train, validation);

    resnet::metrics metrics(classes);
    resnet::evaluate(model, validation, metrics);
    std::cout << resnet::report(metrics).to_string() << "\nmacro F1 " << metrics["macro_f1"]
              << '\n';
    model.save(argv[3]);
    return 0;
} catch (const resnet::error &e) {
    std::cerr << "teach++: " << e.what() << '\n';
    return 1;
}
