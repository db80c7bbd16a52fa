"""Workers as the driver sees them: started, asked for samples in turn, stopped in between."""
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HUGE_PAGES = "glibc.malloc.hugetlb=1"


class WorkerError(RuntimeError):
    """A contestant could not be started, died or took too long."""


def _environment(contestant, n_threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(n_threads), TF_CPP_MIN_LOG_LEVEL="3",
                       TF_NUM_INTRAOP_THREADS=str(n_threads), KERAS_BACKEND="tensorflow",
                       CUDA_VISIBLE_DEVICES="-1", PYTHONDONTWRITEBYTECODE="1")
    environment.pop("GLIBC_TUNABLES", None)
    if contestant.huge_pages:
        environment["GLIBC_TUNABLES"] = HUGE_PAGES
    return environment


class Worker:
    """One contestant's process. Between samples it is stopped by signal, so that no spinning
    thread of it takes part in another's measurement."""

    def __init__(self, contestant, workload, options):
        self.contestant = contestant
        job = {"peer": contestant.peer, "mode": contestant.mode, "kind": workload.kind,
               "batch": workload.batch, "n_classes": workload.n_classes, "size": options.size,
               "threads": options.threads, "build": options.build, "folder": options.folder,
               "warm_up": options.warm_up}
        log = os.path.join(options.folder, contestant.name.replace("/", "-") + ".log")
        self.log = open(log, "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "worker.py"), json.dumps(job)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=_environment(contestant, options.threads))
        try:
            self.ready = self._answer(options.start_limit)
        except WorkerError:
            self.close()
            raise
        self.samples = []
        self._signal(signal.SIGSTOP)

    def _signal(self, number):
        if self.process.poll() is None:
            os.kill(self.process.pid, number)

    def _answer(self, seconds):
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if readable else ""
        if not line:
            raise WorkerError(f"{self._last_words()}" if readable else f"silent for {seconds} s")
        return json.loads(line)

    def _last_words(self):
        self.process.wait(timeout=10)
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return (lines or ["ended without a word"])[-1][:300]

    def _sample(self, options, calibration):
        before = calibration.wait_for_quiet(options.patience)
        self._signal(signal.SIGCONT)
        self.process.stdin.write(f"sample {options.seconds}\n")
        self.process.stdin.flush()
        sample = self._answer(60 + 20 * options.seconds)
        self._signal(signal.SIGSTOP)
        after = calibration.measure()
        sample.update(fma_before=before, fma_after=after)
        return sample

    def sample(self, options, calibration):
        """Takes one sample; while it is disturbed, and retries are left, another one."""
        for _ in range(options.retries + 1):
            sample = self._sample(options, calibration)
            self.samples.append(sample)
            if not calibration.disturbed(sample["fma_before"], sample["fma_after"]):
                return sample
        return sample

    def close(self):
        self._signal(signal.SIGCONT)
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def summary(worker, calibration):
    """What the samples of one worker say. Disturbed ones count only if there are no others."""
    for sample in worker.samples:  # judged by the best calibration of the whole run
        sample["disturbed"] = calibration.disturbed(sample["fma_before"], sample["fma_after"])
    clean = [sample for sample in worker.samples if not sample["disturbed"]]
    used = clean or worker.samples
    rates = [sample["images_per_second"] for sample in used]
    return {"contestant": worker.contestant.name, "peer": worker.contestant.peer,
            "median": statistics.median(rates), "best": max(rates), "worst": min(rates),
            "ms_median": statistics.median(sample["ms_median"] for sample in used),
            "peak_rss_mib": max(sample["peak_rss_mib"] for sample in worker.samples),
            "n_samples": len(worker.samples), "n_disturbed": len(worker.samples) - len(clean),
            "start_seconds": worker.ready["start_seconds"], "samples": worker.samples}


def start(contestant, workload, options):
    """A ready worker, or None with a line that says why not."""
    try:
        started = time.monotonic()
        worker = Worker(contestant, workload, options)
        print(f"  {contestant.name}: ready after {time.monotonic() - started:.0f} s", flush=True)
        return worker
    except WorkerError as error:
        print(f"  {contestant.name}: left out: {error}", flush=True)
        return None
