"""The rounds: one run of the validator each, as another provider."""

import pathlib
import re
import shutil
import subprocess
import sys

import demo
import pages

ROUND_SECONDS = 300
# Only in addresses; nothing listens there. The first is the validator's own default.
ENTITY = "https://localhost:8443"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
# Cases whose templates start in 2099: whatever they say about the end, an answer that is
# not valid yet is refused for its beginning.
REPAIRED = ("79", "80", "81", "82")


class Trouble(Exception):
    """The validator did not run."""


def plan(validator, work, expected):
    rounds = [
        Round("redirect", SPID, ENTITY, validator, work, expected),
        Round("post", SPID, ENTITY + "/post", validator, work, expected),
        Round("repaired", SPID, ENTITY + "/repaired", validator, work, expected),
        Round("cie-redirect", CIE, ENTITY + "/cie", validator, work, expected),
        Round("cie-post", CIE, ENTITY + "/cie/post", validator, work, expected),
    ]
    rounds[1].without_redirect()
    rounds[2].repair()
    rounds[4].without_redirect()
    return rounds


class World:
    """A door of the gateway, and what people read there."""

    def __init__(self, name, profile, anomalies, person):
        self.name, self.profile, self.anomalies, self.person = name, profile, anomalies, person


SPID = World("spid", "spid-sp-public", pages.ANOMALIES, pages.PERSON)
CIE = World("cie", "cie-sp-public", pages.CARD_ANOMALIES, pages.PERSON[:3])


class Round:
    def __init__(self, name, world, entity, validator, work, expected):
        self.name, self.world, self.entity, self.validator, self.expected = name, world, entity, validator, expected
        self.directory = work / name
        self.directory.mkdir()
        self.metadata, self.report = self.directory / "provider.xml", self.directory / "report.json"
        self.pages, self.output = self.directory / "pages", self.directory / "output.txt"
        self.cases, self.extra, self.process = expected.cases(name, world.name), [], None
        self.environment = demo.offline() | {"IDP_ENTITYID": entity}
        self.write_metadata()

    def write_metadata(self):
        done = subprocess.run([self.validator, "--idp-metadata"], env=self.environment, capture_output=True, timeout=60)
        if done.returncode or self.entity.encode() not in done.stdout:
            raise Trouble(f"the validator writes no metadata:\n{done.stderr.decode(errors='replace')}")
        self.metadata.write_bytes(done.stdout)

    def without_redirect(self):
        """Leaves the provider only its address for POST."""
        before = self.metadata.read_text(encoding="utf-8")
        after, count = re.subn(rf'<[\w:]*SingleSignOnService [^>]*"{re.escape(REDIRECT)}"[^>]*/>', "", before)
        if count != 1:
            raise Trouble(f"found {count} addresses for redirect in the validator's metadata, wanted 1")
        self.metadata.write_text(after, encoding="utf-8")

    def repair(self):
        """Lets the cases about the end begin in time, so that their end decides."""
        found = list(pathlib.Path(sys.prefix).glob("lib/python3*/site-packages/spid_sp_test/responses/templates"))
        if len(found) != 1:
            raise Trouble("the templates of the validator are not where they were")
        templates = self.directory / "templates"
        shutil.copytree(found[0], templates)
        for case in REPAIRED:
            path = templates / f"case-{case}.xml"
            text, count = re.subn(r'NotBefore="2099-01-01T00:00:00Z"', 'NotBefore="{{IssueInstant}}"', path.read_text(encoding="utf-8"))
            if count != 1:
                raise Trouble(f"{path.name} does not start in 2099 any more: drop its repair")
            path.write_text(text, encoding="utf-8")
        self.extra = ["--template-path", f"{templates}/", "--test-names", *REPAIRED]

    def start(self, gateway):
        command = [
            self.validator, "--metadata-url", f"{gateway}/{self.world.name}/metadata", "--profile", self.world.profile, "--extra",
            "--authn-url", f"{gateway}/{self.world.name}/login?idp={self.entity}", "--test-response",
            "--report_format", "json", "--report-output-file", str(self.report),
            "--response-html-dumps", str(self.pages), "--debug", "ERROR", *self.extra,
        ]
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=self.environment, cwd=self.directory)

    def finish(self):
        try:
            code = self.process.wait(ROUND_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise Trouble(f"round {self.name} took more than {ROUND_SECONDS}s") from late
        # 1 says that something failed; the report says what.
        if code not in (0, 1) or not self.report.exists():
            raise Trouble(f"round {self.name} ended with {code}:\n{self.output.read_text(errors='replace')[-4000:]}")

    def stop(self):
        """Ends a run that is still going because another one failed."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
