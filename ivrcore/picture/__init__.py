"""The picture of a dialplan: what leads where, as values, DOT, Mermaid or SVG, with callers' ways on it."""

from ivrcore.picture.counts import Counts, Traffic
from ivrcore.picture.dot import dot
from ivrcore.picture.draw import draw
from ivrcore.picture.mermaid import mermaid
from ivrcore.picture.model import Edge, Kind, Lead, Node, Picture
from ivrcore.picture.near import near
from ivrcore.picture.overlay import overlay

__all__ = [
    "Counts",
    "Edge",
    "Kind",
    "Lead",
    "Node",
    "Picture",
    "Traffic",
    "dot",
    "draw",
    "mermaid",
    "near",
    "overlay",
]
