"""The names of a script, and running it."""

import contextlib
import linecache
import os
import pathlib
import sys
import time

errors = sys.modules["test_driver.errors"]
wire = sys.modules["test_driver.wire"]
polling = sys.modules["test_driver.polling"]
logger = sys.modules["test_driver.logger"]
BaseMachine = sys.modules["test_driver.machine"].BaseMachine


class Driver:
    """Everything that a script can reach."""

    def __init__(self, settings):
        self.settings = settings
        self.wire = wire.Wire()
        self.wire.script_file = settings["scriptFile"]
        self.conditions = self.wire.conditions = polling.Conditions()
        self.log = self.logger = logger.Logger(self.wire)
        self.machines = [BaseMachine(m["name"], self) for m in settings["machines"]]
        self.out_dir = pathlib.Path(settings["output"])
        self.symbols = self._symbols()

    def _symbols(self):
        symbols = {
            "__name__": "__main__",
            "__file__": self.settings["scriptFile"],
            "driver": self,
            "machines": self.machines,
            "machines_qemu": [],
            "machines_nspawn": self.machines,
            "vlans": [],
            "log": self.log,
            "os": os,
            "t": Tester(),
            "debug": Debug(),
            "BaseMachine": BaseMachine,
            "Machine": BaseMachine,
        }
        for name in (
            "start_all join_all subtest retry test_script run_tests polling_condition"
            " create_machine serial_stdout_on serial_stdout_off"
        ).split():
            symbols[name] = getattr(self, name)
        variables = [m["variable"] for m in self.settings["machines"]]
        symbols.update(zip(variables, self.machines))
        if len(self.machines) == 1:
            symbols["machine"] = self.machines[0]
        return symbols

    def compile(self):
        """The script as code; its lines are made known to tracebacks."""
        source, file = self.settings["script"], self.settings["scriptFile"]
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        return compile(source, file, "exec", dont_inherit=True)

    def test_script(self):
        exec(self.compile(), self.symbols)

    def run_tests(self):
        self.test_script()

    def test_symbols(self):
        return self.symbols

    def start_all(self):
        with self.log.nested("start all machines"):
            for machine in self.machines:
                machine.start()

    def join_all(self):
        with self.log.nested("wait for all machines to finish"):
            for machine in self.machines:
                machine.wait_for_shutdown()
            self.wire.note("timer")

    def subtest(self, name):
        return self.log.subtest(name)

    def retry(self, fn, timeout_seconds=900, timeout=None):
        """Call fn(last) about once a second until it is true."""
        limit = wire.seconds(timeout_seconds if timeout is None else timeout)
        begun = time.monotonic()
        while limit is None or time.monotonic() - begun < limit:
            if fn(False):
                return
            time.sleep(1)
        if not fn(True):
            elapsed = time.monotonic() - begun
            raise errors.RequestedAssertionFailed(
                f"action timed out after {elapsed:.2f} seconds (timeout={limit})"
            )

    def polling_condition(self, fun=None, *, seconds_interval=2.0, description=None):
        def decorate(function):
            return polling.PollingCondition(self, function, wire.seconds(seconds_interval), description)

        return decorate if fun is None else decorate(fun)

    def create_machine(self, *_, **__):
        raise errors.NotSupportedError(
            "create_machine needs a virtual machine with a kernel of its own; declare the machine under `nodes`"
        )

    def serial_stdout_on(self):
        self.wire.note("serial", on=True)

    def serial_stdout_off(self):
        self.wire.note("serial", on=False)

    def pack(self, source):
        """Pack a file or directory of this side; returns the archive and the entry, by name."""
        import tarfile
        import tempfile

        path = os.path.abspath(source)
        name = os.path.basename(path)
        with tempfile.NamedTemporaryFile(dir=self.out_dir, prefix=".copy-", delete=False) as file:
            with tarfile.open(fileobj=file, mode="w", dereference=True) as archive:
                archive.add(path, name)
        return os.path.basename(file.name), name


class Tester:
    """Assertions of unittest; that module is loaded when the first one is used."""

    def __getattr__(self, name):
        import unittest

        class TestCase(unittest.TestCase):
            failureException = errors.RequestedAssertionFailed
            maxDiff = None

        self.__class__ = TestCase
        TestCase.__init__(self)
        return getattr(self, name)


class Debug:
    """The debugger hook of the reference driver."""

    def breakpoint(self):
        raise errors.NotSupportedError(
            "debug.breakpoint() is not supported; run the test with --interactive and call test_script()"
        )


@contextlib.contextmanager
def captured_output(channel):
    """Send what the script prints to the driver."""
    printed = logger.Printed(channel)
    previous, sys.stdout = sys.stdout, printed
    try:
        yield
    finally:
        printed.finish()
        sys.stdout = previous
