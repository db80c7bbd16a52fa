"""ResNet-50 on the CPU."""
