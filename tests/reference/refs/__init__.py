"""What the comparison scripts share: the library through ctypes, and the same network elsewhere."""
