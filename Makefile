# What one does with Kualik; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Versions of the tools, which are run at these versions without being installed.
export STATICCHECK := v0.8.2
export GOVULNCHECK := v1.9.0
TEMPL := v0.3.977

export TEST_TIMEOUT ?= 40m
FUZZ_TIME ?= 1m
ARGS ?=

.PHONY: help run test torture fuzz bench build lint generate golden packages FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: ## the demo: a database, a mail server, a university and its mail, all on this machine
	@.ci/packages run
	@$(MAKE) build
	exec bin/kualik demo $(ARGS)

test: ## all checks and tests (25 to 35 minutes on two cores)
	@.ci/packages test
	@.ci/test

torture: ## the tests again, in their long versions (hours)
	@.ci/packages test
	KUALIK_TORTURE=1 go test -count=1 -timeout 6h -p 1 ./...

fuzz: ## each fuzz test for FUZZ_TIME=1m
	@grep -rlE '^func Fuzz' --include='*_test.go' internal reports cmd | xargs -r -n 1 dirname | sort -u | while read -r folder; do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' $$folder/*_test.go | cut -d' ' -f2); do \
	    echo "$$folder $$name"; go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 1x ./$$folder; \
	  done; \
	done

bench: ## figures beside the best of others: mail with mbsync, text with pdftotext, pages with tesseract, workbooks with xlsxwriter
	@.ci/packages test
	KUALIK_BENCH=1 go test -run '^$$' -bench . -timeout 60m -p 1 ./...

build: bin/kualik ## the program, bin/kualik

bin/kualik: FORCE
	@go build -o bin/ ./cmd/...

lint: ## formatting, vet and staticcheck only
	@if gofmt -l cmd config internal migrations reports | grep -v '_templ\.go$$'; then echo "not formatted with gofmt" >&2; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...

generate: ## templates to Go, what is generated is committed
	go run github.com/a-h/templ/cmd/templ@$(TEMPL) generate
	go generate ./...

golden: ## writes what the tests compare with anew; look at the difference before you commit it
	@grep -rlE 'flag\.Bool\("update"' --include='*_test.go' internal reports cmd | xargs -r -n 1 dirname | sort -u | while read -r folder; do go test -count=1 ./$$folder -update; done

packages: ## installs the system's programs that are missing
	@.ci/packages test
