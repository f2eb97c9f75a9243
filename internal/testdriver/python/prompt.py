"""The interactive prompt."""

import code
import sys
import traceback

errors = sys.modules["test_driver.errors"]


class Prompt(code.InteractiveConsole):
    """A Python prompt that shows failures of the driver without its frames."""

    def showtraceback(self):
        error = sys.exc_info()[1]
        if isinstance(error, errors.DriverError):
            self.write(f"!!! {type(error).__name__}: {error}\n")
            return
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if not f.filename.startswith("<berth>/") and f.name != "runcode"]
        lines = traceback.format_list(own) + traceback.format_exception_only(error)
        self.write("".join(lines))


def interact(driver):
    """Give the prompt until the user leaves it."""
    history = driver.out_dir / ".nixos-test-history"
    readline = _line_editing(driver.symbols, history)
    try:
        Prompt(driver.symbols).interact(banner=_banner(driver), exitmsg="")
    except SystemExit:
        pass
    if readline is not None:
        readline.write_history_file(history)


def _banner(driver):
    names = ", ".join(m["variable"] for m in driver.settings["machines"])
    return (
        f"machines: {names}; nothing is started yet\n"
        "start_all() boots them, test_script() runs the test, Ctrl-D leaves"
    )


def _line_editing(symbols, history):
    """Completion and history, where this Python has them."""
    try:
        import readline
        import rlcompleter
    except ImportError:
        return None
    readline.set_completer(rlcompleter.Completer(symbols).complete)
    readline.parse_and_bind("tab: complete")
    if history.exists():
        readline.read_history_file(history)
    return readline
