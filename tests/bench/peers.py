"""Each contestant made ready for one workload.

A maker returns (run, check): run(i) does iteration i and returns nothing that matters; check() gives
what can be compared with the others: logits of the first images, or the loss of a first step. A
maker may call for several images at once; then run.images says how many an iteration has.
"""
import itertools
import os

import numpy as np

LEARNING_RATE, MOMENTUM = 1e-3, 0.9


class Task:
    """A workload with its data; `state` are the weights by torchvision's names."""

    def __init__(self, job):
        from safetensors.numpy import load_file
        self.kind, self.batch, self.size = job["kind"], job["batch"], job["size"]
        self.n_threads, self.mode = job["threads"], job["mode"]
        self.n_classes, self.build, self.folder = job["n_classes"], job["build"], job["folder"]
        weights = "training" if self.kind == "training" else "inference"
        self.weights_path = os.path.join(self.folder, weights + ".safetensors")
        self.state = load_file(self.weights_path)
        self.images = np.load(os.path.join(self.folder, "images.npy"))
        self.labels = np.load(os.path.join(self.folder, "labels.npy"))

    def batches(self):
        """All whole batches of the images, as a list of slices."""
        return [slice(start, start + self.batch)
                for start in range(0, len(self.images) - self.batch + 1, self.batch)]

    def head(self):
        """Weights of the new head, the same for all: [n_classes][2048]."""
        rng = np.random.default_rng(3)
        return (rng.standard_normal((self.n_classes, 2048)) / 45).astype(np.float32)


def make_ours(task):
    from refs.binding import Library, Model, Session, Trainer
    library = Library(task.build)
    slices = task.batches()
    if task.kind == "inference":
        session = Session(Model.load(library, task.weights_path), task.n_threads, task.mode)
        session.prepare(task.batch, task.size, task.size)

        def infer(i):
            return session.logits(task.images[slices[i % len(slices)]])
        return infer, lambda: infer(0)
    fields = {"n_classes": task.n_classes, "new_head": 1} if task.kind == "head" else {}
    model = Model.load(library, task.weights_path, **fields)
    if task.kind == "head":
        model.set_tensor("fc.weight", task.head())
        model.set_tensor("fc.bias", np.zeros(task.n_classes, np.float32))
    trainer = Trainer(model, n_threads=task.n_threads, batch_size=task.batch,
                      freeze=5 if task.kind == "head" else 0, learning_rate=LEARNING_RATE,
                      momentum=MOMENTUM, weight_decay=0.0)

    def step(i):
        where = slices[i % len(slices)]
        return trainer.step(task.images[where], task.labels[where])
    return step, lambda: step(0)


def _torch_forward(task, network, example):
    """The network as the mode runs it without gradients."""
    import torch
    network = network.eval()
    if task.mode.startswith("frozen"):
        with torch.no_grad():
            traced = torch.jit.freeze(torch.jit.trace(network, example))
            return torch.jit.optimize_for_inference(traced)
    if task.mode.startswith("compile"):
        import torch._inductor.config
        torch._inductor.config.freezing = True
        return torch.compile(network)
    return network


class _Features:
    """The network without its head, as torch.jit.trace and torch.compile want it: a module."""

    def __new__(cls, network):
        import torch
        network.fc = torch.nn.Identity()
        return network


def make_pytorch(task):
    import torch
    from refs import torch_network
    torch.set_num_threads(task.n_threads)
    network = torch_network.from_state(task.state)
    layout = torch.channels_last if "channels_last" in task.mode else torch.contiguous_format
    network = network.to(memory_format=layout)
    batches = [torch.from_numpy(task.images[where]).contiguous(memory_format=layout)
               for where in task.batches()]
    labels = [torch.from_numpy(task.labels[where]) for where in task.batches()]
    if task.kind == "inference":
        forward = _torch_forward(task, network, batches[0])

        def infer(i):
            with torch.no_grad():
                return forward(batches[i % len(batches)])
        return infer, lambda: infer(0).numpy()
    if task.kind == "head":
        return _torch_head(task, network, batches, labels)
    network.train()
    forward = torch.compile(network) if task.mode.startswith("compile") else network
    optimizer = torch.optim.SGD(network.parameters(), LEARNING_RATE, MOMENTUM, fused=True)
    return _torch_steps(forward, optimizer, batches, labels)


def _torch_steps(forward, optimizer, batches, labels):
    import torch

    def step(i):
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(forward(batches[i % len(batches)]),
                                                 labels[i % len(batches)])
        loss.backward()
        optimizer.step()
        return loss.item()
    return step, lambda: step(0)


def _torch_head(task, network, batches, labels):
    import torch
    backbone = _torch_forward(task, _Features(network), batches[0])
    head = torch.nn.Linear(2048, task.n_classes)
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(task.head()))
        head.bias.zero_()
    optimizer = torch.optim.SGD(head.parameters(), LEARNING_RATE, MOMENTUM, fused=True)

    def forward(images):
        with torch.no_grad():
            features = backbone(images)
        return head(features.clone())
    return _torch_steps(forward, optimizer, batches, labels)


def _onnx_file(task, batch):
    from onnx_graph import write
    path = os.path.join(task.folder, f"resnet50-{batch}.onnx")
    if not os.path.exists(path):
        write(task.state, path + ".part", batch, task.size)
        os.replace(path + ".part", path)
    return path


def make_onnxruntime(task):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = task.n_threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(_onnx_file(task, task.batch), options,
                                           providers=["CPUExecutionProvider"])
    slices = task.batches()

    def infer(i):
        return session.run(None, {"images": task.images[slices[i % len(slices)]]})[0]
    return infer, lambda: infer(0)


def make_openvino(task):
    import openvino
    core = openvino.Core()
    # f32 is asked for by name: on a processor with bf16 the default would be bf16
    config = {"INFERENCE_NUM_THREADS": task.n_threads, "INFERENCE_PRECISION_HINT": "f32",
              "PERFORMANCE_HINT": "LATENCY" if task.mode == "latency" else "THROUGHPUT"}
    n_parts = task.n_threads if task.mode == "throughput-split" else 1
    batch = max(1, task.batch // n_parts)
    compiled = core.compile_model(_onnx_file(task, batch), "CPU", config)
    slices = task.batches()
    if task.mode == "latency":
        request = compiled.create_infer_request()

        def infer(i):
            return request.infer({0: task.images[slices[i % len(slices)]]}, share_inputs=True,
                                 share_outputs=True)[0]
        return infer, lambda: infer(0).copy()
    return _openvino_queue(task, compiled, batch)


def _openvino_queue(task, compiled, batch):
    """One iteration keeps every stream busy (throughput), or cuts one batch (throughput-split)."""
    import openvino
    queue = openvino.AsyncInferQueue(compiled)
    split = task.mode == "throughput-split"
    n_requests = task.batch // batch if split else 2 * len(queue)
    results = {}
    queue.set_callback(lambda request, key: results.__setitem__(
        key, request.get_output_tensor().data.copy()))
    slices = [slice(start, start + batch)
              for start in range(0, len(task.images) - batch + 1, batch)]

    def infer(i):
        for part in range(n_requests):
            where = slices[(i * n_requests + part) % len(slices)]
            queue.start_async({0: task.images[where]}, part, share_inputs=True)
        queue.wait_all()
    infer.images = n_requests * batch

    def check():
        infer(0)
        return np.concatenate([results[part] for part in range(n_requests)])
    return infer, check


def _keras_start(task):
    from refs import keras_network
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(task.n_threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(task.n_threads)
    network = keras_network.build("torchvision", size=task.size)
    keras_network.set_torchvision_state(network, task.state)
    return network, np.ascontiguousarray(task.images.transpose(0, 2, 3, 1))


def make_keras(task):
    network, images = _keras_start(task)
    if task.kind != "inference":
        return _keras_fit(task, network, images)
    n = task.batch * max(1, min(16, len(images) // task.batch))
    if task.mode == "call":
        import tensorflow
        function = tensorflow.function(lambda x: network(x, training=False))
        batches = [tensorflow.constant(images[where]) for where in task.batches()]

        def call(i):
            return np.asarray(function(batches[i % len(batches)]))
        return call, lambda: call(0)
    network.compile(jit_compile=task.mode.endswith("xla"))

    def predict(_):
        return network.predict(images[:n], batch_size=task.batch, verbose=0)
    predict.images = n
    return predict, lambda: predict(0)[:task.batch]


def _keras_head(task, network):
    import keras
    backbone = keras.Model(network.input, network.layers[-2].output)
    backbone.trainable = False
    inputs = keras.Input((task.size, task.size, 3))
    outputs = keras.layers.Dense(task.n_classes)(backbone(inputs, training=False))
    model = keras.Model(inputs, outputs)
    model.layers[-1].set_weights([task.head().T, np.zeros(task.n_classes, np.float32)])
    return model


def _keras_fit(task, network, images):
    import keras
    model = _keras_head(task, network) if task.kind == "head" else network
    model.compile(optimizer=keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  jit_compile=task.mode.endswith("xla"))

    def fit(images_, labels):
        history = model.fit(images_, labels, batch_size=task.batch, shuffle=False, verbose=0)
        return history.history["loss"][0]

    def epoch(_):
        fit(images, task.labels)
    epoch.images = len(images)
    return epoch, lambda: fit(images[:task.batch], task.labels[:task.batch])


MAKERS = {"ours": make_ours, "pytorch": make_pytorch, "onnxruntime": make_onnxruntime,
          "openvino": make_openvino, "keras": make_keras}


def make(peer, task):
    """The contestant ready to run: (run, check, images an iteration)."""
    run, check = MAKERS[peer](task)
    return run, check, getattr(run, "images", task.batch)


def counted(run):
    """run with its iterations numbered."""
    numbers = itertools.count()
    return lambda: run(next(numbers))
