"""worker.py JOB: one contestant in its own process, driven by bench.py.

JOB is a JSON object (see bench.py). The worker warms up and answers one line of JSON; then, for
each line "sample SECONDS" on its input, it iterates for that long and answers another. Answers go to
the descriptor that was standard output; what the frameworks print goes to standard error.
"""
import ctypes
import json
import os
import signal
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "reference")]


def keep_to(n_threads):
    """Allows this process the first n_threads of its processors, as every other contestant."""
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:n_threads])


def die_with_parent():
    """A stopped process would outlive a driver that was killed (prctl's PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def peak_rss_mib():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def iterate(run, seconds, n_least):
    """Durations of iterations: as many as fit into `seconds`, n_least at least."""
    durations, start = [], time.perf_counter()
    while len(durations) < n_least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run()
        durations.append(time.perf_counter() - before)
    return durations


def answer(channel, **fields):
    channel.write(json.dumps(fields) + "\n")
    channel.flush()


def main():
    die_with_parent()
    job = json.loads(sys.argv[1])
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    keep_to(job["threads"])
    import numpy
    import peers
    started = time.perf_counter()
    run, check, n_images = peers.make(job["peer"], peers.Task(job))
    checked = numpy.asarray(check(), numpy.float64)
    run = peers.counted(run)
    iterate(run, job["warm_up"], 3 if n_images < 32 else 2)
    answer(channel, start_seconds=time.perf_counter() - started, check=checked.tolist(),
           peak_rss_mib=peak_rss_mib())
    for line in sys.stdin:
        durations = iterate(run, float(line.split()[1]), 2)
        answer(channel, images_per_second=n_images * len(durations) / sum(durations),
               ms_median=1e3 * statistics.median(durations), ms_best=1e3 * min(durations),
               n_iterations=len(durations), n_images=n_images, peak_rss_mib=peak_rss_mib())


if __name__ == "__main__":
    main()
