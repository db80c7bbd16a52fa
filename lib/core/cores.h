/** How many cores this process may use. SPDX-License-Identifier: MIT */
#ifndef RN_CORE_CORES_H
#define RN_CORE_CORES_H

#include <stddef.h>

/** The affinity mask's count, cut by the cgroup's CPU quota (v2, then v1) rounded up; at least 1.
 */
size_t rn_cores_available(void);

#endif
