"""Errors that are meant for people."""


class GanlibError(Exception):
    """Bad input: one sentence that says what is wrong, where, and how to mend it. The command line
    prints it and exits with status 1, without a traceback."""


class ConfigError(GanlibError):
    """A field of a config has a bad value. The command line says `--the-field` for `the_field`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field, self.problem = field, problem

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[str, str]]:
        return type(self), (self.field, self.problem)  # processes send it to each other
