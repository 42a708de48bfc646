# Every task of the repository. `make help` lists them; continuous integration calls `check` and `test`.

SWIFT ?= swift
# Everything the formatter formats and the linter checks.
FORMATTED = $(wildcard Sources Tests Benchmarks/Harness Benchmarks/Load Benchmarks/Sources Benchmarks/Package.swift Fuzz/Sources Fuzz/Package.swift Package.swift)
SCRIPTS = .ci/run $(wildcard Scripts/*.sh Deploy/*.sh)

# `swift test`, and at the end what failed.
TEST = SWIFT="$(SWIFT)" Scripts/test.sh
# Containers on real engines of their own.
CONTAINERS = ^SystemTests\.ContainerTests
# The seeded runs under random faults; CAPSTAN_CAMPAIGNS says how many, CAPSTAN_SEED which.
CAMPAIGNS = ^SystemTests\.CampaignTests
# Hubs that rent, killed again and again: in one process, and as the real binary. Each alone, since they keep all processors busy.
RENT_KILLS = ^ProvidersTests\.RentCampaignTests
HUB_KILLS = ^SystemTests\.RentKillTests

# How the binary is built that is shipped (Docs/decisions/0010-where-time-goes.md), and so measured.
SHIPPED = -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked

.PHONY: help setup build release demo demo-rent test check format bench docs fuzz soak clean
.DEFAULT_GOAL := help

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the system packages that are missing (needs apt and root or sudo)
	@Scripts/setup.sh

build: setup ## Build everything for development
	$(SWIFT) build

release: setup ## Build the binary that is shipped: optimised, with the Swift runtime inside
	$(SWIFT) build $(SHIPPED) -Xlinker -s --product capstan

demo: build ## Show a hub with three spokes at work (KEEP=1 leaves it running)
	@SWIFT="$(SWIFT)" KEEP="$(KEEP)" Scripts/demo.sh

demo-rent: build ## Rent a machine for a program, with no account anywhere: a container on an engine of its own
	@Scripts/setup.sh engine
	@SWIFT="$(SWIFT)" Scripts/demo-rent.sh

test: build ## Run all tests: units and integration in parallel, then the system tests on the real binary, with real container engines, then campaigns; last the release build
	@Scripts/setup.sh engine
	$(TEST) --experimental-maximum-parallelization-width 4 --skip '^SystemTests\.' --skip '$(RENT_KILLS)'
	$(TEST) --experimental-maximum-parallelization-width 12 --filter '^SystemTests\.' --skip '$(CAMPAIGNS)' --skip '$(CONTAINERS)' --skip '$(HUB_KILLS)'
	$(TEST) --filter '$(CONTAINERS)'
	$(TEST) --filter '$(CAMPAIGNS)'
	$(TEST) --filter '$(RENT_KILLS)'
	$(TEST) --filter '$(HUB_KILLS)'
	@$(MAKE) release
	$$($(SWIFT) build -c release --show-bin-path)/capstan --version

check: ## Lint, architecture tests, shell syntax, links of the documents and their list of operations
	$(SWIFT) format lint --strict --recursive $(FORMATTED)
	@for script in $(SCRIPTS); do bash -n "$$script" || exit 1; done
	@Scripts/check-docs.sh
	@Scripts/setup.sh
	$(SWIFT) test --filter '^(ArchitectureTests|CLITests\.OperationsPageTests)[./]'

format: ## Format the sources with the rules that `check` lints by
	$(SWIFT) format --in-place --recursive $(FORMATTED)

bench: setup ## Measure beside the peers (ONLY=name for one row)
	ONLY="$(ONLY)" $(SWIFT) run -c release --package-path Benchmarks -Xswiftc -enforce-exclusivity=unchecked bench

docs: build ## Check the documents and write the list of operations
	@Scripts/check-docs.sh
	$$($(SWIFT) build --show-bin-path)/capstan operations --markdown > Docs/operations.md.new
	@mv Docs/operations.md.new Docs/operations.md

fuzz: setup ## Fuzz what reads bytes of others, SECONDS=60 each (ONLY=name for one)
	@SWIFT="$(SWIFT)" ONLY="$(ONLY)" Scripts/fuzz.sh $(or $(SECONDS),60)

soak: build ## 300 campaigns, a session whose links are cut 1,000 times, a hub that rents and is killed 1,000 times, in one process and as the real binary, units and integration under the thread sanitizer, fuzzing, a storm of 10,000 spokes
	CAPSTAN_CAMPAIGNS=$${CAPSTAN_CAMPAIGNS:-300} $(TEST) --filter '$(CAMPAIGNS)'
	CAPSTAN_CUTS=$${CAPSTAN_CUTS:-1000} $(TEST) --filter '^SystemTests\.SessionTests'
	CAPSTAN_RENT_KILLS=$${CAPSTAN_RENT_KILLS:-500} $(TEST) --filter '$(RENT_KILLS)'
	CAPSTAN_HUB_KILLS=$${CAPSTAN_HUB_KILLS:-500} $(TEST) --filter '$(HUB_KILLS)'
	@mkdir -p .build-tsan
	clang -c -O1 -fsanitize=thread Tests/Sanitizer/mutex_slow_path.c -o .build-tsan/mutex_slow_path.o
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitizer/suppressions.txt $(TEST) --sanitize=thread --scratch-path .build-tsan -Xlinker $(CURDIR)/.build-tsan/mutex_slow_path.o \
		--experimental-maximum-parallelization-width 4 --skip '^(SystemTests|ArchitectureTests)\.'
	$(MAKE) fuzz
	STORM_SPOKES=$${STORM_SPOKES:-10000} STORM_ROUNDS=1 timeout 1800 $(MAKE) bench ONLY=storm

clean: ## Remove everything that was built
	rm -rf .build .build-tsan .build-fuzz Benchmarks/.build Fuzz/.build Docs/operations.md.new
