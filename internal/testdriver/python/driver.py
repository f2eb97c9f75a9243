"""The process: look at the script, run it or give the prompt, say how it ended."""

import sys
import types

script = sys.modules["test_driver.script"]
failure = sys.modules["test_driver.failure"]

# Scripts written for the reference driver may import its modules.
sys.modules["test_driver"] = types.ModuleType("test_driver")
sys.modules["test_driver"].__path__ = []


def main(settings):
    """Do what the settings ask for; the process exits with the value."""
    driver = script.Driver(settings)
    if settings["mode"] == "interactive":
        sys.modules["test_driver.prompt"].interact(driver)
        driver.wire.note("finished", passed=True)
        return 0
    found = lint(driver)
    if found is None and settings["mode"] == "run":
        found = run(driver)
    driver.wire.note("finished", passed=found is None, failure=found)
    return 0


def lint(driver):
    """The failure that a faulty script means; warnings are only logged."""
    problems = sys.modules["test_driver.lint"].check(driver)
    for problem in problems:
        if problem["warning"]:
            driver.log.warning(f"{problem['file']}:{problem['line']}: {problem['message']}")
    faults = [p for p in problems if not p["warning"]]
    if not faults:
        return None
    first = faults[0]
    return {"kind": "lint", "message": f"{first['file']}:{first['line']}: {first['message']}", "problems": faults}


def run(driver):
    """Run the script and return the failure it ended with."""
    with script.captured_output(driver.wire):
        try:
            driver.run_tests()
        except SystemExit as end:
            return failure.describe(end, driver.settings["scriptFile"]) if end.code else None
        except BaseException as error:
            return failure.describe(error, driver.settings["scriptFile"])
    return None
