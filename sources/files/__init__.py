"""Files of events, reference rows and policies: which they are, and their lines in blocks."""

from sources.files.blocks import Block, open_blocks
from sources.files.errors import InputDamaged
from sources.files.inputs import InputFile, expand_inputs
from sources.files.policy_file import read_policy
from sources.files.reference import find_reference, read_rows

__all__ = [
    "Block",
    "InputDamaged",
    "InputFile",
    "expand_inputs",
    "find_reference",
    "open_blocks",
    "read_policy",
    "read_rows",
]
