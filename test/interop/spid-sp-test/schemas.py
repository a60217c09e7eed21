"""Judges metadata by the schemas that the validator brings along. The validator itself stops
at the first schema of its list that fits; the stricter ones come later in it."""

import pathlib
import sys

from lxml import etree

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
NOTICE_29, NOTICE_19 = "saml-schema-metadata-sp-spid-av29.xsd", "saml-schema-metadata-aggregated-spid.xsd"
CIE = "cie/saml-schema-metadata-sp-cie.xsd"
BY_PROFILE = {
    "spid-sp-public": [NOTICE_29], "spid-sp-private": [NOTICE_29], "ficep-eidas-sp": [NOTICE_29],
    "spid-sp-op-public-full": [NOTICE_29], "spid-sp-op-public-lite": [NOTICE_29, NOTICE_19],
    "spid-sp-ag-public-full": [NOTICE_29, NOTICE_19], "spid-sp-ag-public-lite": [NOTICE_29, NOTICE_19],
    "spid-sp-ag-private-full": [NOTICE_19], "spid-sp-ag-private-lite": [NOTICE_19],
    "cie-sp-public": [CIE], "cie-sp-private": [CIE],
}


class Local(etree.Resolver):
    """Gives the one schema that is named by an address of the W3C."""

    def __init__(self, directory):
        super().__init__()
        self.directory = directory

    def resolve(self, url, public_id, context):
        if url.startswith(("http:", "https:")):
            return self.resolve_filename(str(self.directory / pathlib.PurePosixPath(url).name), context)
        return None


def directory():
    (found,) = pathlib.Path(sys.prefix).glob("lib/python3*/site-packages/spid_sp_test/xsd")
    return found


def load(name):
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local(directory()))
    return etree.XMLSchema(etree.parse(str(directory() / name), parser))


def problems(profile, path):
    for name in BY_PROFILE[profile]:
        document = etree.parse(str(path), etree.XMLParser(no_network=True))
        if name == NOTICE_19:
            # It wants spid:entityType on every contact, which the official samples do not
            # have on that for billing.
            for contact in document.findall(f"{MD}ContactPerson[@contactType='billing']"):
                contact.getparent().remove(contact)
        schema = load(name)
        yield name, "" if schema.validate(document) else str(schema.error_log)
