package chat

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxDescription is how many characters a guild's description may have.
const maxDescription = 300

// maxSystemFlags has every flag of system channels that the wire contract knows.
const maxSystemFlags = 1<<6 - 1

// GuildEdit changes what is not nil. A zero id takes the setting away.
type GuildEdit struct {
	Name, Description                     *string
	VerificationLevel                     *int
	DefaultMessageNotifications           *int
	ExplicitContentFilter                 *int
	AFKChannelID                          *id.ID
	AFKTimeout                            *int
	SystemChannelID                       *id.ID
	SystemChannelFlags                    *int
	RulesChannelID                        *id.ID
	PreferredLocale                       *string
	Icon, Banner, Splash, DiscoverySplash PictureChange
	// OwnerID gives the guild to another member; only the owner can.
	OwnerID *id.ID
}

// The verification levels that a hall can tell: an account must be five minutes old, a membership also ten. Those that ask for a verified e-mail address alone or
// a telephone number cannot be kept.
const (
	verificationNone   = 0
	verificationMedium = 2
	verificationHigh   = 3
)

var (
	afkTimeouts   = []int{60, 300, 900, 1800, 3600}
	textChannels  = []store.ChannelType{store.ChannelText, store.ChannelAnnouncement}
	voiceChannels = []store.ChannelType{store.ChannelVoice, store.ChannelStage}
)

// Update changes a guild's settings; it needs MANAGE_GUILD.
func (g *Guilds) Update(ctx context.Context, caller Caller, guildID id.ID, edit GuildEdit) (view *View, err error) {
	taken, err := g.takePictures(ctx, caller, guildID, edit)
	if err != nil {
		return nil, err
	}
	defer func() { taken.settle(ctx, err) }()
	err = g.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := g.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		if err := a.need(perm.ManageGuild); err != nil {
			return err
		}
		if err := edit.check(a.view); err != nil {
			return err
		}
		if edit.OwnerID != nil && *edit.OwnerID != a.view.Guild.OwnerID {
			if err := g.checkTransfer(ctx, a, *edit.OwnerID); err != nil {
				return err
			}
		}
		handedOver := false
		updated, err := g.Store.UpdateGuild(ctx, guildID, func(guild *store.Guild) error {
			if handedOver = edit.OwnerID != nil && guild.OwnerID != a.view.Guild.OwnerID; handedOver {
				return notOwner()
			}
			edit.apply(guild)
			taken.set("icon", &guild.Icon)
			taken.set("banner", &guild.Banner)
			taken.set("splash", &guild.Splash)
			taken.set("discovery_splash", &guild.DiscoverySplash)
			return nil
		})
		g.views.renew(guildID)
		if handedOver { // on another node
			return notOwner()
		}
		if errors.Is(err, store.ErrNotFound) {
			return fail(UnknownGuild)
		}
		if err != nil {
			return internal("updating a guild", err)
		}
		var acts []act
		if changes := differences(auditGuild(&a.view.Guild), auditGuild(&updated)); changes != nil {
			acts = append(acts, act{action: store.AuditGuildUpdate, target: guildID, changes: changes})
		}
		return g.did(ctx, caller, guildID, acts, event.GuildUpdated{Guild: updated})
	})
	if err != nil {
		return nil, err
	}
	return g.views.Guild(ctx, guildID)
}

// takePictures takes in the pictures of an edit, from those who may change the guild.
func (g *Guilds) takePictures(ctx context.Context, caller Caller, guildID id.ID, edit GuildEdit) (*pictures, error) {
	a, err := g.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	if err := a.need(perm.ManageGuild); err != nil {
		return nil, err
	}
	return g.files.takePictures(ctx, map[string]PictureChange{"icon": edit.Icon, "banner": edit.Banner, "splash": edit.Splash, "discovery_splash": edit.DiscoverySplash},
		map[string]pictureBounds{"icon": facePicture, "banner": widePicture, "splash": widePicture, "discovery_splash": widePicture})
}

func notOwner() *Error {
	return &Error{Kind: MissingPermission, Message: "Only the owner can give a guild to somebody else."}
}

// checkTransfer asks whether the caller may give the guild to a user.
func (g *Guilds) checkTransfer(ctx context.Context, a access, newOwnerID id.ID) error {
	if !a.isOwner() {
		return notOwner()
	}
	if _, err := g.views.Member(ctx, a.view.Guild.ID, newOwnerID); err != nil {
		return err
	}
	user, err := g.users.lookup(ctx, newOwnerID)
	if err != nil {
		return internal("reading a guild's new owner", err)
	}
	if user.Bot {
		return invalid("owner_id", "GUILD_OWNER_BOT", "A bot cannot own a guild.")
	}
	if user.Guest {
		return invalid("owner_id", "GUILD_OWNER_GUEST", "A guest cannot own a guild.")
	}
	return nil
}

// check cleans and validates the edit against the guild as it is.
func (e *GuildEdit) check(view *View) error {
	var wrong fieldErrors
	if e.Name != nil {
		name := wrong.name("name", *e.Name, 2, 100)
		e.Name = &name
	}
	if e.Description != nil {
		description := wrong.text("description", *e.Description, maxDescription)
		e.Description = &description
	}
	if e.DefaultMessageNotifications != nil {
		wrong.number("default_message_notifications", *e.DefaultMessageNotifications, 0, 1)
	}
	if e.SystemChannelFlags != nil {
		wrong.number("system_channel_flags", *e.SystemChannelFlags, 0, maxSystemFlags)
	}
	if e.AFKTimeout != nil && !slices.Contains(afkTimeouts, *e.AFKTimeout) {
		wrong.add("afk_timeout", "BASE_TYPE_CHOICES", "Must be one of 60, 300, 900, 1800 and 3600.")
	}
	if e.PreferredLocale != nil && !isLanguageTag(*e.PreferredLocale) {
		wrong.add("preferred_locale", "BASE_TYPE_CHOICES", "Must be a language tag, such as en-US.")
	}
	wrong.channel(view, "afk_channel_id", e.AFKChannelID, []store.ChannelType{store.ChannelVoice})
	wrong.channel(view, "system_channel_id", e.SystemChannelID, textChannels)
	wrong.channel(view, "rules_channel_id", e.RulesChannelID, textChannels)
	if e.VerificationLevel != nil {
		wrong.number("verification_level", *e.VerificationLevel, 0, 4)
	}
	if e.ExplicitContentFilter != nil {
		wrong.number("explicit_content_filter", *e.ExplicitContentFilter, 0, 2)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	return e.checkSupported()
}

// checkSupported refuses what this hall could only pretend to do.
func (e *GuildEdit) checkSupported() error {
	if e.VerificationLevel != nil && !slices.Contains([]int{verificationNone, verificationMedium, verificationHigh}, *e.VerificationLevel) {
		return &Error{Kind: NotSupported, Message: "This hall does not verify e-mail addresses or telephone numbers, so the verification level can only be 0, 2 or 3."}
	}
	if e.ExplicitContentFilter != nil && *e.ExplicitContentFilter != 0 {
		return &Error{Kind: NotSupported, Message: "This hall does not scan media, so the explicit content filter can only be 0."}
	}
	return nil
}

// channel checks a setting that names a channel of the guild, of one of some types.
func (f *fieldErrors) channel(view *View, path string, channelID *id.ID, types []store.ChannelType) {
	if channelID == nil || *channelID == 0 {
		return
	}
	if channel, found := view.Channel(*channelID); !found || !slices.Contains(types, channel.Type) {
		f.add(path, "CHANNEL_INVALID", "There is no such channel of a fitting type in this guild.")
	}
}

func (e *GuildEdit) apply(guild *store.Guild) {
	set(&guild.Name, e.Name)
	set(&guild.Description, e.Description)
	set(&guild.VerificationLevel, e.VerificationLevel)
	set(&guild.DefaultMessageNotifications, e.DefaultMessageNotifications)
	set(&guild.ExplicitContentFilter, e.ExplicitContentFilter)
	set(&guild.AFKChannelID, e.AFKChannelID)
	set(&guild.AFKTimeout, e.AFKTimeout)
	set(&guild.SystemChannelID, e.SystemChannelID)
	set(&guild.SystemChannelFlags, e.SystemChannelFlags)
	set(&guild.RulesChannelID, e.RulesChannelID)
	set(&guild.PreferredLocale, e.PreferredLocale)
	set(&guild.OwnerID, e.OwnerID)
}

// set changes a field if there is a new value.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// isLanguageTag tells whether a text has the form of a BCP 47 tag: letters, then groups of letters and digits between hyphens, 35 bytes at most (RFC 5646, 4.4.1).
func isLanguageTag(text string) bool {
	if len(text) > 35 {
		return false
	}
	for i, part := range strings.Split(text, "-") {
		if len(part) < 1 || len(part) > 8 || i == 0 && len(part) < 2 {
			return false
		}
		for _, c := range []byte(part) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}
