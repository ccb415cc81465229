package natsbus

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"guildhall/store/bus"
	"guildhall/store/bus/bustest"
	"guildhall/store/event"
	"guildhall/store/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, options Options) *Bus {
	t.Helper()
	options.Log = slog.New(slog.DiscardHandler)
	b, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestConformance(t *testing.T) {
	bustest.Run(t, func(t *testing.T) bus.Bus { return open(t, Options{}) })
}

func TestConformanceWhereEventsTravelAsBytes(t *testing.T) {
	bustest.Run(t, func(t *testing.T) bus.Bus {
		b := open(t, Options{})
		b.asBytes = true
		return b
	})
}

func TestASlowSubscriberIsToldThatItLostEvents(t *testing.T) {
	b := open(t, Options{Pending: 10})
	defer b.Close()
	lagged, release := make(chan struct{}, 100), make(chan struct{})
	if _, err := b.Subscribe(event.GuildSubject(1), func(event.Event) { <-release }, func() { lagged <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := b.Publish(t.Context(), event.MessageDeleted{GuildID: 1, MessageID: id.ID(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	close(release)
	<-lagged
}

func TestEveryEventTypeHasAName(t *testing.T) {
	sources, err := filepath.Glob("../../event/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for _, example := range kinds {
		named[reflect.TypeOf(example).Name()] = true
	}
	found := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
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

func FuzzRead(f *testing.F) {
	codec, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	for name, example := range kinds {
		data, err := codec.encode.Marshal(example)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, data)
	}
	f.Fuzz(func(_ *testing.T, name string, data []byte) {
		_, _ = codec.read(name, data) // must not panic
	})
}

func BenchmarkPublishAndReceive(b *testing.B) {
	for name, asBytes := range map[string]bool{"same process": false, "other process": true} {
		b.Run(name, func(b *testing.B) {
			opened := open(b, Options{})
			opened.asBytes = asBytes
			defer opened.Close()
			received := make(chan struct{}, 1)
			if _, err := opened.Subscribe("guild.*", func(event.Event) { received <- struct{}{} }, nil); err != nil {
				b.Fatal(err)
			}
			message := event.MessageCreated{}
			message.Message.GuildID, message.Message.Content = 1, "a usual sentence that people write"
			b.ReportAllocs()
			for b.Loop() {
				if err := opened.Publish(b.Context(), message); err != nil {
					b.Fatal(err)
				}
				<-received
			}
		})
	}
}
