"""Every link of the built site leads to a file of it, and to a place in that file; links to elsewhere are not followed, and
nothing is loaded from elsewhere.
usage: check_links.py SITE    SPDX-License-Identifier: MIT"""
import html.parser
import pathlib
import sys
import urllib.parse

LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src")}


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.anchors, self.links, self.loaded = path, set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(attributes[key] for key in ("id", "name") if attributes.get(key))
        for key in ("href", "src"):
            if attributes.get(key):
                loads = (tag, key) in LOADED or (tag == "link" and attributes.get("rel") == "stylesheet")
                (self.loaded if loads else self.links).append(attributes[key])


def fault_of(page, link, pages, loads):
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere" if loads and parts.scheme != "data" else None
    path = (page.path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page.path
    path = path / "index.html" if path.is_dir() else path
    if not path.is_file():
        return "leads nowhere"
    anchor = urllib.parse.unquote(parts.fragment)
    if anchor and path in pages and anchor not in pages[path].anchors | {"__skip"}:
        return "leads to no place of that page"
    return None


def main(site):
    root = pathlib.Path(site).resolve()
    pages = {path: Page(path) for path in sorted(root.rglob("*.html")) if path.name != "404.html"}
    n_links = n_faults = 0
    for page in pages.values():
        for loads, links in ((False, page.links), (True, page.loaded)):
            for link in links:
                n_links += 1
                fault = fault_of(page, link, pages, loads)
                if fault:
                    n_faults += 1
                    print(f"{page.path.relative_to(root)}: {link} {fault}", file=sys.stderr)
    print(f"{len(pages)} pages, {n_links} links, {n_faults} broken")
    return n_faults != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
