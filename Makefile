# The commands of the house. `make` alone lists them.
SHELL     := /bin/bash
VERSION   ?= $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LDFLAGS   := -X mektep/core/app.Version=$(VERSION)
# No program says in which folder it was built, and what was compiled in one serves in another.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)
GOTOOLRUN := go run
TEMPL     := github.com/a-h/templ/cmd/templ@v0.3.977
GOFUMPT   := mvdan.cc/gofumpt@v0.9.2
GOLANGCI  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
ASSETS    := core/web/assets
ASSET_SRC := $(wildcard $(ASSETS)/src/* $(ASSETS)/*.mjs $(ASSETS)/package-lock.json)
TEMPLATES := $(shell find core -name '*.templ' 2>/dev/null)
# A folder at a time: what templ writes names its source relative to the folder it was given.
TEMPLATE_DIRS := git ls-files '*.templ' | xargs -n1 dirname | sort -u
# A package waits for browsers, databases and timers half its time: one more than there are processors.
TEST_PACKAGES ?= $(shell echo $$(( $$(nproc) + 1 )))
# What judges, and starts nothing beside it: the race detector would find nothing there and take
# four times as long, so it watches only what these run AtOnce.
ALONE     := ./core ./core/gate ./core/locale ./core/policy ./core/profile
# Tests have memory and lack time: the collector runs a third as often (GOGC, below), and they are
# linked without tables for debuggers. What was vetted is not vetted again.
GOTEST    := go test -vet=off -ldflags=-s -timeout 40m -p $(TEST_PACKAGES)
RUN_ARGS  ?=
BENCH_ARGS ?=

.PHONY: help run build assets test tested lint bench pictures fmt generate templates need-postgres need-chromium need-libreoffice need-proxies clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: need-postgres build ## start two ministries on http://localhost:8080
	exec bin/mektep demo $(RUN_ARGS)

build: assets ## build bin/mektep
	go build -ldflags '$(LDFLAGS)' -o bin/mektep ./cmd/mektep

assets: $(ASSETS)/dist/manifest.json ## bundle CSS, JavaScript and icons

$(ASSETS)/node_modules/.package-lock.json: $(ASSETS)/package-lock.json
	cd $(ASSETS) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(ASSETS)/dist/manifest.json: $(ASSETS)/node_modules/.package-lock.json $(ASSET_SRC) $(TEMPLATES)
	cd $(ASSETS) && npm run --silent build

test: need-postgres need-chromium need-libreoffice need-proxies assets ## everything, race detector on, on a PostgreSQL of its own
	go vet -race ./... # of what is built for the tests anyway
	GOGC=300 go run ./core/db/dbtest/serve -- $(MAKE) --no-print-directory tested

tested:
	failed=0; \
	$(GOTEST) -race $$(go list ./... | grep -vxF "$$(go list $(ALONE))") || failed=1; \
	$(GOTEST) -race -run AtOnce $(ALONE) || failed=1; \
	$(GOTEST) $(ALONE) || failed=1; exit $$failed

bench: need-postgres assets ## speed and memory, as ratios against a floor in the same run
	go run ./core/db/dbtest/serve -- go run ./core/app/bench $(BENCH_ARGS)

pictures: need-postgres need-chromium assets ## take the README's pictures anew
	MEKTEP_SHOTS=$(CURDIR)/deploy/screenshots go test -count=1 -ldflags '$(LDFLAGS)' -run TestPictures ./core/app

lint: ## formatting, generated files, static analysis
	@out=$$($(GOTOOLRUN) $(GOFUMPT) -l $$(git ls-files '*.go' | grep -v '_templ\.go$$')); \
	  if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	@$(MAKE) --silent templates
	git diff --exit-code --stat -- '*_templ.go'
	$(GOTOOLRUN) $(GOLANGCI) run

fmt: ## format Go and templates
	$(GOTOOLRUN) $(GOFUMPT) -w $$(git ls-files '*.go' | grep -v '_templ\.go$$')
	$(GOTOOLRUN) $(TEMPL) fmt core

generate: templates ## regenerate templates and JSON schemas
	go generate ./...

templates:
	@$(TEMPLATE_DIRS) | while read -r dir; do $(GOTOOLRUN) $(TEMPL) generate -path $$dir >/dev/null 2>&1 || { echo "templ: $$dir" >&2; exit 1; }; done
	@$(GOTOOLRUN) $(GOFUMPT) -w $$(git ls-files '*_templ.go')

need-postgres:
	@deploy/dev/need.sh postgres

need-chromium:
	@deploy/dev/need.sh chromium

need-libreoffice:
	@deploy/dev/need.sh libreoffice

need-proxies:
	@deploy/dev/need.sh proxies

clean: ## remove what was built; data under .mektep stays
	rm -rf bin $(ASSETS)/node_modules $(ASSETS)/dist
	git checkout -q -- $(ASSETS)/dist 2>/dev/null || true
