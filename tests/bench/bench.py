"""bench.py: libresnet50 and its peers, side by side; `sh tests/bench/run.sh` calls it.

For each workload every contestant gets a process of its own, which loads, checks its results and
warms up. Then they are sampled in interleaved rounds (A B C, A B C, ...), one at a time while all
others are stopped, with a calibration of the machine before and after each sample. With --modes all
a qualifying round comes first, in which every mode of every peer runs alone; the fastest of each
peer go on to the rounds.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import contest
import report
import workloads
from agreement import judge
from calibration import Calibration

PEERS = ("ours", "pytorch", "onnxruntime", "openvino", "keras")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="inference,training,head", metavar="NAMES",
                        help="workloads by the start of their names, such as inference-8 or "
                             "training (default: all)")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="NAMES",
                        help=f"who takes part (default: {','.join(PEERS)})")
    parser.add_argument("--modes", default="favourites", metavar="WHICH",
                        help="favourites (default: the modes that won before), all (with a "
                             "qualifying round), or patterns such as 'ours/*,pytorch/compile*'")
    parser.add_argument("--rounds", type=int, default=5, help="samples each (default 5)")
    parser.add_argument("--seconds", type=float, default=2.5, help="of a sample (default 2.5)")
    parser.add_argument("--retries", type=int, default=2,
                        help="repetitions of a disturbed sample (default 2)")
    parser.add_argument("--patience", type=float, default=10,
                        help="seconds to wait for a quiet machine before a sample (default 10)")
    parser.add_argument("--finalists", type=int, default=2,
                        help="modes a peer that go on from the qualifying round (default 2)")
    parser.add_argument("--size", type=int, default=224, help="px of the images (default 224)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="for everyone (default: all processors)")
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds (default 2)")
    parser.add_argument("--start-limit", type=float, default=600, help="seconds (default 600)")
    parser.add_argument("--build", default="", help="meson build folder of the library")
    parser.add_argument("--fma", required=True, help="the program compiled from fma.c")
    parser.add_argument("--out", default="bench", metavar="STEM",
                        help="writes STEM.json and STEM.md (default: bench)")
    return parser.parse_args()


def processor_name():
    with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown processor"


def qualify(workload, contestants, options, calibration):
    """The fastest `finalists` of each peer, every one having run alone."""
    rates = {}
    for one in contestants:
        worker = contest.start(one, workload, options)
        if worker is None:
            continue
        for _ in range(2):
            worker.sample(options, calibration)
        rates[one] = contest.summary(worker, calibration)["best"]
        worker.close()
        print(f"    {rates[one]:.2f} images/s, {worker.ready['peak_rss_mib']:.0f} MiB", flush=True)
    result = []
    for peer in PEERS:
        own = sorted((one for one in rates if one.peer == peer), key=lambda one: -rates[one])
        result += own[:options.finalists]
    return result, {one.name: rate for one, rate in rates.items()}


def rounds(workload, contestants, options, calibration):
    """Interleaved samples of all contestants; returns one row each."""
    workers = [contest.start(one, workload, options) for one in contestants]
    workers = [worker for worker in workers if worker is not None]
    try:
        for number in range(options.rounds):
            for worker in workers:
                sample = worker.sample(options, calibration)
                print(f"  round {number + 1} {worker.contestant.name:<34} "
                      f"{sample['images_per_second']:8.2f} images/s  fma "
                      f"{sample['fma_before']:.0f} {sample['fma_after']:.0f}", flush=True)
        agreement = judge(workload, workers, options.folder)
        rows = [contest.summary(worker, calibration) for worker in workers]
    finally:
        for worker in workers:
            worker.close()
    for row in rows:
        row["error"], row["agrees"] = agreement[row["contestant"]]
    return rows


def measure(workload, options, calibration):
    print(f"\n{workload.title}", flush=True)
    contestants = workloads.chosen_contestants(workload, options.modes.split(","),
                                               options.peers.split(","))
    qualifying = None
    if options.modes == "all":
        contestants, qualifying = qualify(workload, contestants, options, calibration)
    rows = rounds(workload, contestants, options, calibration)
    part = {"title": workload.title, "batch": workload.batch, "rows": rows,
            "qualifying": qualifying}
    print("\n".join(["", *report.markdown_table(rows), "",
                     *report.markdown_verdicts(workload.name, rows)]), flush=True)
    return part


def write(result, stem):
    with open(stem + ".json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
    with open(stem + ".md", "w", encoding="utf-8") as file:
        file.write(report.markdown(result) + "\n")


def main():
    options = arguments()
    calibration = Calibration(options.fma, options.threads)
    result = {"threads": options.threads, "size": options.size, "workloads": {},
              "machine": {"processor": processor_name(), "fma_best": calibration.best}}
    with tempfile.TemporaryDirectory(prefix="resnet50-bench-") as folder:
        options.folder = folder
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run([sys.executable, os.path.join(here, "prepare.py"), folder,
                        str(options.size)], check=True)
        for workload in workloads.chosen_workloads(options.only.split(",")):
            result["workloads"][workload.name] = measure(workload, options, calibration)
            result["machine"]["fma_best"] = calibration.best
            write(result, options.out)
    print(f"\nwrote {options.out}.json and {options.out}.md")
    rows = [row for part in result["workloads"].values() for row in part["rows"]]
    wrong = sorted({row["contestant"] for row in rows if not row["agrees"]})
    if wrong:
        sys.exit(f"disagree with the others: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
