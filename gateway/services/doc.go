// Package services is the register of the services that rely on the gateway:
// who they are, where their answers may go, how they prove themselves, which
// level they ask for and which attributes they get for which purpose.
//
// It owns the entries and the checks of an entry. What an attribute looks like
// in a claim is decided by release; the messages are the work of oidcop. The
// register is read from configuration and does not change while the program
// runs.
package services
