"""Serves a folder on loopback, with byte ranges, for the tests of fetch-weights.sh.

    python3 range_server.py FOLDER PORT-FILE LOG-FILE

The port chosen goes to PORT-FILE, "PATH RANGE" of each request to LOG-FILE. The first answer for a
name that contains "cut" breaks off half-way.
SPDX-License-Identifier: MIT"""
import http.server
import os
import sys

folder, port_file, log_file = sys.argv[1:4]
already_cut = set()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = os.path.join(folder, os.path.basename(self.path))
        wanted = self.headers.get("Range", "")
        with open(log_file, "a") as log:
            log.write(f"{self.path} {wanted}\n")
        if not os.path.exists(path):
            self.send_error(404)
            return
        with open(path, "rb") as file:
            data = file.read()
        start = 0
        if wanted and "norange" not in path:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
            if start >= len(data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        part = data[start:]
        if "cut" in path and path not in already_cut:
            already_cut.add(path)
            part = part[: len(part) // 2]
        self.wfile.write(part)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
