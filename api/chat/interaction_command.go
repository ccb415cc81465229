package chat

import (
	"context"
	"encoding/json"
	"strconv"

	"guildhall/api/chat/command"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// CommandUse is a command that somebody uses, or is about to use while they fill in an option.
type CommandUse struct {
	ID id.ID
	// Options are what is given along; those of files have the id of the upload for their value.
	Options []command.Given
	// TargetID is the account or the message that a command is used on; zero for others.
	TargetID id.ID
}

// useCommand uses a command, or asks its application what could be given for an option of it.
func (i *Interactions) useCommand(ctx context.Context, u *using, use *InteractionUse) error {
	if use.Command == nil || use.ApplicationID == 0 {
		return invalid("application_id", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	if err := i.address(ctx, u, use.ApplicationID); err != nil {
		return err
	}
	used, err := i.commands.Use(ctx, u.a.caller, u.channel.ID, use.ApplicationID, use.Command.ID)
	if err != nil {
		return err
	}
	u.pending.Type, u.pending.Origin.Name = store.MessageCommand, used.Name
	data := map[string]any{"id": used.ID, "name": used.Name, "type": used.Type}
	if used.GuildID != 0 {
		data["guild_id"] = used.GuildID
	}
	r := resolver{interactions: i, using: u, attachments: use.Attachments}
	switch {
	case use.Kind == event.InteractionAutocomplete:
		err = i.complete(u, &used, use.Command, data)
	case used.Type == store.CommandChatInput:
		err = i.runCommand(ctx, &r, &used, use.Command, data)
	default:
		u.pending.Type, data["target_id"] = store.MessageContextMenu, use.Command.TargetID
		err = r.target(ctx, used.Type, use.Command.TargetID)
	}
	if err != nil {
		return err
	}
	u.created.Resolved = r.resolved
	return u.data(data)
}

// complete asks what could be given for the option that is being filled in.
func (i *Interactions) complete(u *using, used *store.Command, given *CommandUse, data map[string]any) error {
	if used.Type != store.CommandChatInput {
		return invalid("data.type", "BASE_TYPE_CHOICES", "Only what is written has options.")
	}
	reading, problems := command.ReadFocused(used, given.Options, "data.options")
	if problems != nil {
		return givenProblems(problems)
	}
	u.pending.OptionType = int(reading.Focused.Type)
	data["options"] = optionValues(reading.Options)
	return nil
}

// runCommand reads what is given along with a command that is written, and gathers what it names.
func (i *Interactions) runCommand(ctx context.Context, r *resolver, used *store.Command, given *CommandUse, data map[string]any) error {
	reading, problems := command.Read(used, given.Options, "data.options")
	if problems != nil {
		return givenProblems(problems)
	}
	for _, wanted := range reading.Wanted {
		found, err := r.want(ctx, &wanted)
		if err != nil {
			return err
		}
		if !found {
			return invalid(wanted.Path, "BASE_TYPE_CHOICES", "There is no %s here that can be given.", wanted.ID)
		}
	}
	r.using.pending.Origin.Name = reading.Path
	if len(reading.Options) > 0 {
		data["options"] = optionValues(reading.Options)
	}
	return nil
}

// givenProblems tells what is wrong with what was given along with a command.
func givenProblems(problems []command.Problem) error {
	var wrong fieldErrors
	for _, problem := range problems {
		wrong.add(problem.Path, problem.Code, "%s", problem.Message)
	}
	return wrong.err()
}

// want gathers what an option names.
func (r *resolver) want(ctx context.Context, wanted *command.Wanted) (bool, error) {
	switch wanted.Type {
	case store.OptionUser:
		return r.user(ctx, wanted.ID)
	case store.OptionRole:
		return r.role(wanted.ID), nil
	case store.OptionMentionable:
		if r.role(wanted.ID) {
			return true, nil
		}
		return r.user(ctx, wanted.ID)
	case store.OptionChannel:
		types := make([]int, len(wanted.ChannelTypes))
		for at, kind := range wanted.ChannelTypes {
			types[at] = int(kind)
		}
		return r.channel(ctx, wanted.ID, types)
	}
	return r.file(ctx, wanted.ID)
}

// target gathers what a command of a context menu is used on.
func (r *resolver) target(ctx context.Context, kind store.CommandType, targetID id.ID) error {
	origin := &r.using.pending.Origin
	if kind == store.CommandUser {
		origin.TargetUserID = targetID
		if found, err := r.user(ctx, targetID); err != nil || found {
			return err
		}
		return fail(UnknownUser)
	}
	origin.TargetMessageID = targetID
	if err := need(r.using.held, perm.ReadMessageHistory); err != nil {
		return err
	}
	message, err := r.interactions.messages.read(ctx, r.using.channel.ID, targetID)
	if err != nil {
		return err
	}
	posted, err := r.interactions.messages.completeOne(ctx, r.using.channel, message)
	if err != nil {
		return err
	}
	r.resolved.Messages = append(r.resolved.Messages, posted)
	return nil
}

// optionValue is an option that was given, as its application is told it.
type optionValue struct {
	Name    string                  `json:"name"`
	Type    store.CommandOptionType `json:"type"`
	Value   any                     `json:"value,omitempty"`
	Options []optionValue           `json:"options,omitempty"`
	Focused bool                    `json:"focused,omitempty"`
}

func optionValues(values []command.Value) []optionValue {
	told := make([]optionValue, len(values))
	for at := range values {
		one := &values[at]
		told[at] = optionValue{Name: one.Name, Type: one.Type, Focused: one.Focused}
		switch {
		case one.Type == store.OptionSubcommand || one.Type == store.OptionSubcommandGroup:
			told[at].Options = optionValues(one.Options)
		case one.Focused || one.Type == store.OptionString:
			told[at].Value = one.Text
		case one.Type == store.OptionInteger || one.Type == store.OptionNumber:
			told[at].Value = json.RawMessage(strconv.FormatFloat(one.Number, 'f', -1, 64))
		case one.Type == store.OptionBoolean:
			told[at].Value = one.On
		default:
			told[at].Value = one.ID
		}
	}
	return told
}
