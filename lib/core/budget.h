/** What reading one file may cost. Memory that a file's content asks for and bytes that are unpacked
 *  on its behalf are spent here before they are taken, and nothing is ever given back: so one number
 *  bounds the memory and, since no step of a reader is dearer than its bytes, the time as well.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_BUDGET_H
#define RN_CORE_BUDGET_H

#include "core/error.h"

typedef struct rn_budget {
    uint64_t left;  /* bytes */
    uint64_t total; /* as given, for the message */
} rn_budget;

rn_budget rn_budget_make(uint64_t bytes);

/** Takes `bytes` out of it. UNSUPPORTED, naming what they were for, when there are not so many left;
 *  the budget is then empty, so that whatever else is tried fails as well. */
resnet_status rn_budget_spend(rn_budget *budget, uint64_t bytes, const char *what);

/** The same for count x size bytes; a product beyond 64 bits is beyond every budget. */
resnet_status rn_budget_spend_array(rn_budget *budget, uint64_t count, uint64_t size,
                                    const char *what);

#endif
