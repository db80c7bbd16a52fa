/* SPDX-License-Identifier: MIT */
#include "image/preparer.h"

void rn_preparer_clear(rn_preparer *p)
{
    rn_resizer_free(p->resizer);
    resnet_image_free(p->crop);
    *p = (rn_preparer){.resizer = NULL};
}

static resnet_status adapt(rn_preparer *p, const rn_view *view)
{
    resnet_status status;
    if (p->resizer && rn_view_equal(rn_resizer_get_view(p->resizer), view)) return RESNET_OK;
    rn_preparer_clear(p);
    RN_TRY(rn_resizer_create(&p->resizer, view));
    if (rn_resizer_fills_window(p->resizer))
        status = rn_image_create(&p->crop, view->width, view->height);
done:
    if (status != RESNET_OK) rn_preparer_clear(p);
    return status;
}

/* A window that sticks out is rare and made afresh each time. */
static resnet_status draw(rn_preparer *p)
{
    if (rn_resizer_fills_window(p->resizer)) {
        rn_resizer_draw(p->resizer, p->crop);
        return RESNET_OK;
    }
    resnet_image_free(p->crop);
    p->crop = NULL;
    return rn_resizer_finish(p->resizer, &p->crop);
}

resnet_status rn_preparer_run(rn_preparer *p, const resnet_image *image,
                              const resnet_recipe *recipe, float *input_chw)
{
    rn_view view;
    resnet_status status;
    RN_TRY(rn_recipe_view(&view, recipe, image->width, image->height));
    RN_TRY(adapt(p, &view));
    rn_resizer_push_image(p->resizer, image);
    RN_TRY(draw(p));
    rn_recipe_pack(recipe, p->crop->pixels, input_chw);
done:
    return status;
}
