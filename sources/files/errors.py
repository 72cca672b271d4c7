"""What can go wrong with the bytes of a file."""

from pipeline.core.errors import TruefriendError

__all__ = ["InputDamaged"]


class InputDamaged(TruefriendError):  # noqa: N818  (says what is the matter with the file)
    """A file is cut off or its bytes are not what its ending says.

    file: the path as given; line: from 1, the first line that could not be read whole.
    """

    def __init__(self, message: str, *, file: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.file = file
        self.line = line

    @classmethod
    def at(cls, file: str, line: int, what: str) -> "InputDamaged":
        """`what` says in a few words what was found."""
        return cls(
            f"{file}: The file is damaged near line {line}: {what}. "
            "Get a whole copy of the file and run the command again.",
            file=file,
            line=line,
        )
