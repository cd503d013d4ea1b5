# `make run` and `make test` are all a newcomer needs; see README.md.

# Named as a program, not as a package: it then shares what the tests have built.
CARTOTEK = cargo run --quiet --bin cartotek --
# Where `make run` keeps the demo network and serves it.
DATA = data
LISTEN = 127.0.0.1:8080
# What `make bench` measures: cohort, validate, submit, read, timeline, import, scan, worklist; all of them unless named.
PARTS =

.PHONY: bench contract soak run test check format lint documentation graph size drift openapi permissions deny

## The demo network on http://127.0.0.1:8080, kept in ./data.
run:
	@.ci/prepare build
	cargo run --bin cartotek -- serve --demo --data $(DATA) --schemas schemas --listen $(LISTEN)

## The whole suite, on SQLite and on a private PostgreSQL.
test:
	@.ci/prepare test
	tests/with-postgres --in-memory cargo test --workspace
	tests/readme

## What a machine can say about the code without running it.
check:
	@.ci/prepare build
	$(MAKE) format lint documentation graph size drift

format:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets -- -D warnings

documentation:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

graph:
	tests/crate-graph

size:
	tests/size

# Generated files are those that the code generates.
drift:
	$(CARTOTEK) openapi --schemas schemas | diff --unified openapi/cartotek.json -
	cargo test --quiet --workspace --test permissions

## Writes the generated files anew.
openapi:
	$(CARTOTEK) openapi --schemas schemas --out openapi/cartotek.json

permissions:
	CARTOTEK_TEST_UPDATE=1 cargo test --quiet --workspace --test permissions

## Licences, sources and bans of the dependencies; needs `cargo install cargo-deny`.
deny:
	cargo deny check bans licenses sources

## Feeds the demo with what its OpenAPI document promises and forbids, with a token per role (schemathesis).
contract:
	@.ci/prepare build
	tests/contract

## What the registry takes beside what the machine can do, as a table (docs/performance.md); PARTS="timeline worklist" runs
## those parts alone, PARTS="sqlite submit" on one engine.
bench:
	@.ci/prepare test
	tests/with-postgres cargo bench --workspace --bench registry -- $(PARTS)

## Kills server and database many times and looks for lost writes, then imports 100 000 rows of which one cell in a hundred is
## wrong (3 000 in `make test`); the output belongs into a release's notes.
soak:
	@.ci/prepare test
	CARTOTEK_CRASH_ROUNDS_SQLITE=50 CARTOTEK_CRASH_ROUNDS_POSTGRES=20 \
		cargo test --release --workspace --test e2e -- --nocapture crash::
	tests/with-postgres --in-memory cargo test --release --workspace --test imports -- --nocapture size::
