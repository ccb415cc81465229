// Package spectest holds answers of the HTTP API against the published specification, for tests.
package spectest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Specification is the published description of the HTTP API (OpenAPI 3.1), against which answers are checked.
type Specification struct {
	compiler   *jsonschema.Compiler
	operations map[string][]specified // by method

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by pointer
}

// specified is an operation of the specification.
type specified struct {
	path      string
	segments  []string
	responses map[string]bool // status, or a form such as 4XX, and whether it has a body
}

const specificationURL = "https://specification.invalid/openapi.json"

// NotRun is what a test says that finds no specification.
const NotRun = "NOT RUN: the published specification (reference/discord-openapi.json) is neither in GUILDHALL_SHARED nor in ../shared beside the repository; answers were not validated."

// Open reads the specification from the folder that GUILDHALL_SHARED names, or from beside the repository. It gives nil when it is not there. What it gives may be used concurrently.
func Open() (*Specification, error) { return open() }

var open = sync.OnceValues(func() (*Specification, error) {
	folder := os.Getenv("GUILDHALL_SHARED")
	if folder == "" {
		root, err := repository()
		if err != nil {
			return nil, err
		}
		folder = filepath.Join(root, "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(folder, "reference", "discord-openapi.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parse(text)
})

// repository is the folder with go.mod above the folder that the test runs in.
func repository() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			return folder, nil
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", errors.New("no go.mod above the working folder")
		}
		folder = above
	}
	return "", err
}

func parse(text []byte) (*Specification, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var shape struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &shape); err != nil {
		return nil, err
	}
	if err := amend(document); err != nil {
		return nil, err
	}
	s := &Specification{compiler: jsonschema.NewCompiler(), operations: make(map[string][]specified), schemas: make(map[string]*jsonschema.Schema)}
	for path, methods := range shape.Paths {
		for method, raw := range methods {
			var operation struct {
				Responses map[string]struct {
					Content map[string]json.RawMessage
				}
			}
			if method == "parameters" || json.Unmarshal(raw, &operation) != nil {
				continue
			}
			one := specified{path: path, segments: strings.Split(path, "/"), responses: make(map[string]bool)}
			for status, response := range operation.Responses {
				_, one.responses[status] = response.Content["application/json"]
			}
			s.operations[strings.ToUpper(method)] = append(s.operations[strings.ToUpper(method)], one)
		}
	}
	return s, s.compiler.AddResource(specificationURL, document)
}

// amend adds what the published file lacks of the API that it describes. It lists one of the two types of references between messages; the API's documentation (resources/message, "Message Reference Types")
// and the libraries have FORWARD too. Of the types of channels it leaves out GUILD_MEDIA (resources/channel, "Channel Types"). It fails when the file has caught up, so that nothing
// here outlives its reason.
func amend(document any) error {
	within := func(names ...string) map[string]any {
		object, _ := document.(map[string]any)
		for _, name := range append([]string{"components", "schemas"}, names...) {
			object, _ = object[name].(map[string]any)
		}
		return object
	}
	channel := within("GuildChannelResponse", "properties", "type")
	types, _ := channel["enum"].([]any)
	media := json.Number("16")
	if len(types) == 0 || slices.Contains(types, any(media)) {
		return errors.New("the specification has the type of media channels by now")
	}
	channel["enum"] = append(types, media)
	kinds := within("ChannelTypes")
	known, _ := kinds["oneOf"].([]any)
	kinds["oneOf"] = append(known, map[string]any{"title": "GUILD_MEDIA", "const": media})
	object := within("MessageReferenceType")
	listed, _ := object["oneOf"].([]any)
	if len(listed) != 1 {
		return fmt.Errorf("the specification lists %d types of references; the amendment is for one", len(listed))
	}
	object["oneOf"] = append(listed, map[string]any{"title": "FORWARD", "const": json.Number("1")})
	return nil
}

// Operations gives the method and the path of everything that is specified.
func (s *Specification) Operations() iter.Seq2[string, string] {
	return func(yield func(method, path string) bool) {
		for method, operations := range s.operations {
			for _, one := range operations {
				if !yield(method, one.path) {
					return
				}
			}
		}
	}
}

// Find gives the operation's name, method and path, for a request's path without the API's prefix.
func (s *Specification) Find(method, path string) (operation string, ok bool) {
	one, ok := s.find(method, path)
	return method + " " + one.path, ok
}

// find gives the operation for a path without the API's prefix. A literal segment wins over a parameter.
func (s *Specification) find(method, path string) (specified, bool) {
	segments := strings.Split(path, "/")
	best, literals := specified{}, -1
	for _, one := range s.operations[method] {
		if count := matching(one.segments, segments); count > literals {
			best, literals = one, count
		}
	}
	return best, literals >= 0
}

// matching counts the literals that agree; -1 when the pattern does not fit.
func matching(pattern, segments []string) (count int) {
	if len(pattern) != len(segments) {
		return -1
	}
	for i, want := range pattern {
		switch {
		case strings.HasPrefix(want, "{"):
		case want == segments[i]:
			count++
		default:
			return -1
		}
	}
	return count
}

// Check validates an answer to a request for a path without the API's prefix. The name of the operation is empty when the specification does not have the route.
func (s *Specification) Check(method, path string, status int, body []byte) (operation string, err error) {
	one, ok := s.find(method, path)
	if !ok {
		return "", nil
	}
	operation = method + " " + one.path
	form := fmt.Sprint(status)
	hasBody, ok := one.responses[form]
	if !ok {
		form = fmt.Sprintf("%dXX", status/100)
		hasBody, ok = one.responses[form]
	}
	switch {
	case !ok && status < 500:
		return operation, fmt.Errorf("the specification does not have the status %d for it", status)
	case !ok || !hasBody:
		return operation, nil
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(one.path)
	schema, err := s.schema(fmt.Sprintf("#/paths/%s/%s/responses/%s/content/application~1json/schema", escaped, strings.ToLower(method), form))
	if err != nil {
		return operation, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return operation, err
	}
	return operation, schema.Validate(value)
}

func (s *Specification) schema(pointer string) (*jsonschema.Schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, ok := s.schemas[pointer]; ok {
		return schema, nil
	}
	schema, err := s.compiler.Compile(specificationURL + pointer)
	if err == nil {
		s.schemas[pointer] = schema
	}
	return schema, err
}
