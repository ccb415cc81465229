package commonpassword

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// unpackedSum is the SHA-256 sum of the list as passwordgen makes it of its source. The compressed form may differ between versions of the compressor, what is in it may not.
const unpackedSum = "6b13049e2f0c13d6d19b0d1f3d309563428a9e9c52922c7ce944ff90db542d8a"

func TestWhatPeopleChooseFirstIsOnTheList(t *testing.T) {
	for password, want := range map[string]bool{
		"password": true, "12345678": true, "PassWord1": true, "iloveyou": true, "qwertyuiop": true, "1q2w3e4r": true, "TRUSTNO1": true,
		"": false, "a": false, "correct horse battery staple": false, "zzzzzzzzzzzzzzzzzzzzzz!": false, "\xff\xff": false, "passwore": false,
	} {
		if got := Contains(password); got != want {
			t.Errorf("%q: %v", password, got)
		}
	}
}

func TestTheListIsWhatItsGeneratorMakes(t *testing.T) {
	lines, err := open(packed)
	if err != nil {
		t.Fatal(err)
	}
	sum, count, before := sha256.New(), 0, ""
	var reversed []string
	for lines.Scan() {
		line := lines.Text()
		if line <= before || utf8.RuneCountInString(line) < Shortest || line != strings.ToLower(line) {
			t.Fatalf("line %d: %q comes after %q", count+1, line, before)
		}
		_, _ = io.WriteString(sum, line+"\n")
		reversed = append(reversed, "short", strings.ToUpper(line[:1])+line[1:])
		before = line
		count++
	}
	if err := lines.Err(); err != nil || count != Count {
		t.Fatalf("%d passwords, %v", count, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != unpackedSum {
		t.Errorf("the list is not the one that was made: its sum is %s", got)
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	again, err := Pack(strings.NewReader(strings.Join(reversed, "\n") + "\none more after the last"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(unpack(t, again), unpack(t, packed)) {
		t.Error("packing what is on the list makes another list")
	}
	if _, err := Pack(strings.NewReader("too few\nof them")); err == nil {
		t.Error("a source that is too short makes a list")
	}
}

func unpack(t *testing.T, list []byte) []byte {
	t.Helper()
	lines, err := open(list)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for lines.Scan() {
		all.WriteString(lines.Text() + "\n")
	}
	return all.Bytes()
}

func BenchmarkContains(b *testing.B) {
	for b.Loop() {
		Contains("zzz not on the list")
	}
}
