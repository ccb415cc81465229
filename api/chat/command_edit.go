package chat

import (
	"context"
	"errors"
	"fmt"

	"guildhall/api/chat/command"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// commandLimits are how many commands an application can have everywhere, and as many again in each guild, as upstream.
var commandLimits = store.CommandLimits{store.CommandChatInput: 100, store.CommandUser: 15, store.CommandMessage: 15}

// mayHave asks whether the caller looks after the commands of an application in a guild (zero: everywhere): its bot does, its owner and the command line. The application must be in the guild.
func (c *Commands) mayHave(ctx context.Context, caller Caller, applicationID, guildID id.ID) error {
	if err := c.bots.mayUse(ctx, caller, applicationID); err != nil || guildID == 0 {
		return err
	}
	in, err := c.inGuild(ctx, guildID, applicationID)
	if err == nil && !in {
		return fail(MissingAccess)
	}
	return err
}

// List gives the commands that an application has everywhere (guildID zero), or for a guild, in ascending order of id. Nobody may write to what they hold.
func (c *Commands) List(ctx context.Context, caller Caller, applicationID, guildID id.ID) ([]store.Command, error) {
	if err := c.mayHave(ctx, caller, applicationID, guildID); err != nil {
		return nil, err
	}
	return c.of(ctx, applicationID, guildID)
}

// Get gives one of the commands that List gives.
func (c *Commands) Get(ctx context.Context, caller Caller, applicationID, guildID, commandID id.ID) (store.Command, error) {
	commands, err := c.List(ctx, caller, applicationID, guildID)
	return pickCommand(commands, commandID, err)
}

// Put makes a command, in place of the one of its name and type if there is one, and tells whether it is new.
func (c *Commands) Put(ctx context.Context, caller Caller, applicationID, guildID id.ID, draft command.Draft) (stored store.Command, made bool, err error) {
	if err := c.mayHave(ctx, caller, applicationID, guildID); err != nil {
		return store.Command{}, false, err
	}
	wanted, wrong := command.Make(draft)
	if len(wrong) > 0 {
		return store.Command{}, false, draftProblems("", wrong)
	}
	err = c.write(ctx, applicationID, guildID, func(ctx context.Context) (err error) {
		stored, made, err = c.Store.PutCommand(ctx, c.placed(wanted, applicationID, guildID), commandLimits)
		return err
	})
	return stored, made, err
}

// placed gives a command its ids.
func (c *Commands) placed(wanted store.Command, applicationID, guildID id.ID) store.Command {
	wanted.ID, wanted.ApplicationID, wanted.GuildID, wanted.Version = c.IDs.Next(), applicationID, guildID, c.IDs.Next()
	if guildID != 0 {
		wanted.Contexts = nil // it can be used where it is for
	}
	return wanted
}

// Replace makes commands all that an application has everywhere, or for a guild, and gives them in the order given. Those of the same name and type as before, or that name their id, are the same ones.
func (c *Commands) Replace(ctx context.Context, caller Caller, applicationID, guildID id.ID, drafts []command.Draft) (stored []store.Command, err error) {
	if err := c.mayHave(ctx, caller, applicationID, guildID); err != nil {
		return nil, err
	}
	before, err := c.of(ctx, applicationID, guildID)
	if err != nil {
		return nil, err
	}
	var all fieldErrors
	wanted := make([]store.Command, 0, min(len(drafts), 200))
	seen := make(map[string]bool)
	for i, draft := range drafts {
		one, wrong := command.Make(draft)
		if len(wrong) > 0 {
			all = append(all, draftProblems(fmt.Sprint(i), wrong).Fields...)
			continue
		}
		key := fmt.Sprint(one.Type, one.Name)
		if seen[key] {
			all.add(fmt.Sprintf("%d.name", i), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique.")
		}
		seen[key] = true
		one = c.placed(one, applicationID, guildID)
		if old, err := pickCommand(before, draft.ID, nil); err == nil && old.Type == one.Type {
			one.ID = old.ID
		}
		wanted = append(wanted, one)
	}
	if err := all.err(); err != nil {
		return nil, err
	}
	err = c.write(ctx, applicationID, guildID, func(ctx context.Context) (err error) {
		stored, err = c.Store.ReplaceCommands(ctx, applicationID, guildID, wanted, commandLimits)
		return err
	})
	return stored, err
}

// Update changes a command by what a draft says; its type stays.
func (c *Commands) Update(ctx context.Context, caller Caller, applicationID, guildID, commandID id.ID, draft command.Draft) (stored store.Command, err error) {
	if _, err := c.Get(ctx, caller, applicationID, guildID, commandID); err != nil {
		return store.Command{}, err
	}
	err = c.write(ctx, applicationID, guildID, func(ctx context.Context) (err error) {
		stored, err = c.Store.UpdateCommand(ctx, commandID, func(kept *store.Command) error {
			changed, wrong := command.Change(*kept, draft)
			if len(wrong) > 0 {
				return draftProblems("", wrong)
			}
			*kept = c.placed(changed, applicationID, guildID)
			return nil
		})
		return err
	})
	return stored, err
}

// Delete deletes a command, with what is set about it.
func (c *Commands) Delete(ctx context.Context, caller Caller, applicationID, guildID, commandID id.ID) error {
	if _, err := c.Get(ctx, caller, applicationID, guildID, commandID); err != nil {
		return err
	}
	return c.write(ctx, applicationID, guildID, func(ctx context.Context) error {
		_, err := c.Store.DeleteCommand(ctx, commandID)
		return err
	})
}

// write changes the commands of an application, and has everybody forget what they were.
func (c *Commands) write(ctx context.Context, applicationID, guildID id.ID, change func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx) // what is stored is told
	err := change(ctx)
	c.views.commands.lists.drop(commandsKey{applicationID, guildID})
	if err != nil {
		return commandFailure(guildID, err)
	}
	c.publish(ctx, event.CommandsChanged{ApplicationID: applicationID, GuildID: guildID})
	return nil
}

// draftProblems are what is wrong with a command, as errors of fields below a path.
func draftProblems(path string, wrong []command.Problem) *Error {
	failed := &Error{Kind: Invalid}
	for _, problem := range wrong {
		at := problem.Path
		switch {
		case path == "":
		case at == "":
			at = path
		default:
			at = path + "." + at
		}
		failed.Fields = append(failed.Fields, FieldError{Path: at, Code: problem.Code, Message: problem.Message})
	}
	return failed
}

func commandFailure(guildID id.ID, err error) error {
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if full, ok := errors.AsType[*store.LimitError](err); ok {
		return &Error{Kind: MaxCommands, Message: fmt.Sprintf("Maximum number of application commands reached (%d)", full.Max)}
	}
	if _, taken := errors.AsType[*store.ConflictError](err); taken {
		return invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique.")
	}
	switch {
	case errors.Is(err, store.ErrNotFound) && guildID != 0:
		return fail(MissingAccess) // taken out just now
	case errors.Is(err, store.ErrNotFound):
		return fail(UnknownCommand)
	}
	return internal("changing commands", err)
}
