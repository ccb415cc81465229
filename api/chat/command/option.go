package command

import (
	"fmt"
	"slices"

	"guildhall/store"
)

// holds tells whether an option of a type is a part of a command, which holds options of its own.
func holds(of store.CommandOptionType) bool {
	return of == store.OptionSubcommand || of == store.OptionSubcommandGroup
}

// options checks the options of a command (within is 0), of a group of subcommands, or of a subcommand.
func (c *checker) options(path string, options []store.CommandOption, within store.CommandOptionType) {
	optional := false
	for i := range options {
		option := &options[i]
		at := fmt.Sprintf("%s.%d", path, i)
		if option.Type < store.OptionSubcommand || option.Type > store.OptionAttachment {
			c.wrong(at+".type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.")
			continue
		}
		c.place(at, option, options[0].Type, within)
		c.name(at+".name", option.Name)
		if slices.ContainsFunc(options[:i], func(other store.CommandOption) bool { return other.Name == option.Name }) {
			c.wrong(at+".name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists.")
		}
		c.length(at+".description", option.Description, 1, maxDescription)
		option.NameLocalizations = c.localizations(at+".name_localizations", option.NameLocalizations, c.name)
		option.DescriptionLocalizations = c.localizations(at+".description_localizations", option.DescriptionLocalizations, c.description)
		if holds(option.Type) {
			option.Required = false // a part is chosen, not given
		}
		if option.Required && optional {
			c.wrong(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options.")
		}
		optional = optional || !option.Required
		c.bounds(at, option)
		c.options(at+".options", option.Options, option.Type)
	}
}

// place asks whether an option can stand where it does, beside another of a type, and have what it has within.
func (c *checker) place(at string, option *store.CommandOption, beside, within store.CommandOptionType) {
	switch {
	case within == store.OptionSubcommandGroup && option.Type != store.OptionSubcommand,
		within == store.OptionSubcommand && holds(option.Type),
		within == 0 && holds(option.Type) != holds(beside):
		c.wrong(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	case option.Type == store.OptionSubcommandGroup && len(option.Options) == 0:
		c.wrong(at+".options", "BASE_TYPE_REQUIRED", "A group has subcommands.")
	case !holds(option.Type) && len(option.Options) > 0:
		c.wrong(at+".options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only subcommands and groups of them have options.")
	}
}

// bounds checks what an option says of what can be given for it.
func (c *checker) bounds(at string, option *store.CommandOption) {
	numbers, texts := option.Type == store.OptionInteger || option.Type == store.OptionNumber, option.Type == store.OptionString
	c.only(at+".min_value", numbers, option.MinValue != nil)
	c.only(at+".max_value", numbers, option.MaxValue != nil)
	c.only(at+".min_length", texts, option.MinLength != nil)
	c.only(at+".max_length", texts, option.MaxLength != nil)
	c.only(at+".choices", numbers || texts, len(option.Choices) > 0)
	c.only(at+".autocomplete", numbers || texts, option.Autocomplete)
	c.only(at+".channel_types", option.Type == store.OptionChannel, len(option.ChannelTypes) > 0)
	if option.MinValue != nil {
		c.number(at+".min_value", option.Type, *option.MinValue)
	}
	if option.MaxValue != nil {
		c.number(at+".max_value", option.Type, *option.MaxValue)
	}
	if option.MinValue != nil && option.MaxValue != nil && *option.MinValue > *option.MaxValue {
		c.wrong(at+".max_value", "NUMBER_TYPE_MIN", "Must be at least min_value.")
	}
	if option.MinLength != nil && (*option.MinLength < 0 || *option.MinLength > maxTextLength) {
		c.wrong(at+".min_length", "NUMBER_TYPE_RANGE", "Must be between 0 and %d.", maxTextLength)
	}
	if option.MaxLength != nil && (*option.MaxLength < 1 || *option.MaxLength > maxTextLength) {
		c.wrong(at+".max_length", "NUMBER_TYPE_RANGE", "Must be between 1 and %d.", maxTextLength)
	}
	if option.MinLength != nil && option.MaxLength != nil && *option.MinLength > *option.MaxLength {
		c.wrong(at+".max_length", "NUMBER_TYPE_MIN", "Must be at least min_length.")
	}
	if option.Autocomplete && len(option.Choices) > 0 {
		c.wrong(at+".autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Autocomplete cannot be set when there are choices.")
	}
	for i, of := range option.ChannelTypes {
		if !slices.Contains(channelTypes, of) {
			c.wrong(fmt.Sprintf("%s.channel_types.%d", at, i), "BASE_TYPE_CHOICES", "There are no channels of the type %d.", of)
		}
	}
	if len(option.ChannelTypes) == 0 {
		option.ChannelTypes = nil
	}
}

// channelTypes are those that options can ask for: of upstream, also where there are none of them here.
var channelTypes = []store.ChannelType{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16}

// only asks that something is said of options alone that it can be said of.
func (c *checker) only(path string, can, said bool) {
	if said && !can {
		c.wrong(path, "APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", "Options of this type do not have this.")
	}
}
