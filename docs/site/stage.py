"""Lays out what MkDocs builds: the pages of docs/ as they are, the README in front, references and sources made to pages.
usage: stage.py SOURCE-ROOT DOXYGEN-XML OUT    SPDX-License-Identifier: MIT"""
import ast
import pathlib
import re
import shutil
import sys

import c_reference
import shapes

LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")
LANGUAGES = {".c": "c", ".h": "c", ".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".sh": "sh", ".tsv": "text"}


class Stage:
    """Where each file of the tree is found in the site; those that pages link to are made pages."""

    def __init__(self, root, pages):
        self.root, self.pages = root, pages
        self.docs = root / "docs"

    def target(self, path):
        """The page of a file or folder of the tree, as a path from the site's top."""
        if path == self.root / "README.md":
            return "index.md"
        if path == self.root / "CHANGELOG.md":
            return "changelog.md"
        if self.docs in path.parents:
            return str(path.relative_to(self.docs))
        if path == self.root / "include/resnet":
            return "c/index.md"
        if path.parent == self.root / "include/resnet":
            return f"c/{path.stem}.md"
        return self.show_source(path)

    def show_source(self, path):
        if not path.is_file():
            raise SystemExit(f"{path}: no page can be made of it")
        name = path.relative_to(self.root)
        page = self.pages / "source" / f"{path.name}.md"
        page.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8")
        page.write_text(f"# {name}\n\n```{LANGUAGES.get(path.suffix, 'text')}\n{text}```\n", encoding="utf-8")
        return f"source/{page.name}"

    def page(self, path, name):
        """Copies a page; links lead to pages of the site, and say their titles where they said a file's name."""
        def rewrite(match):
            there = (path.parent / match[2]).resolve()
            return f"[{self.text(match[1], there)}]({self.target(there)}{match[3] or ''})"
        text = path.read_text(encoding="utf-8")
        (self.pages / name).write_text(shapes.escape(LINK.sub(rewrite, text)), encoding="utf-8")

    def text(self, text, path):
        if text not in (path.name, f"docs/{path.name}") or path.suffix != ".md" or path.parent != self.docs:
            return text
        return path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ").replace("`", "")

    def python_reference(self):
        """A directive of mkdocstrings for each name that the package exports, functions last."""
        package = self.root / "bindings/python/resnet50/__init__.py"
        tree = ast.parse(package.read_text(encoding="utf-8"))
        names = next(ast.literal_eval(node.value) for node in tree.body
                     if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
        names = [name for name in names if not name.startswith("_") and not name.isupper()]
        names.sort(key=lambda name: (name.endswith("Error"), name[0].islower(), name))
        directives = "".join(f"::: resnet50.{name}\n\n" for name in names)
        (self.pages / "python_reference.md").write_text(
            f"# The Python package\n\nMade of its docstrings; [python.md](python.md) is the introduction.\n\n{directives}",
            encoding="utf-8")


def main(root, xml, out):
    root, out = pathlib.Path(root).resolve(), pathlib.Path(out)
    pages = out / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "docs/figures", pages / "figures", ignore=shutil.ignore_patterns("*.dot", "*.sh"))
    shutil.copy(root / "docs/site/site.css", pages)
    stage = Stage(root, pages)
    for path in sorted(stage.docs.glob("*.md")):
        stage.page(path, path.name)
    stage.page(root / "README.md", "index.md")
    stage.page(root / "CHANGELOG.md", "changelog.md")
    stage.python_reference()
    headers = c_reference.write_pages(pathlib.Path(xml), pages / "c")
    nav = "".join(f"\n          - c/{name.removesuffix('.h')}.md" for name in ["index.h", *headers])
    settings = (root / "docs/site/mkdocs.yml").read_text(encoding="utf-8")
    (out / "mkdocs.yml").write_text(settings.replace("- C: []", "- C:" + nav), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
