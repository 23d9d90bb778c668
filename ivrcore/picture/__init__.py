"""The picture of a dialplan: what leads where, as values, DOT, Mermaid or SVG, with callers' ways on it."""
