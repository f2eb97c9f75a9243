"""Exceptions that scripts see."""


class DriverError(Exception):
    """Base of what the driver raises; details say which command on which machine."""

    def __init__(self, message="", details=None):
        super().__init__(message)
        self.details = details or {}


class RequestedAssertionFailed(DriverError, AssertionError):
    """Something that the script asked for did not hold."""


class PollingConditionError(RequestedAssertionFailed):
    """A condition of polling_condition was violated."""


class MachineError(DriverError):
    """A machine could not be started, or was lost."""


class NotSupportedError(DriverError, NotImplementedError):
    """A method needs something that berth's machines do not have."""


_BY_KIND = {
    "failure": RequestedAssertionFailed,
    "machine": MachineError,
    "unsupported": NotSupportedError,
}


def from_reply(error):
    """The exception for the error of a reply."""
    kind, message = error["kind"], error["message"]
    if kind == "assertion":
        return AssertionError(message)
    if kind == "argument":
        return ValueError(message)
    return _BY_KIND[kind](message, error)
