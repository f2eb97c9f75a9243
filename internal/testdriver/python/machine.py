"""The objects that scripts know machines by."""

import os
import re
import sys
import time

errors = sys.modules["test_driver.errors"]
wire = sys.modules["test_driver.wire"]
Logger = sys.modules["test_driver.logger"].Logger

seconds, text = wire.seconds, wire.text


def shell(command):
    """A command as the driver takes it."""
    if not isinstance(command, str):
        raise TypeError(f"a command is text for the shell, not {command!r}")
    return command


class BaseMachine:
    """One machine of the test. Its methods are requests to the driver."""

    def __init__(self, name, driver):
        self.name = name
        self._driver = driver
        self._logger = Logger(driver.wire, name)
        self._console_read = 0

    def __repr__(self):
        return f"<machine {self.name}>"

    def _ask(self, method, **arguments):
        return self._driver.wire.call(method, self.name, **arguments)

    # Commands

    def execute(self, command, check_return=True, check_output=True, timeout=900):
        status, output = self._ask(
            "execute", command=shell(command), check_return=check_return, check_output=check_output, timeout=seconds(timeout)
        )
        return status, text(output)

    def succeed(self, *commands, timeout=None):
        return text(self._ask("succeed", commands=[shell(c) for c in commands], timeout=seconds(timeout)))

    def fail(self, *commands, timeout=None):
        return text(self._ask("fail", commands=[shell(c) for c in commands], timeout=seconds(timeout)))

    def wait_until_succeeds(self, command, timeout=900):
        return text(self._ask("wait_until_succeeds", command=shell(command), timeout=seconds(timeout)))

    def wait_until_fails(self, command, timeout=900):
        return text(self._ask("wait_until_fails", command=shell(command), timeout=seconds(timeout)))

    def sleep(self, secs):
        self._ask("sleep", seconds=seconds(secs))

    # Units

    def systemctl(self, q, user=None):
        status, output = self._ask("systemctl", query=q, user=user)
        return status, text(output)

    def wait_for_unit(self, unit, user=None, timeout=900):
        self._ask("wait_for_unit", unit=unit, user=user, timeout=seconds(timeout))

    def get_unit_info(self, unit, user=None):
        return self._ask("get_unit_info", unit=unit, user=user)

    def get_unit_property(self, unit, property, user=None):
        return self._ask("get_unit_property", unit=unit, property=property, user=user)

    def require_unit_state(self, unit, require_state="active"):
        self._ask("require_unit_state", unit=unit, state=require_state)

    def start_job(self, name, user=None):
        return self.systemctl(f"start {name}", user)

    def stop_job(self, name, user=None):
        return self.systemctl(f"stop {name}", user)

    # Ports, sockets, files

    def wait_for_open_port(self, port, addr="localhost", timeout=900):
        self._ask("wait_for_open_port", port=port, addr=addr, timeout=seconds(timeout))

    def wait_for_closed_port(self, port, addr="localhost", timeout=900):
        self._ask("wait_for_closed_port", port=port, addr=addr, timeout=seconds(timeout))

    def wait_for_open_unix_socket(self, addr, is_datagram=False, timeout=900):
        self._ask("wait_for_open_unix_socket", addr=str(addr), is_datagram=is_datagram, timeout=seconds(timeout))

    def wait_for_file(self, filename, timeout=900):
        self._ask("wait_for_file", filename=str(filename), timeout=seconds(timeout))

    def copy_from_host(self, source, target):
        archive, name = self._driver.pack(source)
        self._ask("copy_in", archive=archive, name=name, target=str(target))

    def copy_from_host_via_shell(self, source, target):
        self.copy_from_host(source, target)

    def copy_from_machine(self, source, target_dir=""):
        self._ask("copy_from_machine", source=str(source), target_dir=str(target_dir))

    def copy_from_vm(self, source, target_dir=""):
        self._logger.warning("copy_from_vm is the old name of copy_from_machine")
        self.copy_from_machine(source, target_dir)

    # Life

    def start(self, allow_reboot=False):
        self._ask("start")

    def connect(self):
        self._ask("connect")

    def is_up(self):
        return self._ask("is_up")

    @property
    def booted(self):
        return self.is_up()

    def shutdown(self):
        self._ask("shutdown")

    def crash(self):
        self._ask("crash")

    def reboot(self):
        self._ask("reboot")

    def wait_for_shutdown(self):
        self._ask("wait_for_shutdown")

    def release(self):
        self._ask("release")

    def block(self):
        self._ask("block")

    def unblock(self):
        self._ask("unblock")

    def shell_interact(self, address=None):
        if address is not None:
            raise errors.NotSupportedError("shell_interact with an address is not supported; without one it uses this terminal")
        self._ask("shell_interact")

    def run_callbacks(self):
        self._driver.conditions.check()

    def cleanup_statedir(self):
        """Nothing to do: a machine's state never outlives the run."""

    # Console and log

    def get_console_log(self):
        return text(self._ask("console", offset=0, wait=0)[1])

    def wait_for_console_text(self, regex, timeout=None):
        pattern, begun, seen = re.compile(regex), time.monotonic(), ""
        limit = seconds(timeout)
        with self.nested(f"waiting for {regex} to appear on console"):
            while not pattern.search(seen):
                elapsed = time.monotonic() - begun
                if limit is not None and elapsed > limit:
                    message = f"{regex!r} did not appear on the console within {limit} seconds"
                    raise errors.RequestedAssertionFailed(message, {"machine": self.name})
                wait = 1 if limit is None else min(1, limit)
                self._console_read, more = self._ask("console", offset=self._console_read, wait=wait)
                seen += text(more)

    def log(self, msg):
        self._logger.info(msg)

    def nested(self, msg, attrs=None):
        return self._logger.nested(msg)


_KERNEL = "needs a virtual machine with a kernel and devices of its own"
_SCREEN = "needs a screen"
_SERIAL = "needs a serial console or text terminals"

_NOT_SUPPORTED = {
    "switch_root": _KERNEL,
    "send_monitor_command": _KERNEL,
    "wait_for_qmp_event": _KERNEL,
    "forward_port": "needs the user network of a virtual machine",
    "send_console": _SERIAL,
    "console_interact": _SERIAL,
    "get_tty_text": _SERIAL,
    "wait_until_tty_matches": _SERIAL,
    "dump_tty_contents": _SERIAL,
    "screenshot": _SCREEN,
    "get_screen_text": _SCREEN,
    "get_screen_text_variants": _SCREEN,
    "wait_for_text": _SCREEN,
    "send_key": _SCREEN,
    "send_chars": _SCREEN,
    "wait_for_x": _SCREEN,
    "get_window_names": _SCREEN,
    "wait_for_window": _SCREEN,
}


def _refuse(name, reason):
    def method(self, *_, **__):
        details = {"machine": self.name}
        raise errors.NotSupportedError(f"{name} {reason}, which berth's machines do not have", details)

    method.__name__ = name
    return method


for _name, _reason in _NOT_SUPPORTED.items():
    setattr(BaseMachine, _name, _refuse(_name, _reason))
