"""A web site of the clinic's own: another origin than the assistant's."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STRICT = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; style-src 'none'; img-src {origin}; "
    "require-trusted-types-for 'script'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The clinic</title>{head}</head>
<body><main><h1>The clinic</h1><p id="own">Our own words.</p></main>
<script type="module" src="{origin}/widget/widget.js" data-clinic="The Example Clinic"{data}></script>
</body></html>"""


@contextmanager
def site(origin: str, policy: str | None = None, head: str = "", data: str = ""):
    """Serve one page with the chat of ``origin`` at every path; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
                return
            body = PAGE.format(origin=origin, head=head, data=data).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy.format(origin=origin))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
