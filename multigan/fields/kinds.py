"""The kinds of fields that any data can have. Rooms have further ones, see `multigan.modality.Modality.kinds`."""

from multigan.field import Kind

__all__ = ["KINDS"]

KINDS = (
    Kind(
        name="label",
        flag="--label",
        help="NAME",
        parse="multigan.fields.labels:parse",
        choose="multigan.fields.labels:choose",
        sorted=True,
        widget="choice",
    ),
    Kind(
        name="vector",
        flag="--condition",
        help="FILE.npy or NUMBERS",
        parse="multigan.fields.vectors:parse",
        choose="multigan.fields.vectors:choose",
        write="multigan.fields.vectors:write",
        widget="numbers",
    ),
    Kind(
        name="code",
        help="NUMBERS or FILE.npy",
        parse="multigan.fields.vectors:parse",
        choose="multigan.fields.vectors:choose_codes",
        write="multigan.fields.vectors:write",
        widget="numbers",
    ),
)
