package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"guildhall/store"
	"guildhall/store/id"
)

// Given is an option as a person's client sends it.
type Given struct {
	Name string
	// Type is what the client takes the option for; zero where it does not say.
	Type store.CommandOptionType
	// Value is what was given, as JSON has it: a string, a json.Number, a bool; nil for none.
	Value any
	// Options are those within a subcommand or a group.
	Options []Given
	// Focused says that the person is writing this one now, and wants to be shown what it could be.
	Focused bool
}

// Value is an option that was given, after it was read.
type Value struct {
	Name string
	Type store.CommandOptionType
	// Text is what was given for a string, Number for a number or integer, On for a boolean, and ID for an account, role, channel, something that can be mentioned, or file. A focused option has Text
	// alone, whatever its type: what was written so far.
	Text   string
	Number float64
	On     bool
	ID     id.ID
	// Options are those within a subcommand or a group.
	Options []Value
	Focused bool
}

// Wanted is something that was named by its id, and that must be looked up: what there is, and whether the person may name it, is not known here.
type Wanted struct {
	// Type is OptionUser, OptionChannel, OptionRole, OptionMentionable or OptionAttachment.
	Type store.CommandOptionType
	ID   id.ID
	// Path names the option's value as the wire does.
	Path string
	// ChannelTypes are the types of channels that it can be; empty for all.
	ChannelTypes []store.ChannelType
}

// Reading is what people gave along with a command.
type Reading struct {
	Options []Value
	Wanted  []Wanted
	// Focused is the option that the person is writing, for ReadFocused; it is also among Options.
	Focused *Value
	// Path is the full name of what is used: the command's name, and those of the group and subcommand, if there are any.
	Path string
}

// Read reads what a person gave along with a command, for it to be run: each option is one of the command's, is there once, is of its type, within its bounds and one of its choices; all that are required are
// there; and where the command has subcommands, one of them is chosen. Paths of problems begin with path, such as "data.options".
func Read(command *store.Command, given []Given, path string) (Reading, []Problem) {
	r := &reader{reading: Reading{Path: command.Name}}
	r.reading.Options = r.options(command.Options, given, path)
	if len(r.problems) > 0 {
		return Reading{}, r.problems
	}
	return r.reading, nil
}

// ReadFocused reads what a person gave so far, for the application to say what the focused option could be: there must be one, and it must be of those that the application is asked about. Of the others,
// those that are not right yet are left out.
func ReadFocused(command *store.Command, given []Given, path string) (Reading, []Problem) {
	r := &reader{reading: Reading{Path: command.Name}, focusing: true}
	r.reading.Options = r.options(command.Options, given, path)
	if r.reading.Focused == nil && len(r.problems) == 0 {
		r.wrong(path, "BASE_TYPE_REQUIRED", "One option must be focused.")
	}
	if len(r.problems) > 0 {
		return Reading{}, r.problems
	}
	return r.reading, nil
}

type reader struct {
	checker
	reading Reading
	// focusing tells that what is there may be unfinished.
	focusing bool
}

// options reads what was given for the options of a command or a part of it.
func (r *reader) options(known []store.CommandOption, given []Given, path string) []Value {
	if len(known) > 0 && holds(known[0].Type) {
		return r.part(known, given, path)
	}
	values := make([]Value, 0, len(given))
	if len(given) > maxOptions {
		r.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxOptions)
		return nil
	}
	for i := range given {
		at := fmt.Sprintf("%s.%d", path, i)
		option := find(known, given[i].Name)
		switch {
		case option == nil:
			r.wrong(at+".name", "APPLICATION_COMMAND_OPTION_UNKNOWN", "The command has no option %.40q.", given[i].Name)
			continue
		case slices.ContainsFunc(given[:i], func(other Given) bool { return other.Name == given[i].Name }):
			r.wrong(at+".name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "This option was given twice.")
			continue
		case given[i].Type != 0 && given[i].Type != option.Type:
			r.wrong(at+".type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This option is of the type %d.", option.Type)
			continue
		}
		if value, right := r.value(option, &given[i], at); right {
			values = append(values, value)
			if value.Focused {
				r.reading.Focused = &value
			}
		}
	}
	if r.focusing {
		return values
	}
	for i := range known {
		if known[i].Required && !slices.ContainsFunc(given, func(one Given) bool { return one.Name == known[i].Name }) {
			r.wrong(path, "APPLICATION_COMMAND_OPTION_REQUIRED", "The option %q is required.", known[i].Name)
		}
	}
	return values
}

// part reads which part of a command was chosen, and what was given for it.
func (r *reader) part(known []store.CommandOption, given []Given, path string) []Value {
	if len(given) != 1 {
		r.wrong(path, "BASE_TYPE_BAD_LENGTH", "One subcommand must be chosen.")
		return nil
	}
	chosen := find(known, given[0].Name)
	if chosen == nil || given[0].Type != 0 && given[0].Type != chosen.Type {
		r.wrong(path+".0.name", "APPLICATION_COMMAND_OPTION_UNKNOWN", "The command has no subcommand %.40q of this type.", given[0].Name)
		return nil
	}
	r.reading.Path += " " + chosen.Name
	return []Value{{Name: chosen.Name, Type: chosen.Type, Options: r.options(chosen.Options, given[0].Options, path+".0.options")}}
}

func find(options []store.CommandOption, name string) *store.CommandOption {
	at := slices.IndexFunc(options, func(option store.CommandOption) bool { return option.Name == name })
	if at < 0 {
		return nil
	}
	return &options[at]
}

// value reads what was given for an option, and tells whether it is right.
func (r *reader) value(option *store.CommandOption, given *Given, at string) (Value, bool) {
	value := Value{Name: option.Name, Type: option.Type}
	before := len(r.problems)
	if r.focusing && given.Focused {
		switch {
		case !option.Autocomplete:
			r.wrong(at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "The application is not asked about this option.")
		case r.reading.Focused != nil:
			r.wrong(at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Only one option is focused.")
		}
		value.Text, value.Focused = r.written(given.Value, at+".value"), true
		return value, len(r.problems) == before
	}
	switch option.Type {
	case store.OptionString:
		r.text(option, given.Value, &value, at+".value")
	case store.OptionInteger, store.OptionNumber:
		r.numeric(option, given.Value, &value, at+".value")
	case store.OptionBoolean:
		on, is := given.Value.(bool)
		if value.On = on; !is {
			r.wrong(at+".value", "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
		}
	default:
		r.named(option, given.Value, &value, at+".value")
	}
	right := len(r.problems) == before
	if r.focusing {
		r.problems = r.problems[:before]
	}
	if right && value.ID != 0 {
		r.reading.Wanted = append(r.reading.Wanted, Wanted{Type: option.Type, ID: value.ID, Path: at + ".value", ChannelTypes: option.ChannelTypes})
	}
	return value, right
}

// written gives what somebody wrote so far.
func (r *reader) written(given any, path string) string {
	var text string
	switch given := given.(type) {
	case nil:
	case string:
		text = given
	case json.Number:
		text = given.String()
	default:
		r.wrong(path, "STRING_TYPE_CONVERT", "Must be a text or a number.")
	}
	if utf8.RuneCountInString(text) > maxTextLength {
		r.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxTextLength)
	}
	return text
}

func (r *reader) text(option *store.CommandOption, given any, value *Value, path string) {
	text, is := given.(string)
	if !is || !utf8.ValidString(text) {
		r.wrong(path, "STRING_TYPE_CONVERT", "Must be a text.")
		return
	}
	value.Text = text
	least, most := 0, maxTextLength
	set(&least, option.MinLength)
	set(&most, option.MaxLength)
	if length := utf8.RuneCountInString(text); length < least || length > most {
		r.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	}
	if len(option.Choices) > 0 && !slices.ContainsFunc(option.Choices, func(choice store.CommandChoice) bool { return choice.Text == text }) {
		r.wrong(path, "APPLICATION_COMMAND_OPTION_CHOICE_INVALID", "This is none of the choices.")
	}
}

func (r *reader) numeric(option *store.CommandOption, given any, value *Value, path string) {
	number, is := given.(json.Number)
	if !is {
		r.wrong(path, "NUMBER_TYPE_COERCE", "Must be a number.")
		return
	}
	parsed, err := number.Float64()
	if option.Type == store.OptionInteger && err == nil && !strings.ContainsAny(number.String(), ".eE") {
		// A number that has more digits than fit is not the one that it would be rounded to.
		if exact, failed := strconv.ParseInt(number.String(), 10, 64); failed != nil || exact > maxWhole || exact < -maxWhole {
			err = strconv.ErrRange
		}
	}
	if err != nil {
		r.wrong(path, "NUMBER_TYPE_RANGE", "Must be a number between -2^53 and 2^53.")
		return
	}
	value.Number = parsed
	before := len(r.problems)
	r.number(path, option.Type, parsed)
	if len(r.problems) > before {
		return
	}
	switch {
	case option.MinValue != nil && parsed < *option.MinValue:
		r.wrong(path, "NUMBER_TYPE_MIN", "Must be at least %v.", *option.MinValue)
	case option.MaxValue != nil && parsed > *option.MaxValue:
		r.wrong(path, "NUMBER_TYPE_MAX", "Must be at most %v.", *option.MaxValue)
	case len(option.Choices) > 0 && !slices.ContainsFunc(option.Choices, func(choice store.CommandChoice) bool { return choice.Number == parsed }):
		r.wrong(path, "APPLICATION_COMMAND_OPTION_CHOICE_INVALID", "This is none of the choices.")
	}
}

// named reads the id of something.
func (r *reader) named(option *store.CommandOption, given any, value *Value, path string) {
	var text string
	switch given := given.(type) {
	case string:
		text = given
	case json.Number:
		text = given.String()
	}
	named, err := id.Parse(text)
	if err != nil || named == 0 {
		r.wrong(path, "NUMBER_TYPE_COERCE", "Value %.40q is not snowflake.", text)
		return
	}
	value.ID = named
}
