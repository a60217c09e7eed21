# The two commands of the README are `make demo` and `make test`.
# Every target installs what it needs through tools/setup, which says so first.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: demo test check bench bench-large soak fuzz assets build pkcs11 clean

GO ?= go
BUILDFLAGS ?= -trimpath

# Start everything on loopback, with people, an inbox and a time machine.
demo: build
	bin/atrio demo $(ARGS)

# What CI runs: every test there is, in one go. The program is built as its tests are, so that what it shares with
# them is compiled once.
test:
	tools/setup test
	$(MAKE) build BUILDFLAGS=
	tools/run-tests

# Quick: what a developer runs before a commit.
check:
	tools/check

# The table of figures in docs/benchmarks.md, measured here and now.
bench:
	tools/setup test
	$(MAKE) build
	tools/bench

# The same with a million accounts.
bench-large:
	tools/setup test
	$(MAKE) build
	ATRIO_BENCH_ACCOUNTS=1000000 tools/bench

# Long runs: they take as long as they need.
soak:
	tools/setup test
	$(MAKE) build
	tools/soak
fuzz:
	tools/fuzz

# Style sheets, fonts, icons and scripts from npm into assets/dist.
assets:
	tools/setup demo
	node assets/build.mjs

build: assets
	$(GO) build $(BUILDFLAGS) -o bin/atrio ./cmd/atrio

# The helper that speaks with a PKCS#11 token: it needs a C compiler, the program itself does not.
pkcs11:
	CGO_ENABLED=1 $(GO) build -trimpath -o bin/atrio-pkcs11 ./cmd/atrio-pkcs11

clean:
	rm -rf bin assets/dist/* .setup
