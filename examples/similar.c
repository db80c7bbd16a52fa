/* How alike two pictures are to the network, by the angle between their embeddings:
 * similar WEIGHTS IMAGE IMAGE. SPDX-License-Identifier: MIT */
#include <math.h>
#include <resnet/resnet.h>
#include <stdio.h>
#include <stdlib.h>

#define EMBEDDING_SIZE 2048

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < EMBEDDING_SIZE; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Both pictures in one batch. */
static resnet_status embed_pair(resnet_session *session, const resnet_recipe *recipe,
                                char *const paths[2], float embeddings[2][EMBEDDING_SIZE])
{
    const size_t size = (size_t)3 * recipe->crop_height * recipe->crop_width;
    float *inputs = calloc(2 * size, sizeof *inputs);
    resnet_status status = inputs ? RESNET_OK : RESNET_E_NOMEM;
    for (size_t i = 0; i < 2 && status == RESNET_OK; i++)
        status = resnet_image_prepare_file(inputs + i * size, size, paths[i], recipe, NULL);
    if (status == RESNET_OK)
        status = resnet_session_embeddings(embeddings[0], 2 * EMBEDDING_SIZE, session, inputs, 2,
                                           recipe->crop_height, recipe->crop_width);
    free(inputs);
    return status;
}

int main(int argc, char **argv)
{
    static float embeddings[2][EMBEDDING_SIZE];
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    resnet_recipe recipe;
    if (argc != 4) return fprintf(stderr, "usage: similar WEIGHTS IMAGE IMAGE\n"), 2;
    const int failed = resnet_model_load(&model, argv[1], NULL) ||
                       resnet_recipe_init(&recipe, sizeof recipe, NULL) ||
                       resnet_model_copy_recipe(&recipe, sizeof recipe, model) ||
                       resnet_session_create(&session, model, NULL) ||
                       embed_pair(session, &recipe, argv + 2, embeddings);
    if (failed)
        fprintf(stderr, "similar: %s\n", resnet_last_error());
    else
        printf("%.4f\n", cosine(embeddings[0], embeddings[1]));
    resnet_session_free(session);
    resnet_model_free(model);
    return failed;
}
