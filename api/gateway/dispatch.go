package gateway

import (
	"context"
	"slices"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// tell hands an event to those of some seats that may see it. The hub's lock is held.
func (h *guildHub) tell(ctx context.Context, e event.Event, seats []*seat) {
	switch e := e.(type) {
	case event.MessageCreated:
		h.message("MESSAGE_CREATE", e, e, seats)
	case event.MessageUpdated:
		h.message("MESSAGE_UPDATE", event.MessageCreated(e), e, seats)
	case event.MessageDeleted:
		h.toViewers(seats, e.ChannelID, intentMessages, "MESSAGE_DELETE", wire.NewMessageDelete(e))
	case event.PinsUpdated:
		h.toViewers(seats, e.ChannelID, intentGuilds, "CHANNEL_PINS_UPDATE", wire.NewChannelPinsUpdate(e))
	case event.MessagesDeleted:
		h.toViewers(seats, e.ChannelID, intentMessages, "MESSAGE_DELETE_BULK", wire.MessageDeleteBulk{IDs: e.MessageIDs, ChannelID: e.ChannelID, GuildID: e.GuildID})
	case event.TypingStarted:
		h.toViewers(seats, e.ChannelID, intentTyping, "TYPING_START", wire.NewTypingStart(e))
	case event.ReactionAdded:
		h.toViewers(seats, e.ChannelID, intentReactions, "MESSAGE_REACTION_ADD", wire.NewReactionAdd(e))
	case event.ReactionRemoved:
		h.toViewers(seats, e.ChannelID, intentReactions, "MESSAGE_REACTION_REMOVE", wire.NewReactionRemove(e))
	case event.ReactionsCleared:
		name, payload := wire.NewReactionsRemove(e)
		h.toViewers(seats, e.ChannelID, intentReactions, name, payload)
	case event.PollVoted:
		name, payload := wire.NewPollVote(e)
		h.toViewers(seats, e.ChannelID, intentPolls, name, payload)
	case event.PresenceChanged:
		h.presence(ctx, e, seats)
	case voiceMoved:
		h.voiceState(e, seats)
	case event.VoiceServerUpdated:
		h.voiceServer(e, seats)
	case event.StreamChanged:
		h.streamChanged(e, seats)
	case event.StageChanged:
		h.stageChanged(e, seats)
	case event.VoiceStatusChanged:
		h.voiceStatus(e, seats)
	case event.MemberAdded:
		h.memberAdded(e, seats)
	case event.MemberUpdated:
		h.memberUpdated(ctx, e, seats)
	case event.MemberRemoved:
		h.memberRemoved(ctx, e, seats)
	default:
		h.tellStructure(ctx, e, seats)
	}
	h.gateway.delivered.Add(h.delivered)
	h.delivered = 0
}

// tellStructure tells of what changes the guild itself.
func (h *guildHub) tellStructure(ctx context.Context, e event.Event, seats []*seat) {
	switch e := e.(type) {
	case event.GuildUpdated:
		h.guildUpdated(ctx, e, seats)
	case event.GuildDeleted:
		h.guildDeleted(seats)
	case event.ChannelCreated:
		h.channelCreated(ctx, e, seats)
	case event.ChannelUpdated:
		h.channelUpdated(ctx, e, seats)
	case event.ChannelDeleted:
		h.channelDeleted(ctx, e, seats)
	case event.RoleCreated:
		h.toAll(seats, intentGuilds, "GUILD_ROLE_CREATE", wire.GuildRole{GuildID: h.guildID, Role: wire.NewRole(e.Role)})
	case event.RoleUpdated:
		h.toAll(seats, intentGuilds, "GUILD_ROLE_UPDATE", wire.GuildRole{GuildID: h.guildID, Role: wire.NewRole(e.Role)})
		h.lookAgain(ctx, seats)
	case event.RoleDeleted:
		h.toAll(seats, intentGuilds, "GUILD_ROLE_DELETE", wire.GuildRoleDelete{GuildID: e.GuildID, RoleID: e.RoleID})
		h.lookAgain(ctx, seats)
	case event.EmojisUpdated:
		h.toAll(seats, intentExpressions, "GUILD_EMOJIS_UPDATE", wire.GuildEmojis{GuildID: e.GuildID, Emojis: wire.NewEmojis(e.Emojis)})
	case event.WebhooksUpdated:
		h.toMembers(ctx, seats, intentWebhooks, func(view *chat.View, member *store.Member) bool {
			return view.ChannelPermissions(member, e.ChannelID).Has(perm.ViewChannel | perm.ManageWebhooks)
		}, "WEBHOOKS_UPDATE", wire.WebhooksUpdate{GuildID: e.GuildID, ChannelID: e.ChannelID})
	case event.InstallationChanged:
		h.installationChanged(e, seats)
	case event.CommandPermissionsChanged:
		h.toAll(seats, intentGuilds, "APPLICATION_COMMAND_PERMISSIONS_UPDATE", wire.NewCommandPermissions(e.Permissions))
	case event.ThreadCreated:
		h.threadCreated(e, seats)
	case event.ThreadUpdated:
		h.toViewers(seats, e.Thread.ID, intentGuilds, "THREAD_UPDATE", wire.NewThread(e.Thread, nil))
	case event.ThreadDeleted:
		h.threadDeleted(e, seats)
	case event.ThreadMembersChanged:
		h.threadMembers(e, seats)
	case event.InviteCreated:
		h.inviteCreated(ctx, e, seats)
	case event.InviteDeleted:
		h.toManagers(ctx, seats, e.ChannelID, "INVITE_DELETE", wire.InviteDelete{Code: e.Code, GuildID: e.GuildID, ChannelID: e.ChannelID})
	case event.BanAdded:
		h.toHolders(ctx, seats, intentModeration, perm.BanMembers|perm.ViewAuditLog, "GUILD_BAN_ADD", wire.GuildBan{GuildID: e.GuildID, User: wire.NewUser(e.User)})
	case event.BanRemoved:
		h.toHolders(ctx, seats, intentModeration, perm.BanMembers|perm.ViewAuditLog, "GUILD_BAN_REMOVE", wire.GuildBan{GuildID: e.GuildID, User: wire.NewUser(e.User)})
	case event.AutoModRuleChanged:
		names := map[event.RuleChange]string{event.RuleCreated: "AUTO_MODERATION_RULE_CREATE", event.RuleUpdated: "AUTO_MODERATION_RULE_UPDATE", event.RuleDeleted: "AUTO_MODERATION_RULE_DELETE"}
		h.toHolders(ctx, seats, intentRules, perm.ManageGuild, names[e.Change], wire.NewAutoModRule(e.Rule))
	case event.AutoModExecuted:
		h.ruleExecuted(ctx, e, seats)
	case event.ReportChanged:
		h.reportChanged(ctx, e, seats)
	case event.AuditEntryAdded:
		h.toHolders(ctx, seats, intentModeration, perm.ViewAuditLog, "GUILD_AUDIT_LOG_ENTRY_CREATE", wire.GuildAuditEntry{AuditEntry: wire.NewAuditEntry(&e.Entry), GuildID: e.Entry.GuildID})
	}
}

// lazyBody is a dispatch that is encoded when the first seat needs it, and then shared.
type lazyBody struct {
	hub     *guildHub
	name    string
	payload any
	made    *body
	tried   bool
}

func (h *guildHub) lazy(name string, payload any) *lazyBody {
	return &lazyBody{hub: h, name: name, payload: payload}
}

// to delivers it to a seat.
func (l *lazyBody) to(place *seat) {
	if !l.tried {
		l.made, l.tried = l.hub.gateway.encode(l.name, l.payload), true
	}
	if l.made != nil {
		l.hub.deliver(place, l.made)
	}
}

// toAll hands a dispatch to every session that wants its kind.
func (h *guildHub) toAll(seats []*seat, kind intents, name string, payload any) {
	b := h.lazy(name, payload)
	for _, place := range seats {
		if place.wants(kind) {
			b.to(place)
		}
	}
}

// toViewers hands a dispatch to every session that wants its kind and may view the channel or thread.
func (h *guildHub) toViewers(seats []*seat, channelID id.ID, kind intents, name string, payload any) {
	b, readers := h.lazy(name, payload), h.audience(channelID)
	for _, place := range seats {
		if place.wants(kind) && readers.has(place) {
			b.to(place)
		}
	}
}

// ruleExecuted tells of what an automatic rule did those who manage the guild and may see where that was. Bots that may not read contents are told without what was written.
func (h *guildHub) ruleExecuted(ctx context.Context, e event.AutoModExecuted, seats []*seat) {
	readers := h.audience(e.ChannelID)
	may := func(view *chat.View, member *store.Member) bool {
		return view.Permissions(member).Has(perm.ManageGuild) && (e.ChannelID == 0 || readers.admits(view, member, perm.ViewChannel))
	}
	blind := func(place *seat) bool {
		return !place.wants(intentMessageContent) && place.session.caller.UserID != e.UserID
	}
	payload := wire.NewAutoModExecution(e)
	h.toMembers(ctx, slices.DeleteFunc(slices.Clone(seats), blind), intentRuleExecution, may, "AUTO_MODERATION_ACTION_EXECUTION", payload)
	h.toMembers(ctx, slices.DeleteFunc(slices.Clone(seats), func(place *seat) bool { return !blind(place) }), intentRuleExecution, may, "AUTO_MODERATION_ACTION_EXECUTION", payload.WithoutContent())
}

// reportChanged tells of a report the people who look after a guild and can read there what it is about; administrators also when that place is gone. It is an extension of ours, which bots do not know.
func (h *guildHub) reportChanged(ctx context.Context, e event.ReportChanged, seats []*seat) {
	people := slices.DeleteFunc(slices.Clone(seats), func(place *seat) bool { return place.session.caller.Bot })
	readers := h.audience(e.Report.ChannelID)
	h.toMembers(ctx, people, 0, func(view *chat.View, member *store.Member) bool {
		held := view.Permissions(member)
		return held.Has(perm.Administrator) || held.HasAny(perm.ManageMessages|perm.ModerateMembers) && readers.admits(view, member, perm.ViewChannel|perm.ReadMessageHistory)
	}, "GUILD_REPORT_UPDATE", wire.NewReport(e.Report))
}

// toHolders hands a dispatch to the sessions, of those that want its kind, of members who hold one of some permissions in the guild.
func (h *guildHub) toHolders(ctx context.Context, seats []*seat, kind intents, anyOf perm.Set, name string, payload any) {
	h.toMembers(ctx, seats, kind, func(view *chat.View, member *store.Member) bool { return view.Permissions(member).HasAny(anyOf) }, name, payload)
}

// toMembers hands a dispatch to the sessions, of those that want its kind, of members who are let see it.
func (h *guildHub) toMembers(ctx context.Context, seats []*seat, kind intents, may func(*chat.View, *store.Member) bool, name string, payload any) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return // gone, or the next event of the structure will find that out
	}
	b := h.lazy(name, payload)
	for _, place := range seats {
		if !place.wants(kind) {
			continue
		}
		if member, err := h.gateway.Chat.Views.Member(ctx, h.guildID, place.session.caller.UserID); err == nil && may(view, member) {
			b.to(place)
		}
	}
}

// toManagers hands a dispatch to the sessions of those who look after a channel's invites.
func (h *guildHub) toManagers(ctx context.Context, seats []*seat, channelID id.ID, name string, payload any) {
	h.toMembers(ctx, seats, intentInvites, func(view *chat.View, member *store.Member) bool {
		return view.ChannelPermissions(member, channelID).Has(perm.ManageChannels) || view.Permissions(member).Has(perm.ManageGuild)
	}, name, payload)
}

// memberAdded tells of a new member. Their own sessions are told by GUILD_CREATE.
func (h *guildHub) memberAdded(e event.MemberAdded, seats []*seat) {
	b := h.lazy("GUILD_MEMBER_ADD", wire.GuildMember{Member: wire.NewMember(e.Member, e.User), GuildID: h.guildID})
	for _, place := range seats {
		if place.session.caller.UserID != e.Member.UserID && !place.knows(e) && place.wants(intentMembers) {
			b.to(place)
		}
	}
}

// memberUpdated tells of a member's change, who may view other channels now. A bot hears of its own membership without asking for members.
func (h *guildHub) memberUpdated(ctx context.Context, e event.MemberUpdated, seats []*seat) {
	b := h.lazy("GUILD_MEMBER_UPDATE", wire.GuildMember{Member: wire.NewMember(e.Member, e.User), GuildID: h.guildID})
	var own []*seat
	for _, place := range seats {
		switch {
		case place.session.caller.UserID == e.Member.UserID:
			b.to(place)
			own = append(own, place)
		case place.wants(intentMembers):
			b.to(place)
		}
	}
	if len(own) > 0 {
		h.lookAgain(ctx, own)
	}
}

// memberRemoved tells that somebody is no longer in the guild. Their own sessions lose it with this very event, so that nothing that comes after reaches them.
func (h *guildHub) memberRemoved(ctx context.Context, e event.MemberRemoved, seats []*seat) {
	b := h.lazy("GUILD_MEMBER_REMOVE", wire.GuildMemberRemove{GuildID: e.GuildID, User: wire.NewUser(e.User)})
	var own []*seat
	for _, place := range seats {
		switch {
		case place.session.caller.UserID == e.User.ID:
			own = append(own, place)
		case place.knows(e):
		case place.wants(intentMembers):
			b.to(place)
		}
	}
	if len(own) == 0 {
		return
	}
	if _, err := h.gateway.Chat.Views.Member(ctx, h.guildID, e.User.ID); err == nil {
		return // they are back already, and the seat is that of their return
	}
	for _, place := range own {
		place.leaveLocked()
		h.gateway.sendGuildGone(place.session, h.guildID)
	}
}

func (h *guildHub) guildUpdated(ctx context.Context, e event.GuildUpdated, seats []*seat) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		return
	}
	h.toAll(seats, intentGuilds, "GUILD_UPDATE", wire.NewGuild(e.Guild, view.Roles, view.Emojis))
	h.lookAgain(ctx, seats) // another owner sees other channels
}

// guildDeleted tells everybody and takes their seats away.
func (h *guildHub) guildDeleted(seats []*seat) {
	for _, place := range slices.Clone(seats) {
		place.leaveLocked()
		h.gateway.sendGuildGone(place.session, h.guildID)
	}
}

func (h *guildHub) channelCreated(ctx context.Context, e event.ChannelCreated, seats []*seat) {
	b := h.lazy("CHANNEL_CREATE", wire.NewChannel(e.Channel, 0))
	for _, place := range seats {
		if place.session.caller.Bot && place.wants(intentGuilds) {
			b.to(place)
		}
	}
	h.lookAgain(ctx, seats) // which tells people
}

func (h *guildHub) channelUpdated(ctx context.Context, e event.ChannelUpdated, seats []*seat) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		h.lookAgain(ctx, seats)
		return
	}
	saw := make([]bool, len(seats))
	for i, place := range seats {
		saw[i] = place.sight.sees(e.Channel.ID)
	}
	h.lookAgain(ctx, seats)
	b := h.lazy("CHANNEL_UPDATE", wire.NewChannel(e.Channel, view.LastMessageID(e.Channel.ID)))
	for i, place := range seats {
		bot := place.session.caller.Bot
		if bot && place.wants(intentGuilds) || !bot && saw[i] && place.sight.sees(e.Channel.ID) {
			b.to(place)
		}
	}
}

func (h *guildHub) channelDeleted(ctx context.Context, e event.ChannelDeleted, seats []*seat) {
	b := h.lazy("CHANNEL_DELETE", wire.NewChannel(e.Channel, 0))
	for _, place := range seats {
		bot := place.session.caller.Bot
		// What the guild is like now is known sooner than what happened, so that the channel may be out of sight already.
		if bot && place.wants(intentGuilds) || !bot && (place.sight.sees(e.Channel.ID) || slices.Contains(h.vanished[e.Channel.ID], place)) {
			b.to(place)
		}
	}
	h.lookAgain(ctx, seats)
	delete(h.vanished, e.Channel.ID)
}

func (h *guildHub) inviteCreated(ctx context.Context, e event.InviteCreated, seats []*seat) {
	payload := wire.InviteCreate{Code: e.Invite.Code, GuildID: e.Invite.GuildID, ChannelID: e.Invite.ChannelID, ExpiresAt: wire.TimestampOrNull(e.Invite.ExpiresAt()),
		InviteMetadata: wire.InviteMetadata{Uses: e.Invite.Uses, MaxUses: e.Invite.MaxUses, MaxAge: e.Invite.MaxAge, Temporary: e.Invite.Temporary,
			CreatedAt: wire.Timestamp(e.Invite.CreatedAt)}}
	if e.Inviter != nil {
		inviter := wire.NewUser(*e.Inviter)
		payload.Inviter = &inviter
	}
	h.toManagers(ctx, seats, e.Invite.ChannelID, "INVITE_CREATE", payload)
}
