import os
import time

begin = time.monotonic()
start_all()
for machine in machines:
    machine.wait_for_unit("multi-user.target")
    machine.succeed("true")
print(f"all booted after {time.monotonic() - begin:.2f} s", flush=True)
time.sleep(PAUSE)
