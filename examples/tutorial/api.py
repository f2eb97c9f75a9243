"""A read-only REST API: GET /<table> answers with the rows as JSON."""

import json
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier


def serve(config):
    connection = psycopg.connect(config["db-uri"], row_factory=dict_row, autocommit=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            table = Identifier(config["db-schema"], self.path.strip("/"))
            try:
                rows = connection.execute(SQL("select * from {} order by id").format(table)).fetchall()
            except psycopg.errors.UndefinedTable:
                self.send_error(404)
                return
            body = json.dumps(rows).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    address = (config["server-host"], config["server-port"])
    ThreadingHTTPServer(address, Handler).serve_forever()


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        serve(tomllib.load(file))
