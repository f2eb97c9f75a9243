"""Conditions that have to hold while a block of the script runs."""

import sys
import time

PollingConditionError = sys.modules["test_driver.errors"].PollingConditionError


class Conditions:
    """The conditions in force, innermost last."""

    def __init__(self):
        self._active = []

    def check(self):
        """Evaluate those that are due."""
        for condition in list(self._active):
            condition.check()

    def interval(self):
        """The shortest interval in seconds, or 0 if there is none in force."""
        return max(min((c.seconds_interval for c in self._active), default=0), 0)

    def push(self, condition):
        self._active.append(condition)

    def pop(self):
        self._active.pop()


class PollingCondition:
    """What the decorator polling_condition makes of a function."""

    def __init__(self, driver, function, seconds_interval=2.0, description=None):
        self._driver = driver
        self._function = function
        self.seconds_interval = seconds_interval
        self.description = description or (function.__doc__ or "").strip() or function.__name__
        self._last = -float("inf")
        self._evaluating = False

    def check(self):
        """Raise if the condition is due and does not hold."""
        if self._evaluating or time.monotonic() - self._last < self.seconds_interval:
            return
        if not self._holds():
            raise PollingConditionError(f"polling condition failed: {self.description}") from self._cause

    def wait(self, timeout=900):
        """Wait until the condition holds."""
        with self._driver.log.nested(f"waiting for: {self.description}"):
            self._driver.retry(lambda last: self._holds(), timeout)

    def _holds(self):
        self._evaluating, self._cause = True, None
        try:
            result = self._function()
        except Exception as error:
            self._cause = error
            return False
        finally:
            self._evaluating = False
            self._last = time.monotonic()
        return result is None or bool(result)

    def __enter__(self):
        self._driver.conditions.push(self)
        return self

    def __exit__(self, *_):
        self._driver.conditions.pop()
