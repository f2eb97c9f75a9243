import os
import re

start_all()

with subtest("units and ports"):
    server.wait_for_unit("web.service")
    server.wait_for_unit("hidden.service")
    server.wait_for_open_port(3000)
    server.wait_for_open_port(3001)
    server.wait_for_closed_port(3999)
    assert server.get_unit_info("web.service")["Description"] == "Serves files"
    t.assertEqual(server.get_unit_property("web.service", "SubState"), "running")

with subtest("names, network and firewall"):
    assert client.succeed("curl --silent --fail http://server:3000/") == "hello from server\n"
    client.succeed("curl --silent --fail 'http://[2001:db8:1::2]:3000/'")
    client.fail("curl --silent --fail --max-time 1 http://server:3001/")

with subtest("the rules of execute"):
    assert server.execute("echo out; echo err >&2; exit 5") == (5, "out\n")
    assert server.execute("sleep 60", timeout=1)[0] == 124
    assert server.succeed("pwd; echo $USER $HOME; cat") == "/tmp\nroot /root\n"
    server.execute("sleep 600 >/dev/null &")
    server.wait_for_console_text("err")

with subtest("failures of units"):
    server.start_job("broken.service")
    try:
        server.wait_for_unit("broken.service")
        raise Exception("the broken unit is active")
    except AssertionError as error:
        assert "failed" in str(error), error
    server.wait_for_console_text("about to break")

with subtest("sockets and files"):
    server.wait_for_open_unix_socket("/run/systemd/private")
    server.wait_for_file("/srv/index.html")
    open("greeting", "w").write("from the driver")
    server.copy_from_host("greeting", "/srv/deep/greeting")
    assert client.succeed("curl --silent http://server:3000/deep/greeting") == "from the driver"
    server.copy_from_machine("/srv/deep", "copied")
    assert open("copied/deep/greeting").read() == "from the driver"

with subtest("a cable that is pulled"):
    client.block()
    client.fail("curl --silent --max-time 1 http://server:3000/")
    client.unblock()
    client.wait_until_succeeds("curl --silent --max-time 1 http://server:3000/", 20)

with subtest("turning off and on"):
    first = server.succeed("cat /proc/sys/kernel/random/boot_id; systemctl show --property=UserspaceTimestampMonotonic")
    server.succeed("echo kept >/var/lib/kept; echo kept >/etc/kept")
    server.shutdown()
    assert not server.is_up()
    client.fail("curl --silent --max-time 1 http://server:3000/")
    server.start()
    server.wait_for_unit("web.service")
    assert server.succeed("cat /var/lib/kept /etc/kept") == "kept\nkept\n"
    client.wait_until_succeeds("curl --silent --max-time 1 http://server:3000/", 20)
    server.reboot()
    server.wait_for_unit("web.service")
    client.crash()
    client.succeed("true")
    client.execute("systemctl poweroff")
    client.wait_for_shutdown()
