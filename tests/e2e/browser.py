"""A real Chromium, driven over a pair of pipes (docs/adr/0014-chromium-in-tests.md).

Speaks the DevTools protocol with the standard library alone: --remote-debugging-pipe takes
NUL-terminated JSON on descriptor 3 and answers on 4. No port is opened, nothing is downloaded.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60  # seconds: a guard against a browser that never answers

OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
           "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--remote-debugging-pipe"]


def spawn(command, order_out, answer_in):
    """Starts a process with these two as descriptors 3 and 4; returns its number."""
    above = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (order_out, answer_in)]
    actions = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    actions += [(os.POSIX_SPAWN_DUP2, fd, number) for fd, number in zip(above, (3, 4))]
    process = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    for fd in above:
        os.close(fd)
    return process


class Browser:
    """One browser with one page. Use as a context manager."""

    def __init__(self, profile):
        self.events, self.number, self.rest = [], 0, b""
        order_out, self.orders = os.pipe()
        self.answers, answer_in = os.pipe()
        self.process = spawn([CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
                             order_out, answer_in)
        os.close(order_out)
        os.close(answer_in)
        self.session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.orders)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.answers)

    def _receive(self, deadline):
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("Chromium does not answer")
            got = os.read(self.answers, 1 << 20)
            if not got:
                raise EOFError("Chromium ended")
            self.rest += got
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        """Sends a command and returns its result; events that come meanwhile are kept."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.orders, json.dumps(order).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self._receive(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait(self, method):
        """Takes all events off up to the first of that name."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for at, event in enumerate(self.events):
                if event.get("method") == method:
                    self.events[:at + 1], seen = [], self.events[:at + 1]
                    return seen
            self.events.append(self._receive(deadline))

    def open(self, path):
        """Loads a file; returns the events until it was loaded."""
        self.events = []
        self.call("Page.navigate", url=f"file://{path}")
        return self.wait("Page.loadEventFired")

    def value(self, expression):
        """The value of a JavaScript expression, run by the debugger, not by the page."""
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                        awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(got["exceptionDetails"]["exception"].get("description"))
        return got["result"].get("value")

    def key(self, name, code=None, text=None):
        """Presses and releases a key."""
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        common = {"key": name, "code": code or name,
                  "windowsVirtualKeyCode": codes.get(name, ord(name.upper()[0]))}
        text = {"Enter": "\r", " ": " "}.get(name) if text is None else text
        down = {**common, "text": text} if text else common
        self.call("Input.dispatchKeyEvent", type="keyDown", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def look(self, width, height, dark=False, media="screen", mobile=False):
        """Size of the window, colours, screen or paper."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, whole=False):
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(shot["data"])

    def pdf(self):
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        self.call("Emulation.clearDeviceMetricsOverride")
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])
