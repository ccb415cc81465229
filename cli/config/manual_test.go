package config

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"guildhall/webui"
)

// The manual lists every option as --help does, and none that there is not.
func TestTheManualListsTheOptions(t *testing.T) {
	manual, err := fs.ReadFile(webui.Manual(), "running.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, option := range Options() {
		want = append(want, strings.TrimSuffix(fmt.Sprintf("| `%s` | %s | %s ", option.Name, strings.ReplaceAll(option.Usage, "|", `\|`), option.Default), " "))
	}
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `.*$").FindAllString(string(manual), -1) {
		got = append(got, strings.TrimRight(strings.TrimSuffix(row, "|"), " "))
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("webui/docs/running.md lacks the row %s |", want[i])
		case i >= len(want):
			t.Errorf("webui/docs/running.md has a row of no option: %s |", got[i])
		case strings.TrimRight(want[i], " ") != got[i]:
			t.Errorf("webui/docs/running.md has the row\n%s |\nin the place of\n%s |", got[i], want[i])
		}
	}
}
