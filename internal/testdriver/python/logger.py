"""The script's log."""

import contextlib
import io


class Logger:
    """Messages and nested steps, about a machine or about nothing special."""

    def __init__(self, wire, machine=""):
        self._wire = wire
        self._machine = machine

    def log(self, message, attributes=None):
        self._message("info", message)

    def info(self, *parts, **_):
        self._message("info", *parts)

    def warning(self, *parts, **_):
        self._message("warning", *parts)

    def debug(self, *parts, **_):
        self._message("debug", *parts)

    def error(self, *parts, **_):
        """Log a message and end the run as failed."""
        self._message("error", *parts)
        raise SystemExit(1)

    @contextlib.contextmanager
    def nested(self, message, attributes=None):
        with self.step(message, subtest=False):
            yield

    @contextlib.contextmanager
    def subtest(self, name):
        with self.step(name, subtest=True):
            yield

    @contextlib.contextmanager
    def step(self, header, subtest):
        """Enclose a block; the driver measures it."""
        number = self._wire.number()
        self._wire.note("open", self._machine, step=number, text=str(header), subtest=subtest)
        problem = "interrupted"
        try:
            yield
            problem = None
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._wire.note("close", self._machine, step=number, error=problem)

    def _message(self, level, *parts):
        self._wire.note("message", self._machine, level=level, text=" ".join(map(str, parts)))


class Printed(io.TextIOBase):
    """Standard output of the script: complete lines go to the driver, in order with the log."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, wire):
        self._wire = wire
        self._rest = ""

    def writable(self):
        return True

    def write(self, data):
        *lines, self._rest = (self._rest + data).split("\n")
        for line in lines:
            self._wire.note("printed", text=line)
        return len(data)

    def finish(self):
        """Send an unfinished last line."""
        if self._rest:
            self.write("\n")
