package gateway

import (
	"context"

	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// receive is called by the bus for every event of the guild, one at a time.
func (h *guildHub) receive(e event.Event) {
	ctx := context.Background()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := e.(type) {
	case event.MessageCreated:
		h.message("MESSAGE_CREATE", e)
	case event.MessageUpdated:
		h.message("MESSAGE_UPDATE", event.MessageCreated(e))
	case event.MessageDeleted:
		h.toViewers(e.ChannelID, intentMessages, "MESSAGE_DELETE", wire.MessageDelete{ID: e.MessageID, ChannelID: e.ChannelID, GuildID: e.GuildID})
	case event.TypingStarted:
		h.typing(e)
	case event.PresenceChanged:
		h.toAll(intentPresences, "PRESENCE_UPDATE", wire.NewPresence(e.UserID, e.GuildID, e.Presence))
	case event.VoiceStateUpdated:
		h.voiceState(e)
	case event.MemberAdded:
		h.toAll(intentMembers, "GUILD_MEMBER_ADD", wire.GuildMember{Member: wire.NewMember(e.Member, e.User), GuildID: h.guildID})
	case event.MemberUpdated:
		h.memberUpdated(ctx, e)
	case event.MemberRemoved:
		h.toAll(intentMembers, "GUILD_MEMBER_REMOVE", wire.GuildMemberRemove{GuildID: e.GuildID, User: wire.NewUser(e.User)})
	default:
		h.structure(ctx, e)
	}
}

// structure handles the events that change the guild itself.
func (h *guildHub) structure(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.GuildUpdated:
		h.guildUpdated(ctx, e)
	case event.GuildDeleted:
		h.guildDeleted()
	case event.ChannelCreated:
		h.channelCreated(ctx, e)
	case event.ChannelUpdated:
		h.channelUpdated(ctx, e)
	case event.ChannelDeleted:
		h.channelDeleted(ctx, e)
	case event.RoleCreated:
		h.toAll(intentGuilds, "GUILD_ROLE_CREATE", wire.GuildRole{GuildID: h.guildID, Role: wire.NewRole(e.Role)})
	case event.RoleUpdated:
		h.toAll(intentGuilds, "GUILD_ROLE_UPDATE", wire.GuildRole{GuildID: h.guildID, Role: wire.NewRole(e.Role)})
		h.lookAgain(ctx)
	case event.RoleDeleted:
		h.toAll(intentGuilds, "GUILD_ROLE_DELETE", wire.GuildRoleDelete{GuildID: e.GuildID, RoleID: e.RoleID})
		h.lookAgain(ctx)
	case event.InviteCreated:
		h.inviteCreated(ctx, e)
	case event.InviteDeleted:
		h.toManagers(ctx, e.ChannelID, "INVITE_DELETE", wire.InviteDelete{Code: e.Code, GuildID: e.GuildID, ChannelID: e.ChannelID})
	}
}

// toAll hands a dispatch to every session that wants its kind.
func (h *guildHub) toAll(kind intents, name string, payload any) {
	var b *body
	for seat := range h.seats {
		if !seat.wants(kind) {
			continue
		}
		if b == nil {
			if b = h.gateway.encode(name, payload); b == nil {
				return
			}
		}
		seat.deliver(b)
	}
}

// toViewers hands a dispatch to every session that wants its kind and may view the channel.
func (h *guildHub) toViewers(channelID id.ID, kind intents, name string, payload any) {
	var b *body
	for seat := range h.seats {
		if !seat.wants(kind) || !seat.sight.sees(channelID) {
			continue
		}
		if b == nil {
			if b = h.gateway.encode(name, payload); b == nil {
				return
			}
		}
		seat.deliver(b)
	}
}

// toManagers hands a dispatch to the sessions of those who look after a channel's invites.
func (h *guildHub) toManagers(ctx context.Context, channelID id.ID, name string, payload any) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return
	}
	b := h.gateway.encode(name, payload)
	for seat := range h.seats {
		if b == nil || !seat.wants(intentInvites) {
			continue
		}
		member, err := h.gateway.Chat.Views.Member(ctx, h.guildID, seat.session.caller.UserID)
		if err == nil && (view.ChannelPermissions(member, channelID).Has(perm.ManageChannels) || view.Permissions(member).Has(perm.ManageGuild)) {
			seat.deliver(b)
		}
	}
}

// message hands a message to its readers, encoded once with its content and once without, as far as each is needed.
func (h *guildHub) message(name string, e event.MessageCreated) {
	var whole, blank *body
	payload := wire.NewMessageEvent(e)
	for seat := range h.seats {
		if !seat.wants(intentMessages) || !seat.sight.sees(e.Message.ChannelID) {
			continue
		}
		if seat.wants(intentMessageContent) || mayReadAnyway(seat.session, e.Message) {
			if whole == nil {
				whole = h.gateway.encode(name, payload)
			}
			if whole != nil {
				seat.deliver(whole)
			}
			continue
		}
		if blank == nil {
			blank = h.gateway.encode(name, payload.WithoutContent())
		}
		if blank != nil {
			seat.deliver(blank)
		}
	}
}

// mayReadAnyway tells whether a bot without the message content intent gets this message's content: its own, and those that mention it.
func mayReadAnyway(s *session, message store.Message) bool {
	if message.AuthorID == s.caller.UserID {
		return true
	}
	for _, mentioned := range message.Mentions {
		if mentioned == s.caller.UserID {
			return true
		}
	}
	return false
}

func (h *guildHub) typing(e event.TypingStarted) {
	member := wire.NewMember(e.Member, e.User)
	h.toViewers(e.ChannelID, intentTyping, "TYPING_START", wire.TypingStart{ChannelID: e.ChannelID, GuildID: e.GuildID, UserID: e.User.ID, Timestamp: e.At.Unix(), Member: &member})
}

// voiceState tells where somebody is in voice now. Those who may not view the new channel are told that the person left the one that they could view.
func (h *guildHub) voiceState(e event.VoiceStateUpdated) {
	before := h.voice[e.User.ID]
	if e.State.ChannelID == 0 {
		delete(h.voice, e.User.ID)
	} else {
		h.voice[e.User.ID] = e.State.ChannelID
	}
	left := e.State
	left.ChannelID = 0
	whole := h.gateway.encode("VOICE_STATE_UPDATE", wire.NewVoiceStateUpdate(e.State, e.Member, e.User))
	gone := h.gateway.encode("VOICE_STATE_UPDATE", wire.NewVoiceStateUpdate(left, e.Member, e.User))
	if whole == nil || gone == nil {
		return
	}
	for seat := range h.seats {
		own := seat.session.caller.UserID == e.User.ID
		switch {
		case !own && !seat.wants(intentVoiceStates):
		case own, seat.sight.sees(e.State.ChannelID):
			seat.deliver(whole)
		case seat.sight.sees(before):
			seat.deliver(gone)
		}
	}
}

// memberUpdated tells of a member's change, who may view other channels now. A bot hears of its own membership without asking for members.
func (h *guildHub) memberUpdated(ctx context.Context, e event.MemberUpdated) {
	b := h.gateway.encode("GUILD_MEMBER_UPDATE", wire.GuildMember{Member: wire.NewMember(e.Member, e.User), GuildID: h.guildID})
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if b == nil || err != nil {
		return
	}
	changes := make(map[[2]*sight][]*body)
	for seat := range h.seats {
		own := seat.session.caller.UserID == e.User.ID
		if own || seat.wants(intentMembers) {
			seat.deliver(b)
		}
		if own {
			h.lookAgainAs(ctx, view, seat, changes)
		}
	}
}

func (h *guildHub) guildUpdated(ctx context.Context, e event.GuildUpdated) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return
	}
	h.toAll(intentGuilds, "GUILD_UPDATE", wire.NewGuild(e.Guild, view.Roles))
	h.lookAgain(ctx) // another owner sees other channels
}

// guildDeleted tells everybody and takes all seats away. The hub goes with the last of them.
func (h *guildHub) guildDeleted() {
	b := h.gateway.encode("GUILD_DELETE", wire.UnavailableGuild{ID: h.guildID})
	for seat := range h.seats {
		if b != nil {
			seat.deliver(b)
		}
		h.gateway.later(func() { h.gateway.leaveGuild(seat) })
	}
}

func (h *guildHub) channelCreated(ctx context.Context, e event.ChannelCreated) {
	b := h.gateway.encode("CHANNEL_CREATE", wire.NewChannel(e.Channel, 0))
	for seat := range h.seats {
		if b != nil && seat.session.caller.Bot && seat.wants(intentGuilds) {
			seat.deliver(b)
		}
	}
	h.lookAgain(ctx) // which tells people
}

func (h *guildHub) channelUpdated(ctx context.Context, e event.ChannelUpdated) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return
	}
	b := h.gateway.encode("CHANNEL_UPDATE", wire.NewChannel(e.Channel, view.LastMessageID(e.Channel.ID)))
	saw := make(map[*seat]bool)
	for seat := range h.seats {
		saw[seat] = seat.sight.sees(e.Channel.ID)
	}
	h.lookAgain(ctx)
	for seat := range h.seats {
		bot := seat.session.caller.Bot
		if b != nil && (bot && seat.wants(intentGuilds) || !bot && saw[seat] && seat.sight.sees(e.Channel.ID)) {
			seat.deliver(b)
		}
	}
}

func (h *guildHub) channelDeleted(ctx context.Context, e event.ChannelDeleted) {
	b := h.gateway.encode("CHANNEL_DELETE", wire.NewChannel(e.Channel, 0))
	for seat := range h.seats {
		bot := seat.session.caller.Bot
		if b != nil && (bot && seat.wants(intentGuilds) || !bot && seat.sight.sees(e.Channel.ID)) {
			seat.deliver(b)
		}
	}
	h.lookAgain(ctx)
}

func (h *guildHub) inviteCreated(ctx context.Context, e event.InviteCreated) {
	payload := wire.InviteCreate{Code: e.Invite.Code, GuildID: e.Invite.GuildID, ChannelID: e.Invite.ChannelID, ExpiresAt: wire.TimestampOrNull(e.Invite.ExpiresAt()),
		InviteMetadata: wire.InviteMetadata{Uses: e.Invite.Uses, MaxUses: e.Invite.MaxUses, MaxAge: e.Invite.MaxAge, Temporary: e.Invite.Temporary,
			CreatedAt: wire.Timestamp(e.Invite.CreatedAt)}}
	if e.Inviter != nil {
		inviter := wire.NewUser(*e.Inviter)
		payload.Inviter = &inviter
	}
	h.toManagers(ctx, e.Invite.ChannelID, "INVITE_CREATE", payload)
}
