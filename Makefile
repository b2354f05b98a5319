# `make` lists the targets. `make run` and `make test` need Go and a PostgreSQL installed, nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .bin
# Both modules of go.work. Packages are named by path, as `./...` stops at a module's border.
PACKAGES := ./... ./proto/...
# The race detector costs a test run about twice its time and needs a C compiler: always in CI, on request elsewhere.
RACE := $(if $(filter true,$(CI)),-race)
# The checkout may belong to another user than the one who builds.
GIT := git -c safe.directory=$(CURDIR)
# What the contract is compared with: the last release, else what main was when it was last fetched, else nothing.
BASELINE = $(shell $(GIT) describe --tags --abbrev=0 --match 'v*' 2>/dev/null || $(GIT) rev-parse --verify --quiet origin/main)
GENERATED := proto/go proto/openapi/openapi.json

##@ Use

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

.PHONY: run
run: build ## Bring the whole product up on this machine (ARGS="--help" shows what there is to set)
	exec bin/guanxi up $(ARGS)

.PHONY: build
build: ## Build the binary bin/guanxi
	CGO_ENABLED=0 go build -trimpath -o bin/guanxi ./deploy/guanxi

# Nothing of the place or the time of building is in a binary, so that the same source makes the same one: Dockerfile has it so, too.
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64
.PHONY: release
release: $(BIN)/cyclonedx-gomod ## Build bin/release: the binary for each platform, what is in it (CycloneDX), checksums (VERSION=v1.2.3)
	rm -rf bin/release
	for platform in $(PLATFORMS); do \
		name=bin/release/guanxi-$${platform/\//-}; [[ $$platform != windows/* ]] || name+=.exe; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} CGO_ENABLED=0 go build -trimpath -buildvcs=false \
			-ldflags '-s -w -buildid= -X main.release=$(or $(VERSION),dev)' -o $$name ./deploy/guanxi; \
		$(BIN)/cyclonedx-gomod bin -json -noserial -notimestamp -version $(or $(VERSION),dev) -output $$name.cdx.json $$name; \
	done
	cd bin/release && sha256sum guanxi-* > SHA256SUMS

.PHONY: realdata
realdata: ## Bring real orders through the whole product (DATA=directory)
	go run ./deploy/realdata --data $(or $(DATA),$(error DATA=directory is missing))

##@ Prove

.PHONY: faults
faults: ## Kill, cut off and choke the real processes, and check that nothing is lost or done twice (ARGS="-cycles 500 -seed 1 -only NAMES")
	go run ./tests/faults/cmd/faults $(ARGS)

.PHONY: fuzz
fuzz: ## Run every fuzz target (FUZZTIME=10m each; ARGS="--only PATTERN")
	go run ./tests/fuzz/run --time $(or $(FUZZTIME),30s) $(ARGS)

.PHONY: bench
bench: ## Measure the product beside its floors and write docs/benchmarks.md
	go run ./tests/bench $(ARGS)

.PHONY: compose-test
compose-test: ## Prove docker-compose.yml on a Docker engine; without one, have the file read and the same faults happen to processes (ARGS="--cluster --watch": with brokers and replicas that stand in for each other, with Prometheus)
	@if docker info >/dev/null 2>&1; then go run ./tests/compose $(ARGS); \
	else echo 'There is no Docker engine: the files are read, and the same faults happen to processes.' >&2; \
	bash tests/compose/files.sh && go run ./tests/faults/cmd/faults -cycles 50; fi

##@ Change

# The tests of the whole product run many services each: one package after the other, and also when others have failed.
.PHONY: test
test: ## Run all tests, on a real PostgreSQL and a real NATS (CI=true: with the race detector; ARGS="-run Name")
	failed=; \
	go test $(RACE) -timeout 20m $(ARGS) $$(go list $(PACKAGES) | grep -v /guanxi/tests/) || failed=1; \
	go test $(RACE) -timeout 40m $(ARGS) -p 1 ./tests/... || failed=1; \
	[[ -z $$failed ]]

.PHONY: lint
lint: $(BIN)/golangci-lint generated breaking ## Check everything that can be checked without running it
	$(BIN)/buf lint
	$(BIN)/golangci-lint run ./... ./proto/openapi/...
	cd tools && GOWORK=off ../$(BIN)/golangci-lint run ./...
	GOWORK=off go build ./...
	cd proto && GOWORK=off go build ./...

.PHONY: fmt
fmt: $(BIN)/golangci-lint $(BIN)/buf ## Format Go and proto files
	$(BIN)/golangci-lint fmt
	$(BIN)/buf format -w proto

.PHONY: generate
generate: $(BIN)/buf .protodeps ## Generate Go code, gateway and OpenAPI document from the protos
	$(BIN)/buf generate
	$(BIN)/openapiv3-merge proto/openapi/base.json $$(find $(BIN)/documents -name '*.openapi.json' | LC_ALL=C sort) \
		| $(BIN)/openapi > $(BIN)/openapi.json
	mv $(BIN)/openapi.json proto/openapi/openapi.json

.PHONY: docs
docs: ## Write the catalogue of events, docs/events.md and docs/asyncapi.json, from the protos
	@mkdir -p $(BIN)
	go run ./libs/events/catalogue > $(BIN)/events.md
	mv $(BIN)/events.md docs/events.md
	go run ./libs/events/catalogue asyncapi > $(BIN)/asyncapi.json
	mv $(BIN)/asyncapi.json docs/asyncapi.json

# Generating must change nothing. Compared by content and not by git, so that it works before the commit too.
.PHONY: generated
generated:
	@before=$$(find $(GENERATED) -type f | LC_ALL=C sort | xargs sha256sum); \
	$(MAKE) --no-print-directory --silent generate; \
	after=$$(find $(GENERATED) -type f | LC_ALL=C sort | xargs sha256sum); \
	[[ "$$before" == "$$after" ]] || \
		{ diff <(echo "$$before") <(echo "$$after"); echo 'Generated code was not current; it is now: commit it.' >&2; exit 1; }

# buf can compare with a git reference by itself, but .protodeps is in no commit: the reference gets today's.
.PHONY: breaking
breaking: $(BIN)/buf .protodeps ## Refuse changes that break callers of the published contract
	@$(GIT) cat-file -e '$(or $(BASELINE),nothing):buf.yaml' 2>/dev/null || \
		{ echo 'breaking: no release tag and no origin/main that holds a contract, nothing to compare with'; exit 0; }; \
	before=$$(mktemp -d); trap 'rm -rf "$$before"' EXIT; \
	$(GIT) archive $(BASELINE) buf.yaml proto | tar -x -C "$$before"; \
	cp -r .protodeps "$$before/"; \
	$(BIN)/buf breaking --against "$$before"

.PHONY: clean
clean: ## Remove what was built (not the data of a local instance)
	rm -rf bin $(BIN) .protodeps coverage.out

# The tools are pinned in modules of their own, as their dependencies fit neither ours nor each other's.
$(BIN)/buf: tools/go.mod $(wildcard tools/protodeps/*.go tools/openapi/*.go)
	@mkdir -p $(BIN)
	cd tools && GOWORK=off go build -o ../$(BIN)/ tool ./protodeps ./openapi
	@touch $@

$(BIN)/golangci-lint: tools/lint/go.mod
	@mkdir -p $(BIN)
	cd tools/lint && GOWORK=off go build -o ../../$(BIN)/ tool
	@touch $@

$(BIN)/cyclonedx-gomod: tools/sbom/go.mod
	@mkdir -p $(BIN)
	cd tools/sbom && GOWORK=off go build -o ../../$(BIN)/ tool
	@touch $@

# The proto files that ours import, printed from the descriptors of the Go modules pinned in tools/go.mod.
.protodeps: $(BIN)/buf
	rm -rf $@
	$(BIN)/protodeps $@
