"""Turns what matplotlib writes into an `svg` element that may stand in a page with a strict policy.

The element has no styles of its own, no scripts, no names of fonts and no addresses but those of pictures inside it.
Colours become classes, so that the page chooses them for light and dark.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"\{[^}]*\}")
_REFERENCE = re.compile(r"(?:url\(#|^#)([^)]+)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)px")
_KEPT = frozenset(
    "clip-path clip-rule d fill fill-opacity fill-rule font-size height id image-rendering opacity "
    "preserveAspectRatio stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-opacity "
    "stroke-width text-anchor transform viewBox width x y".split()
)
_ELEMENTS = frozenset("clipPath defs g image path rect svg text tspan use".split())
# Colours of `drawing.py` by the names that the style sheet has for them.
_COLORS = {
    "#010101": "ink",
    "#020202": "quiet",
    "#030303": "line",
    "#050505": "dark",
    "#060606": "light",
    **{f"#0000{number}{number}": f"s{number}" for number in range(1, 7)},
}


def clean_svg(text: str) -> str:
    """Return the element `svg` of a document that matplotlib wrote; its ids are to be made unique by `number_ids`."""
    root = ET.fromstring(text)  # noqa: S314 - written by matplotlib, not by anybody else
    _clean(root)
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    used = {name for node in root.iter() for name in _list_references(node)}
    for node in root.iter():
        if node.get("id") not in used:
            node.attrib.pop("id", None)
    return ET.tostring(root, encoding="unicode")


def number_ids(svg: str, number: int) -> str:
    """Return an element whose ids no other figure of the page has."""
    root = ET.fromstring(svg)  # noqa: S314 - made by `clean_svg`
    for node in root.iter():
        for name, value in node.attrib.items():
            if name == "id":
                node.set(name, f"f{number}-{value}")
            elif _REFERENCE.match(value):
                node.set(name, value.replace("#", f"#f{number}-", 1))
    return ET.tostring(root, encoding="unicode")


def _list_references(node: ET.Element) -> Iterator[str]:
    for name in ("clip-path", "href", "fill"):
        found = _REFERENCE.match(node.get(name, ""))
        if found:
            yield found[1]


def _clean(node: ET.Element) -> None:
    """Change an element and all in it: plain names, no style, colours as classes; what a figure does not need goes."""
    node.tag = _NAME.sub("", node.tag)
    style = node.attrib.pop("style", "")
    attributes = {_NAME.sub("", name): value for name, value in node.attrib.items()} | dict(_read_style(style))
    node.attrib.clear()
    classes = []
    for name, value in sorted(attributes.items()):
        if name in ("fill", "stroke") and value in _COLORS:
            classes.append(f"{name}-{_COLORS[value]}")
        elif name == "href":
            _set_address(node, "".join(value.split()))
        elif name in _KEPT:
            node.set(name, value)
    if classes:
        node.set("class", " ".join(classes))
    node.text, node.tail = (part if part and part.strip() else None for part in (node.text, node.tail))
    for child in list(node):
        if _NAME.sub("", str(child.tag)) in _ELEMENTS:
            _clean(child)
        else:
            node.remove(child)


def _set_address(node: ET.Element, value: str) -> None:
    """Keep an address of this figure, or a picture that is inside it."""
    if value.startswith(("#", "data:image/png;base64,")):
        node.set("href", value)


def _read_style(style: str) -> Iterator[tuple[str, str]]:
    """Yield the declarations of a style as attributes; of a font only its size is kept."""
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            size = _SIZE.search(value)
            if size:
                yield "font-size", size[1]
        elif name:
            yield name, "pixelated" if name == "image-rendering" else value
