"""The kinds of fields that images have beside labels and vectors: pictures, masks and label maps."""

from multigan.field import Kind

__all__ = ["KINDS"]

KINDS = (
    Kind(
        name="picture",
        flag="--input",
        help="FILE_OR_FOLDER",
        parse="multigan.modalities.images.given:parse_pictures",
        choose="multigan.modalities.images.unchosen:choose_pictures",
        draw="multigan.modalities.images.drawn:draw_pictures",
        write="multigan.modalities.images.handed:write_pictures",
        widget="picture",
    ),
    Kind(
        name="mask",
        help="FILE_OR_FOLDER|random",
        parse="multigan.modalities.images.given:parse_masks",
        draw="multigan.modalities.images.drawn:draw_masks",
        write="multigan.modalities.images.handed:write_masks",
        widget="mask",
    ),
    Kind(
        name="labelmap",
        flag="--input",
        help="FILE_OR_FOLDER",
        parse="multigan.modalities.images.given:parse_maps",
        draw="multigan.modalities.images.drawn:draw_maps",
        write="multigan.modalities.images.handed:write_maps",
        widget="labelmap",
    ),
)
