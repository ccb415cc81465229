package command_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat/command"
	"guildhall/store"
)

// draft is a command that is right, with options.
func draft(options ...command.Option) command.Draft {
	return command.Draft{Name: new("echo"), Description: new("Says something"), Options: &options}
}

// option is one that is right.
func option(of store.CommandOptionType, name string, within ...command.Option) command.Option {
	return command.Option{CommandOption: store.CommandOption{Type: of, Name: name, Description: "An option"}, Options: within}
}

// with changes an option.
func with(o command.Option, change func(*command.Option)) command.Option {
	change(&o)
	return o
}

func required(o *command.Option) { o.Required = true }

func offers(values ...any) func(*command.Option) {
	return func(o *command.Option) {
		for i, value := range values {
			o.Choices = append(o.Choices, command.Choice{Name: fmt.Sprint("choice ", i), Value: value})
		}
	}
}

// many gives n options.
func many(n int) (options []command.Option) {
	for i := range n {
		options = append(options, option(store.OptionString, fmt.Sprint("o", i)))
	}
	return options
}

func problems(found []command.Problem) (texts []string) {
	for _, one := range found {
		texts = append(texts, one.Path+" "+one.Code)
	}
	slices.Sort(texts)
	return texts
}

func TestACommandIsWhatItsApplicationSays(t *testing.T) {
	words := map[string]string{"de": "größe", "pt-BR": "tamanho"}
	sub := option(store.OptionSubcommand, "sub",
		with(option(store.OptionInteger, "n"), func(o *command.Option) {
			o.Required, o.MinValue, o.MaxValue = true, new(float64(1-1<<53)), new(float64(1<<53-1))
			offers(float64(1), float64(-2))(o)
		}),
		with(option(store.OptionString, "s"), func(o *command.Option) { o.MinLength, o.MaxLength, o.Autocomplete = new(0), new(6000), true }),
		with(option(store.OptionChannel, "c"), func(o *command.Option) { o.ChannelTypes = []store.ChannelType{store.ChannelText} }),
		option(store.OptionBoolean, "b"), option(store.OptionUser, "u"), option(store.OptionRole, "r"), option(store.OptionMentionable, "m"), option(store.OptionNumber, "x"), option(store.OptionAttachment, "f"))
	given := command.Draft{
		Name: new("größe"), NameLocalizations: &words, Description: new("Says"), DescriptionLocalizations: &words, DefaultMemberPermissions: new(new(uint64(0))), NSFW: new(true),
		Contexts: &[]store.InteractionContext{1, 0}, IntegrationTypes: &[]int{1, 0}, Options: &[]command.Option{option(store.OptionSubcommandGroup, "group", sub), option(store.OptionSubcommand, "plain")},
	}
	got, wrong := command.Make(given)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	leaves := got.Options[0].Options[0].Options
	if len(leaves) != 9 || len(leaves[0].Choices) != 2 || leaves[0].Choices[1].Number != -2 || got.Options[0].Options[0].Name != "sub" {
		t.Errorf("options are %+v", got.Options)
	}
	got.Options = nil
	want := store.Command{Type: store.CommandChatInput, Name: "größe", NameLocalizations: words, Description: "Says", DescriptionLocalizations: words, DefaultMemberPermissions: new(uint64(0)), NSFW: true,
		Contexts: []store.InteractionContext{0, 1}, IntegrationTypes: []int{0, 1}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\ninstead of\n%+v", got, want)
	}
	changed, wrong := command.Change(want, command.Draft{Name: new("other"), NameLocalizations: new(map[string]string(nil)), DefaultMemberPermissions: new((*uint64)(nil)), DirectMessages: new(false)})
	want.Name, want.NameLocalizations, want.DefaultMemberPermissions, want.Contexts = "other", nil, nil, []store.InteractionContext{0}
	if len(wrong) > 0 || !reflect.DeepEqual(changed, want) {
		t.Errorf("changed it is %+v, %v", changed, wrong)
	}
	for _, of := range []store.CommandType{store.CommandUser, store.CommandMessage} {
		used, wrong := command.Make(command.Draft{Type: &of, Name: new("Look At This"), Description: new("")})
		if len(wrong) > 0 || !reflect.DeepEqual(used, store.Command{Type: of, Name: "Look At This", IntegrationTypes: []int{0}}) {
			t.Errorf("%+v, %v", used, wrong)
		}
	}
}

func TestNamesOfCommands(t *testing.T) {
	for name, code := range map[string]string{
		"a": "", "a-b_c'd1": "", "größe": "", "คำสั่ง": "", "आदेश": "", "命令": "", "٣": "", strings.Repeat("ü", 32): "", "": "BASE_TYPE_REQUIRED", strings.Repeat("a", 33): "BASE_TYPE_BAD_LENGTH", "Echo": "APPLICATION_COMMAND_INVALID_NAME",
		"ÄH": "APPLICATION_COMMAND_INVALID_NAME", "a b": "STRING_TYPE_REGEX", "a.b": "STRING_TYPE_REGEX", "🏰": "STRING_TYPE_REGEX", "a\n": "STRING_TYPE_REGEX", "\xff": "STRING_TYPE_REGEX",
	} {
		one := draft()
		one.Name = &name
		_, wrong := command.Make(one)
		if got := problems(wrong); code == "" && len(got) > 0 || code != "" && !slices.Equal(got, []string{"name " + code}) {
			t.Errorf("%q: %v", name, got)
		}
	}
	for _, name := range []string{"", " look", "look ", "lo\nok", strings.Repeat("a", 33), "\xff"} {
		if _, wrong := command.Make(command.Draft{Type: new(store.CommandUser), Name: &name}); len(wrong) == 0 {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestWhatIsWrongWithACommandIsNamedWhereItIs(t *testing.T) {
	long := strings.Repeat("x", 101)
	for name, one := range map[string]struct {
		draft command.Draft
		wrong []string
	}{
		"of no type":             {command.Draft{Type: new(store.CommandType(4)), Name: new("x")}, []string{"type BASE_TYPE_CHOICES"}},
		"without a name":         {command.Draft{Description: new("x")}, []string{"name BASE_TYPE_REQUIRED"}},
		"without a description":  {command.Draft{Name: new("x")}, []string{"description BASE_TYPE_REQUIRED"}},
		"with a long one":        {command.Draft{Name: new("x"), Description: &long}, []string{"description BASE_TYPE_BAD_LENGTH"}},
		"of no language":         {command.Draft{Name: new("x"), Description: new("x"), NameLocalizations: &map[string]string{"xx": "x"}}, []string{"name_localizations DICT_TYPE_KEY_CHOICES"}},
		"of a wrong translation": {command.Draft{Name: new("x"), Description: new("x"), NameLocalizations: &map[string]string{"de": "X"}}, []string{"name_localizations.de APPLICATION_COMMAND_INVALID_NAME"}},
		"with too long a translation": {command.Draft{Name: new("x"), Description: new("x"), DescriptionLocalizations: &map[string]string{"de": long}},
			[]string{"description_localizations.de BASE_TYPE_BAD_LENGTH"}},
		"used on something, described": {command.Draft{Type: new(store.CommandUser), Name: new("x"), Description: new("x"), Options: new(many(1))}, []string{"description BASE_TYPE_BAD_LENGTH", "options BASE_TYPE_BAD_LENGTH"}},
		"in no context":                {command.Draft{Name: new("x"), Description: new("x"), Contexts: &[]store.InteractionContext{0, 3, 0}}, []string{"contexts BASE_TYPE_UNIQUE", "contexts.1 BASE_TYPE_CHOICES"}},
		"installed nowhere":            {command.Draft{Name: new("x"), Description: new("x"), IntegrationTypes: &[]int{2}}, []string{"integration_types.0 BASE_TYPE_CHOICES"}},
		"of too many options":          {draft(many(26)...), []string{"options BASE_TYPE_BAD_LENGTH"}},
		"of options of one name":       {draft(append(many(2), many(1)...)...), []string{"options.2.name APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"}},
		"of an option of no type":      {draft(option(12, "x"), option(0, "y")), []string{"options.0.type BASE_TYPE_CHOICES", "options.1.type BASE_TYPE_CHOICES"}},
		"of a nameless option":         {draft(option(3, "")), []string{"options.0.name BASE_TYPE_REQUIRED"}},
		"required after optional":      {draft(option(3, "x"), with(option(3, "y"), required)), []string{"options.1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"}},
		"with an option undescribed": {draft(with(option(3, "x"), func(o *command.Option) { o.Description = "" })),
			[]string{"options.0.description BASE_TYPE_REQUIRED"}},
		"parts beside options":    {draft(option(1, "x"), option(3, "y")), []string{"options.1 APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"a group in a part":       {draft(option(1, "x", option(2, "y", option(1, "z")))), []string{"options.0.options.0 APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"a group in a group":      {draft(option(2, "x", option(2, "y", option(1, "z")))), []string{"options.0.options.0 APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"an option in a group":    {draft(option(2, "x", option(3, "y"))), []string{"options.0.options.0 APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"a part in a part":        {draft(option(1, "x", option(1, "y"))), []string{"options.0.options.0 APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"a group of nothing":      {draft(option(2, "x")), []string{"options.0.options BASE_TYPE_REQUIRED"}},
		"an option in an option":  {draft(option(3, "x", option(3, "y"))), []string{"options.0.options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"deeper than there is":    {draft(option(2, "a", option(1, "b", option(3, "c", option(3, "d"))))), []string{"options.0.options.0.options.0.options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"a wrong name far inside": {draft(option(2, "a", option(1, "b", option(3, "C")))), []string{"options.0.options.0.options.0.name APPLICATION_COMMAND_INVALID_NAME"}},
		"choices of a switch":     {draft(with(option(5, "x"), offers(float64(1)))), []string{"options.0.choices APPLICATION_COMMAND_OPTIONS_FIELD_INVALID"}},
		"choices of a wrong type": {draft(with(option(3, "x"), offers(float64(1))), with(option(4, "y"), offers("1", 1.5)), with(option(10, "z"), offers(nil, 1.5, 1e300))),
			[]string{"options.0.choices.0.value STRING_TYPE_CONVERT", "options.1.choices.0.value NUMBER_TYPE_COERCE", "options.1.choices.1.value NUMBER_TYPE_COERCE",
				"options.2.choices.0.value BASE_TYPE_REQUIRED", "options.2.choices.2.value NUMBER_TYPE_RANGE"}},
		"too many choices":     {draft(with(option(4, "x"), offers(make([]any, 26)...))), []string{"options.0.choices BASE_TYPE_BAD_LENGTH"}},
		"choices too long":     {draft(with(option(3, "x"), offers(long, ""))), []string{"options.0.choices.0.value BASE_TYPE_BAD_LENGTH", "options.0.choices.1.value BASE_TYPE_REQUIRED"}},
		"a choice of no name":  {draft(with(option(3, "x"), func(o *command.Option) { o.Choices = []command.Choice{{Value: "x"}} })), []string{"options.0.choices.0.name BASE_TYPE_REQUIRED"}},
		"choices and guesses":  {draft(with(with(option(3, "x"), offers("a")), func(o *command.Option) { o.Autocomplete = true })), []string{"options.0.autocomplete APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"}},
		"guesses of a channel": {draft(with(option(7, "x"), func(o *command.Option) { o.Autocomplete = true })), []string{"options.0.autocomplete APPLICATION_COMMAND_OPTIONS_FIELD_INVALID"}},
		"bounds the wrong way round": {draft(with(option(4, "x"), func(o *command.Option) { o.MinValue, o.MaxValue = new(2.0), new(1.0) }),
			with(option(3, "y"), func(o *command.Option) { o.MinLength, o.MaxLength = new(2), new(1) })), []string{"options.0.max_value NUMBER_TYPE_MIN", "options.1.max_length NUMBER_TYPE_MIN"}},
		"bounds out of bounds": {draft(with(option(4, "x"), func(o *command.Option) { o.MinValue, o.MaxValue = new(0.5), new(float64(1<<53)) }),
			with(option(3, "y"), func(o *command.Option) { o.MinLength, o.MaxLength = new(-1), new(6001) }), with(option(3, "z"), func(o *command.Option) { o.MaxLength = new(0) })),
			[]string{"options.0.max_value NUMBER_TYPE_RANGE", "options.0.min_value NUMBER_TYPE_COERCE", "options.1.max_length NUMBER_TYPE_RANGE", "options.1.min_length NUMBER_TYPE_RANGE", "options.2.max_length NUMBER_TYPE_RANGE"}},
		"bounds of others": {draft(with(option(3, "x"), func(o *command.Option) { o.MinValue = new(1.0) }), with(option(4, "y"), func(o *command.Option) { o.MinLength, o.MaxLength = new(1), new(2) }),
			with(option(6, "z"), func(o *command.Option) { o.MaxValue, o.ChannelTypes = new(1.0), []store.ChannelType{0} })),
			[]string{"options.0.min_value APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", "options.1.max_length APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", "options.1.min_length APPLICATION_COMMAND_OPTIONS_FIELD_INVALID",
				"options.2.channel_types APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", "options.2.max_value APPLICATION_COMMAND_OPTIONS_FIELD_INVALID"}},
		"channels of no type": {draft(with(option(7, "x"), func(o *command.Option) { o.ChannelTypes = []store.ChannelType{0, 99} })), []string{"options.0.channel_types.1 BASE_TYPE_CHOICES"}},
	} {
		if _, wrong := command.Make(one.draft); !slices.Equal(problems(wrong), one.wrong) {
			t.Errorf("a command %s: %q instead of %q", name, problems(wrong), one.wrong)
		}
	}
}

func TestACommandHasAtMost8000Characters(t *testing.T) {
	var texts []command.Option
	for i := range 25 { // 25 times 319 characters, and the name and description of the command
		o := with(option(store.OptionString, fmt.Sprintf("o%02d", i)), func(o *command.Option) {
			o.Description = strings.Repeat("d", 13)
			for range 3 {
				o.Choices = append(o.Choices, command.Choice{Name: "n", Value: strings.Repeat("v", 100), NameLocalizations: map[string]string{"de": "m"}})
			}
		})
		texts = append(texts, o)
	}
	exact := command.Draft{Name: new("n"), Description: new(strings.Repeat("d", 24)), Options: &texts}
	if _, wrong := command.Make(exact); len(wrong) > 0 {
		t.Errorf("8000 characters: %v", wrong)
	}
	exact.DescriptionLocalizations = &map[string]string{"de": strings.Repeat("d", 25)}
	if _, wrong := command.Make(exact); !slices.Equal(problems(wrong), []string{" APPLICATION_COMMAND_TOO_LARGE"}) {
		t.Errorf("8001 characters: %v", wrong)
	}
}

// what is given in the tests of Read.
func given(pairs ...any) (options []command.Given) {
	for i := 0; i < len(pairs); i += 2 {
		options = append(options, command.Given{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return options
}

// toRead is a command with an option of each type.
func toRead(t testing.TB, options ...command.Option) *store.Command {
	t.Helper()
	made, wrong := command.Make(draft(options...))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return &made
}

func everyType() []command.Option {
	return []command.Option{
		with(option(store.OptionString, "s"), required),
		with(option(store.OptionInteger, "i"), func(o *command.Option) { o.MinValue, o.MaxValue = new(-5.0), new(float64(1<<53-1)) }),
		option(store.OptionNumber, "n"), option(store.OptionBoolean, "b"), option(store.OptionUser, "u"),
		with(option(store.OptionChannel, "c"), func(o *command.Option) { o.ChannelTypes = []store.ChannelType{store.ChannelVoice} }),
		option(store.OptionRole, "r"), option(store.OptionMentionable, "m"), option(store.OptionAttachment, "f"),
		with(option(store.OptionString, "short"), func(o *command.Option) { o.MinLength, o.MaxLength = new(2), new(3) }),
		with(option(store.OptionString, "one of"), func(o *command.Option) { o.Name = "oneof"; offers("a", "b")(o) }),
		with(option(store.OptionInteger, "number of"), func(o *command.Option) { o.Name = "numberof"; offers(1.0, 2.0)(o) }),
		with(option(store.OptionNumber, "guess"), func(o *command.Option) { o.Autocomplete = true }),
	}
}

func TestWhatIsGivenAlongIsRead(t *testing.T) {
	c := toRead(t, everyType()...)
	got, wrong := command.Read(c, given("s", "", "i", json.Number("9007199254740991"), "n", json.Number("-0.5"), "b", true, "u", "7", "c", "8", "r", json.Number("9"), "m", "10", "f", "11", "short", "äöü", "oneof", "b",
		"numberof", json.Number("2.0"), "guess", json.Number("1e3")), "data.options")
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	want := command.Reading{Path: "echo", Options: []command.Value{
		{Name: "s", Type: 3}, {Name: "i", Type: 4, Number: 1<<53 - 1}, {Name: "n", Type: 10, Number: -0.5}, {Name: "b", Type: 5, On: true}, {Name: "u", Type: 6, ID: 7}, {Name: "c", Type: 7, ID: 8},
		{Name: "r", Type: 8, ID: 9}, {Name: "m", Type: 9, ID: 10}, {Name: "f", Type: 11, ID: 11}, {Name: "short", Type: 3, Text: "äöü"}, {Name: "oneof", Type: 3, Text: "b"}, {Name: "numberof", Type: 4, Number: 2},
		{Name: "guess", Type: 10, Number: 1000},
	}, Wanted: []command.Wanted{
		{Type: 6, ID: 7, Path: "data.options.4.value"}, {Type: 7, ID: 8, Path: "data.options.5.value", ChannelTypes: []store.ChannelType{store.ChannelVoice}}, {Type: 8, ID: 9, Path: "data.options.6.value"},
		{Type: 9, ID: 10, Path: "data.options.7.value"}, {Type: 11, ID: 11, Path: "data.options.8.value"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\ninstead of\n%+v", got, want)
	}
}

func TestWhatCannotBeGivenIsRefused(t *testing.T) {
	c := toRead(t, everyType()...)
	for name, one := range map[string]struct {
		given []command.Given
		wrong []string
	}{
		"nothing of what is required": {given(), []string{"o APPLICATION_COMMAND_OPTION_REQUIRED"}},
		"something unknown":           {given("s", "x", "zz", "x"), []string{"o.1.name APPLICATION_COMMAND_OPTION_UNKNOWN"}},
		"something twice":             {given("s", "x", "s", "x"), []string{"o.1.name APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"}},
		"another type":                {[]command.Given{{Name: "s", Type: 4, Value: "x"}}, []string{"o.0.type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"}},
		"no texts": {given("s", json.Number("1"), "short", nil, "oneof", true),
			[]string{"o.0.value STRING_TYPE_CONVERT", "o.1.value STRING_TYPE_CONVERT", "o.2.value STRING_TYPE_CONVERT"}},
		"a text too short":    {given("s", "x", "short", "x"), []string{"o.1.value BASE_TYPE_BAD_LENGTH"}},
		"a text too long":     {given("s", strings.Repeat("ü", 6001), "short", "xxxx"), []string{"o.0.value BASE_TYPE_BAD_LENGTH", "o.1.value BASE_TYPE_BAD_LENGTH"}},
		"no choice":           {given("s", "x", "oneof", "c", "numberof", json.Number("3")), []string{"o.1.value APPLICATION_COMMAND_OPTION_CHOICE_INVALID", "o.2.value APPLICATION_COMMAND_OPTION_CHOICE_INVALID"}},
		"no numbers":          {given("s", "x", "i", "1", "n", true, "guess", nil), []string{"o.1.value NUMBER_TYPE_COERCE", "o.2.value NUMBER_TYPE_COERCE", "o.3.value NUMBER_TYPE_COERCE"}},
		"a half":              {given("s", "x", "i", json.Number("1.5")), []string{"o.1.value NUMBER_TYPE_COERCE"}},
		"a number too small":  {given("s", "x", "i", json.Number("-6")), []string{"o.1.value NUMBER_TYPE_MIN"}},
		"a number too exact":  {given("s", "x", "i", json.Number("9007199254740992")), []string{"o.1.value NUMBER_TYPE_RANGE"}},
		"numbers without end": {given("s", "x", "i", json.Number("1e999"), "n", json.Number("9e15999")), []string{"o.1.value NUMBER_TYPE_RANGE", "o.2.value NUMBER_TYPE_RANGE"}},
		"a number too great":  {given("s", "x", "n", json.Number("1e17")), []string{"o.1.value NUMBER_TYPE_RANGE"}},
		"no switch":           {given("s", "x", "b", "true"), []string{"o.1.value BOOLEAN_TYPE_CONVERT"}},
		"no ids": {given("s", "x", "u", "ada", "c", "", "r", "0", "m", true, "f", json.Number("1.5")),
			[]string{"o.1.value NUMBER_TYPE_COERCE", "o.2.value NUMBER_TYPE_COERCE", "o.3.value NUMBER_TYPE_COERCE", "o.4.value NUMBER_TYPE_COERCE", "o.5.value NUMBER_TYPE_COERCE"}},
		"more than there can be": {make([]command.Given, 26), []string{"o BASE_TYPE_BAD_LENGTH"}},
	} {
		if _, wrong := command.Read(c, one.given, "o"); !slices.Equal(problems(wrong), one.wrong) {
			t.Errorf("%s: %q instead of %q", name, problems(wrong), one.wrong)
		}
	}
}

func TestOneSubcommandIsChosen(t *testing.T) {
	c := toRead(t, option(2, "group", option(1, "sub", with(option(3, "s"), required)), option(1, "bare")), option(1, "plain"))
	got, wrong := command.Read(c, []command.Given{{Name: "group", Type: 2, Options: []command.Given{{Name: "sub", Type: 1, Options: given("s", "x")}}}}, "o")
	want := command.Reading{Path: "echo group sub", Options: []command.Value{{Name: "group", Type: 2, Options: []command.Value{{Name: "sub", Type: 1, Options: []command.Value{{Name: "s", Type: 3, Text: "x"}}}}}}}
	if len(wrong) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, wrong)
	}
	if got, wrong := command.Read(c, []command.Given{{Name: "plain"}}, "o"); len(wrong) > 0 || got.Path != "echo plain" {
		t.Errorf("%+v, %v", got, wrong)
	}
	for wanted, options := range map[string][]command.Given{
		"o BASE_TYPE_BAD_LENGTH":                                     nil,
		"o.0.options BASE_TYPE_BAD_LENGTH":                           {{Name: "group"}},
		"o.0.name APPLICATION_COMMAND_OPTION_UNKNOWN":                {{Name: "sub"}},
		"o.0.options.0.name APPLICATION_COMMAND_OPTION_UNKNOWN":      {{Name: "group", Options: []command.Given{{Name: "plain"}}}},
		"o.0.options.0.options APPLICATION_COMMAND_OPTION_REQUIRED":  {{Name: "group", Options: []command.Given{{Name: "sub"}}}},
		"o.0.options.0.name APPLICATION_COMMAND_OPTION_UNKNOWN ":     {{Name: "plain", Options: given("s", "x")}},
		"o.0.options.0.options.0.value STRING_TYPE_CONVERT":          {{Name: "group", Options: []command.Given{{Name: "sub", Options: given("s", true)}}}},
		"o BASE_TYPE_BAD_LENGTH ":                                    {{Name: "plain"}, {Name: "group"}},
		"o.0.name APPLICATION_COMMAND_OPTION_UNKNOWN (another type)": {{Name: "plain", Type: 2}},
	} {
		wanted, _, _ = strings.Cut(wanted, " (")
		if _, wrong := command.Read(c, options, "o"); !slices.Equal(problems(wrong), []string{strings.TrimSpace(wanted)}) {
			t.Errorf("%v: %q", options, problems(wrong))
		}
	}
}

func TestTheFocusedOptionIsWhatWasWrittenSoFar(t *testing.T) {
	c := toRead(t, everyType()...)
	focused := func(name string, value any, others ...command.Given) []command.Given {
		return append(others, command.Given{Name: name, Value: value, Focused: true})
	}
	for text, value := range map[string]any{"1.": "1.", "12": json.Number("12"), "": nil} {
		got, wrong := command.ReadFocused(c, focused("guess", value, given("i", "unfinished", "short", "x", "b", true, "u", "7")...), "o")
		want := command.Value{Name: "guess", Type: store.OptionNumber, Text: text, Focused: true}
		if len(wrong) > 0 || !reflect.DeepEqual(*got.Focused, want) || !reflect.DeepEqual(got.Options, []command.Value{{Name: "b", Type: 5, On: true}, {Name: "u", Type: 6, ID: 7}, want}) || len(got.Wanted) != 1 {
			t.Errorf("%+v, %v", got, wrong)
		}
	}
	for wanted, options := range map[string][]command.Given{
		"o BASE_TYPE_REQUIRED":                                 given("s", "x"),
		"o.0 APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID": focused("s", "x"),
		"o.0.value STRING_TYPE_CONVERT":                        focused("guess", true),
		"o.0.value BASE_TYPE_BAD_LENGTH":                       focused("guess", strings.Repeat("x", 6001)),
		"o.0.name APPLICATION_COMMAND_OPTION_UNKNOWN":          focused("zz", "x"),
	} {
		if _, wrong := command.ReadFocused(c, options, "o"); !slices.Equal(problems(wrong), []string{wanted}) {
			t.Errorf("%v: %q instead of %q", options, problems(wrong), wanted)
		}
	}
	twice := toRead(t, with(option(3, "a"), func(o *command.Option) { o.Autocomplete = true }), with(option(3, "b"), func(o *command.Option) { o.Autocomplete = true }))
	if _, wrong := command.ReadFocused(twice, focused("b", "", focused("a", "")...), "o"); !slices.Equal(problems(wrong), []string{"o.1 APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"}) {
		t.Errorf("two focused: %v", wrong)
	}
	in := toRead(t, option(1, "sub", with(option(3, "a"), func(o *command.Option) { o.Autocomplete = true })))
	got, wrong := command.ReadFocused(in, []command.Given{{Name: "sub", Options: focused("a", "x")}}, "o")
	if len(wrong) > 0 || got.Focused == nil || got.Focused.Text != "x" || got.Path != "echo sub" {
		t.Errorf("within a subcommand: %+v, %v", got, wrong)
	}
}

func TestLocalesAreInOrder(t *testing.T) {
	if !slices.IsSorted(command.Locales) || len(command.Locales) != 34 {
		t.Errorf("%d locales", len(command.Locales))
	}
}

// fuzzed is a command as JSON, for the fuzzer.
type fuzzed struct {
	Draft command.Draft
	Given []command.Given
}

func FuzzCommand(f *testing.F) {
	for _, options := range [][]command.Option{everyType(), {option(2, "group", option(1, "sub", with(option(3, "s"), required)))}, many(26)} {
		text, err := json.Marshal(fuzzed{draft(options...), given("s", "x", "i", 1)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var one fuzzed
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		if decoder.Decode(&one) != nil {
			return // no draft
		}
		made, wrong := command.Make(one.Draft)
		if len(wrong) > 0 {
			return
		}
		// What was taken is taken again, and comes out as it is.
		again, wrong := command.Change(made, command.Draft{})
		if len(wrong) > 0 || !reflect.DeepEqual(again, made) {
			t.Errorf("%+v\nbecomes\n%+v, %v", made, again, wrong)
		}
		for _, texts := range []map[string]string{made.NameLocalizations, made.DescriptionLocalizations} {
			for locale := range maps.Keys(texts) {
				if !slices.Contains(command.Locales, locale) {
					t.Errorf("the locale %q", locale)
				}
			}
		}
		reading, wrong := command.Read(&made, one.Given, "o")
		for _, problem := range wrong {
			if !strings.HasPrefix(problem.Path, "o") || problem.Code == "" || problem.Message == "" {
				t.Errorf("a problem %+v", problem)
			}
		}
		if len(wrong) == 0 && len(reading.Options) > len(one.Given) {
			t.Errorf("%d options of %d given", len(reading.Options), len(one.Given))
		}
		if reading, wrong := command.ReadFocused(&made, one.Given, "o"); len(wrong) == 0 && (reading.Focused == nil || !reading.Focused.Focused) {
			t.Errorf("%+v", reading)
		}
	})
}
