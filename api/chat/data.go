package chat

import (
	"context"
	"errors"
	"io"
	"time"

	"guildhall/store"
	"guildhall/store/ephemeral"
	"guildhall/store/id"
)

// attemptsAtData is how often a person can have the data of their account.
var attemptsAtData = ephemeral.Limit{Burst: 3, Per: time.Hour}

// maxGatherings is how many people are given their data at a time: every message there is may be looked at for each.
const maxGatherings = 2

// dataPage is how many messages are read at a time.
const dataPage = 500

// Data is what the hall keeps of one account, for its holder: what is small at once, the messages one after the other.
type Data struct {
	User     store.User
	Sessions []store.LoginSession
	// Factors and SecurityEvents are without anything that is secret.
	Factors        Factors
	SecurityEvents []store.SecurityEvent
	// Linked are the accounts elsewhere that can sign in to this one.
	Linked        LinkedIdentities
	Settings      store.UserSettings
	GuildSettings []store.GuildSettings
	Relationships []Relationship
	Notes         map[id.ID]string
	// Guilds are those that the account is in, as they are.
	Guilds []store.Guild
	// Memberships are the account's places in them, in the same order.
	Memberships []store.Member
	Bots        []Application
	Directs     []Channel
	// FileBytes is how many bytes the account's files have.
	FileBytes int64

	store store.Store
	files *Files
	done  func()
}

// Close makes room for others. It must be called when the data is not used any more.
func (d *Data) Close() { d.done() }

// Data gathers what the hall keeps of the caller's account. It needs the password, and is had a few times an hour, by few people at once. The caller closes it.
func (c *Chat) Data(ctx context.Context, caller Caller, password string) (*Data, error) {
	if caller.Bot {
		return nil, fail(BotsBarred)
	}
	user, err := c.Users.Store.User(ctx, caller.UserID)
	if err != nil {
		return nil, unknownUser(err)
	}
	if err := c.Users.confirm(ctx, caller, user, "password", &password); err != nil {
		return nil, err
	}
	if err := c.Accounts.attempt(ctx, "data/"+caller.UserID.String(), attemptsAtData); err != nil {
		return nil, err
	}
	select {
	case c.gatherings <- struct{}{}:
	default:
		return nil, &Error{Kind: RateLimited, Message: "Others are being given their data. Try again in a minute.", RetryAfter: time.Minute}
	}
	data := &Data{User: withoutHash(user), store: c.Users.Store, files: c.Files, done: func() { <-c.gatherings }}
	if err := c.gather(ctx, caller, data); err != nil {
		data.Close()
		return nil, err
	}
	return data, nil
}

func (c *Chat) gather(ctx context.Context, caller Caller, data *Data) error {
	for _, gather := range []func() error{
		func() (err error) { data.Sessions, err = c.Accounts.Sessions(ctx, caller); return err },
		func() (err error) { data.Factors, err = c.Accounts.Factors(ctx, caller); return err },
		func() (err error) {
			data.SecurityEvents, err = c.Accounts.SecurityEvents(ctx, caller, 0, maxSecurityEvents)
			return err
		},
		func() (err error) { data.Linked, err = c.Providers.Linked(ctx, caller); return err },
		func() (err error) { data.Settings, err = c.Settings.Get(ctx, caller); return err },
		func() (err error) { data.GuildSettings, err = c.Settings.Guilds(ctx, caller); return err },
		func() (err error) { data.Relationships, err = c.Relationships.List(ctx, caller); return err },
		func() (err error) { data.Notes, err = c.Relationships.Notes(ctx, caller); return err },
		func() (err error) { data.Bots, err = c.Bots.List(ctx, caller, caller.UserID); return err },
		func() (err error) { data.Directs, err = c.Directs.List(ctx, caller); return err },
		func() (err error) { data.FileBytes, err = c.Files.Used(ctx, caller); return err },
		func() error { return data.gatherGuilds(ctx, c.Views, caller) },
	} {
		if err := gather(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Data) gatherGuilds(ctx context.Context, views *Views, caller Caller) error {
	guildIDs, err := views.UserGuilds(ctx, caller.UserID)
	if err != nil {
		return err
	}
	for _, guildID := range guildIDs {
		view, err := views.Guild(ctx, guildID)
		if err == nil {
			var member *store.Member
			if member, err = views.Member(ctx, guildID, caller.UserID); err == nil {
				d.Guilds, d.Memberships = append(d.Guilds, view.Guild), append(d.Memberships, ownMember(member))
			}
		}
		switch KindOf(err) {
		case UnknownGuild, UnknownMember:
			continue // gone meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EachPicture visits the pictures that the account and its bots show, each under a name such as "avatar" or "servers/1/banner", without an extension. content is read within the visit. An error of visit
// ends it; a picture that is another one by now is left out.
func (d *Data) EachPicture(ctx context.Context, visit func(name, contentType string, content io.Reader) error) error {
	type shown struct {
		name    string
		picture *store.Picture
	}
	all := []shown{{"avatar", d.User.Avatar}, {"banner", d.User.Banner}}
	for _, member := range d.Memberships {
		all = append(all, shown{"servers/" + member.GuildID.String() + "/avatar", member.Avatar}, shown{"servers/" + member.GuildID.String() + "/banner", member.Banner})
	}
	for _, bot := range d.Bots {
		all = append(all, shown{"bots/" + bot.User.ID.String() + "/avatar", bot.User.Avatar}, shown{"bots/" + bot.User.ID.String() + "/banner", bot.User.Banner})
	}
	for _, one := range all {
		if one.picture == nil {
			continue
		}
		opened, err := d.files.open(ctx, one.picture.Blob)
		if KindOf(err) == UnknownFile {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(visit(one.name, one.picture.ContentType, opened), opened.Close()); err != nil {
			return err
		}
	}
	return nil
}

// EachMessage visits all that the account wrote, channel by channel in ascending order, also where it may no longer look. An error of visit ends it.
func (d *Data) EachMessage(ctx context.Context, visit func(store.Message) error) error {
	for at := (store.MessagePlace{}); ; {
		page, err := d.store.AuthoredMessages(ctx, d.User.ID, at, dataPage)
		if err != nil {
			return internal("read an account's messages", err)
		}
		for _, message := range page {
			if err := visit(message); err != nil {
				return err
			}
		}
		if len(page) < dataPage {
			return nil
		}
		last := page[len(page)-1]
		at = store.MessagePlace{ChannelID: last.ChannelID, MessageID: last.ID}
	}
}
