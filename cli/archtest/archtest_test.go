// Package archtest holds the rules of the house as tests: which way imports point, what every package says of itself, how long files may be.
package archtest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "guildhall"

// goPackage is what `go list` tells of a package.
type goPackage struct {
	ImportPath   string
	Dir          string
	Doc          string
	Standard     bool
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Standard,GoFiles,Imports,TestImports,XTestImports", "./...")
	command.Dir = root(t)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); decoder.More(); {
		var one goPackage
		if err := decoder.Decode(&one); err != nil {
			t.Fatal(err)
		}
		packages = append(packages, one)
	}
	if len(packages) < 20 {
		t.Fatalf("only %d packages found: the list is not whole", len(packages))
	}
	return packages
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// rule says what packages may import of the house, or of others.
type rule struct {
	// packages are those that the rule is about, a prefix when it ends in "/...".
	packages []string
	// only are the house's packages that these may import (nil: no limit on them); never those that they must not.
	only, never []string
	// standardOnly forbids everything that is neither ours nor in the standard library.
	standardOnly bool
	reason       string
}

var adapters = []string{
	"store/pebble/...", "store/postgres/...", "store/bus/natsbus/...", "store/ephemeral/memory/...", "store/blob/dir/...", "api/outside/openid/...",
}

var rules = []rule{
	{packages: []string{"store/id"}, only: []string{}, standardOnly: true,
		reason: "ids are the ground that everything stands on"},
	{packages: []string{"store"}, only: []string{"store/id"}, standardOnly: true,
		reason: "the domain types and the port must not depend on how they are kept"},
	{packages: []string{"store/event"}, only: []string{"store", "store/id"}, standardOnly: true,
		reason: "events are made of store types"},
	{packages: []string{"store/bus", "store/blob", "store/ephemeral", "search"}, only: []string{"store", "store/id", "store/event"}, standardOnly: true,
		reason: "a port holds the interface, and nothing of an adapter"},
	{packages: []string{"store/pebble/..."}, only: []string{"store", "store/id", "store/pebble/..."},
		reason: "adapters import their port, never one another"},
	{packages: []string{"store/postgres/..."}, only: []string{"store", "store/id", "store/postgres/..."},
		reason: "adapters import their port, never one another"},
	{packages: []string{"store/bus/natsbus/..."}, only: []string{"store", "store/id", "store/event", "store/bus"},
		reason: "adapters import their port, never one another"},
	{packages: []string{"store/ephemeral/memory/..."}, only: []string{"store/ephemeral"},
		reason: "adapters import their port, never one another"},
	{packages: []string{"store/blob/dir/..."}, only: []string{"store/blob"},
		reason: "adapters import their port, never one another"},
	{packages: []string{"rtc/..."}, only: []string{"store/id", "rtc/..."},
		reason: "real-time media knows nothing of chat; it declares what it needs, and cli hands it in"},
	{packages: []string{"api/perm"}, only: []string{"store", "store/id"},
		reason: "permission arithmetic is pure"},
	{packages: []string{"api/chat"}, never: append([]string{"net/http", "golang.org/x/oauth2/...", "github.com/coreos/go-oidc/...", "api/outside/...", "api/wire/...", "api/rest/...", "api/gateway/...", "api/route/...", "api/ops/...", "rtc/...", "cli/...", "webui/..."}, adapters...),
		reason: "the rules decide, whoever asks and however it is kept"},
	{packages: []string{"api/chat/picture", "api/chat/container"}, only: []string{},
		reason: "what bytes of strangers are decoded must not know what they are for"},
	{packages: []string{"api/wire/..."}, never: append([]string{"api/rest/...", "api/gateway/...", "rtc/...", "cli/...", "webui/..."}, adapters...),
		reason: "the wire is only shapes and their conversion"},
	{packages: []string{"api/rest/..."}, never: append([]string{"api/gateway/...", "rtc/...", "cli/...", "webui/..."}, adapters...),
		reason: "rest and gateway decode, call chat and encode; they never import each other or an adapter"},
	{packages: []string{"api/gateway/..."}, never: append([]string{"api/rest/...", "rtc/...", "cli/...", "webui/..."}, adapters...),
		reason: "rest and gateway decode, call chat and encode; they never import each other or an adapter"},
	{packages: []string{"api/ops/...", "api/route/...", "api/page/...", "api/cdn/..."}, never: append([]string{"rtc/...", "cli/...", "webui/..."}, adapters...),
		reason: "only cli names concrete adapters and puts the rooms together"},
	{packages: []string{"api/outside"}, only: []string{"store", "store/id"},
		reason: "who asks other machines knows nothing of what it is asked for"},
	{packages: []string{"api/outside/openid"}, only: []string{"api/outside", "api/chat"},
		reason: "adapters import their port, never one another"},
	{packages: []string{"webui/..."}, only: []string{},
		reason: "the web client talks to the hall over the wire like everybody else"},
}

func matches(pattern, path string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	}
	return path == pattern
}

func anyMatches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

func TestImportsPointOneWay(t *testing.T) {
	packages := listPackages(t)
	for _, rule := range rules {
		for _, one := range packages {
			path := strings.TrimPrefix(strings.TrimPrefix(one.ImportPath, module), "/")
			if !anyMatches(rule.packages, path) {
				continue
			}
			for _, imported := range one.Imports {
				checkImport(t, rule, path, imported)
			}
		}
	}
}

func checkImport(t *testing.T, rule rule, from, imported string) {
	t.Helper()
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case isOurs && rule.only != nil && !anyMatches(rule.only, ours),
		isOurs && anyMatches(rule.never, ours),
		!isOurs && anyMatches(rule.never, imported),
		!isOurs && rule.standardOnly && strings.Contains(first, "."):
		t.Errorf("%s imports %s: %s", from, imported, rule.reason)
	}
}

func TestOnlyCliNamesAdapters(t *testing.T) {
	for _, one := range listPackages(t) {
		path := strings.TrimPrefix(strings.TrimPrefix(one.ImportPath, module), "/")
		// Harnesses for tests open real adapters; nothing but tests may import them.
		if path == "" || matches("cli/...", path) || anyMatches(adapters, path) || strings.HasSuffix(path, "test") {
			continue
		}
		for _, imported := range one.Imports {
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && (anyMatches(adapters, ours) || strings.HasSuffix(ours, "test")) {
				t.Errorf("%s imports %s: only cli names concrete adapters, and only tests their harnesses", path, imported)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, one := range listPackages(t) {
		if len(one.GoFiles) > 0 && strings.TrimSpace(one.Doc) == "" {
			t.Errorf("%s has no package comment", one.ImportPath)
		}
	}
}

// The plan says about 600 lines and about 80 for functions; these are the points from which a file or a function is certainly two things.
const (
	maxFileLines     = 700
	maxFunctionLines = 110
)

func TestFilesAndFunctionsStayShort(t *testing.T) {
	walkSources(t, func(path string, content string) {
		if lines := strings.Count(content, "\n"); lines > maxFileLines {
			t.Errorf("%s has %d lines: it wants to be two files", path, lines)
		}
		if !strings.HasSuffix(path, ".go") {
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, content, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			return
		}
		for _, declaration := range file.Decls {
			start, end := files.Position(declaration.Pos()), files.Position(declaration.End())
			if function, ok := declaration.(*ast.FuncDecl); ok && end.Line-start.Line > maxFunctionLines {
				t.Errorf("%s:%d: %s has %d lines: it wants to be two functions", path, start.Line, function.Name.Name, end.Line-start.Line)
			}
		}
	})
}

func TestTopLevelHasOnlyTheRoomsOfThePlan(t *testing.T) {
	allowed := []string{"store", "rtc", "api", "search", "cli", "webui", ".ci", ".git", "build", "guildhall-data"}
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() && !slices.Contains(allowed, entry.Name()) {
			t.Errorf("%s: the top level is fixed", entry.Name())
		}
	}
}

func TestEveryDirectDependencyIsExplained(t *testing.T) {
	manifest, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	architecture, err := os.ReadFile(filepath.Join(root(t), "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(manifest), -1)
	if len(direct) == 0 {
		t.Fatal("no direct dependency found in go.mod")
	}
	for _, dependency := range direct {
		if !strings.Contains(string(architecture), "`"+dependency[1]+"`") {
			t.Errorf("ARCHITECTURE.md has no line for %s", dependency[1])
		}
	}
}

// walkSources visits the sources that people write.
func walkSources(t *testing.T, visit func(path, content string)) {
	t.Helper()
	skip := []string{"node_modules", "dist", ".git", "build", "testdata", "guildhall-data"}
	err := filepath.WalkDir(root(t), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(skip, entry.Name()) {
			return filepath.SkipDir
		}
		if extension := filepath.Ext(path); !slices.Contains([]string{".go", ".ts", ".svelte", ".css"}, extension) || strings.Contains(path, ".gen.") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil {
			visit(path, string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
