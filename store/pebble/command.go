package pebble

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type commandRecord struct {
	Type                     int                   `cbor:"1,keyasint,omitempty"`
	Name                     string                `cbor:"2,keyasint,omitempty"`
	NameLocalizations        map[string]string     `cbor:"3,keyasint,omitempty"`
	Description              string                `cbor:"4,keyasint,omitempty"`
	DescriptionLocalizations map[string]string     `cbor:"5,keyasint,omitempty"`
	Options                  []commandOptionRecord `cbor:"6,keyasint,omitempty"`
	DefaultMemberPermissions *uint64               `cbor:"7,keyasint,omitempty"`
	NSFW                     bool                  `cbor:"8,keyasint,omitempty"`
	Contexts                 []int                 `cbor:"9,keyasint,omitempty"`
	IntegrationTypes         []int                 `cbor:"10,keyasint,omitempty"`
	Version                  id.ID                 `cbor:"11,keyasint,omitempty"`
}

type commandOptionRecord struct {
	Type                     int                   `cbor:"1,keyasint,omitempty"`
	Name                     string                `cbor:"2,keyasint,omitempty"`
	NameLocalizations        map[string]string     `cbor:"3,keyasint,omitempty"`
	Description              string                `cbor:"4,keyasint,omitempty"`
	DescriptionLocalizations map[string]string     `cbor:"5,keyasint,omitempty"`
	Required                 bool                  `cbor:"6,keyasint,omitempty"`
	Choices                  []commandChoiceRecord `cbor:"7,keyasint,omitempty"`
	ChannelTypes             []int                 `cbor:"8,keyasint,omitempty"`
	MinValue                 *float64              `cbor:"9,keyasint,omitempty"`
	MaxValue                 *float64              `cbor:"10,keyasint,omitempty"`
	MinLength                *int                  `cbor:"11,keyasint,omitempty"`
	MaxLength                *int                  `cbor:"12,keyasint,omitempty"`
	Autocomplete             bool                  `cbor:"13,keyasint,omitempty"`
	Options                  []commandOptionRecord `cbor:"14,keyasint,omitempty"`
}

type commandChoiceRecord struct {
	Name              string            `cbor:"1,keyasint,omitempty"`
	NameLocalizations map[string]string `cbor:"2,keyasint,omitempty"`
	Text              string            `cbor:"3,keyasint,omitempty"`
	Number            float64           `cbor:"4,keyasint,omitempty"`
}

type commandPermissionsRecord struct {
	Permissions []commandPermissionRecord `cbor:"1,keyasint,omitempty"`
}

type commandPermissionRecord struct {
	ID    id.ID `cbor:"1,keyasint,omitempty"`
	Type  int   `cbor:"2,keyasint,omitempty"`
	Allow bool  `cbor:"3,keyasint,omitempty"`
}

// numbersOf turns numbers of one type into those of another; nothing stays nil.
func numbersOf[To, From ~int](from []From) []To {
	if from == nil {
		return nil
	}
	to := make([]To, len(from))
	for i, one := range from {
		to[i] = To(one)
	}
	return to
}

func newCommandRecord(c store.Command) commandRecord {
	return commandRecord{
		Type: int(c.Type), Name: c.Name, NameLocalizations: c.NameLocalizations, Description: c.Description, DescriptionLocalizations: c.DescriptionLocalizations,
		Options: newCommandOptionRecords(c.Options), DefaultMemberPermissions: c.DefaultMemberPermissions, NSFW: c.NSFW, Contexts: numbersOf[int](c.Contexts),
		IntegrationTypes: c.IntegrationTypes, Version: c.Version,
	}
}

func (r commandRecord) command(at commandPlace) store.Command {
	return store.Command{
		ID: at.commandID, ApplicationID: at.applicationID, GuildID: at.guildID, Type: store.CommandType(r.Type), Name: r.Name, NameLocalizations: r.NameLocalizations,
		Description: r.Description, DescriptionLocalizations: r.DescriptionLocalizations, Options: commandOptions(r.Options), DefaultMemberPermissions: r.DefaultMemberPermissions,
		NSFW: r.NSFW, Contexts: numbersOf[store.InteractionContext](r.Contexts), IntegrationTypes: r.IntegrationTypes, Version: r.Version,
	}
}

func newCommandOptionRecords(options []store.CommandOption) []commandOptionRecord {
	var records []commandOptionRecord
	for _, o := range options {
		record := commandOptionRecord{
			Type: int(o.Type), Name: o.Name, NameLocalizations: o.NameLocalizations, Description: o.Description, DescriptionLocalizations: o.DescriptionLocalizations,
			Required: o.Required, ChannelTypes: numbersOf[int](o.ChannelTypes), MinValue: o.MinValue, MaxValue: o.MaxValue, MinLength: o.MinLength, MaxLength: o.MaxLength,
			Autocomplete: o.Autocomplete, Options: newCommandOptionRecords(o.Options),
		}
		for _, choice := range o.Choices {
			record.Choices = append(record.Choices, commandChoiceRecord(choice))
		}
		records = append(records, record)
	}
	return records
}

func commandOptions(records []commandOptionRecord) []store.CommandOption {
	var options []store.CommandOption
	for _, r := range records {
		option := store.CommandOption{
			Type: store.CommandOptionType(r.Type), Name: r.Name, NameLocalizations: r.NameLocalizations, Description: r.Description, DescriptionLocalizations: r.DescriptionLocalizations,
			Required: r.Required, ChannelTypes: numbersOf[store.ChannelType](r.ChannelTypes), MinValue: r.MinValue, MaxValue: r.MaxValue, MinLength: r.MinLength, MaxLength: r.MaxLength,
			Autocomplete: r.Autocomplete, Options: commandOptions(r.Options),
		}
		for _, choice := range r.Choices {
			option.Choices = append(option.Choices, store.CommandChoice(choice))
		}
		options = append(options, option)
	}
	return options
}

// ownCommand gives a command that shares nothing with another.
func ownCommand(command store.Command) (store.Command, error) {
	text, err := encoding.Marshal(newCommandRecord(command))
	if err != nil {
		return store.Command{}, fmt.Errorf("encode a command: %w", err)
	}
	at := commandPlace{command.ApplicationID, command.GuildID, command.ID}
	record, err := decode[commandRecord](at.key(), text)
	return record.command(at), err
}

// commandPlace is where a command stands.
type commandPlace struct{ applicationID, guildID, commandID id.ID }

func (p commandPlace) key() []byte { return kindCommand.key(p.applicationID, p.guildID, p.commandID) }

func commandsOf(r pebble.Reader, applicationID, guildID id.ID) ([]store.Command, error) {
	return list(r, kindCommand.key(applicationID, guildID), func(commandID id.ID, record commandRecord) store.Command {
		return record.command(commandPlace{applicationID, guildID, commandID})
	})
}

func readCommand(r pebble.Reader, commandID id.ID) (store.Command, error) {
	at := commandPlace{commandID: commandID}
	if err := view(r, kindCommandPlace.key(commandID), func(value []byte) error {
		if len(value) != 2*idBytes {
			return corrupt(kindCommandPlace.key(commandID), errors.New("it does not hold two ids"))
		}
		at.applicationID, at.guildID = id.ID(binary.BigEndian.Uint64(value)), id.ID(binary.BigEndian.Uint64(value[idBytes:]))
		return nil
	}); err != nil {
		return store.Command{}, err
	}
	record, err := get[commandRecord](r, at.key())
	if err != nil {
		return store.Command{}, err
	}
	return record.command(at), nil
}

// needOwnGuild makes sure that there is an application, and that a guild, unless it is zero, is one of its.
func (t *tx) needOwnGuild(applicationID, guildID id.ID) error {
	if err := need(t.db, kindBot.key(applicationID)); err != nil || guildID == 0 {
		return err
	}
	installed, err := has(t.db, kindInstallation.key(guildID, applicationID))
	if err != nil || installed {
		return err
	}
	return need(t.db, kindMember.key(guildID, applicationID))
}

func (t *tx) putCommand(command store.Command) error {
	at := commandPlace{command.ApplicationID, command.GuildID, command.ID}
	t.made(command.ID)
	t.made(command.Version)
	t.set(kindCommandPlace.key(command.ID), slices.Concat(idValue(command.ApplicationID), idValue(command.GuildID)))
	if command.GuildID != 0 {
		t.set(kindGuildCommands.key(command.GuildID, command.ApplicationID), nil)
	}
	return t.put(at.key(), newCommandRecord(command))
}

// PutCommand stores a command, in place of its namesake.
func (s *Store) PutCommand(ctx context.Context, command store.Command, most store.CommandLimits) (store.Command, bool, error) {
	var stored store.Command
	var made bool
	err := s.update(ctx, synced, func(tx *tx) error {
		var err error
		if stored, err = ownCommand(command); err != nil {
			return err
		}
		if err := tx.needOwnGuild(command.ApplicationID, command.GuildID); err != nil {
			return err
		}
		there, err := commandsOf(tx.db, command.ApplicationID, command.GuildID)
		if err != nil {
			return err
		}
		before := store.Namesake(there, &command)
		if made = before == nil; made {
			if err := cmp.Or(free(tx.db, kindCommandPlace.key(command.ID), "id"), most.Room(append(there, command))); err != nil {
				return err
			}
		} else {
			stored.Settle(before)
		}
		return tx.putCommand(stored)
	})
	if err != nil {
		return store.Command{}, false, err
	}
	return stored, made, nil
}

// ReplaceCommands stores commands as all that there are.
func (s *Store) ReplaceCommands(ctx context.Context, applicationID, guildID id.ID, commands []store.Command, most store.CommandLimits) ([]store.Command, error) {
	var stored []store.Command
	err := s.update(ctx, synced, func(tx *tx) error {
		if err := cmp.Or(tx.needOwnGuild(applicationID, guildID), most.Room(commands)); err != nil {
			return err
		}
		there, err := commandsOf(tx.db, applicationID, guildID)
		if err != nil {
			return err
		}
		stored = make([]store.Command, 0, len(commands))
		kept := make(map[id.ID]bool)
		for i := range commands {
			if store.Namesake(commands[:i], &commands[i]) != nil {
				return &store.ConflictError{Field: "name"}
			}
			command, err := ownCommand(commands[i])
			if err != nil {
				return err
			}
			command.ApplicationID, command.GuildID = applicationID, guildID
			if before := store.ReplacedCommand(there, &command); before != nil {
				command.Settle(before)
			} else if err := free(tx.db, kindCommandPlace.key(command.ID), "id"); err != nil {
				return err
			}
			if kept[command.ID] {
				return &store.ConflictError{Field: "id"}
			}
			kept[command.ID] = true
			if err := tx.putCommand(command); err != nil {
				return err
			}
			stored = append(stored, command)
		}
		for i := range there {
			if !kept[there[i].ID] {
				if err := tx.takeCommand(&there[i]); err != nil {
					return err
				}
			}
		}
		if len(commands) == 0 {
			tx.delete(kindGuildCommands.key(guildID, applicationID))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// Command reads a command.
func (s *Store) Command(ctx context.Context, commandID id.ID) (store.Command, error) {
	if err := s.enter(ctx); err != nil {
		return store.Command{}, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot()
	defer func() { _ = snapshot.Close() }()
	return readCommand(snapshot, commandID)
}

// ApplicationCommands gives the commands of an application.
func (s *Store) ApplicationCommands(ctx context.Context, applicationID, guildID id.ID) ([]store.Command, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return commandsOf(s.db, applicationID, guildID)
}

// UpdateCommand applies change to a command.
func (s *Store) UpdateCommand(ctx context.Context, commandID id.ID, change func(*store.Command) error) (store.Command, error) {
	var command store.Command
	err := s.update(ctx, synced, func(tx *tx) error {
		before, err := readCommand(tx.db, commandID)
		if err != nil {
			return err
		}
		draft, err := readCommand(tx.db, commandID)
		if err != nil {
			return err
		}
		if err := change(&draft); err != nil {
			return err
		}
		if command, err = ownCommand(draft); err != nil {
			return err
		}
		command.ApplicationID, command.GuildID, command.Type = before.ApplicationID, before.GuildID, before.Type
		command.Settle(&before)
		there, err := commandsOf(tx.db, command.ApplicationID, command.GuildID)
		if err != nil {
			return err
		}
		if other := store.Namesake(there, &command); other != nil && other.ID != commandID {
			return &store.ConflictError{Field: "name"}
		}
		return tx.putCommand(command)
	})
	if err != nil {
		return store.Command{}, err
	}
	return command, nil
}

// DeleteCommand deletes a command.
func (s *Store) DeleteCommand(ctx context.Context, commandID id.ID) (store.Command, error) {
	var command store.Command
	err := s.update(ctx, synced, func(tx *tx) (err error) {
		if command, err = readCommand(tx.db, commandID); err != nil {
			return err
		}
		there, err := lastIDs(tx.db, kindCommand.key(command.ApplicationID, command.GuildID))
		if err != nil {
			return err
		}
		if len(there) == 1 {
			tx.delete(kindGuildCommands.key(command.GuildID, command.ApplicationID))
		}
		return tx.takeCommand(&command)
	})
	if err != nil {
		return store.Command{}, err
	}
	return command, nil
}

// takeCommand takes a command away, with what is set about it.
func (t *tx) takeCommand(command *store.Command) error {
	t.delete(kindCommand.key(command.ApplicationID, command.GuildID, command.ID))
	t.delete(kindCommandPlace.key(command.ID))
	return t.takePermissionsOf(command.ApplicationID, command.ID)
}

// takePermissionsOf takes away what is set about a command or an application in all guilds.
func (t *tx) takePermissionsOf(applicationID, targetID id.ID) error {
	guildIDs, err := lastIDs(t.db, kindCommandSetIn.key(targetID))
	for _, guildID := range guildIDs {
		t.delete(kindCommandPermissions.key(guildID, applicationID, targetID))
	}
	t.deleteAll(kindCommandSetIn.key(targetID))
	return err
}

// takeGuildCommands takes away the commands that an application has for a guild, and what is set about all of its commands there.
func (t *tx) takeGuildCommands(guildID, applicationID id.ID) error {
	commandIDs, err := lastIDs(t.db, kindCommand.key(applicationID, guildID))
	if err != nil {
		return err
	}
	for _, commandID := range commandIDs {
		t.delete(kindCommandPlace.key(commandID))
	}
	t.deleteAll(kindCommand.key(applicationID, guildID))
	t.delete(kindGuildCommands.key(guildID, applicationID))
	targetIDs, err := lastIDs(t.db, kindCommandPermissions.key(guildID, applicationID))
	for _, targetID := range targetIDs {
		t.delete(kindCommandSetIn.key(targetID, guildID))
	}
	t.deleteAll(kindCommandPermissions.key(guildID, applicationID))
	return err
}

// takeCommands takes away all commands of an application that goes.
func (t *tx) takeCommands(applicationID id.ID) error {
	prefix := kindCommand.key(applicationID)
	if err := scan(t.db, prefix, after(prefix), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 3); err != nil {
			return false, err
		}
		guildID, commandID := idAt(key, 1), idAt(key, 2)
		t.delete(kindGuildCommands.key(guildID, applicationID))
		t.delete(kindCommandPlace.key(commandID))
		return true, t.takePermissionsOf(applicationID, commandID)
	}); err != nil {
		return err
	}
	t.deleteAll(prefix)
	return t.takePermissionsOf(applicationID, applicationID)
}

// takeCommandsOfGuild takes away what all applications have in a guild that goes.
func (t *tx) takeCommandsOfGuild(guildID id.ID) error {
	applicationIDs, err := lastIDs(t.db, kindGuildCommands.key(guildID))
	if err != nil {
		return err
	}
	for _, applicationID := range applicationIDs {
		if err := t.takeGuildCommands(guildID, applicationID); err != nil {
			return err
		}
	}
	prefix := kindCommandPermissions.key(guildID)
	err = scan(t.db, prefix, after(prefix), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 3); err != nil {
			return false, err
		}
		t.delete(kindCommandSetIn.key(idAt(key, 2), guildID))
		return true, nil
	})
	t.deleteAll(prefix)
	return err
}

// SetCommandPermissions stores what is set about a command or an application.
func (s *Store) SetCommandPermissions(ctx context.Context, permissions store.CommandPermissions) error {
	return s.update(ctx, synced, func(tx *tx) error {
		guildID, applicationID, targetID := permissions.GuildID, permissions.ApplicationID, permissions.TargetID
		if guildID == 0 {
			return store.ErrNotFound
		}
		if err := tx.needOwnGuild(applicationID, guildID); err != nil {
			return err
		}
		if targetID != applicationID {
			command, err := readCommand(tx.db, targetID)
			if err == nil && (command.ApplicationID != applicationID || command.GuildID != 0 && command.GuildID != guildID) {
				err = store.ErrNotFound
			}
			if err != nil {
				return err
			}
		}
		key := kindCommandPermissions.key(guildID, applicationID, targetID)
		if len(permissions.Permissions) == 0 {
			tx.delete(key)
			tx.delete(kindCommandSetIn.key(targetID, guildID))
			return nil
		}
		var record commandPermissionsRecord
		for _, one := range permissions.Permissions {
			record.Permissions = append(record.Permissions, commandPermissionRecord{ID: one.ID, Type: int(one.Type), Allow: one.Allow})
		}
		tx.set(kindCommandSetIn.key(targetID, guildID), nil)
		return tx.put(key, record)
	})
}

// CommandPermissions gives what is set about an application and its commands.
func (s *Store) CommandPermissions(ctx context.Context, guildID, applicationID id.ID) ([]store.CommandPermissions, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	return list(s.db, kindCommandPermissions.key(guildID, applicationID), func(targetID id.ID, record commandPermissionsRecord) store.CommandPermissions {
		set := store.CommandPermissions{GuildID: guildID, ApplicationID: applicationID, TargetID: targetID}
		for _, one := range record.Permissions {
			set.Permissions = append(set.Permissions, store.CommandPermission{ID: one.ID, Type: store.CommandPermissionType(one.Type), Allow: one.Allow})
		}
		return set
	})
}

func (c *checker) commands() {
	places := 0
	for e := range c.each(kindCommand) {
		applicationID, guildID, commandID := idAt(e.key, 0), idAt(e.key, 1), idAt(e.key, 2)
		c.made(commandID, e)
		c.made(record[commandRecord](c, e).Version, e)
		c.value(kindBot.key(applicationID), e)
		c.same(kindCommandPlace.key(commandID), slices.Concat(idValue(applicationID), idValue(guildID)), e)
		if guildID != 0 {
			c.value(kindGuild.key(guildID), e)
			c.value(kindGuildCommands.key(guildID, applicationID), e)
		}
		places++
	}
	if c.counts[kindCommandPlace] != places {
		c.fail("%d commands are in %d places", places, c.counts[kindCommandPlace])
	}
	for e := range c.each(kindGuildCommands) {
		commands, err := lastIDs(c.r, kindCommand.key(idAt(e.key, 1), idAt(e.key, 0)))
		if err != nil || len(commands) == 0 {
			c.fail("the %s %x is of an application without commands", e.kind(), e.key)
		}
	}
	for e := range c.each(kindCommandPermissions) {
		guildID, applicationID, targetID := idAt(e.key, 0), idAt(e.key, 1), idAt(e.key, 2)
		record[commandPermissionsRecord](c, e)
		c.value(kindGuild.key(guildID), e)
		c.value(kindBot.key(applicationID), e)
		c.value(kindCommandSetIn.key(targetID, guildID), e)
		if targetID != applicationID {
			c.value(kindCommandPlace.key(targetID), e)
		}
	}
	if c.counts[kindCommandSetIn] != c.counts[kindCommandPermissions] {
		c.fail("%d permissions of commands are found in %d ways", c.counts[kindCommandPermissions], c.counts[kindCommandSetIn])
	}
}
