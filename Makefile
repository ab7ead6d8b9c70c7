# `make` lists the targets. Each folder's own part is in Makefile.d.
.DEFAULT_GOAL := help
.PHONY: help

include Makefile.d/*.mk

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
