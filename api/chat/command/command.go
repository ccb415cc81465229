// Package command reads and checks application commands, and what people give along with them (Discord's documentation, "Application Commands"). It knows no store and no rules.
package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/store"
	"guildhall/store/id"
)

// Bounds, as upstream.
const (
	maxOptions     = 25
	maxChoices     = 25
	maxName        = 32
	maxDescription = 100
	maxChoiceText  = 100
	maxTextLength  = 6000
	// maxTotal is how many characters the names, descriptions and values of a command can have together.
	maxTotal = 8000
	// maxNumber is the greatest number that can be given, and its negative the least. Whole numbers end one before: of those, numbers of every client know each.
	maxNumber = 1 << 53
	maxWhole  = maxNumber - 1
)

// Locales are those that names and descriptions can be in.
var Locales = []string{
	"ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr",
	"uk", "vi", "zh-CN", "zh-TW",
}

// Problem is something that is wrong with a command, or with what was given along with it.
type Problem struct {
	// Path names the field as the wire does; Code and Message say what is wrong.
	Path, Code, Message string
}

// Draft is a command as its application sends it. What is nil was not given.
type Draft struct {
	// ID says which command this is, among all that replace those that are there; zero for none.
	ID                       id.ID
	Type                     *store.CommandType
	Name                     *string
	NameLocalizations        *map[string]string
	Description              *string
	DescriptionLocalizations *map[string]string
	Options                  *[]Option
	// DefaultMemberPermissions is nil within for nothing.
	DefaultMemberPermissions **uint64
	// DirectMessages is how it was said before there were contexts whether a command can be used in the conversation with the bot.
	DirectMessages   *bool
	NSFW             *bool
	Contexts         *[]store.InteractionContext
	IntegrationTypes *[]int
}

// Option is an option of a Draft. Its choices are here, and not in what it has of store.CommandOption, because their values can be of a wrong type; so are the options within it.
type Option struct {
	store.CommandOption
	Choices []Choice
	Options []Option
}

// Choice is a choice of an Option. Value is a string, a float64, or something that is neither and cannot be a choice.
type Choice struct {
	Name              string
	NameLocalizations map[string]string
	Value             any
}

// Make gives the command that an application asks for.
func Make(draft Draft) (store.Command, []Problem) {
	command := store.Command{ID: draft.ID, Type: store.CommandChatInput, IntegrationTypes: []int{0}}
	if draft.Type != nil {
		command.Type = *draft.Type
	}
	if draft.Name == nil {
		draft.Name = new("")
	}
	return Change(command, draft)
}

// Change gives a command with what an application asks for. Its type stays.
func Change(command store.Command, draft Draft) (store.Command, []Problem) {
	c := &checker{}
	if !slices.Contains([]store.CommandType{store.CommandChatInput, store.CommandUser, store.CommandMessage}, command.Type) {
		c.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
		return store.Command{}, c.problems
	}
	set(&command.Name, draft.Name)
	set(&command.NameLocalizations, draft.NameLocalizations)
	set(&command.Description, draft.Description)
	set(&command.DescriptionLocalizations, draft.DescriptionLocalizations)
	set(&command.DefaultMemberPermissions, draft.DefaultMemberPermissions)
	set(&command.NSFW, draft.NSFW)
	if draft.DirectMessages != nil && draft.Contexts == nil {
		command.Contexts = nil
		if !*draft.DirectMessages {
			command.Contexts = []store.InteractionContext{store.ContextGuild}
		}
	}
	set(&command.Contexts, draft.Contexts)
	set(&command.IntegrationTypes, draft.IntegrationTypes)
	if draft.Options != nil {
		command.Options = c.take("options", *draft.Options)
	}
	c.command(&command)
	if len(c.problems) > 0 {
		return store.Command{}, c.problems
	}
	return command, nil
}

func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}

// checker gathers what is wrong.
type checker struct{ problems []Problem }

func (c *checker) wrong(path, code, format string, arguments ...any) {
	c.problems = append(c.problems, Problem{path, code, fmt.Sprintf(format, arguments...)})
}

// take turns the options of a draft into those of a command, as far as they can be.
func (c *checker) take(path string, given []Option) []store.CommandOption {
	if len(given) > maxOptions {
		c.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxOptions)
		return nil
	}
	var options []store.CommandOption
	for i := range given {
		at := fmt.Sprintf("%s.%d", path, i)
		option := given[i].CommandOption
		option.Options, option.Choices = nil, c.choices(at, option.Type, given[i].Choices)
		switch {
		case len(given[i].Options) == 0:
		case strings.Count(at, "options") > 2: // groups, subcommands, options: nothing is within those
			c.wrong(at+".options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only subcommands and groups of them have options.")
		default:
			option.Options = c.take(at+".options", given[i].Options)
		}
		options = append(options, option)
	}
	return options
}

func (c *checker) choices(path string, of store.CommandOptionType, given []Choice) []store.CommandChoice {
	if len(given) > maxChoices {
		c.wrong(path+".choices", "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxChoices)
		return nil
	}
	var choices []store.CommandChoice
	for i := range given {
		at := fmt.Sprintf("%s.choices.%d", path, i)
		choice := store.CommandChoice{Name: given[i].Name, NameLocalizations: c.localizations(at+".name_localizations", given[i].NameLocalizations, func(at, text string) { c.length(at, text, 1, maxChoiceText) })}
		c.length(at+".name", choice.Name, 1, maxChoiceText)
		switch value := given[i].Value.(type) {
		case string:
			if choice.Text = value; of != store.OptionString {
				c.wrong(at+".value", "NUMBER_TYPE_COERCE", "Value %q is not a number.", value)
			}
			c.length(at+".value", value, 1, maxChoiceText)
		case float64:
			choice.Number = value
			if of == store.OptionString {
				c.wrong(at+".value", "STRING_TYPE_CONVERT", "Could not interpret %v as string.", value)
			}
			c.number(at+".value", of, value)
		default:
			c.wrong(at+".value", "BASE_TYPE_REQUIRED", "This field is required: a text or a number.")
		}
		choices = append(choices, choice)
	}
	return choices
}

// length asks for a text of so many characters.
func (c *checker) length(path, text string, least, most int) {
	switch length := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text):
		c.wrong(path, "STRING_TYPE_CONVERT", "Must be UTF-8.")
	case text == "" && least > 0:
		c.wrong(path, "BASE_TYPE_REQUIRED", "This field is required.")
	case length < least || length > most:
		c.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	}
}

// number asks for a number that an option can be.
func (c *checker) number(path string, of store.CommandOptionType, value float64) {
	switch {
	case !(value >= -maxNumber && value <= maxNumber): // which no NaN is
		c.wrong(path, "NUMBER_TYPE_RANGE", "Must be between -2^53 and 2^53.")
	case of == store.OptionInteger && max(value, -value) > maxWhole:
		c.wrong(path, "NUMBER_TYPE_RANGE", "Must be between -%d and %d.", maxWhole, maxWhole)
	case of == store.OptionInteger && !whole(value):
		c.wrong(path, "NUMBER_TYPE_COERCE", "Value %v is not a whole number.", value)
	}
}

func whole(value float64) bool { return value == float64(int64(value)) }

// namePattern is what the names of commands that are written, and of options, are made of.
var namePattern = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// name asks for a name of a command that is written, or of an option.
func (c *checker) name(path, name string) {
	switch {
	case name == "":
		c.wrong(path, "BASE_TYPE_REQUIRED", "This field is required.")
	case utf8.RuneCountInString(name) > maxName:
		c.wrong(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and %d in length.", maxName)
	case !namePattern.MatchString(name):
		c.wrong(path, "STRING_TYPE_REGEX", `String value did not match validation regex: letters, digits, "-", "_" and "'".`)
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.ToLower(r) != r }):
		c.wrong(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid: it must be in lower case.")
	}
}

// title asks for a name of a command that is used on something.
func (c *checker) title(path, name string) {
	c.length(path, name, 1, maxName)
	if strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl) {
		c.wrong(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid: it must not begin or end with space.")
	}
}

// localizations checks texts by locale; nothing becomes nil.
func (c *checker) localizations(path string, texts map[string]string, check func(path, text string)) map[string]string {
	if len(texts) == 0 {
		return nil
	}
	for locale, text := range texts {
		if !slices.Contains(Locales, locale) {
			c.wrong(path, "DICT_TYPE_KEY_CHOICES", "%.20q is not a locale that names can be in.", locale)
			continue
		}
		check(path+"."+locale, text)
	}
	return texts
}

// command checks a whole command, and brings it into one form.
func (c *checker) command(command *store.Command) {
	name := c.name
	if command.Type != store.CommandChatInput {
		name = c.title
		if command.Description != "" || len(command.DescriptionLocalizations) > 0 {
			c.wrong("description", "BASE_TYPE_BAD_LENGTH", "Only commands that are written have a description.")
		}
		if len(command.Options) > 0 {
			c.wrong("options", "BASE_TYPE_BAD_LENGTH", "Only commands that are written have options.")
		}
	} else {
		c.length("description", command.Description, 1, maxDescription)
	}
	name("name", command.Name)
	command.NameLocalizations = c.localizations("name_localizations", command.NameLocalizations, name)
	command.DescriptionLocalizations = c.localizations("description_localizations", command.DescriptionLocalizations, c.description)
	c.options("options", command.Options, 0)
	c.numbers("contexts", numbersOf(command.Contexts), 2)
	c.numbers("integration_types", command.IntegrationTypes, 1)
	slices.Sort(command.Contexts)
	slices.Sort(command.IntegrationTypes)
	if len(command.IntegrationTypes) == 0 {
		command.IntegrationTypes = []int{0}
	}
	if len(command.Contexts) == 0 {
		command.Contexts = nil
	}
	if total(command) > maxTotal {
		c.wrong("", "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (%d).", maxTotal)
	}
}

func (c *checker) description(path, text string) { c.length(path, text, 1, maxDescription) }

func numbersOf(contexts []store.InteractionContext) []int {
	numbers := make([]int, len(contexts))
	for i, one := range contexts {
		numbers[i] = int(one)
	}
	return numbers
}

// numbers asks for numbers from 0 to a greatest one, none of them twice.
func (c *checker) numbers(path string, numbers []int, greatest int) {
	for i, one := range numbers {
		if one < 0 || one > greatest {
			c.wrong(fmt.Sprintf("%s.%d", path, i), "BASE_TYPE_CHOICES", "Value must be between 0 and %d.", greatest)
		}
		if slices.Contains(numbers[:i], one) {
			c.wrong(path, "BASE_TYPE_UNIQUE", "Must not contain the same value twice.")
		}
	}
}

// total counts the characters of names, descriptions and values; of translations the longest counts.
func total(command *store.Command) int {
	return longest(command.Name, command.NameLocalizations) + longest(command.Description, command.DescriptionLocalizations) + totalOf(command.Options)
}

func totalOf(options []store.CommandOption) (sum int) {
	for i := range options {
		option := &options[i]
		sum += longest(option.Name, option.NameLocalizations) + longest(option.Description, option.DescriptionLocalizations) + totalOf(option.Options)
		for _, choice := range option.Choices {
			sum += longest(choice.Name, choice.NameLocalizations) + utf8.RuneCountInString(choice.Text)
		}
	}
	return sum
}

func longest(text string, translations map[string]string) int {
	length := utf8.RuneCountInString(text)
	for _, one := range translations {
		length = max(length, utf8.RuneCountInString(one))
	}
	return length
}
