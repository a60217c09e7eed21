"""Judges the certificate in the metadata with the official checker (Avviso SPID 29), which
the validator brings along and uses only in production, over the net."""

import base64
import pathlib
import textwrap
import warnings

from lxml import etree


def judge(tally, metadata, work, count):
    found = set(etree.fromstring(metadata).xpath("//*[local-name()='X509Certificate']/text()"))
    tally.check("certificate", len(found) == 1, f"one certificate in signature and keys, not {len(found)}")
    checks = 0
    for i, encoded in enumerate(sorted(found)):
        for one in check(encoded, work / f"certificate-{i}.pem"):
            checks += 1
            tally.check("certificate", one["result"] == "success", f"{one['description']}: {one['value']}")
    tally.check("certificate", checks == count, f"{count} checks run, not {checks}")


def check(encoded, path: pathlib.Path):
    body = "\n".join(textwrap.wrap(base64.b64encode(base64.b64decode(encoded)).decode(), 64))
    path.write_text(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n", encoding="ascii")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spid_compliant_certificates.validator.validate import validate

        report = validate(path, "public").as_dict()
    return [one for test in report["tests"] for one in test["checks"]]
