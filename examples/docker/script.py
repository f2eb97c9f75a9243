import json

start_all()

expected = [
    {"id": 1, "task": "finish tutorial 0", "done": False},
    {"id": 2, "task": "pat self on back", "done": False},
]

answer = client.wait_until_succeeds("curl --fail --silent http://server:3000/todos", 55)
actual = json.loads(answer)

assert actual == expected, f"expected {expected}, but the API answered {actual}"
