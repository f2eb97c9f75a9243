# The same steps as the commands in README.md and .ci, by name.
export CGO_ENABLED = 0

# How often bench-eval measures each program.
ROUNDS ?= 5

.DEFAULT_GOAL := help
.PHONY: help build test lint bench bench-eval bench-store docs fmt

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./berth
	go build -trimpath -o berth ./cmd/berth

test: ## run all tests; what they need is fetched
	go test -timeout 40m ./...

lint: ## vet, and check the format of Go files
	go vet ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change:" $$unformatted; exit 1; }

bench: ## run the benchmarks of all packages
	go test -run '^$$' -bench . -benchmem ./...

bench-eval: ## print the table of berth's evaluator beside C++ Nix: processor time and memory
	go test ./test/benchmarks -run TestEval -count=1 -v -timeout 60m -args -rounds $(ROUNDS)

bench-store: ## print the table of berth's store beside C++ Nix
	go test ./test/store -run BesideNix -count=1 -v -timeout 30m -args -measure

docs: ## write what is generated in docs: the reference, and the page of diagnostics
	go test ./internal/description ./internal/cli -run 'Schema|Reference' -update
	go test ./test/diagnostics -update

fmt: ## format Go files
	gofmt -w cmd internal nix nixpkgs test
