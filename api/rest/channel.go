package rest

import (
	"cmp"
	"net/http"
	"time"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
	"guildhall/store"
)

func (a *api) channelRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/guilds/{guild}/channels", Handle: a.listChannels},
		{Method: "POST", Pattern: "/guilds/{guild}/channels", Handle: a.createChannel},
		{Method: "PATCH", Pattern: "/guilds/{guild}/channels", Handle: a.moveChannels},
		{Method: "GET", Pattern: "/channels/{channel}", Handle: a.getChannel},
		{Method: "PATCH", Pattern: "/channels/{channel}", Text: pictureText, Handle: a.updateChannel},
		{Method: "DELETE", Pattern: "/channels/{channel}", Handle: a.deleteChannel},
		{Method: "PUT", Pattern: "/channels/{channel}/permissions/{target}", Handle: a.setOverwrite},
		{Method: "DELETE", Pattern: "/channels/{channel}/permissions/{target}", Handle: a.deleteOverwrite},
	}
}

func showChannels(channels []chat.Channel) []wire.Channel {
	shown := make([]wire.Channel, len(channels))
	for i, channel := range channels {
		shown[i] = wire.NewChannel(channel.Channel, channel.LastMessageID)
	}
	return shown
}

func answerChannel(w http.ResponseWriter, status int, channel chat.Channel, err error) error {
	if err != nil {
		return err
	}
	return route.JSON(w, status, showChannel(channel))
}

// showChannel shows a channel of a guild, a thread, or a conversation between people.
func showChannel(channel chat.Channel) any {
	if channel.GuildID == 0 {
		return wire.NewPrivateChannel(channel.Channel, channel.LastMessageID, channel.People)
	}
	if channel.Thread != nil {
		return wire.NewThread(channel.Channel, channel.Place)
	}
	return wire.NewChannel(channel.Channel, channel.LastMessageID)
}

func (a *api) listChannels(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	channels, err := a.Channels.List(r.Context(), r.Caller, guildID)
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, showChannels(channels))
}

func (a *api) createChannel(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.ChannelDraft](r)
	if err != nil {
		return err
	}
	draft, err := channelDraft(body)
	if err != nil {
		return err
	}
	channel, err := a.Channels.Create(r.Context(), r.Caller, guildID, draft)
	return answerChannel(w, http.StatusCreated, channel, err)
}

// channelDraft reads the body of a channel to be made.
func channelDraft(body wire.ChannelDraft) (chat.ChannelDraft, error) {
	if err := refuseInChannel(body); err != nil {
		return chat.ChannelDraft{}, err
	}
	draft := chat.ChannelDraft{Name: body.Name.Value, Type: body.Type.Value, Topic: body.Topic.Value, ParentID: body.ParentID.Value, NSFW: body.NSFW.Value,
		RateLimitPerUser: body.RateLimitPerUser.Value, Bitrate: body.Bitrate.Value, UserLimit: body.UserLimit.Value}
	if body.Position.Given() {
		draft.Position = &body.Position.Value
	}
	if body.PermissionOverwrites.Given() {
		overwrites := takeOverwrites(body.PermissionOverwrites.Value)
		draft.Overwrites = &overwrites
	}
	takeThreadSettings(body, &draft.Threads)
	return draft, nil
}

// takeChannel reads the body of a channel's change.
func takeChannel(r *route.Request) (wire.ChannelDraft, error) {
	body, err := route.Decode[wire.ChannelDraft](r)
	if err != nil {
		return body, err
	}
	return body, refuseInChannel(body)
}

// refuseInChannel refuses what channels do not have yet.
func refuseInChannel(body wire.ChannelDraft) error {
	quality := wire.NotYet{Asked: body.VideoQualityMode.Given() && body.VideoQualityMode.Value != wire.VideoQualityAuto}
	return refuseLater(later{"video_quality_mode", quality, "a choice of video quality"}, later{"rtc_region", body.RTCRegion, "voice regions"})
}

// takeThreadSettings reads what a channel says of its threads or posts, or what only threads have.
func takeThreadSettings(body wire.ChannelDraft, edit *chat.ChannelEdit) {
	edit.Flags, edit.DefaultThreadRateLimit, edit.Layout = given(body.Flags), body.DefaultThreadRateLimitPerUser.Pointer(), body.DefaultForumLayout.Pointer()
	edit.Archived, edit.Locked, edit.Invitable, edit.AppliedTags = given(body.Archived), given(body.Locked), given(body.Invitable), given(body.AppliedTags)
	edit.AutoArchive = inMinutes(body.AutoArchiveDuration)
	if body.DefaultAutoArchiveDuration.Present {
		edit.DefaultAutoArchive = cmp.Or(inMinutes(body.DefaultAutoArchiveDuration), new(time.Duration))
	}
	if body.AvailableTags.Present {
		tags := make([]store.ForumTag, len(body.AvailableTags.Value))
		for i, tag := range body.AvailableTags.Value {
			tags[i] = tag.Store()
		}
		edit.Tags = &tags
	}
	if body.DefaultReactionEmoji.Present {
		emoji := body.DefaultReactionEmoji.Value.Store()
		edit.DefaultReaction = &emoji
	}
	if body.DefaultSortOrder.Present {
		order := store.SortUnset
		if body.DefaultSortOrder.Given() {
			order = store.SortLatestActivity + store.ForumSortOrder(body.DefaultSortOrder.Value)
			if body.DefaultSortOrder.Value < 0 {
				order = -1 // which the rules refuse
			}
		}
		edit.SortOrder = &order
	}
}

// given is a field's value; nil when it was left out, or null.
func given[T any](field wire.Optional[T]) *T {
	if !field.Given() {
		return nil
	}
	return &field.Value
}

func takeOverwrites(drafts []wire.OverwriteDraft) []store.PermissionOverwrite {
	overwrites := make([]store.PermissionOverwrite, len(drafts))
	for i, draft := range drafts {
		overwrites[i] = store.PermissionOverwrite{TargetID: draft.ID, Type: draft.Type.Value, Allow: uint64(draft.Allow.Value), Deny: uint64(draft.Deny.Value)}
	}
	return overwrites
}

func (a *api) moveChannels(w http.ResponseWriter, r *route.Request) error {
	guildID, err := r.ID("guild", chat.UnknownGuild)
	if err != nil {
		return err
	}
	body, err := route.Decode[[]wire.ChannelPosition](r)
	if err != nil {
		return err
	}
	positions := make([]chat.ChannelPosition, len(body))
	for i, one := range body {
		positions[i] = chat.ChannelPosition{ChannelID: one.ID, ParentID: one.ParentID.Pointer(), LockPermissions: one.LockPermissions.Value}
		if one.Position.Given() {
			positions[i].Position = &body[i].Position.Value
		}
	}
	if err := a.Channels.Reorder(r.Context(), r.Caller, guildID, positions); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) getChannel(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	channel, err := a.Channels.Get(r.Context(), r.Caller, channelID)
	return answerChannel(w, http.StatusOK, channel, err)
}

func (a *api) updateChannel(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	body, err := takeChannel(r)
	if err != nil {
		return err
	}
	edit := chat.ChannelEdit{Name: body.Name.Pointer(), Type: body.Type.Pointer(), Topic: body.Topic.Pointer(), ParentID: body.ParentID.Pointer(), NSFW: body.NSFW.Pointer(),
		RateLimitPerUser: body.RateLimitPerUser.Pointer(), Bitrate: body.Bitrate.Pointer(), UserLimit: body.UserLimit.Pointer(), Icon: body.Icon.Pointer()}
	if body.Position.Given() {
		edit.Position = &body.Position.Value
	}
	if body.PermissionOverwrites.Present {
		overwrites := takeOverwrites(body.PermissionOverwrites.Value)
		edit.Overwrites = &overwrites
	}
	takeThreadSettings(body, &edit)
	channel, err := a.Channels.Update(r.Context(), r.Caller, channelID, edit)
	return answerChannel(w, http.StatusOK, channel, err)
}

func (a *api) deleteChannel(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	channel, err := a.Channels.Delete(r.Context(), r.Caller, channelID)
	return answerChannel(w, http.StatusOK, channel, err)
}

func (a *api) setOverwrite(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	targetID, err := r.ID("target", chat.UnknownOverwrite)
	if err != nil {
		return err
	}
	body, err := route.Decode[wire.OverwriteDraft](r)
	if err != nil {
		return err
	}
	body.ID = targetID
	if err := a.Channels.SetOverwrite(r.Context(), r.Caller, channelID, takeOverwrites([]wire.OverwriteDraft{body})[0]); err != nil {
		return err
	}
	return route.NoContent(w)
}

func (a *api) deleteOverwrite(w http.ResponseWriter, r *route.Request) error {
	channelID, err := r.ID("channel", chat.UnknownChannel)
	if err != nil {
		return err
	}
	targetID, err := r.ID("target", chat.UnknownOverwrite)
	if err != nil {
		return err
	}
	if err := a.Channels.DeleteOverwrite(r.Context(), r.Caller, channelID, targetID); err != nil {
		return err
	}
	return route.NoContent(w)
}
