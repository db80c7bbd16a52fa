"""ResNet-50 as an ONNX graph, batch norms left for the runtimes to fold."""
import os
import sys

import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
from refs.random_weights import STAGES  # noqa: E402


class _Graph:
    """Nodes and initialisers in the making; every method returns the name of its output."""

    def __init__(self, state):
        self.nodes = []
        self.weights = [numpy_helper.from_array(value, name) for name, value in state.items()]

    def add(self, kind, inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(self, x, convolution, norm, size, stride):
        border = size // 2
        x = self.add("Conv", [x, convolution + ".weight"], kernel_shape=[size, size],
                     strides=[stride, stride], pads=[border] * 4)
        statistics = ("weight", "bias", "running_mean", "running_var")
        return self.add("BatchNormalization", [x, *(f"{norm}.{what}" for what in statistics)],
                        epsilon=1e-5)

    def block(self, x, name, first, stride):
        y = self.add("Relu", [self.convolve(x, name + ".conv1", name + ".bn1", 1, 1)])
        y = self.add("Relu", [self.convolve(y, name + ".conv2", name + ".bn2", 3, stride)])
        y = self.convolve(y, name + ".conv3", name + ".bn3", 1, 1)
        if first:
            x = self.convolve(x, name + ".downsample.0", name + ".downsample.1", 1, stride)
        return self.add("Relu", [self.add("Add", [y, x])])


def write(state, path, batch, size):
    """Writes the network for batches of batch x 3 x size x size, named images -> logits."""
    graph = _Graph(state)
    x = graph.add("Relu", [graph.convolve("images", "conv1", "bn1", 7, 2)])
    x = graph.add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for stage, (n_blocks, _, _) in enumerate(STAGES, 1):
        for block in range(n_blocks):
            stride = 2 if block == 0 and stage > 1 else 1
            x = graph.block(x, f"layer{stage}.{block}", block == 0, stride)
    x = graph.add("Flatten", [graph.add("GlobalAveragePool", [x])])
    graph.nodes.append(helper.make_node("Gemm", [x, "fc.weight", "fc.bias"], ["logits"], transB=1))
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [batch, 3, size, size])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT,
                                           [batch, len(state["fc.bias"])])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "resnet50", [images], [logits], graph.weights),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
