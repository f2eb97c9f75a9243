"""What made a script stop, as the driver reports it."""

import sys
import traceback

errors = sys.modules["test_driver.errors"]


def describe(error, script_file):
    """The failure that an exception means."""
    details = _details(error)
    return {
        "kind": "machine" if isinstance(error, errors.MachineError) else "script",
        "message": _message(error),
        "exception": type(error).__name__,
        "traceback": frames(error, script_file),
        "machine": details.get("machine", ""),
        "command": details.get("command"),
    }


def frames(error, script_file):
    """The frames of the script; of other modules only if the driver did not raise the error itself."""
    stack = traceback.extract_tb(error.__traceback__)
    own = [f for f in stack if f.filename == script_file]
    if not isinstance(error, errors.DriverError):
        own = [f for f in stack if not f.filename.startswith("<berth>/") and f.filename != "<string>"]
    return [
        {"file": f.filename, "line": f.lineno or 0, "function": f.name, "source": f.line or ""} for f in own
    ]


def _message(error):
    if isinstance(error, SystemExit):
        return f"the script ended the run with exit code {error.code}"
    return str(error)


def _details(error):
    """Those of the error, or of the one that caused it."""
    seen = set()
    while error is not None and id(error) not in seen:
        if getattr(error, "details", None):
            return error.details
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return {}
