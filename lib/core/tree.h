/** Sums of numbered parts in the order of one binary tree. Floating-point addition is not
 *  associative: what is summed in this order has the same bits wherever the parts lie, so that a
 *  host of several processes gets those of one.
 *
 *      0   1   2   3   4   5   6       parts [first, first + n) are split before the largest
 *       \ /     \ /     \ /    |       power of two below n
 *        +       +       +    /
 *          \   /          \  /
 *            +             +
 *              \________/
 *                   +
 *
 *  Of any number of parts the blocks of 2^k, [i 2^k, (i + 1) 2^k), the last perhaps shorter, are
 *  subtrees: each may be summed on its own and their sums, as parts 0, 1, 2, ..., by the same tree.
 *  SPDX-License-Identifier: MIT */
#ifndef RN_CORE_TREE_H
#define RN_CORE_TREE_H

#include <stddef.h>

/** The sum of parts [first, first + n). Its place is either that of part `first`, or the slot, of
 *  which there are rn_tree_count_slots(): a node's own slot is free when its leaf is fetched. */
typedef struct rn_tree_node {
    size_t first, n;
    size_t slot;
} rn_tree_node;

typedef struct rn_tree {
    void *context;
    void (*leaf)(void *context, rn_tree_node leaf); /* fetches a part; NULL: all are in place */
    size_t grain; /* parts that `leaf` takes at once, adding them in this order: 2^k; 0: one */
    void (*join)(void *context, rn_tree_node into, rn_tree_node from); /* into += from */
} rn_tree;

/** Leaves the sum of parts [0, n) where part 0, or slot 0, is. n > 0. */
void rn_tree_sum(const rn_tree *tree, size_t n);

/** Slots that a sum of n parts uses: 1 + log2(n), rounded up. */
size_t rn_tree_count_slots(size_t n);

#endif
