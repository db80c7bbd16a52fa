/** The command line. One table says what a command takes; parsing, --help, manual pages and the
 *  completion of shells walk it.
 *  SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_ARGUMENTS_H
#define EXAMPLES_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

/** A word of the command line and the number it stands for. A table ends with a NULL name. */
typedef struct choice {
    const char *name;
    int32_t value;
} choice;

/** An option that may be given several times. */
#define MAX_TEXTS 64
typedef struct text_list {
    const char *texts[MAX_TEXTS];
    size_t n;
} text_list;

/** What an option's field in the settings is. */
typedef enum option_kind {
    KIND_FLAG,  /* uint32_t: 1 when given */
    KIND_TEXT,  /* const char *, NULL when not given */
    KIND_TEXTS, /* text_list */
    KIND_U32,   /* uint32_t from low to high */
    KIND_U64,   /* uint64_t from low to high */
    KIND_F32,   /* float from low to high */
    KIND_F64,   /* double from low to high */
    KIND_F32S,  /* float[n], several numbers parted by commas */
    KIND_U32S,  /* uint32_t[n], likewise */
    KIND_CHOICE /* int32_t, one of choices */
} option_kind;

typedef struct option_row {
    const char *name;     /* "--batch"; NULL ends a table */
    const char *argument; /* "N"; NULL for a flag */
    const char *help;     /* one line, or several parted by '\n' */
    option_kind kind;
    size_t offset; /* of the field in the command's settings */
    double low, high;
    size_t n; /* of KIND_F32S and KIND_U32S */
    const choice *choices;
    const char *field;                    /* its last word is what the library calls the option */
    const char *(*name_at)(size_t index); /* of texts that are names; NULL past the last */
} option_row;

#define OPTION_FLAG(settings, field, name, help)                                                   \
    {                                                                                              \
        name, NULL, help, KIND_FLAG, offsetof(settings, field), 0, 0, 0, NULL, #field, NULL        \
    }
#define OPTION_TEXT(settings, field, name, argument, help)                                         \
    {                                                                                              \
        name, argument, help, KIND_TEXT, offsetof(settings, field), 0, 0, 0, NULL, #field, NULL    \
    }
/* A text that is one of the names that `name_at` tells, or else something of the caller's. */
#define OPTION_NAME(settings, field, name, argument, name_at, help)                                \
    {                                                                                              \
        name, argument, help, KIND_TEXT, offsetof(settings, field), 0, 0, 0, NULL, #field, name_at \
    }
#define OPTION_TEXTS(settings, field, name, argument, help)                                        \
    {                                                                                              \
        name, argument, help, KIND_TEXTS, offsetof(settings, field), 0, 0, 0, NULL, #field, NULL   \
    }
#define OPTION_U32(settings, field, name, argument, low, high, help)                               \
    {                                                                                              \
        name, argument, help, KIND_U32, offsetof(settings, field), low, high, 0, NULL, #field,     \
            NULL                                                                                   \
    }
#define OPTION_U64(settings, field, name, argument, low, high, help)                               \
    {                                                                                              \
        name, argument, help, KIND_U64, offsetof(settings, field), low, high, 0, NULL, #field,     \
            NULL                                                                                   \
    }
#define OPTION_F32(settings, field, name, argument, low, high, help)                               \
    {                                                                                              \
        name, argument, help, KIND_F32, offsetof(settings, field), low, high, 0, NULL, #field,     \
            NULL                                                                                   \
    }
#define OPTION_F64(settings, field, name, argument, low, high, help)                               \
    {                                                                                              \
        name, argument, help, KIND_F64, offsetof(settings, field), low, high, 0, NULL, #field,     \
            NULL                                                                                   \
    }
#define OPTION_F32S(settings, field, n, name, argument, low, high, help)                           \
    {                                                                                              \
        name, argument, help, KIND_F32S, offsetof(settings, field), low, high, n, NULL, #field,    \
            NULL                                                                                   \
    }
#define OPTION_U32S(settings, field, n, name, argument, low, high, help)                           \
    {                                                                                              \
        name, argument, help, KIND_U32S, offsetof(settings, field), low, high, n, NULL, #field,    \
            NULL                                                                                   \
    }
#define OPTION_CHOICE(settings, field, name, argument, choices, help)                              \
    {                                                                                              \
        name, argument, help, KIND_CHOICE, offsetof(settings, field), 0, 0, 0, choices, #field,    \
            NULL                                                                                   \
    }
#define OPTION_END                                                                                 \
    {                                                                                              \
        NULL, NULL, NULL, KIND_FLAG, 0, 0, 0, 0, NULL, "", NULL                                    \
    }

/** What every command takes. A command's own settings start with this. */
typedef struct common_settings {
    const char *weights;
    int32_t averaged; /* RESNET_AVERAGED_* */
    const char *recipe;
    uint32_t size;
    uint32_t threads;
    uint32_t json;
} common_settings;

/** Which of the common options a command has no use for. */
#define WITHOUT_WEIGHTS 1
#define WITHOUT_RECIPE 2 /* neither --recipe nor --size */
#define WITHOUT_THREADS 4

#define MAX_OWN_TABLES 8

typedef struct command {
    const char *name;
    const char *operands; /* "IMAGE...", or "" */
    size_t min_operands, max_operands;
    const char *summary; /* one line */
    const char *details; /* further lines of --help, each ended by '\n'; "" for none */
    unsigned without;    /* WITHOUT_* */
    const option_row *options[MAX_OWN_TABLES]; /* tables of its own options; NULL for none */
    int (*run)(const struct command *self, int argc, char **argv);
} command;

#define EXIT_FAILED 1
#define EXIT_USAGE 2

/** Reads options from argv (argc of them, the command's name not among them) into *settings, which
 *  holds the defaults and starts with a common_settings. The operands move to the front of argv.
 *  Returns their number; or -1 when there is nothing left to do, with *exit_status set: --help was
 *  printed, or what is wrong. */
int parse_arguments(const command *self, void *settings, int argc, char **argv, int *exit_status);

/** Says what is wrong with the command line, and returns EXIT_USAGE. */
int usage_error(const command *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The option of the command that fills the field which the library calls `word` (`length` bytes of
 *  it); NULL if there is none. */
const char *option_of_field(const command *self, const char *word, size_t length);

#endif
