"""Makes matplotlib's SVG fit to stand inside an HTML page, with others beside it."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree

__all__ = ["embed", "quiet_about_glyphs"]

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def embed(document: bytes, name: str, title: str, description: str) -> str:
    """The <svg> element alone: without metadata and fonts, with a title, its ids made unique."""
    root = ElementTree.fromstring(document)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        _own_ids(element, name)
        _page_font(element)
    for definitions in root.findall(f"{{{SVG}}}defs"):
        for style in definitions.findall(f"{{{SVG}}}style"):
            definitions.remove(style)  # it would hold for the whole page
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    _say(root, 0, "title", name, title)
    _say(root, 1, "desc", name, description)
    return ElementTree.tostring(root, encoding="unicode")


def _say(root: ElementTree.Element, place: int, tag: str, name: str, text: str) -> None:
    element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
    element.text = text
    root.insert(place, element)


def _own_ids(element: ElementTree.Element, name: str) -> None:
    if "id" in element.attrib:
        element.set("id", f"{name}-{element.attrib['id']}")
    href = f"{{{XLINK}}}href"
    for attribute, value in list(element.attrib.items()):
        if attribute == href:
            # Plain href does the same in today's browsers and spares the page a namespace.
            del element.attrib[attribute]
            element.set("href", value.replace("#", f"#{name}-", 1))
        elif "url(#" in value:
            element.set(attribute, value.replace("url(#", f"url(#{name}-"))


_FONT = re.compile(r"font-family:[^;]*;? ?")


def _page_font(element: ElementTree.Element) -> None:
    style = element.attrib.get("style")
    if style:
        element.set("style", _FONT.sub("", style))


@contextmanager
def quiet_about_glyphs() -> Iterator[None]:
    """Matplotlib measures with a font that has no Chinese, and need not say so: the page draws."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield
