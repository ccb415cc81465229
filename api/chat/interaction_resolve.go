package chat

import (
	"context"
	"errors"
	"slices"

	"guildhall/api/chat/component"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// resolver gathers what an interaction names: only what the person can see where they are.
type resolver struct {
	interactions *Interactions
	using        *using
	// attachments are the files that may be named.
	attachments []AttachmentDraft
	resolved    event.Resolved
}

// choose checks what was chosen in a menu, or brought, and gathers it.
func (r *resolver) choose(ctx context.Context, path string, control *component.Control, values []string) error {
	if problems := control.Choose(path, values); problems != nil {
		problems[0].Path = path
		return componentProblems(problems)
	}
	if control.Type == component.StringSelect {
		return nil
	}
	for _, value := range values {
		chosen, err := id.Parse(value)
		if err != nil {
			return invalid(path, "NUMBER_TYPE_COERCE", "%q is not an id.", value)
		}
		found := false
		switch control.Type {
		case component.UserSelect:
			found, err = r.user(ctx, chosen)
		case component.RoleSelect:
			found = r.role(chosen)
		case component.MentionableSelect:
			if found = r.role(chosen); !found {
				found, err = r.user(ctx, chosen)
			}
		case component.ChannelSelect:
			found, err = r.channel(ctx, chosen, control.ChannelTypes)
		case component.FileUpload:
			found, err = r.file(ctx, chosen)
		}
		if err != nil {
			return err
		}
		if !found {
			return invalid(path, "BASE_TYPE_CHOICES", "There is no %s here that can be chosen.", value)
		}
	}
	return nil
}

// user gathers somebody who is in the guild, or in the conversation.
func (r *resolver) user(ctx context.Context, userID id.ID) (bool, error) {
	if slices.ContainsFunc(r.resolved.Users, func(other store.User) bool { return other.ID == userID }) {
		return true, nil
	}
	guildID := r.using.channel.GuildID
	if guildID == 0 && !slices.Contains(r.using.channel.Recipients, userID) {
		return false, nil
	}
	user, err := r.interactions.users.lookup(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, internal("reading an account", err)
	}
	if guildID != 0 {
		member, err := r.interactions.views.Member(ctx, guildID, userID)
		if KindOf(err) == UnknownMember {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		held := access{caller: Caller{UserID: userID}, view: r.using.a.view, member: member}.inChannel(r.placed())
		r.resolved.Members = append(r.resolved.Members, event.ResolvedMember{Member: *member, Permissions: uint64(held)})
	}
	r.resolved.Users = append(r.resolved.Users, withoutEmail(user))
	return true, nil
}

// placed is the channel whose overwrites count where the interaction is: in a thread, the one that it is in.
func (r *resolver) placed() *store.Channel {
	if r.using.channel.Thread != nil {
		if parent, found := r.using.a.view.Channel(r.using.channel.ParentID); found {
			return parent
		}
	}
	return r.using.channel
}

func (r *resolver) role(roleID id.ID) bool {
	role, found := r.using.a.view.Role(roleID)
	if r.using.channel.GuildID == 0 || !found {
		return false
	}
	if !slices.ContainsFunc(r.resolved.Roles, func(other store.Role) bool { return other.ID == roleID }) {
		r.resolved.Roles = append(r.resolved.Roles, *role)
	}
	return true
}

// file gathers a file that the person uploaded to the channel for this.
func (r *resolver) file(ctx context.Context, uploadID id.ID) (bool, error) {
	at := slices.IndexFunc(r.attachments, func(draft AttachmentDraft) bool { return draft.ID == uploadID })
	if at < 0 {
		return false, nil
	}
	attachment, err := r.interactions.files.fromUpload(ctx, r.using.a.caller, r.using.channel.ID, &r.attachments[at])
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(r.resolved.Attachments, func(other store.Attachment) bool { return other.ID == attachment.ID }) {
		r.resolved.Attachments = append(r.resolved.Attachments, attachment)
	}
	return true, nil
}

// channel gathers a channel of the guild that the person can see, if it is of one of some types (none: of any).
func (r *resolver) channel(ctx context.Context, channelID id.ID, types []int) (bool, error) {
	if slices.ContainsFunc(r.resolved.Channels, func(other event.ResolvedChannel) bool { return other.Channel.ID == channelID }) {
		return true, nil
	}
	_, channel, held, err := r.interactions.views.channelAccess(ctx, r.using.a.caller, channelID)
	switch KindOf(err) {
	case UnknownChannel, MissingAccess, UnknownGuild:
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if channel.GuildID != r.using.channel.GuildID || !held.Has(perm.ViewChannel) || len(types) > 0 && !slices.Contains(types, int(channel.Type)) {
		return false, nil
	}
	r.resolved.Channels = append(r.resolved.Channels, event.ResolvedChannel{Channel: *channel, Permissions: uint64(held)})
	return true, nil
}
