package gateway

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/id"
)

// sight is the set of channels that a member may view. It is computed once for all members with the same roles.
type sight struct {
	// visible is in ascending order; managed are those of them whose private threads they all see.
	visible, managed []id.ID
}

func (s *sight) sees(channelID id.ID) bool {
	_, found := slices.BinarySearch(s.visible, channelID)
	return found
}

// manages tells whether all private threads of a channel are in sight.
func (s *sight) manages(channelID id.ID) bool {
	_, found := slices.BinarySearch(s.managed, channelID)
	return found
}

// sightIn computes what a member may view.
func sightIn(view *chat.View, member *store.Member) *sight {
	made := &sight{}
	// A time-out or a quarantine takes nothing out of sight, and the sight is that of others with the same roles, too.
	awake := *member
	awake.TimedOutUntil, awake.Flags = time.Time{}, 0
	member = &awake
	for i := range view.Channels {
		held := view.ChannelPermissions(member, view.Channels[i].ID)
		if held.Has(perm.ViewChannel) {
			made.visible = append(made.visible, view.Channels[i].ID)
		}
		if held.Has(perm.ManageThreads) {
			made.managed = append(made.managed, view.Channels[i].ID)
		}
	}
	return made
}

// sights remembers what members may view in one state of a guild.
type sights struct {
	view *chat.View
	// named are those for whom an overwrite was made: their sight is their own.
	named map[id.ID]struct{}
	known map[string]*sight
}

// of gives what a member may view.
func (m *sights) of(view *chat.View, member *store.Member) *sight {
	if m.view != view {
		m.renew(view)
	}
	key := m.key(member)
	known, ok := m.known[key]
	if !ok {
		known = sightIn(view, member)
		m.known[key] = known
	}
	return known
}

func (m *sights) renew(view *chat.View) {
	m.view, m.named, m.known = view, make(map[id.ID]struct{}), make(map[string]*sight)
	for i := range view.Channels {
		for _, overwrite := range view.Channels[i].Overwrites {
			if overwrite.Type == store.OverwriteMember {
				m.named[overwrite.TargetID] = struct{}{}
			}
		}
	}
}

// key is the same for members who view the same: those with the same roles, unless they own the guild or an overwrite names them.
func (m *sights) key(member *store.Member) string {
	key := make([]byte, 0, 8*(len(member.RoleIDs)+1))
	if _, named := m.named[member.UserID]; named || m.view.Guild.OwnerID == member.UserID {
		key = binary.BigEndian.AppendUint64(key, uint64(member.UserID))
	} else {
		key = binary.BigEndian.AppendUint64(key, 0)
	}
	for _, roleID := range member.RoleIDs {
		key = binary.BigEndian.AppendUint64(key, uint64(roleID))
	}
	return string(key)
}

// lookAgain recomputes what seats may view, after roles, overwrites or channels changed, and tells people of channels that came and went for them. Bots know all
// channels and compute visibility themselves. The lock is held.
func (h *guildHub) lookAgain(ctx context.Context, seats []*seat) {
	view, err := h.gateway.Chat.Views.Guild(ctx, h.guildID)
	if err != nil {
		if !goneMeanwhile(err) {
			h.outOfStep(seats, err)
		}
		return
	}
	changes, threads := make(sightChanges), &activeThreads{hub: h}
	for _, place := range seats {
		h.lookAgainAs(ctx, view, place, changes, threads)
	}
}

// sightChanges are the dispatches that come of one sight becoming another.
type sightChanges map[[2]*sight][]*body

// lookAgainAs recomputes what one seat may view.
func (h *guildHub) lookAgainAs(ctx context.Context, view *chat.View, place *seat, changes sightChanges, threads *activeThreads) {
	member, err := h.gateway.Chat.Views.Member(ctx, h.guildID, place.session.caller.UserID)
	if goneMeanwhile(err) {
		return // the event that says so follows
	}
	if err != nil {
		h.outOfStep([]*seat{place}, err)
		return
	}
	before := place.sight
	place.sight = h.sights.of(view, member)
	if before == place.sight {
		return
	}
	for _, channelID := range before.visible {
		if _, there := view.Channel(channelID); !there {
			h.vanished[channelID] = append(h.vanished[channelID], place)
		}
	}
	defer threads.sync(ctx, view, member, place, before)
	if place.session.caller.Bot {
		return
	}
	pair := [2]*sight{before, place.sight}
	bodies, known := changes[pair]
	if !known {
		bodies = h.tellSight(view, before, place.sight)
		changes[pair] = bodies
	}
	for _, b := range bodies {
		h.deliver(place, b)
	}
}

// tellSight makes CHANNEL_CREATE and CHANNEL_DELETE for the channels that came into or went out of sight.
func (h *guildHub) tellSight(view *chat.View, before, after *sight) (bodies []*body) {
	for _, channelID := range after.visible {
		if channel, ok := view.Channel(channelID); ok && !before.sees(channelID) {
			bodies = h.append(bodies, "CHANNEL_CREATE", wire.NewChannel(*channel, view.LastMessageID(channelID)))
		}
	}
	for _, channelID := range before.visible {
		// A channel that is gone as a whole is told by ChannelDeleted, with the channel as it was.
		if channel, ok := view.Channel(channelID); ok && !after.sees(channelID) {
			bodies = h.append(bodies, "CHANNEL_DELETE", wire.NewChannel(*channel, 0))
		}
	}
	return bodies
}

// append encodes a dispatch; what cannot be encoded is logged and left out.
func (h *guildHub) append(bodies []*body, name string, payload any) []*body {
	if b := h.gateway.encode(name, payload); b != nil {
		bodies = append(bodies, b)
	}
	return bodies
}
