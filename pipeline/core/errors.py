"""The one tree of errors a user may see.

    TruefriendError             exit code 1: something stopped the work
    └── WrongUse                exit code 2: what was asked for cannot be right
        └── PolicyError         a policy file that is wrong, with the place of the mistake

Every message is a whole sentence: what happened, with which value, what to do about it.
"""

__all__ = ["PolicyError", "TruefriendError", "WrongUse"]


class TruefriendError(Exception):
    """Something stopped the work; the command prints the message and ends with `exit_code`."""

    exit_code = 1


class WrongUse(TruefriendError):  # noqa: N818  (a term of the commands, not only an error)
    """What the user asked for cannot be right: an option, a path, a value."""

    exit_code = 2


class PolicyError(WrongUse):
    """A policy is wrong.

    file: the name the policy was read under; line: from 1, or None where no line is to blame;
    key: dotted, as in `out_of_province.limit`, or None; suggestion: what was probably meant.
    """

    # Defaults for all but the message, so that the error can be pickled between processes.
    def __init__(
        self,
        message: str,
        *,
        file: str = "policy",
        line: int | None = None,
        key: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.key = key
        self.suggestion = suggestion
