/** How many hold a handle: its owner, and the handles made on it, so that they may be freed in any
 *  order. Any thread. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_USERS_H
#define RN_CORE_USERS_H

#include <stdatomic.h>
#include <stdbool.h>

/** All zeros: one user. */
typedef struct rn_users {
    atomic_size_t n_others;
} rn_users;

static inline void rn_users_add(rn_users *users)
{
    atomic_fetch_add(&users->n_others, 1);
}

/** Whether that was the last one, who frees the handle. */
static inline bool rn_users_leave(rn_users *users)
{
    return atomic_fetch_sub(&users->n_others, 1) == 0;
}

#endif
