/* resnet50: the library's command-line program. SPDX-License-Identifier: MIT */
#include "arguments.h"
#include "commands.h"
#include "completion.h"
#include "man_page.h"
#include "output.h"
#include "suggestion.h"

#include <resnet/version.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const command *const commands[] = {
    &classify_command, &train_command, &evaluate_command, &scan_command,  &augment_preview_command,
    &embed_command,    &info_command,  &convert_command,  &bench_command, NULL,
};

static void print_overview(FILE *stream)
{
    fputs("usage: resnet50 COMMAND [OPTION]...\n"
          "ResNet-50 on the CPU: classify pictures, teach it new classes, measure how good it "
          "is.\n\n",
          stream);
    for (size_t i = 0; commands[i]; i++)
        fprintf(stream, "  %-16s%s\n", commands[i]->name, commands[i]->summary);
    fputs("\nresnet50 COMMAND --help tells a command's options; resnet50 --version, what runs.\n",
          stream);
}

static int print_version(void)
{
    const char *name = NULL;
    printf("resnet50 %s\n%s\nwith", resnet_version(), resnet_build_info());
    for (size_t i = 0; (name = resnet_feature_get_name(i)); i++)
        printf(" %s%s", resnet_feature_is_built(name) ? "" : "no-", name);
    putchar('\n');
    return 0;
}

static const command *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int refuse_command(const char *word)
{
    suggestion near = suggestion_begin(word);
    for (size_t i = 0; commands[i]; i++) suggestion_offer(&near, commands[i]->name);
    say_error("there is no command \"%s\"%s (see resnet50 --help)", word, suggestion_ask(&near));
    return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) return print_version();
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--man") == 0) {
        print_program_page(commands);
        return 0;
    }
    if (strcmp(argv[1], "--completion") == 0)
        return print_completion(argc > 2 ? argv[2] : "", commands);
    const command *chosen = find_command(argv[1]);
    if (chosen) return chosen->run(chosen, argc - 2, argv + 2);
    return refuse_command(argv[1]);
}

/* A stream that comes closed would be the next file to be opened, and what is printed would land in
 * it. It is opened the wrong way round, so that using it fails as if it were closed. */
static void open_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    open_streams();
    int status = run(argc, argv);
    if (!status && ran_out_of_memory()) status = EXIT_FAILED;
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    return status ? status : say_error("standard output: cannot be written");
}
