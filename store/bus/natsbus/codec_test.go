package natsbus

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"guildhall/store/event"
)

func TestEveryEventTypeHasAName(t *testing.T) {
	const folder = "../../event"
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for _, example := range kinds {
		named[reflect.TypeOf(example).Name()] = true
	}
	found := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "Subject" {
				continue
			}
			found++
			if name := method.Recv.List[0].Type.(*ast.Ident).Name; !named[name] {
				t.Errorf("event.%s has no name on the bus", name)
			}
		}
	}
	if found == 0 || found != len(kinds) {
		t.Errorf("%d event types found, %d named", found, len(kinds))
	}
}

func TestEveryEventIsTheSameAfterTheJourney(t *testing.T) {
	codec, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	for name, example := range kinds {
		for _, fill := range []func(reflect.Value){func(reflect.Value) {}, fillFully} {
			value := reflect.New(reflect.TypeOf(example)).Elem()
			fill(value)
			sent := value.Interface().(event.Event)
			if direct, ok := sent.(event.Direct); ok && direct.Event == nil {
				continue // it always carries something
			}
			_, data, err := codec.marshal(sent)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := codec.read(name, data); err != nil || !reflect.DeepEqual(got, sent) {
				t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, sent)
			}
		}
	}
}

// fillFully gives every field within a value something that is not zero, the greatest where there is one.
func fillFully(value reflect.Value) {
	if value.Type() == reflect.TypeFor[time.Time]() {
		value.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)))
		return
	}
	switch value.Kind() {
	case reflect.Struct:
		for i := range value.NumField() {
			fillFully(value.Field(i))
		}
	case reflect.Interface:
		value.Set(reflect.ValueOf(event.MessageDeleted{MessageID: 1, ChannelID: 2, GuildID: 3}))
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fillFully(value.Elem())
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		fillFully(value.Index(0))
		fillFully(value.Index(1))
	case reflect.Array:
		for i := range value.Len() {
			fillFully(value.Index(i))
		}
	case reflect.Map:
		key, held := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
		fillFully(key)
		fillFully(held)
		value.Set(reflect.MakeMap(value.Type()))
		value.SetMapIndex(key, held)
	case reflect.String:
		value.SetString("grüße 🏰 \x00 \u202e")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Float64:
		value.SetFloat(-1.5)
	case reflect.Int, reflect.Int64:
		value.SetInt(-1 << 63)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		value.SetUint(1<<value.Type().Bits() - 1)
	default:
		panic("a kind of field that this test does not know: " + value.Type().String())
	}
}

func FuzzRead(f *testing.F) {
	codec, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	for name, example := range kinds {
		value := reflect.New(reflect.TypeOf(example)).Elem()
		fillFully(value)
		_, data, err := codec.marshal(value.Interface().(event.Event))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		e, err := codec.read(name, data)
		if err != nil {
			return
		}
		// What can be read is an event of that name.
		if got, err := codec.name(e); err != nil || got != name {
			t.Errorf("%q was read as %q, %v", name, got, err)
		}
	})
}
