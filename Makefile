# Guildhall: `make run` runs it, `make test` passes its tests and installs what they need.

GO ?= go
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
RELEASE_PLATFORMS = linux/amd64 linux/arm64 windows/amd64 darwin/arm64
LDFLAGS = -s -w
# Who may use which route: thousands of requests, one after the other. The race detector makes them ten times as slow and has nothing to find there that
# other tests of the same handlers do not show it; make soak runs them with it too.
MATRICES = ^TestWhoMay(UseEachRoute|DoEachPart)

.PHONY: run dev ui check test test-go test-web test-e2e lint check-dist bench soak release setup

run: ## run Guildhall
	$(GO) run .

dev: ## run Guildhall with the web client's hot reload behind it
	@.ci/setup
	@trap 'kill 0' EXIT INT TERM; (cd webui && npm run --silent dev -- --port 5173 --strictPort --host 127.0.0.1) & $(GO) run . --dev-ui http://127.0.0.1:5173 serve

setup:
	@.ci/setup

ui: setup ## build the web client and the TypeScript API types
	$(GO) run ./cli/tsgen
	cd webui && npm run --silent build

check: setup ## the everyday loop: everything that is quick
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./...
	$(GO) test -short ./...
	cd webui && npm run --silent check && npm test --silent

test: setup test-go test-web test-e2e ## the whole test suite

test-go:
	CGO_ENABLED=1 $(GO) test -race -skip '$(MATRICES)' -timeout 20m ./...
	$(GO) test -run '$(MATRICES)' -timeout 20m ./api/rest

test-web:
	cd webui && npm run --silent check && npm test --silent

test-e2e:
	cd webui/e2e && npm test --silent

lint: setup
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run ./...

check-dist:
	@.ci/check-dist

bench: ## how fast it is on this machine
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o build/guildhall .
	build/guildhall bench chat
	build/guildhall bench voice

release: ## static binaries for every supported platform, in build/
	@for platform in $(RELEASE_PLATFORMS); do \
	  os=$${platform%/*}; arch=$${platform#*/}; suffix=; [ $$os = windows ] && suffix=.exe; \
	  echo "build/guildhall-$$os-$$arch$$suffix"; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o build/guildhall-$$os-$$arch$$suffix . || exit 1; \
	done

soak: setup ## what runs long: crash points by the hundred, fuzzing, the race detector over everything twice
	GUILDHALL_SOAK=1 CGO_ENABLED=1 $(GO) test -race -timeout 4h -count 2 ./...
	for target in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  for fuzz in $$($(GO) test ./$$target -list '^Fuzz' | grep '^Fuzz'); do $(GO) test ./$$target -run '^$$' -fuzz "^$$fuzz$$" -fuzztime 10m || exit 1; done; \
	done
