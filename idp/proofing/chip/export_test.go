package chip

// OfNetwork is for tests.
const OfNetwork = ofNetwork
