/* SPDX-License-Identifier: MIT */
#include "core/tree.h"

/* The largest power of two below n. */
static size_t split(size_t n)
{
    size_t half = 1;
    while (half < n - half) half *= 2;
    return half;
}

static void sum(const rn_tree *tree, rn_tree_node node)
{
    if (node.n == 1 || node.n <= tree->grain) {
        if (tree->leaf) tree->leaf(tree->context, node);
        return;
    }
    const size_t half = split(node.n);
    const rn_tree_node left = {node.first, half, node.slot};
    const rn_tree_node right = {node.first + half, node.n - half, node.slot + 1};
    sum(tree, left);
    sum(tree, right);
    tree->join(tree->context, left, right);
}

void rn_tree_sum(const rn_tree *tree, size_t n)
{
    sum(tree, (rn_tree_node){.n = n});
}

size_t rn_tree_count_slots(size_t n)
{
    size_t count = 1;
    for (size_t parts = 1; parts < n; parts *= 2) count++;
    return count;
}
