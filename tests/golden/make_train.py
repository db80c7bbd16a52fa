#!/usr/bin/env python3
"""Remakes tests/golden/train/: what torch.optim and torch.optim.lr_scheduler do over 50 steps.

Needs: torch (2.13), numpy. Run: python3 tests/golden/make_train.py
LARS is not in torch: its case follows algorithm 1 of You, Gitman, Ginsburg 2017 in double.
"""
import json
import os

import numpy as np
import torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "train")
N_STEPS = 50
SHAPES = [(3, 4), (3,)]  # a weight and a bias
KEPT = [0, 1, 9, 49]  # steps after which values are kept


def numbers(array):
    """Shortest decimals that give back the same float32."""
    return [float(f"{x:.9g}") for x in np.asarray(array, dtype=np.float32).ravel()]


def run_torch(make, starts, gradients, clip, exempt, decay):
    params = [torch.nn.Parameter(torch.tensor(s)) for s in starts]
    groups = [{"params": [params[0]], "weight_decay": decay},
              {"params": [params[1]], "weight_decay": 0.0 if exempt else decay}]
    optimizer = make(groups)
    kept = []
    for step in range(N_STEPS):
        for param, gradient in zip(params, gradients[step]):
            param.grad = torch.tensor(gradient)
        if clip:
            torch.nn.utils.clip_grad_norm_(params, clip)
        optimizer.step()
        if step in KEPT:
            kept.append([numbers(p.detach()) for p in params])
    return kept


def run_lars(starts, gradients, rate, momentum, decay, trust):
    values = [s.astype(np.float64) for s in starts]
    buffers = [np.zeros_like(v) for v in values]
    kept = []
    for step in range(N_STEPS):
        for i, gradient in enumerate(gradients[step]):
            g, w = gradient.astype(np.float64), values[i]
            local = 1.0
            if i == 0:  # vectors get the plain rate
                local = trust * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w))
            buffers[i] = momentum * buffers[i] + rate * local * (g + decay * w)
            values[i] = w - buffers[i]
        if step in KEPT:
            kept.append([numbers(v) for v in values])
    return kept


def optimizer_cases(starts, gradients):
    def case(name, kind, make, **options):
        decay, clip = options.get("weight_decay", 0.0), options.get("clip_norm", 0.0)
        exempt = options.get("exempt_vectors", 0)
        values = run_torch(make, starts, gradients, clip, exempt, decay)
        return {"name": name, "kind": kind, **options, "values": values}

    optim = torch.optim
    sgd = dict(lr=0.1, foreach=False)
    adam = dict(lr=0.01, foreach=False)
    cases = [
        case("sgd", "sgd", lambda g: optim.SGD(g, **sgd), rate=0.1),
        case("sgd momentum decay", "sgd", lambda g: optim.SGD(g, momentum=0.9, **sgd), rate=0.1,
             momentum=0.9, weight_decay=0.01),
        case("sgd nesterov exempt", "sgd", lambda g: optim.SGD(g, momentum=0.8, nesterov=True, **sgd),
             rate=0.1, momentum=0.8, nesterov=1, weight_decay=0.05, exempt_vectors=1),
        case("sgd clipped", "sgd", lambda g: optim.SGD(g, momentum=0.9, **sgd), rate=0.1, momentum=0.9,
             clip_norm=1.5),
        case("adam", "adam", lambda g: optim.Adam(g, **adam), rate=0.01),
        case("adam l2", "adam", lambda g: optim.Adam(g, betas=(0.8, 0.95), eps=1e-6, **adam), rate=0.01,
             beta1=0.8, beta2=0.95, epsilon=1e-6, weight_decay=0.1),
        case("adamw", "adamw", lambda g: optim.AdamW(g, **adam), rate=0.01, weight_decay=0.1),
        case("adamw exempt clipped", "adamw", lambda g: optim.AdamW(g, **adam), rate=0.01,
             weight_decay=0.1, exempt_vectors=1, clip_norm=1.0),
        case("rmsprop", "rmsprop", lambda g: optim.RMSprop(g, **adam), rate=0.01, beta2=0.99),
        case("rmsprop momentum", "rmsprop",
             lambda g: optim.RMSprop(g, alpha=0.9, momentum=0.9, eps=1e-3, **adam), rate=0.01, beta2=0.9,
             momentum=0.9, epsilon=1e-3, weight_decay=0.02),
    ]
    lars = dict(rate=0.1, momentum=0.9, weight_decay=0.01, trust=0.2)
    values = run_lars(starts, gradients, lars["rate"], lars["momentum"], lars["weight_decay"],
                      lars["trust"])
    return cases + [{"name": "lars", "kind": "lars", **lars, "values": values}]


def make_optimizers():
    random = np.random.default_rng(7)
    starts = [random.standard_normal(s).astype(np.float32) for s in SHAPES]
    gradients = [[random.standard_normal(s).astype(np.float32) for s in SHAPES]
                 for _ in range(N_STEPS)]
    return {"starts": [numbers(s) for s in starts],
            "gradients": [[numbers(g) for g in step] for step in gradients],
            "kept": KEPT, "cases": optimizer_cases(starts, gradients)}


def rates_of(make, base=0.5):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    schedule, rates = make(optimizer), []
    for _ in range(N_STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def schedule_cases():
    s = torch.optim.lr_scheduler

    def warmed(make):
        return lambda o: s.SequentialLR(
            o, [s.LinearLR(o, start_factor=0.1, total_iters=5), make(o)], milestones=[5])

    makers = {
        "constant": (dict(), lambda o: s.ConstantLR(o, factor=1.0)),
        "step": (dict(gamma=0.3, step_size=7), lambda o: s.StepLR(o, 7, gamma=0.3)),
        "multi_step": (dict(gamma=0.2, milestones=[4, 20, 33]),
                       lambda o: s.MultiStepLR(o, [4, 20, 33], gamma=0.2)),
        "exponential": (dict(gamma=0.9), lambda o: s.ExponentialLR(o, 0.9)),
        "cosine": (dict(length=45, min_rate=0.01), lambda o: s.CosineAnnealingLR(o, 45, eta_min=0.01)),
    }
    cases = []
    for kind, (options, make) in makers.items():
        # torch's cosine turns upwards again past its length; ours stays: 45 steps and warm-up of 5.
        plain = rates_of(make)[:46]
        cases.append({"kind": kind, "warmup": 0, "start": 0.0, **options, "rates": plain})
        cases.append({"kind": kind, "warmup": 5, "start": 0.1, **options,
                      "rates": rates_of(warmed(make))})
    return cases


def plateau_cases():
    random = np.random.default_rng(3)
    falling = [float(f"{2 * np.exp(-i / 8) + 0.05 * random.standard_normal():.9g}")
               for i in range(N_STEPS)]
    cases = []
    for options in (dict(mode="min", factor=0.5, patience=3, threshold=1e-4, threshold_mode="rel",
                         cooldown=0, min_lr=0.0),
                    dict(mode="min", factor=0.3, patience=1, threshold=0.02, threshold_mode="abs",
                         cooldown=4, min_lr=0.01),
                    dict(mode="max", factor=0.5, patience=2, threshold=0.01, threshold_mode="rel",
                         cooldown=1, min_lr=1e-3)):
        figures = falling if options["mode"] == "min" else [1 - f / 3 for f in falling]
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        schedule, rates = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options), []
        for figure in figures:
            optimizer.step()
            schedule.step(figure)
            rates.append(optimizer.param_groups[0]["lr"])
        cases.append({**options, "figures": figures, "rates": rates})
    return cases


def write(name, content):
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


write("optimizers.json", make_optimizers())
write("schedules.json", {"base": 0.5, "schedules": schedule_cases(), "plateaus": plateau_cases()})
