"""Runs the official validator of SPID services (spid-sp-test) against a gateway that is
running, and judges its report strictly.

Five rounds, each with every metadata, request and response check of the validator:

  redirect   the provider takes requests by redirect, as most do
  post       the provider takes requests by POST only
  cie-…      the same two ways at the door of CIE
  repaired   four official cases that do not test what they name, with that mended

Beside them the metadata of every other kind of service are validated (kinds.py).

The validator itself looks at the HTTP status only. Beyond it we look at every page
(pages.py), at the audit line of every answer (ledger.py) and at the certificate
(certificate.py). What must come out is written down: expected.toml, cases.txt.

Nothing leaves the machine: all proxies point to a closed port, loopback excepted.
"""

import argparse
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import tomllib

import certificate
import demo
import expectation
import kinds
import ledger
import report
import rounds
from tally import Tally


def conformance(tally, arguments, work):
    expected = expectation.load(pathlib.Path(__file__).parent)
    plan = rounds.plan(arguments.validator, work, expected)
    others = kinds.Kinds(arguments.atrio, arguments.validator, work, plan[0].metadata)
    others.start()
    of_spid, redirect, post = [r.metadata for r in plan if r.world is rounds.SPID], plan[3], plan[4]
    # CIE has one provider, and it takes requests one way: for the other there is another gateway.
    gateway = demo.Demo("demo", arguments.atrio, work, of_spid, redirect.metadata)
    other = demo.Demo("other", arguments.atrio, work, [], post.metadata)
    with gateway, other:
        try:
            for r in plan:
                r.start(other.url if r is post else gateway.url)
            for r in plan:
                r.finish()
        finally:
            for r in plan:
                r.stop()
        described = gateway.metadata()
    for one in (gateway, other):
        tally.check("demo", one.exit_code == 0, f"the demonstration ends with 0 when asked to, not {one.exit_code}")
    lines = ledger.read(gateway.database) + ledger.read(other.database)
    for r in plan:
        report.judge(tally, r, lines)
    others.judge(tally, expected)
    expected.report_unused(tally)
    certificate.judge(tally, described, work, expected.counts["certificate"])
    ledger.judge_log(tally, gateway.log, 400)
    ledger.judge_log(tally, other.log, 200)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--validator", required=True)
    parser.add_argument("--atrio", required=True)
    arguments = parser.parse_args()
    # A kill must run the finally clauses too: the demonstration would live on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began, tally = time.monotonic(), Tally()
    work = pathlib.Path(tempfile.mkdtemp(prefix="atrio-spid."))
    try:
        conformance(tally, arguments, work)
    except (demo.Trouble, rounds.Trouble, OSError, tomllib.TOMLDecodeError) as trouble:
        tally.check("run", False, str(trouble))
    finally:
        if tally.failed:
            print(f"reports, pages and log are kept in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    tally.close(time.monotonic() - began)
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
