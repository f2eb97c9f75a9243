start_all()

machine.wait_for_unit("multi-user.target")

with subtest("the machine reaches the container by its name"):
    assert machine.succeed("curl --fail --silent http://web.containers/hello") == "hello"

with subtest("a port that the container does not open is closed"):
    machine.fail("nc -z -w 1 web.containers 22")

with subtest("a container that stopped does not answer"):
    machine.succeed("systemctl stop container@web")
    machine.fail("curl --fail --silent --max-time 2 http://web.containers/hello")

with subtest("and is back when it was started"):
    machine.succeed("systemctl start container@web")
    machine.wait_until_succeeds("curl --fail --silent http://web.containers/hello", 20)
