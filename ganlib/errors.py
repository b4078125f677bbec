"""The one kind of error that is meant for people."""


class GanlibError(Exception):
    """Bad input: one sentence that says what is wrong, where, and how to mend it.

    The command line prints the sentence and exits with status 1; it never shows a traceback for it.
    """
