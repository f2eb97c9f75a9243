start_all()

ENGINE = server.succeed("cat /etc/berth-test/command").strip()


def unit(name):
    return f"{BACKEND}-{name}.service"


def report(name):
    server.wait_for_file(f"/srv/report/{name}", 60)
    return server.succeed(f"cat /srv/report/{name}")


def equal(actual, expected):
    assert actual == expected, f"expected {expected!r}, found {actual!r}"


with subtest("containers reach other machines and are reached"):
    client.wait_until_succeeds("curl -sf --max-time 2 http://server:8080/ | grep 'from the image'", 60)
    client.wait_until_succeeds("curl -sf --max-time 2 http://server:8081/ | grep 'from the volume'", 60)
    server.succeed("curl -sf --max-time 2 http://127.0.0.1:8082/ | grep 'from the volume'")
    client.fail("curl -sf --max-time 2 http://server:8082/")

with subtest("user, directory, host name and variables"):
    text = report("settings")
    lines, variables = text.split("inside\n")
    equal(lines, "33\n44\n/tmp\n")
    environment = dict(v.split("=", 1) for v in variables.split("\0") if v)
    equal(environment["HOSTILE"], HOSTILE["value"])
    equal(environment["FROM_FILE"], "a b")
    equal(environment["FROM_IMAGE"], "yes")
    equal(environment["REPLACED"], "yes")

with subtest("arguments arrive as they are"):
    server.wait_for_file("/srv/report/arguments", 60)
    arguments = report("arguments").split("\0")[:-1]
    equal(arguments, HOSTILE["arguments"])
    server.fail("test -e /tmp/pwned")

with subtest("units after a container wait until it is well"):
    server.wait_for_unit("before-api.service", timeout=90)

with subtest("containers of a network find each other by name"):
    equal(report("api"), "from the image\n")

with subtest("limits"):
    memory, pids = report("limited").split()
    equal(memory, str(64 << 20))
    equal(pids, "50")

with subtest("secrets are inside, and nowhere else"):
    equal(report("secret"), "correct horse" * 3 + "\n440:33\n")
    server.fail(f"systemctl cat {unit('secret')} | grep -q 'correct horse'")
    server.fail("cat /proc/*/cmdline | tr '\\0' '\\n' | grep -q '^.*correct[ ]horse'")

with subtest("capabilities"):
    mask = int(report("capabilities").split()[1], 16)
    assert mask & 1 << 12, "NET_ADMIN is missing"
    assert not mask & 1 << 0, "CHOWN is still there"
    assert not mask & 1 << 21, "SYS_ADMIN is there"

with subtest("commands run inside"):
    equal(server.succeed(f"{ENGINE} exec settings printf '%s' 'a  b'"), "a  b")
    equal(server.execute(f"{ENGINE} exec settings sh -c 'exit 7'")[0], 7)
    equal(server.succeed(f"echo piped | {ENGINE} exec -i settings cat"), "piped\n")

with subtest("a container that was killed starts again"):
    before = server.succeed(f"systemctl show -P NRestarts {unit('published')}")
    server.succeed(f"{ENGINE} kill published")
    server.wait_until_succeeds(
        f"test $(systemctl show -P NRestarts {unit('published')}) -gt {before.strip()}", 30
    )
    client.wait_until_succeeds("curl -sf --max-time 2 http://server:8081/ | grep 'from the volume'", 60)

with subtest("stopping"):
    server.succeed(f"{ENGINE} exec database sh -c 'echo precious > /kept/file'")
    server.succeed(f"systemctl stop {unit('published')} {unit('host-network')}")
    client.fail("curl -sf --max-time 2 http://server:8081/")
    client.fail("curl -sf --max-time 2 http://server:8080/")
    equal(server.succeed(f"systemctl is-failed {unit('published')} || true").strip(), "inactive")

with subtest("what nobody uses any more is removed"):
    server.succeed(f"{ENGINE} network inspect backend")
    server.succeed(f"systemctl stop {unit('api')} {unit('database')}")
    server.wait_until_fails(f"{ENGINE} network inspect backend", 20)
    server.succeed(f"{ENGINE} volume inspect kept")
    server.succeed(f"systemctl start {unit('api')}")
    equal(server.succeed(f"{ENGINE} exec database cat /kept/file"), "precious\n")

with subtest("containers that end"):
    server.succeed(f"systemctl start {unit('once')}")
    server.wait_until_succeeds(f"systemctl show -P ActiveState {unit('once')} | grep -x inactive", 30)
    server.wait_until_succeeds(f"journalctl -u {unit('once')} | grep 'ran once'", 10)
    equal(server.succeed(f"systemctl show -P NRestarts {unit('once')}").strip(), "0")
    server.execute(f"systemctl start {unit('failing')}")
    server.wait_until_succeeds(f"systemctl is-failed {unit('failing')}", 30)
    equal(server.succeed(f"systemctl show -P ExecMainStatus {unit('failing')}").strip(), "3")
