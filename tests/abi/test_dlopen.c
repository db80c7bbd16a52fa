/* A plugin's life: the library is opened, used by threads of the host, and closed, again and again,
 * while those threads live on and end later.
 * usage: test_dlopen LIBRARY
 * SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ROUNDS 5
#define N_THREADS 3

static const char *library_path;
static pthread_barrier_t barrier;

/* The library's functions, as a host that does not link it finds them. */
typedef struct functions {
    __typeof__(resnet_model_create) *model_create;
    __typeof__(resnet_model_options_init) *options_init;
    __typeof__(resnet_model_load_memory) *model_load_memory;
    __typeof__(resnet_model_free) *model_free;
    __typeof__(resnet_session_create) *session_create;
    __typeof__(resnet_session_prepare) *session_prepare;
    __typeof__(resnet_session_free) *session_free;
    __typeof__(resnet_last_error) *last_error;
} functions;

static void *find(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    if (symbol) return symbol;
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
}

/* POSIX has functions and data share one kind of pointer, ISO C does not. */
#define FIND(library, field, name)                                                                 \
    do {                                                                                           \
        void *symbol = find(library, #name);                                                       \
        memcpy(&(field), &symbol, sizeof symbol);                                                  \
    } while (0)

static functions find_all(void *library)
{
    functions f;
    FIND(library, f.model_create, resnet_model_create);
    FIND(library, f.options_init, resnet_model_options_init);
    FIND(library, f.model_load_memory, resnet_model_load_memory);
    FIND(library, f.model_free, resnet_model_free);
    FIND(library, f.session_create, resnet_session_create);
    FIND(library, f.session_prepare, resnet_session_prepare);
    FIND(library, f.session_free, resnet_session_free);
    FIND(library, f.last_error, resnet_last_error);
    return f;
}

/* Every format's reader is asked, and refuses. */
static int read_strange_files(const functions *f)
{
    static const char FILES[][17] = {"\x89HDF\r\n\x1a\n ........", "PK\x03\x04............",
                                     "\x80\x02}.", "\x08\0\0\0\0\0\0\0{\"a\":1}"};
    int n_refused = 0;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        resnet_model *model = NULL;
        n_refused += f->model_load_memory(&model, FILES[i], 16, NULL) != RESNET_OK &&
                     *f->last_error() != '\0';
    }
    return n_refused == 4;
}

static int run_a_session(const functions *f)
{
    resnet_model_options options;
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    const int ok = f->options_init(&options, sizeof options) == RESNET_OK &&
                   f->model_create(&model, &options) == RESNET_OK &&
                   f->session_create(&session, model, NULL) == RESNET_OK &&
                   f->session_prepare(session, 1, 32, 32) == RESNET_OK;
    f->session_free(session);
    f->model_free(model);
    return ok;
}

/* Thread 0 also makes a network; all have used the library when it is closed. */
static void *live(void *argument)
{
    const size_t number = *(const size_t *)argument;
    size_t n_failed = 0;
    for (int round = 0; round < N_ROUNDS; round++) {
        void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
        if (!library) return fprintf(stderr, "%s\n", dlerror()), argument;
        const functions f = find_all(library);
        n_failed += !read_strange_files(&f) || (number == 0 && !run_a_session(&f));
        pthread_barrier_wait(&barrier);
        dlclose(library);
        pthread_barrier_wait(&barrier);
    }
    return n_failed ? argument : NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[N_THREADS];
    size_t numbers[N_THREADS], n_failed = 0;
    if (argc != 2) return 2;
    library_path = argv[1];
    pthread_barrier_init(&barrier, NULL, N_THREADS);
    for (size_t i = 0; i < N_THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, live, &numbers[i])) return 1;
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        n_failed += failed != NULL;
    }
    if (n_failed) fprintf(stderr, "%zu of %d threads failed\n", n_failed, N_THREADS);
    return n_failed > 0;
}
