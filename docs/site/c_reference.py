"""Makes Markdown pages, one a header, of Doxygen's XML. SPDX-License-Identifier: MIT"""
import html
import re
import xml.etree.ElementTree as ET

TAGS = {"para": "p", "computeroutput": "code", "emphasis": "em", "bold": "strong", "itemizedlist": "ul", "orderedlist": "ol",
        "listitem": "li", "table": "table", "row": "tr", "superscript": "sup", "subscript": "sub", "blockquote": "blockquote",
        "simplesect": "div"}
SIGNS = {"ndash": "–", "mdash": "—", "zwj": "", "times": "×", "linebreak": "<br>", "nonbreakablespace": "&nbsp;"}


class Links:
    """Where each name is explained: of files [xml's id] and of members [xml's id]."""

    def __init__(self):
        self.targets = {}

    def add(self, identifier, page, anchor=""):
        self.targets[identifier] = f"{page}#{anchor}" if anchor else page

    def make(self, element, text):
        target = self.targets.get(element.get("refid"))
        return f'<a href="{target}">{text}</a>' if target else text


def code_block(text, language="c"):
    return f"\n\n```{language}\n{text.strip()}\n```\n\n"


class Writer:
    """The words of a comment as HTML; programs in it become blocks of Markdown between."""

    def __init__(self, links):
        self.links = links

    def inside(self, element):
        parts = [html.escape(element.text or "", quote=False)]
        for child in element:
            parts += [self.element(child), html.escape(child.tail or "", quote=False)]
        return "".join(parts)

    def element(self, element):
        tag = element.tag
        if tag in SIGNS:
            return SIGNS[tag]
        if tag in ("verbatim", "preformatted"):
            return code_block("".join(element.itertext()))
        if tag == "ref":
            return self.links.make(element, self.inside(element))
        if tag == "entry":
            cell = "th" if element.get("thead") == "yes" else "td"
            return f"<{cell}>{self.inline(element)}</{cell}>"
        if tag == "ulink":
            return f'<a href="{element.get("url")}">{self.inside(element)}</a>'
        if tag == "para":
            return self.paragraph(element)
        if tag not in TAGS:
            raise ValueError(f"Doxygen's <{tag}> is not known to docs/site/c_reference.py")
        return f"<{TAGS[tag]}>{self.inside(element)}</{TAGS[tag]}>"

    def paragraph(self, element):
        """A block in a paragraph ends it, and another begins behind."""
        parts = [html.escape(element.text or "", quote=False)]
        for child in element:
            if child.tag in ("verbatim", "table", "itemizedlist", "orderedlist", "blockquote", "preformatted"):
                parts += ["</p>", self.element(child), "<p>"]
            else:
                parts.append(self.element(child))
            parts.append(html.escape(child.tail or "", quote=False))
        return ("<p>" + "".join(parts).strip() + "</p>\n").replace("<p></p>", "")

    def inline(self, element):
        return "".join(self.inside(child) if child.tag == "para" else self.element(child) for child in element).strip()

    def comment(self, element):
        blocks = [element.find("briefdescription"), element.find("detaileddescription")]
        text = "".join(self.element(child) for block in blocks if block is not None for child in block).strip()
        # a macro's comment over two lines; the licence is the file's, not the page's
        return text.replace(" \\ ", " ").replace(" SPDX-License-Identifier: MIT", "")


def name_of(member):
    return member.findtext("name")


def anchor_of(member):
    return name_of(member).lower()


def text_of(element):
    return "" if element is None else " ".join("".join(element.itertext()).split())


def declaration(member):
    kind, name = member.get("kind"), name_of(member)
    if kind == "define":
        return f"#define {name} {text_of(member.find('initializer'))}".strip()
    if kind == "typedef":
        return f"{text_of(member.find('definition'))}{member.findtext('argsstring') or ''};".replace("typedef typedef", "typedef")
    parameters = [text_of(p.find("type")) + ("" if p.find("declname") is None else " " + p.findtext("declname")) +
                  (p.findtext("array") or "") for p in member.findall("param")]
    joined = f"{text_of(member.find('type'))} {name}({', '.join(parameters)});"
    return joined.replace("* ", "*") if len(joined) <= 90 else \
        (f"{text_of(member.find('type'))} {name}(\n    " + ",\n    ".join(parameters) + ");").replace("* ", "*")


def constants_table(members, writer):
    rows = [f'<tr id="{anchor_of(m)}"><td><code>{name_of(m)}</code></td><td><code>{html.escape(text_of(m.find("initializer")))}'
            f"</code></td><td>{inline(writer.comment(m))}</td></tr>" for m in members]
    return "<table><thead><tr><th>constant</th><th>value</th><th></th></tr></thead><tbody>\n" + "\n".join(rows) + \
        "\n</tbody></table>\n\n"


def inline(text):
    return text.removeprefix("<p>").removesuffix("</p>")


def struct_section(compound, writer):
    rows = []
    for member in compound.iter("memberdef"):
        field = f"{text_of(member.find('type'))} {name_of(member)}{member.findtext('argsstring') or ''}".replace("* ", "*")
        rows.append(f"<tr><td><code>{html.escape(field)}</code></td><td>{inline(writer.comment(member))}</td></tr>")
    title = compound.findtext("compoundname")
    return f"### {title} {{ #{title} }}\n\n{writer.comment(compound)}\n\n" \
        "<table><thead><tr><th>field</th><th></th></tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>\n\n"


def functions_section(members, writer):
    """Those without a comment share the one of the function before them."""
    groups = []
    for member in members:
        if writer.comment(member) or not groups:
            groups.append([])
        groups[-1].append(member)
    parts = []
    for group in groups:
        parts += [f"### {name_of(m)} {{ #{anchor_of(m)} }}\n\n" for m in group]
        comments = "".join(writer.comment(m) for m in group)
        parts.append(code_block("\n".join(declaration(m) for m in group)) + comments + "\n\n")
    return "".join(parts)


def title_of(section):
    """A group's name and what else is said of it; a name may go on in the next line, and a second sentence is none of it."""
    name, more = section.findtext("header") or "Constants", text_of(section.find("description"))
    if more[:1].islower():
        name, more = f"{name} {more}", ""
    first, *rest = re.split(r"(?<=[a-z_])\. (?=[A-Z])", name, maxsplit=1)
    return first, " ".join([*rest, more]).strip()


def page_of(header, structs, writer):
    members = list(header.iter("memberdef"))
    name = header.findtext("compoundname")
    about = writer.comment(header)
    parts = [f"# {name}\n\n", about[:3] + about[3:4].upper() + about[4:], "\n\n"]
    for section in header.findall("sectiondef"):
        constants = [m for m in section.findall("memberdef") if m.get("kind") == "define"]
        if constants:
            title, more = title_of(section)
            parts.append(f"## {title}\n\n{html.escape(more, quote=False)}\n\n{constants_table(constants, writer)}")
    if structs:
        parts += ["## Structs\n\n"] + [struct_section(s, writer) for s in structs]
    for kind, title in (("typedef", "Types"), ("function", "Functions")):
        chosen = [m for m in members if m.get("kind") == kind and name_of(m) not in {s.findtext("compoundname") for s in structs}]
        if chosen:
            parts += [f"## {title}\n\n", functions_section(chosen, writer)]
    return "".join(parts)


def write_pages(xml_folder, out_folder):
    """Writes NAME.md of each NAME.h and index.md; returns the names."""
    compounds = [ET.parse(path).getroot().find("compounddef") for path in sorted(xml_folder.glob("*.xml"))
                 if path.name.endswith("_8h.xml") or path.name.startswith("struct")]
    headers = [c for c in compounds if c.get("kind") == "file"]
    structs = {c.get("id"): c for c in compounds if c.get("kind") == "struct"}
    links = Links()
    for header in headers:
        page = header.findtext("compoundname").replace(".h", ".html")
        links.add(header.get("id"), page)
        for member in header.iter("memberdef"):
            links.add(member.get("id"), page, anchor_of(member))
        for inner in header.findall("innerclass"):
            links.add(inner.get("refid"), page, inner.text)
    writer, lines = Writer(links), []
    out_folder.mkdir(parents=True, exist_ok=True)
    for header in headers:
        name = header.findtext("compoundname")
        own = [structs[i.get("refid")] for i in header.findall("innerclass")]
        stem = name.removesuffix(".h")
        (out_folder / f"{stem}.md").write_text(page_of(header, own, writer), encoding="utf-8")
        first = text_of(header.find("detaileddescription")).split(". ")[0].split(": #include")[0]
        lines.append(f"| [{name}]({stem}.md) | {first.split(' #include')[0].rstrip('.').replace('|', chr(92) + '|')} |")
    (out_folder / "index.md").write_text(
        "# The C interface\n\nMade of the headers' comments. Include `<resnet/resnet.h>` for all of them.\n\n| header | |\n|---|---|\n"
        + "\n".join(lines) + "\n", encoding="utf-8")
    return [h.findtext("compoundname") for h in headers]
