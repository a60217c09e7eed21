<?php
$metadata[getenv('SSP_URL') . 'idp'] = [
    'host' => '__DEFAULT__',
    'auth' => 'people',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'NameIDFormat' => ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    'saml20.sign.response' => true,
    'saml20.sign.assertion' => true,
    'redirect.validate' => true,
    'validate.authnrequest' => true,
    'OrganizationName' => ['it' => 'Gestore di terzi'],
    'OrganizationDisplayName' => ['it' => 'Gestore di terzi'],
    'OrganizationURL' => ['it' => 'https://gestore.example.org/'],
    'authproc' => [
        10 => ['class' => 'saml:TransientNameID', 'NameQualifier' => true],
        20 => ['class' => 'saml:AuthnContextClassRef', 'AuthnContextClassRef' => 'https://www.spid.gov.it/SpidL2'],
    ],
];
