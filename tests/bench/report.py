"""Tables of what was measured, and how far the goals are met."""

# ours over the best mode of the peer, by kind of workload and, for inference, by batch
GOALS = {
    "inference-1": {"pytorch": 1.0, "onnxruntime": 1.0, "openvino": 1.0, "keras": 1.0},
    "inference-8": {"pytorch": 1.1, "onnxruntime": 1.1, "openvino": 1.0},
    "inference-32": {"pytorch": 1.1, "onnxruntime": 1.1, "openvino": 1.0},
    "training-32": {"pytorch": 1.3, "keras": 2.0},
    "head-32": {"pytorch": 1.7},
}


def in_race(row, workload):
    """Several single images in flight are no answer to "how long does one image take"."""
    return not (workload == "inference-1" and "throughput" in row["contestant"])


def best_of(rows, peer, workload):
    """The row of the peer's fastest mode, by median; None if it did not take part."""
    own = [row for row in rows if row["peer"] == peer and in_race(row, workload)]
    return max(own, key=lambda row: row["median"], default=None)


def undisturbed(row):
    return row["n_disturbed"] < row["n_samples"]


def verdicts(workload, rows):
    """[(peer, winning mode, ratio, goal or None, met or None)]; not met or missed but None where
    the machine was disturbed throughout."""
    ours = best_of(rows, "ours", workload)
    result = []
    for peer in sorted({row["peer"] for row in rows} - {"ours"}):
        best = best_of(rows, peer, workload)
        if best is None:
            continue
        goal = GOALS.get(workload, {}).get(peer)
        ratio = ours["median"] / best["median"] if ours else None
        judged = goal is not None and ours and undisturbed(ours) and undisturbed(best)
        met = ratio >= goal if judged else None
        result.append((peer, best["contestant"], ratio, goal, met))
    return result


def markdown_table(rows):
    lines = ["| contestant | images/s, median | best | worst | ms, median | peak MiB | samples "
             "(disturbed) | error |",
             "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for row in sorted(rows, key=lambda row: -row["median"]):
        lines.append(f"| {row['contestant']} | {row['median']:.2f} | {row['best']:.2f} | "
                     f"{row['worst']:.2f} | {row['ms_median']:.1f} | {row['peak_rss_mib']:.0f} | "
                     f"{row['n_samples']} ({row['n_disturbed']}) | {row['error']:.1e} |")
    return lines


def markdown_verdicts(workload, rows):
    lines = []
    for peer, mode, ratio, goal, met in verdicts(workload, rows):
        text = f"- {peer}: fastest as {mode}"
        if ratio is not None:
            text += f"; ours is {ratio:.2f} times as fast"
        if goal is not None:
            outcome = {True: "met", False: "MISSED", None: "not judged"}[met]
            text += f" (goal {goal:g}: {outcome})"
        lines.append(text)
    return lines


def markdown(result):
    machine = result["machine"]
    lines = ["# Side by side", "",
             f"{machine['processor']}, {result['threads']} threads, FMA best "
             f"{machine['fma_best']:.0f} GFLOP/s; a sample is disturbed when the calibration beside "
             f"it was below 90 % of that. Images of {result['size']}x{result['size']}, random "
             "weights.", ""]
    for name, part in result["workloads"].items():
        lines += [f"## {part['title']}", "", *markdown_table(part["rows"]), ""]
        lines += [*markdown_verdicts(name, part["rows"]), ""]
    return "\n".join(lines)
