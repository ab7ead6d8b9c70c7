# Measuring; needs the local cluster, or an existing one with Cofferdam.

.PHONY: bench

bench: ## Measure on a real cluster; writes docs/benchmarks.md
	@Makefile.d/bench
