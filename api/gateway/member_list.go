package gateway

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/api/wire"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// listedMember is a member as member lists show them. It never changes; a change of the member makes another.
type listedMember struct {
	chat.GuildMember
	presence event.Presence
	// name is what members of a group are ordered by.
	name string
}

func newListedMember(member chat.GuildMember, presence event.Presence) *listedMember {
	return &listedMember{member, presence, strings.ToLower(cmp.Or(member.Nick, member.User.GlobalName, member.User.Username))}
}

func (m *listedMember) online() bool {
	return m.presence.Status != "offline" && m.presence.Status != ""
}

// listedRow is a member at a place in a list. rank is the index of their group.
type listedRow struct {
	rank   int
	member *listedMember
}

func compareRows(a, b listedRow) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.member.name, b.member.name), cmp.Compare(a.member.UserID, b.member.UserID))
}

// memberList is the list of those who may view a channel, in groups: each hoisted role's, those online without one, and those offline. All channels that the same people
// may view share it. Its items are the headings of the groups that are not empty, each followed by the members of the group.
type memberList struct {
	// id is by which clients know the list. view and overwrites are the guild and those of a channel, by which members may view it.
	id         string
	view       *chat.View
	overwrites []store.PermissionOverwrite
	// hoisted are the roles with a group of their own, the highest first. The two groups after them are of those online and those offline.
	hoisted []id.ID
	// large leaves those out who are offline.
	large bool
	// rows are in order; ranks tell where everybody is, counts how many each group has.
	rows   []listedRow
	ranks  map[id.ID]listedRow
	counts []int
	// steps are those since clients were told, recounted the groups whose counts they changed.
	steps     []listStep
	recounted map[int]struct{}
}

// newMemberList makes the list of a channel from all members of its guild that there are to be shown.
func newMemberList(view *chat.View, listID string, overwrites []store.PermissionOverwrite, large bool, members map[id.ID]*listedMember) *memberList {
	l := &memberList{id: listID, view: view, overwrites: overwrites, hoisted: hoistedRoles(view), large: large, ranks: make(map[id.ID]listedRow),
		recounted: make(map[int]struct{})}
	l.counts = make([]int, len(l.hoisted)+2)
	for _, member := range members {
		if row, shown := l.rowOf(member); shown {
			l.rows = append(l.rows, row)
			l.ranks[member.UserID] = row
			l.counts[row.rank]++
		}
	}
	slices.SortFunc(l.rows, compareRows)
	return l
}

func hoistedRoles(view *chat.View) []id.ID {
	var roles []*store.Role
	for i := range view.Roles {
		if view.Roles[i].Hoist && view.Roles[i].ID != view.Guild.ID {
			roles = append(roles, &view.Roles[i])
		}
	}
	slices.SortFunc(roles, func(a, b *store.Role) int {
		if perm.Above(a, b) {
			return -1
		}
		return 1
	})
	ids := make([]id.ID, len(roles))
	for i := range roles {
		ids[i] = roles[i].ID
	}
	return ids
}

// rowOf gives a member's place. It tells false for those who are not shown.
func (l *memberList) rowOf(member *listedMember) (listedRow, bool) {
	if l.large && !member.online() || !l.admits(&member.Member) {
		return listedRow{}, false
	}
	if !member.online() {
		return listedRow{l.offline(), member}, true
	}
	for rank, roleID := range l.hoisted {
		if slices.Contains(member.RoleIDs, roleID) {
			return listedRow{rank, member}, true
		}
	}
	return listedRow{len(l.hoisted), member}, true
}

// admits tells whether a member may view the channel. No time-out keeps anybody from viewing, so that the moment makes no difference.
func (l *memberList) admits(member *store.Member) bool {
	return perm.InChannel(perm.Base(&l.view.Guild, l.view.Roles, member), l.overwrites, member, time.Time{}).Has(perm.ViewChannel)
}

// offline is the rank of those who are.
func (l *memberList) offline() int { return len(l.hoisted) + 1 }

// listStep is one step by which a list became another: what is inserted, updated or deleted at an index.
type listStep struct {
	op    string
	index int
	item  wire.MemberListItem
}

const (
	listInsert     = "INSERT"
	listUpdate     = "UPDATE"
	listDelete     = "DELETE"
	listSync       = "SYNC"
	listInvalidate = "INVALIDATE"
)

// set puts a member where they belong now, or takes them out: member is nil for who is not to be shown any more.
func (l *memberList) set(userID id.ID, member *listedMember) {
	before, was := l.ranks[userID]
	var after listedRow
	is := false
	if member != nil {
		after, is = l.rowOf(member)
	}
	if was && is && compareRows(before, after) == 0 {
		at, _ := slices.BinarySearchFunc(l.rows, before, compareRows)
		l.rows[at], l.ranks[userID] = after, after
		l.steps = append(l.steps, listStep{listUpdate, l.index(at, after.rank), memberItem(member)})
		return
	}
	if was {
		l.remove(before)
	}
	if is {
		l.insert(after)
	}
}

func (l *memberList) remove(row listedRow) {
	at, _ := slices.BinarySearchFunc(l.rows, row, compareRows)
	index := l.index(at, row.rank)
	l.rows = slices.Delete(l.rows, at, at+1)
	delete(l.ranks, row.member.UserID)
	l.steps = append(l.steps, listStep{op: listDelete, index: index})
	l.recounted[row.rank] = struct{}{}
	if l.counts[row.rank]--; l.counts[row.rank] == 0 {
		l.steps = append(l.steps, listStep{op: listDelete, index: index - 1}) // the heading
	}
}

func (l *memberList) insert(row listedRow) {
	at, _ := slices.BinarySearchFunc(l.rows, row, compareRows)
	l.rows = slices.Insert(l.rows, at, row)
	l.ranks[row.member.UserID] = row
	l.counts[row.rank]++
	l.recounted[row.rank] = struct{}{}
	index := l.index(at, row.rank)
	if l.counts[row.rank] == 1 {
		l.steps = append(l.steps, listStep{listInsert, index - 1, l.heading(row.rank)})
	}
	l.steps = append(l.steps, listStep{listInsert, index, memberItem(row.member)})
}

// index is that of the item of the row at a place: the headings up to its group come before it.
func (l *memberList) index(at, rank int) int {
	headings := 0
	for _, count := range l.counts[:rank] {
		headings += min(count, 1)
	}
	return at + headings + 1
}

// items gives those from one index to another, both included, as far as there are any.
func (l *memberList) items(first, last int) []wire.MemberListItem {
	items := []wire.MemberListItem{}
	index, row := 0, 0
	for rank, count := range l.counts {
		if count == 0 {
			continue
		}
		if first <= index && index <= last {
			items = append(items, l.heading(rank))
		}
		for at := max(0, first-index-1); at < count && index+1+at <= last; at++ {
			items = append(items, memberItem(l.rows[row+at].member))
		}
		if index, row = index+1+count, row+count; index > last {
			break
		}
	}
	return items
}

// headingAt gives the index of a group's heading. The group must not be empty.
func (l *memberList) headingAt(rank int) int {
	index := 0
	for _, count := range l.counts[:rank] {
		if count > 0 {
			index += 1 + count
		}
	}
	return index
}

func (l *memberList) heading(rank int) wire.MemberListItem {
	group := l.group(rank)
	return wire.MemberListItem{Group: &group}
}

func (l *memberList) group(rank int) wire.MemberListGroup {
	name := "offline"
	switch {
	case rank < len(l.hoisted):
		name = l.hoisted[rank].String()
	case rank == len(l.hoisted):
		name = "online"
	}
	return wire.MemberListGroup{ID: name, Count: l.counts[rank]}
}

func (l *memberList) groups() []wire.MemberListGroup {
	groups := []wire.MemberListGroup{}
	for rank, count := range l.counts {
		if count > 0 {
			groups = append(groups, l.group(rank))
		}
	}
	return groups
}

func (l *memberList) onlineCount() int { return len(l.rows) - l.counts[l.offline()] }

func memberItem(member *listedMember) wire.MemberListItem {
	return wire.MemberListItem{Member: &wire.MemberListMember{Member: wire.NewMember(member.Member, member.User), Presence: wire.NewPresence(member.UserID, 0, member.presence)}}
}

// memberListKey tells by what permissions a channel's list is made, which is the same for channels that the same people may view, and by which id clients know it:
// "everyone" where nobody is kept from viewing, otherwise a hash of the permissions, as people's clients compute it (https://docs.discord.food/resources/guild). Upstream
// says "everyone", too, of a channel that is kept from single roles only; nobody is in a list here who may not view the channel, so that it is another.
func memberListKey(view *chat.View, channel *store.Channel) (key, listID string) {
	everyone := perm.Set(view.Everyone().Permissions)
	var named []string
	kept := false
	for _, overwrite := range channel.Overwrites {
		switch {
		case perm.Set(overwrite.Allow).Has(perm.ViewChannel):
			named = append(named, "allow:"+overwrite.TargetID.String())
			if overwrite.TargetID == view.Guild.ID {
				everyone |= perm.ViewChannel
			}
		case perm.Set(overwrite.Deny).Has(perm.ViewChannel):
			named = append(named, "deny:"+overwrite.TargetID.String())
			kept = true
		}
	}
	if !kept && everyone.HasAny(perm.ViewChannel|perm.Administrator) {
		return "everyone", "everyone"
	}
	slices.Sort(named)
	key = strings.Join(named, ",")
	return key, strconv.FormatUint(uint64(murmur3(key)), 10)
}

// murmur3 is MurmurHash3_x86_32 with the seed zero (https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp).
func murmur3(text string) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	data := []byte(text)
	var hash uint32
	for ; len(data) >= 4; data = data[4:] {
		hash ^= bits.RotateLeft32(binary.LittleEndian.Uint32(data)*c1, 15) * c2
		hash = bits.RotateLeft32(hash, 13)*5 + 0xe6546b64
	}
	var rest uint32
	for i, b := range data {
		rest |= uint32(b) << (8 * i)
	}
	hash ^= bits.RotateLeft32(rest*c1, 15) * c2
	hash ^= uint32(len(text))
	hash = (hash ^ hash>>16) * 0x85ebca6b
	hash = (hash ^ hash>>13) * 0xc2b2ae35
	return hash ^ hash>>16
}
