"""Whether the machine is itself: GFLOP/s of fma.c before and after each sample.

The best figure ever seen is kept beside the program, so that a run that starts on a disturbed machine
knows it.
"""
import os
import subprocess
import time

LEAST = 0.9  # of the best figure seen; below it a sample counts as disturbed
SECONDS = 0.2


class Calibration:
    def __init__(self, program, n_threads):
        self.command = [program, str(n_threads), str(SECONDS)]
        self.memory = f"{program}-best-{n_threads}"
        self.best = self._remembered()
        for _ in range(3):
            self.measure()

    def _remembered(self):
        if not os.path.exists(self.memory):
            return 0.0
        with open(self.memory, encoding="ascii") as file:
            return float(file.read())

    def measure(self):
        done = subprocess.run(self.command, capture_output=True, text=True, check=True)
        gflops = float(done.stdout)
        if gflops > self.best:
            self.best = gflops
            with open(self.memory, "w", encoding="ascii") as file:
                file.write(str(gflops))
        return gflops

    def disturbed(self, *gflops):
        return min(gflops) < LEAST * self.best

    def wait_for_quiet(self, patience):
        """Measures again each second until the machine is itself, for `patience` seconds at most;
        returns the last figure."""
        deadline = time.monotonic() + patience
        gflops = self.measure()
        while self.disturbed(gflops) and time.monotonic() < deadline:
            time.sleep(1)
            gflops = self.measure()
        return gflops
