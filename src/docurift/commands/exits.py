"""How a command ends: the exit codes, and the errors that are told in one sentence."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    FAILED = 1  # the service refused, a job failed, a file could not be read
    USAGE = 2  # an option, a setting or a key is missing or wrong
    UNREACHABLE = 3  # no service answers
    TIMEOUT = 4  # the time given to `--timeout` went by


class CommandError(Exception):
    """Ends the command with one sentence on standard error."""

    def __init__(self, sentence: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(sentence)
        self.sentence, self.code = sentence, code


def one_line(error: Exception) -> str:
    """What `error` says, in one line."""
    return " ".join(str(error).split())
