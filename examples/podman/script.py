import json

start_all()

expected = [
    {"id": 1, "task": "finish tutorial 0", "done": False},
    {"id": 2, "task": "pat self on back", "done": False},
]


def todos():
    return json.loads(client.wait_until_succeeds("curl --fail --silent --max-time 2 http://server:3000/todos", 55))


assert todos() == expected, f"expected {expected}, but the API answered {todos()}"

# The database is out of reach for others.
client.fail("nc -z -w 1 server 5432")

# What is in the volume outlives the container.
unit = server.succeed("systemctl list-units --plain --no-legend '*-tutorial.service'").split()[0]
server.succeed(f"systemctl restart {unit}")
assert todos() == expected, f"expected {expected} again, but the API answered {todos()}"
