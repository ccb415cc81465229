package storetest

import (
	"errors"
	"reflect"
	"time"

	"guildhall/store"
)

// ok ends the test when there is an error.
func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

// is demands an error of a kind.
func (f *fixture) is(err, kind error) {
	f.Helper()
	if !errors.Is(err, kind) {
		f.Fatalf("got the error %v, want one that is %q", err, kind)
	}
}

// asItIs demands an error itself, not one that wraps it.
func (f *fixture) asItIs(err, want error) {
	f.Helper()
	if err != want { //nolint:errorlint // that is the point
		f.Fatalf("got the error %v, want the very error %q", err, want)
	}
}

// conflict demands a *store.ConflictError about a field.
func (f *fixture) conflict(err error, field string) {
	f.Helper()
	if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Field != field {
		f.Fatalf("got the error %v, want a conflict of %q", err, field)
	}
}

// limit demands a *store.LimitError with a maximum.
func (f *fixture) limit(err error, most int) {
	f.Helper()
	if limit, ok := errors.AsType[*store.LimitError](err); !ok || limit.Max != most {
		f.Fatalf("got the error %v, want a limit of %d", err, most)
	}
}

// equal demands that two values say the same: nil and empty slices do; times must be the same moment, and in UTC.
func (f *fixture) equal(what string, got, want any) {
	f.Helper()
	if !same(reflect.ValueOf(got), reflect.ValueOf(want)) {
		f.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// wins counts the nil errors; all others must satisfy lost.
func (f *fixture) wins(errs []error, lost func(error)) int {
	f.Helper()
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
		} else {
			lost(err)
		}
	}
	return wins
}

var timeType = reflect.TypeFor[time.Time]()

func same(got, want reflect.Value) bool {
	if got.Type() != want.Type() {
		return false
	}
	if got.Type() == timeType {
		moment := got.Interface().(time.Time)
		return moment.Location() == time.UTC && moment.Equal(want.Interface().(time.Time))
	}
	switch got.Kind() {
	case reflect.Struct:
		for i := range got.NumField() {
			if !same(got.Field(i), want.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if got.Len() != want.Len() {
			return false
		}
		for i := range got.Len() {
			if !same(got.Index(i), want.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Pointer:
		if got.IsNil() || want.IsNil() {
			return got.IsNil() == want.IsNil()
		}
		return same(got.Elem(), want.Elem())
	default:
		return reflect.DeepEqual(got.Interface(), want.Interface())
	}
}
