"""Texts as people write them, for Markdown: shapes such as [n][3] are no links, an example is code. Also an extension of Griffe,
by which docstrings go through it. SPDX-License-Identifier: MIT"""
import re

import griffe

CODE = re.compile(r"(```.*?```|`[^`\n]*`|^    [^\n]*$)", re.S | re.M)
EXAMPLE = re.compile(r"((?:^>>> .*\n?)+)", re.M)


def escape(text):
    """[n][3] is [n]\\[3] outside of code."""
    parts = CODE.split(text)
    parts[::2] = [part.replace("][", "]\\[") for part in parts[::2]]
    return "".join(parts)


def fence_examples(text):
    def fence(match):
        return "\n```python\n" + re.sub(r"^>>> ", "", match[1].rstrip("\n"), flags=re.M) + "\n```\n"
    return EXAMPLE.sub(fence, text)


class Docstrings(griffe.Extension):
    def on_object(self, *, obj, **more):
        if obj.docstring:
            obj.docstring.value = escape(fence_examples(obj.docstring.value))
