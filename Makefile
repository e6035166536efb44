# What people and CI run. `make help` prints the targets.

# Where rustup puts cargo, for shells that have not been told.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
CARGO ?= cargo
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help build test test-needs test-servers lint generate check-generated bench bench-check bench-page bench-profile bench-record bench-table deny dist fuzz kit-check clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r name text; do \
		printf '  %-16s %s\n' "$$name" "$$text"; \
	done

build: ## build target/debug/keyplan
	$(CARGO) build --locked

test: test-needs ## run every test; a test that would be skipped is an error
	$(CARGO) fetch --locked
	@.ci/servers $(CARGO) test --locked --no-run
	KEYPLAN_TEST_REQUIRE=1 .ci/servers with $(CARGO) test --locked

test-needs: ## install what tests need (Debian, as root), or say what is missing
	@has() { command -v "$$1" >/dev/null 2>&1; }; \
	missing() { \
		has ssh-keygen || echo openssh-client; \
		[ -x /usr/sbin/sshd ] || [ -x /usr/local/sbin/sshd ] || has sshd || echo openssh-server; \
		has jq || echo jq; \
		has openssl || echo openssl; \
		has git || echo git; \
		has valgrind || echo valgrind; \
	}; \
	packages=$$(missing | tr '\n' ' '); \
	[ -n "$$packages" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && has apt-get; then \
		echo "installing $$packages"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get install -qq -y --no-install-recommends $$packages >/dev/null 2>&1 || { \
			apt-get update -qq && apt-get install -qq -y --no-install-recommends $$packages >/dev/null; \
		} || exit 1; \
		packages=$$(missing | tr '\n' ' '); \
		[ -n "$$packages" ] || exit 0; \
	fi; \
	echo "the tests need programs that are not there; on Debian and Ubuntu, install them with:" >&2; \
	echo "  sudo apt-get install $$packages" >&2; \
	echo "elsewhere, install the client and the server of OpenSSH, jq, git and valgrind" >&2; \
	exit 1

test-servers: ## install the servers in which tests keep a state (needs Python with pip, Node with npm)
	@.ci/servers

lint: ## format, clippy and documentation, each without a warning
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --locked --document-private-items

generate: ## write the generated files anew (schemas, reference, manual pages)
	KEYPLAN_GENERATE=1 $(CARGO) test --locked --test it generated

check-generated: ## fail if a generated file is not what it should be
	env -u KEYPLAN_GENERATE $(CARGO) test --locked --test it generated

bench: ## run the benchmarks
	$(CARGO) bench --locked

bench-check: ## fail if a command takes other numbers of instructions than recorded (needs valgrind)
	@$(CARGO) bench --quiet --locked --bench instructions -- check

bench-page: ## put what `make bench-table` prints into docs/performance.md
	@$(CARGO) bench --quiet --locked --bench table -- keep

bench-profile: ## print where the time of a plan goes (needs perf; N=100000)
	@benches/profile.sh

bench-record: ## record how many instructions each command takes (needs valgrind)
	@$(CARGO) bench --quiet --locked --bench instructions -- record

bench-table: ## print what each command costs, by size, beside Terraform (N="100 1000" RUNS=5)
	@$(CARGO) bench --quiet --locked --bench table -- print

deny: ## check licences, advisories, bans and sources (needs cargo-deny)
	@$(CARGO) deny --version >/dev/null 2>&1 || { \
		echo "this needs cargo-deny: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny check

dist: ## build the archive, .deb and .rpm that are released, for TARGET=x86_64-unknown-linux-musl
	@.ci/dist $(TARGET)

kit-check: ## ask pre-commit, zizmor, actionlint and others about action.yml and docs/ci.md (needs Python, Node)
	@.ci/kit

fuzz: ## fuzz each target for FUZZ_SECONDS=60 (needs cargo-fuzz and a nightly toolchain)
	@[ -d tests/fuzz ] || { echo "there are no fuzz targets yet: tests/fuzz does not exist" >&2; exit 1; }
	@$(CARGO) +nightly fuzz --version >/dev/null 2>&1 || { \
		echo "this needs cargo-fuzz and nightly Rust:" >&2; \
		echo "  rustup toolchain install nightly" >&2; \
		echo "  cargo install --locked cargo-fuzz" >&2; exit 1; }
	@targets=$$($(CARGO) +nightly fuzz list --fuzz-dir tests/fuzz) || exit 1; \
	for target in $$targets; do \
		echo "fuzz $$target"; \
		$(CARGO) +nightly fuzz run --fuzz-dir tests/fuzz "$$target" -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

clean: ## delete what was built
	$(CARGO) clean
