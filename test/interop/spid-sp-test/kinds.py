"""Metadata of the kinds of service that the demonstration is not: each is written by
`atrio metadata` from a configuration of its own, without a server, and validated with its
profile. For private services the certificate is requested and signed as an authority would.
"""

import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

import demo
import schemas

KIND_SECONDS = 120
METADATA = "metadata_extra"
# How the validator tells that it stopped in the middle; it counts no failure then.
STOPPED = "Errors occourred during Check"
# profile: kind, word that the entityID must hold
SPID = {
    "spid-sp-public": ("public", ""),
    "spid-sp-private": ("private", ""),
    "spid-sp-ag-public-full": ("aggregator-public-full", "pub-ag-full"),
    "spid-sp-ag-public-lite": ("aggregator-public-lite", "pub-ag-lite"),
    "spid-sp-ag-private-full": ("aggregator-private-full", "pri-ag-full"),
    "spid-sp-ag-private-lite": ("aggregator-private-lite", "pri-ag-lite"),
    "spid-sp-op-public-full": ("operator-public-full", "pub-op-full"),
    "spid-sp-op-public-lite": ("operator-public-lite", "pub-op-lite"),
    "ficep-eidas-sp": ("public", ""),
}
CIE = {"cie-sp-public": "public", "cie-sp-private": "private"}
# The validator's profile for this kind calls a check with an argument that it has not, and
# stops there. mended.py gives the check that argument, and all of the profile runs.
BROKEN = "spid-sp-op-public-lite"
BROKEN_SAYS = "test_Extensions_PubPriv() got an unexpected keyword argument 'org_check'"

OWN_CODES = {
    "public": 'ipa_code = "prova_at"',
    "private": 'vat_number = "IT01234567890"',
    "aggregator": 'company = "Aggregatore di Prova"\nvat_number = "IT01234567890"\nfiscal_code = "01234567890"',
    "operator": 'ipa_code = "prova_at"\nvat_number = "IT01234567890"\nfiscal_code = "01234567890"',
}
BILLING = """
[gateway.spid.billing]
vat_number = "IT09876543210"
fiscal_code = "09876543210"
name = "Corsi di Prova"
street = "Via di Prova"
number = "1"
postal_code = "00100"
town = "Roma"
province = "RM"
email = "conti@example.org"
"""


class Trouble(Exception):
    """A kind could not be written or validated."""


def spid_tables(kind, activity):
    nature = kind.split("-")[0]
    text = f'[gateway.spid]\nkind = "{kind}"\nlocality = "Roma"\n'
    if activity:
        text += f'entity_id = "https://login.example.org/{activity}"\n'
    for lang in ("it", "en"):
        text += f'[gateway.spid.organization.{lang}]\nname = "Corsi di Prova"\ndisplay_name = "Corsi di Prova"\nurl = "https://example.org"\n'
    text += f'[gateway.spid.contact]\n{OWN_CODES[nature]}\nemail = "spid@example.org"\nphone = "+390600000000"\n'
    if nature == "aggregator" or kind == "operator-public-lite":
        codes = 'vat_number = "IT09876543210"' if "private" in kind else 'ipa_code = "prova_ag"'
        company = 'company = "Comune di Prova"\n' if nature == "operator" else ""
        text += f'[gateway.spid.aggregated]\n{company}{codes}\nemail = "aggregato@example.org"\n'
    return text + (BILLING if "private" in kind else "")


def cie_tables(kind, provider):
    text = f'[gateway.cie]\nkind = "{kind}"\n[[gateway.cie.providers]]\nmetadata_file = "{provider}"\n'
    codes = {
        "public": 'ipa_code = "prova_at"',
        "private": 'vat_number = "IT01234567890"\nfiscal_code = "01234567890"\nnace2_codes = ["62.01"]',
    }
    for contact in ("contact", "technical"):
        of = kind if contact == "contact" else "private"
        own = "" if contact == "contact" else 'kind = "private"\ncompany = "Partner di Prova"\n'
        text += f'[gateway.cie.{contact}]\n{own}{codes[of]}\nmunicipality = "H501"\nprovince = "RM"\nemail = "cie@example.org"\n'
    return text


class Kind:
    """One profile, in a directory of its own."""

    def __init__(self, profile, program, validator, work, provider):
        self.profile, self.program, self.validator = profile, program, validator
        self.directory = work / profile
        (self.directory / "keys").mkdir(parents=True, mode=0o700)
        self.metadata, self.report = self.directory / "metadata.xml", self.directory / "report.json"
        self.output, self.raw_output, self.trouble, self.verdict = "", "", "", ""
        self.private = "private" in SPID.get(profile, ("",))[0]
        self.config = self.directory / "kind.toml"
        self.config.write_text(self.configuration(provider), encoding="utf-8")

    def configuration(self, provider):
        text = f"""[gateway]
base_url = "https://login.example.org"
listen = "127.0.0.1:0"
database = "sqlite://{self.directory}/gateway.db"
keys = "{self.directory}/keys"
[gateway.theme]
institution = {{ it = "Corsi di Prova", en = "Test Courses" }}
service = {{ it = "Servizi Online", en = "Online Services" }}
"""
        text += spid_tables(*SPID.get(self.profile, ("public", "")))
        if self.profile in CIE:
            text += cie_tables(CIE[self.profile], provider)
        if self.profile == "ficep-eidas-sp":
            text += f'[[gateway.eidas.providers]]\nmetadata_file = "{provider}"\n'
        return text

    def run(self):
        try:
            self.write()
            self.verdict = self.call(self.program, "metadata", "check", str(self.metadata), "--profile", self.profile, codes=(0, 1)).stdout.decode()
            self.output = self.validate(self.profile == BROKEN)
            if self.profile == BROKEN:
                self.raw_output = self.validate(False, self.directory / "raw.json")
        except (Trouble, OSError, subprocess.SubprocessError) as trouble:
            self.trouble = str(trouble)

    def atrio(self, *words):
        return self.call(self.program, *words, "--config", str(self.config))

    def call(self, *command, codes=(0,)):
        done = subprocess.run(command, capture_output=True, timeout=KIND_SECONDS, env=demo.offline(), cwd=self.directory)
        if done.returncode not in codes:
            raise Trouble(f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-2000:]}")
        return done

    def write(self):
        if self.private:
            self.certify()
        role = "cie" if self.profile in CIE else "gateway"
        self.metadata.write_bytes(self.atrio("metadata", role).stdout)

    def certify(self):
        """Signs the request as an authority would, and imports what it gives back."""
        request, given = self.directory / "request.pem", self.directory / "given.pem"
        request.write_bytes(self.atrio("metadata", "certificate").stdout)
        self.call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Autorita di Prova", "-keyout", "ca.key", "-out", "ca.pem")
        self.call("openssl", "x509", "-req", "-in", str(request), "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                  "-copy_extensions", "copy", "-days", "30", "-out", str(given))
        self.atrio("migrate")
        self.atrio("keys", "import", "gateway", "spid", "--pair", "saml", "--certificate", str(given))
        self.atrio("metadata", "certificate", "--check", str(given))

    def validate(self, mended, report=None):
        first = [sys.executable, "-B", str(pathlib.Path(__file__).parent / "mended.py")] if mended else []
        # 1 says that something failed; the report says what.
        done = self.call(*first, self.validator, "--metadata-url", f"file://{self.metadata}", "--profile", self.profile, "--extra",
                         "--report_format", "json", "--report-output-file", str(report or self.report), "--debug", "ERROR", codes=(0, 1))
        return done.stderr.decode(errors="replace")


class Kinds:
    """All kinds, two at a time, beside whatever else runs."""

    def __init__(self, program, validator, work, provider):
        work = work / "kinds"
        work.mkdir()
        self.all = [Kind(p, program, validator, work, provider) for p in [*SPID, *CIE]]
        waiting = queue.SimpleQueue()
        for kind in self.all:
            waiting.put(kind)
        self.workers = [threading.Thread(target=drain, args=(waiting,)) for _ in range(min(2, os.cpu_count() or 1))]

    def start(self):
        for worker in self.workers:
            worker.start()

    def judge(self, tally, expected):
        for worker in self.workers:
            worker.join()
        for kind in self.all:
            judge(tally, kind, expected)


def drain(waiting):
    while True:
        try:
            kind = waiting.get_nowait()
        except queue.Empty:
            return
        kind.run()


def judge(tally, kind, expected):
    label = kind.profile
    tally.check(label, not kind.trouble, f"it is written and validated: {kind.trouble}")
    if kind.trouble:
        return
    tally.check(label, STOPPED not in kind.output, f"the validator runs to its end: {kind.output[-1000:]}")
    if kind.profile == BROKEN:
        tally.check(label, BROKEN_SAYS in kind.raw_output, f"the validator stops at its own mistake: when it is mended, drop mended.py: {kind.raw_output[-1000:]}")
    groups = json.loads(kind.report.read_text(encoding="utf-8"))["test"]["sp"]
    tally.check(label, set(groups) == {METADATA}, f"the report is about metadata, not {sorted(groups)}")
    found = [one for group in groups.get(METADATA, {}).values() for one in group]
    count = expected.counts["kinds"][kind.profile]
    tally.check(label, len(found) == count, f"{count} checks run, not {len(found)}: a smaller number hides what is not checked any more")
    for one in found:
        ok = one["result"] == "success" or expected.excepted(f"{kind.profile} {METADATA}", one["test"])
        tally.check(label, ok, f"{one['test']} ({one['method']}): {one['value']}")
    tally.check(label, "0 errors, 0 warnings" in kind.verdict, f"our own rules find nothing: {kind.verdict}")
    for name, problem in schemas.problems(kind.profile, kind.metadata):
        tally.check(label, not problem, f"valid under {name}: {problem}")
