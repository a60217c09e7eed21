"""Runs the validator with one mistake of its own mended: its profile for light operators of
public services calls a check with org_check, but the argument is org_chk."""

import runpy
import sys

from spid_sp_test import metadata_public

checks = metadata_public.SpidSpMetadataCheckPublic
inner = checks.test_Extensions_PubPriv


def mended(self, *arguments, org_check=True, **named):
    if not org_check:
        named["org_chk"] = False
    return inner(self, *arguments, **named)


checks.test_Extensions_PubPriv = mended
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
