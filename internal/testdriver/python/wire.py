"""The connection to the driver: requests with replies, and notes without."""

import base64
import datetime
import json
import os
import sys
import threading

from_reply = sys.modules["test_driver.errors"].from_reply

_SOCKET = 3


class Wire:
    """May be used from several threads: one of those that wait reads for all."""

    def __init__(self):
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._number = 0
        self._waiting = {}
        self._reading = False
        self._rest = b""
        # Evaluates the polling conditions in force; set by the driver, as is
        # the name of the script's file.
        self.conditions = None
        self.script_file = ""

    def call(self, method, machine, **arguments):
        """Make a request and return its value."""
        self.conditions.check()
        with self._changed:
            self._number += 1
            number = self._number
            self._waiting[number] = []
        try:
            self._send(id=number, call=method, machine=machine, arguments=arguments,
                       poll=self.conditions.interval(), place=self._place())
            answer = self._answer(number)
            while answer.get("poll"):
                self.conditions.check()
                self._send(id=number, resume=True)
                answer = self._answer(number)
        except BaseException:
            self._send(id=number, cancel=True)
            raise
        finally:
            del self._waiting[number]
        if answer.get("error"):
            raise from_reply(answer["error"])
        return answer["value"]

    def note(self, note, machine="", **arguments):
        """Tell the driver something that it does not answer."""
        self._send(note=note, machine=machine, arguments=arguments)

    def number(self):
        """A number that was not used before."""
        with self._changed:
            self._number += 1
            return self._number

    def _place(self):
        """The line of the script that is being executed."""
        frame = sys._getframe()
        while frame and frame.f_code.co_filename != self.script_file:
            frame = frame.f_back
        return {"line": frame.f_lineno, "function": frame.f_code.co_name} if frame else {}

    def _send(self, **message):
        line = json.dumps(message).encode() + b"\n"
        with self._sending:
            while line:
                line = line[os.write(_SOCKET, line) :]

    def _answer(self, number):
        answers = self._waiting[number]
        while True:
            with self._changed:
                while self._reading and not answers:
                    self._changed.wait()
                if answers:
                    return answers.pop(0)
                self._reading = True
            self._read_one()

    def _read_one(self):
        try:
            answer = json.loads(self._read_line())
        finally:
            with self._changed:
                self._reading = False
                self._changed.notify_all()
        with self._changed:
            if answer["id"] in self._waiting:
                self._waiting[answer["id"]].append(answer)
                self._changed.notify_all()

    def _read_line(self):
        # What was read stays in _rest when an interrupt comes in between.
        while b"\n" not in self._rest:
            data = os.read(_SOCKET, 1 << 16)
            if not data:
                raise ConnectionError("the driver has gone")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line


def seconds(duration):
    """A duration as a number; None is no limit."""
    if isinstance(duration, datetime.timedelta):
        return duration.total_seconds()
    if duration is None or (isinstance(duration, (int, float)) and not isinstance(duration, bool)):
        return duration
    raise TypeError(f"a duration is a number of seconds or a timedelta, not {duration!r}")


def text(value):
    """Output of a machine; bytes that are no UTF-8 become surrogates."""
    if isinstance(value, str):
        return value
    return base64.b64decode(value["base64"]).decode(errors="surrogateescape")
