"""Reads what the gateway wrote down: the audit lines of answers, and its log."""

import dataclasses
import json
import sqlite3

# Whatever the validator's person is called must not stand in a log.
PERSONAL = ("GDASDV00A01H501J", "SpidValidator", "AGID-001", "spid.tech@agid.gov.it", "393331234567", "that-transient-opaque-value")


@dataclasses.dataclass(frozen=True)
class Line:
    reference: str
    accepted: bool
    reason: str
    issuer: str


def read(database):
    """The lines about answers of providers. The demonstration has ended: all is written."""
    with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT reference, action, reason, detail FROM audit WHERE action IN ('saml.response_accepted', 'saml.response_refused')"
        ).fetchall()
    connection.close()
    return [Line(ref, action == "saml.response_accepted", reason, json.loads(detail)["issuer"]) for ref, action, reason, detail in rows]


def judge_log(tally, log, least):
    text = log.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    tally.check("log", len(entries) > least, f"the log was written: {len(entries)} lines")
    # The certificate of the validator ended in 2025: that the operator is told of it is right.
    expected = {"certificate_expired"}
    faults = [e for e in entries if e["level"] == "ERROR" and e.get("warning") not in expected or e.get("status", 0) >= 500]
    tally.check("log", not faults, f"no fault of ours: {faults[:3]}")
    for word in PERSONAL:
        tally.check("log", word not in text, f"{word!r} is not logged")
