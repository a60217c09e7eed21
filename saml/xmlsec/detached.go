package xmlsec

import "crypto"

// SignDetached signs the octets of a query string for the HTTP-Redirect binding
// (SAML-bindings 3.4.4.1). alg is the value of SigAlg; sig is not yet base64.
// ECDSA signatures have the form of XML signatures, r and s concatenated.
func SignDetached(data []byte, s Signer) (alg string, sig []byte, err error) {
	s = s.Current()
	m, err := s.method()
	if err != nil {
		return "", nil, err
	}
	if sig, err = s.sign(m, data); err != nil {
		return "", nil, err
	}
	return m.uri, sig, nil
}

// DetachedAlgorithm gives the SigAlg that SignDetached will return: the caller
// needs it before signing, because the signature covers it. With a signer that
// has a Source, call both on its Current.
func DetachedAlgorithm(s Signer) (string, error) {
	m, err := s.Current().method()
	return m.uri, err
}

// VerifyDetached checks a signature over the octets of a query string exactly as
// they were received: never over a query put together again.
func VerifyDetached(alg string, data, sig []byte, keys []crypto.PublicKey) error {
	m, ok := methodOf(alg)
	if !ok {
		return fail(CodeMethod, 0, "a signature algorithm that is not on the list")
	}
	return m.check(data, sig, keys)
}
