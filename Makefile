# The table of berth's evaluator beside C++ Nix: processor time and memory.
ROUNDS ?= 5

.PHONY: bench-eval
bench-eval:
	CGO_ENABLED=0 go test ./test/benchmarks -run TestEval -count=1 -v -timeout 60m -args -rounds $(ROUNDS)
