/* What is in a picture, in ten lines: classify WEIGHTS IMAGE. SPDX-License-Identifier: MIT */
#include <resnet/resnet.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    resnet_model *model = NULL;
    resnet_session *session = NULL;
    resnet_image *image = NULL;
    resnet_prediction top[3];
    if (argc != 3 || resnet_model_load(&model, argv[1], NULL) ||
        resnet_session_create(&session, model, NULL) || resnet_image_load(&image, argv[2], NULL) ||
        resnet_session_classify_images(top, sizeof *top, session, &image, 1, 3))
        return fprintf(stderr, "%s\n", resnet_last_error()), 1;
    for (int i = 0; i < 3; i++) printf("%5.1f %% %s\n", 100 * top[i].probability, top[i].name);
    resnet_image_free(image);
    resnet_session_free(session);
    resnet_model_free(model);
    return 0;
}
