/* SPDX-License-Identifier: MIT */
#include "core/cores.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t affinity_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return (size_t)CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN); /* more than 1024 cores */
    return online > 0 ? (size_t)online : 1;
}

/* How many of the file's first two words are numbers; what is not one is -1. */
static int read_numbers(const char *path, double *first, double *second)
{
    *first = *second = -1;
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    const int n = fscanf(file, "%lf %lf", first, second);
    fclose(file);
    return n;
}

static double quota_v2(const char *cgroup)
{
    char path[4200];
    double quota, period;
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", cgroup);
    const int n = read_numbers(path, &quota, &period);
    return n == 2 && quota > 0 && period > 0 ? quota / period : INFINITY; /* "max 100000": none */
}

static double quota_v1(const char *cgroup)
{
    char path[4200];
    double quota, period, unused;
    snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", cgroup);
    read_numbers(path, &quota, &unused);
    snprintf(path, sizeof path, "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", cgroup);
    read_numbers(path, &period, &unused);
    return quota > 0 && period > 0 ? quota / period : INFINITY;
}

/* A quota binds all groups below it, so the smallest on the way up counts. */
static double smallest_upwards(char *cgroup, double (*quota)(const char *))
{
    double smallest = quota("");
    while (cgroup[0] != '\0') {
        smallest = fmin(smallest, quota(cgroup));
        *strrchr(cgroup, '/') = '\0';
    }
    return smallest;
}

/* Lines of /proc/self/cgroup are "number:controllers:/path"; v2's is "0::/path". */
static double cgroup_quota(void)
{
    double smallest = fmin(quota_v2(""), quota_v1(""));
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return smallest;
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || path[1] != '/') continue;
        *path++ = '\0';
        if (controllers[1] == '\0')
            smallest = fmin(smallest, smallest_upwards(path, quota_v2));
        else if (strstr(controllers, "cpu"))
            smallest = fmin(smallest, smallest_upwards(path, quota_v1));
    }
    fclose(file);
    return smallest;
}

size_t rn_cores_available(void)
{
    const size_t cores = affinity_count();
    const double quota = ceil(cgroup_quota());
    return quota >= 1 && quota < (double)cores ? (size_t)quota : cores;
}
