/** The names that mean something in a pickle and what becomes of a call to each.
 * SPDX-License-Identifier: MIT
 */
#ifndef RN_STORE_PICKLE_CALL_H
#define RN_STORE_PICKLE_CALL_H

#include "store/pickle_machine.h"

/** What a name means, or that it is foreign. UNSUPPORTED, naming it, when it would run something.
 */
resnet_status rn_pickle_resolve(rn_pickle *machine, rn_pickle_value **out, const char *module,
                                size_t module_length, const char *name, size_t name_length);

/** What `callable(*arguments)` gives: a description, never a run of anything. */
resnet_status rn_pickle_call(rn_pickle *machine, rn_pickle_value **out,
                             const rn_pickle_value *callable, const rn_pickle_value *arguments);

/** What `object.__setstate__(state)` leaves of the object, in place. */
void rn_pickle_set_state(rn_pickle_value *object, const rn_pickle_value *state);

/** A persistent id to the storage or tensor it stands for. */
resnet_status rn_pickle_resolve_id(rn_pickle *machine, rn_pickle_value **out, rn_pickle_value *id);

#endif
