"""The kind of field that clips have beside labels and vectors: key frames."""

from multigan.field import Kind

__all__ = ["KINDS"]

KINDS = (
    Kind(
        name="keyframes",
        flag="--input",
        help="FILE_OR_FOLDER",
        parse="multigan.modalities.clips.keyframes:parse_keys",
        draw="multigan.modalities.clips.keyframes:draw_keys",
    ),
)
