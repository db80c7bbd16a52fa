// What is in some pictures, in C++: classify++ WEIGHTS IMAGE... SPDX-License-Identifier: MIT
#include <resnet/resnet.hpp>

#include <iomanip>
#include <iostream>

int main(int argc, char **argv)
try {
    if (argc < 3) {
        std::cerr << "usage: classify++ WEIGHTS IMAGE...\n";
        return 2;
    }
    const std::vector<std::string> paths(argv + 2, argv + argc);
    const resnet::model model = resnet::model::load(argv[1]);
    const std::size_t k = model.n_classes() < 3 ? model.n_classes() : 3;
    resnet::session session(model);
    const std::vector<resnet::prediction> top = session.classify_files(paths, k);
    std::cout << std::fixed << std::setprecision(1);
    for (std::size_t i = 0; i < paths.size(); i++) {
        std::cout << paths[i] << '\n';
        for (std::size_t j = i * k; j < (i + 1) * k; j++)
            std::cout << std::setw(7) << 100 * top[j].probability << " % " << top[j].name << '\n';
    }
    return 0;
} catch (const resnet::error &e) {
    std::cerr << "classify++: " << e.what() << '\n';
    return 1;
}
