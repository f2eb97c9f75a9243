"""A read-only REST API: GET /<table> answers with the rows as JSON."""

import json
import signal
import sys
import tomllib
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from psycopg2.extras import RealDictCursor
from psycopg2.sql import SQL, Identifier


def rows(config, table):
    query = SQL("select * from {} order by id").format(Identifier(config["db-schema"], table))
    with closing(psycopg2.connect(config["db-uri"], cursor_factory=RealDictCursor)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def handler(config):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            try:
                body = json.dumps(rows(config, self.path.strip("/"))).encode()
            except psycopg2.errors.UndefinedTable:
                return self.send_error(404, "no such table")
            except psycopg2.OperationalError:
                return self.send_error(503, "the database is not there yet")
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


if __name__ == "__main__":
    # The first process of a container ignores TERM unless it says otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[1], "rb") as file:
        config = tomllib.load(file)
    address = (config["server-host"], config["server-port"])
    ThreadingHTTPServer(address, handler(config)).serve_forever()
