"""The demonstration of Atrio as it runs for the validator: own directory, free ports,
own trust, stopped by its process id."""

import os
import random
import socket
import subprocess
import time
import urllib.request

READY_SECONDS = 60
STOP_SECONDS = 15
# The ports that a demonstration listens on, counted from its base.
OFFSETS = (0, 1, 2, 3, 9)
START_TRIES = 5


class Trouble(Exception):
    """The demonstration did not do what is needed to test anything."""


def offline():
    """The environment of a process that must not reach beyond this machine."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("ATRIO_")}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        env[name] = env[name.upper()] = "http://127.0.0.1:9"
    env["no_proxy"] = env["NO_PROXY"] = "localhost,127.0.0.1"
    return env


def free_base():
    """A base below the range of outgoing ports whose ports are all free right now."""
    for _ in range(200):
        base = random.randrange(11000, 30000, 10)
        if all(is_free(base + offset) for offset in OFFSETS):
            return base
    raise Trouble("no free ports between 11000 and 30000")


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def overrides(providers, card):
    """Trust the validator, as providers of SPID and as that of CIE, and do not limit it: it
    signs in some 200 times a minute."""
    lines = ["[gateway.limits]", "spid_starts_per_minute = 100000", "posts_per_minute = 100000"]
    for path in providers:
        lines += ["[[gateway.spid.providers]]", f'metadata_file = "{path}"']
    lines += ["[gateway.cie.contact]", 'municipality = "H501"', 'province = "RM"', "[[gateway.cie.providers]]", f'metadata_file = "{card}"']
    return "\n".join(lines) + "\n"


class Demo:
    """A running demonstration; use it with "with"."""

    def __init__(self, name, program, work, providers, card):
        self.program, self.directory = program, work / name
        self.config, self.output = work / f"{name}.toml", work / f"{name}.out"
        self.config.write_text(overrides(providers, card), encoding="utf-8")
        self.process, self.url, self.exit_code = None, "", None

    @property
    def database(self):
        return self.directory / "gateway.db"

    @property
    def log(self):
        return self.directory / "atrio.log"

    def __enter__(self):
        for _ in range(START_TRIES):
            # Between the probe and the start somebody may take a port: try others.
            if self.start(free_base()):
                return self
        raise Trouble(f"the demonstration did not start:\n{self.output.read_text(errors='replace')}")

    def start(self, base):
        command = [self.program, "demo", "--dir", str(self.directory), "--port-base", str(base), "--config", str(self.config)]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=offline())
        self.url = f"http://localhost:{base}"
        try:
            ends = time.monotonic() + READY_SECONDS
            while time.monotonic() < ends and self.process.poll() is None:
                if "ready" in self.output.read_text(errors="replace").split("\n"):
                    return True
                time.sleep(0.05)
        except BaseException:
            self.stop()
            raise
        self.stop()
        return False

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the process, by its id and no other."""
        self.process.terminate()
        try:
            self.exit_code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.exit_code = self.process.wait()

    def metadata(self):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(self.url + "/spid/metadata", timeout=10) as answer:
            return answer.read()
