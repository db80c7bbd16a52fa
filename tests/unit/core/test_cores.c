/* How many cores there are for us. The file under test is included, to reach what reads quotas.
 * SPDX-License-Identifier: MIT */
#include "../check.h"

#include "core/cores.c"

#include <stdlib.h>

static void follows_the_affinity_mask(void **state)
{
    (void)state;
    cpu_set_t all, one;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    const size_t cores = rn_cores_available();
    assert_in_range(cores, 1, (size_t)CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    const size_t bound = rn_cores_available();
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
    assert_int_equal(bound, 1);
}

static double quota_of(const char *cgroup)
{
    if (strcmp(cgroup, "") == 0) return INFINITY;
    if (strcmp(cgroup, "/a") == 0) return 1.5;
    if (strcmp(cgroup, "/a/b") == 0) return 4;
    return INFINITY;
}

static void the_smallest_quota_on_the_way_up_binds(void **state)
{
    (void)state;
    char below[] = "/a/b/c", beside[] = "/x/y", root[] = "/", odd[] = "/a//b/";
    assert_true(smallest_upwards(below, quota_of) == 1.5);
    assert_true(isinf(smallest_upwards(beside, quota_of)));
    assert_true(isinf(smallest_upwards(root, quota_of)));
    assert_true(smallest_upwards(odd, quota_of) == 1.5);
}

static int read_text(const char *text, double *first, double *second)
{
    char path[] = "/tmp/resnet50-test-cores-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    const int n = read_numbers(path, first, second);
    unlink(path);
    return n;
}

static void reads_quotas(void **state)
{
    (void)state;
    double quota, period;
    assert_int_equal(read_text("150000 100000\n", &quota, &period), 2);
    assert_true(quota == 150000 && period == 100000);
    assert_true(read_text("max 100000\n", &quota, &period) < 2);
    assert_true(quota == -1);
    assert_int_equal(read_text("-1\n", &quota, &period), 1);
    assert_true(quota == -1 && period == -1);
    assert_true(read_text("", &quota, &period) < 1);
    assert_int_equal(read_numbers("/nonexistent/cpu.max", &quota, &period), 0);
    assert_true(isinf(quota_v2("/no/such/group")));
    assert_true(isinf(quota_v1("/no/such/group")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_affinity_mask),
        cmocka_unit_test(the_smallest_quota_on_the_way_up_binds),
        cmocka_unit_test(reads_quotas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
