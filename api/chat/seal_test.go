package chat

import (
	"bytes"
	"testing"
)

func TestSealedSecretsOpenForTheirPlaceAlone(t *testing.T) {
	s, err := newSealer(bytes.Repeat([]byte("k"), minSecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	other, err := newSealer(bytes.Repeat([]byte("o"), minSecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal("webhook 7", []byte("token"))
	if bytes.Contains(sealed, []byte("token")) || bytes.Equal(sealed, s.seal("webhook 7", []byte("token"))) {
		t.Error("the seal shows what it hides")
	}
	if opened, err := s.open("webhook 7", sealed); err != nil || string(opened) != "token" {
		t.Errorf("opened %q, %v", opened, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"for another place": func() ([]byte, error) { return s.open("webhook 8", sealed) },
		"changed":           func() ([]byte, error) { return s.open("webhook 7", changed) },
		"cut short":         func() ([]byte, error) { return s.open("webhook 7", sealed[:5]) },
		"under another key": func() ([]byte, error) { return other.open("webhook 7", sealed) },
	} {
		if opened, err := open(); err == nil {
			t.Errorf("%s: opened %q", name, opened)
		}
	}
}
