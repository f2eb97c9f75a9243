start_all()

server.wait_for_unit("postgresql.service")
server.wait_for_open_port(5432)

with subtest("the client reads what the server holds"):
    query = "psql --host server --user postgres --tuples-only --no-align --command 'select word from greeting'"
    answer = client.wait_until_succeeds(query, 30).strip()
    assert answer == "hello", f"the database answered {answer!r}"
