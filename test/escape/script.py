start_all()
plain.wait_for_unit("multi-user.target")
limited.wait_for_unit("multi-user.target")
plain.wait_for_unit("container@inner.service")

PLACES = {
    "a machine": (plain, ""),
    "a machine with controllers": (limited, ""),
    "a container": (plain, "/run/berth/berth __container-exec inner "),
}

# A container's limits are the machine's, whose root it shares.
OWN = {("cgroup", "a container"), ("cgroup1", "a container")}

escaped = []
for place, (machine, prefix) in PLACES.items():
    for way in WAYS:
        if (way, place) in OWN:
            continue
        with subtest(f"{way} from {place}"):
            status, output = machine.execute(f"{prefix}{PROBE} {way}")
            if status != 1 or not output.startswith("refused: "):
                escaped.append(f"{way} from {place}: status {status}: {output}")

assert not escaped, "\n".join(escaped)
