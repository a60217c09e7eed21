package flow

// dictionary holds what every state repeats, so that deflating it starts with
// these words known: it saves a quarter of the cookie. It may only be changed
// together with purpose, since states sealed by the previous program would not
// inflate any more. The likeliest words stand last (RFC 1951 2: shorter distances).
const dictionary = `"spidCode","name","familyName","placeOfBirth","countyOfBirth","dateOfBirth","gender","companyName","registeredOffice",` +
	`"fiscalNumber","ivaCode","companyFiscalNumber","idCard","mobilePhone","email","address","domicileStreetAddress",` +
	`"domicilePostalCode","domicileMunicipality","domicileProvince","domicileNation","expirationDate","digitalAddress"]` +
	`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>` +
	`<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_"><ds:Transforms>` +
	`<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>` +
	`<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>` +
	`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue></ds:DigestValue></ds:Reference>` +
	`</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue></ds:Signature>` +
	`<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ` +
	`ID="_" Version="2.0" IssueInstant="2026-" Destination="https://" ForceAuthn="true" AssertionConsumerServiceIndex="0" ` +
	`AttributeConsumingServiceIndex="0"><saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" NameQualifier="https://` +
	`"></saml:Issuer><samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>` +
	`<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>https://www.spid.gov.it/SpidL2` +
	`</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>` +
	`{"r":{"id":"_","sp":"https://","names":[{"Lang":"it","Text":""},{"Lang":"en","Text":""}],"acs":"https://","relay":"",` +
	`"lvl":2,"cmp":"minimum","force":true,"attrs":["spidCode","name","familyName","fiscalNumber","dateOfBirth","gender","email",` +
	`"mobilePhone"],"xml":null},"a":"2026-","d":"2026-","i":"","p":"2026-","s":"2026-","m":"totp"}`
