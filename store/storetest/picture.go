package storetest

import (
	"fmt"

	"guildhall/store"
	"guildhall/store/id"
)

// picture makes a picture of some bytes under a key of its own.
func (f *fixture) picture(content string) *store.Picture {
	return &store.Picture{File: f.newFile(content), Animated: len(content)%2 == 0}
}

// gallery is one of everything that shows pictures.
type gallery struct {
	user   store.User
	guild  store.Guild
	role   store.Role
	member store.Member
	group  store.Channel
}

// gallery stores one of everything that shows pictures, each with those that paint gives.
func (f *fixture) gallery(paint func(place string) *store.Picture) gallery {
	f.Helper()
	var g gallery
	owner, other := f.person("owner"), f.person("other")
	g.user = newPerson(f.id(), "ada")
	g.user.Avatar, g.user.Banner = paint("avatar"), paint("banner")
	f.ok(f.CreateUser(f.Context(), g.user))
	g.guild = f.guild(owner.ID)
	var err error
	g.guild, err = f.UpdateGuild(f.Context(), g.guild.ID, func(guild *store.Guild) error {
		guild.Icon, guild.Banner, guild.Splash, guild.DiscoverySplash = paint("icon"), paint("wide"), paint("splash"), paint("listed")
		return nil
	})
	f.ok(err)
	g.role = store.Role{ID: f.id(), GuildID: g.guild.ID, Name: "knight", Icon: paint("crest")}
	f.ok(f.CreateRole(f.Context(), g.role, 250))
	g.member = store.Member{GuildID: g.guild.ID, UserID: g.user.ID, JoinedAt: birthday, Avatar: paint("here"), Banner: paint("here, wide")}
	f.ok(f.AddMember(f.Context(), g.member))
	g.group = store.Channel{ID: f.id(), Type: store.ChannelGroupDM, OwnerID: owner.ID, Recipients: []id.ID{owner.ID, other.ID, g.user.ID}, Icon: paint("group")}
	f.ok(f.CreateGroupChannel(f.Context(), g.group))
	return g
}

var pictureTests = []test{
	{"what shows a picture gives it as it was stored, and another one after it has another one", func(f *fixture) {
		g := f.gallery(f.picture)
		f.sound("the first pictures")
		var old []string
		swap := func(picture **store.Picture) {
			old = append(old, (*picture).Blob)
			*picture = f.picture("new " + (*picture).Blob)
		}
		user, err := f.UpdateUser(f.Context(), g.user.ID, func(user *store.User) error { swap(&user.Avatar); swap(&user.Banner); return nil })
		f.ok(err)
		got, err := f.User(f.Context(), user.ID)
		f.ok(err)
		f.equal("account", got, user)
		guild, err := f.UpdateGuild(f.Context(), g.guild.ID, func(guild *store.Guild) error {
			swap(&guild.Icon)
			swap(&guild.Banner)
			swap(&guild.Splash)
			swap(&guild.DiscoverySplash)
			return nil
		})
		f.ok(err)
		gotGuild, err := f.Guild(f.Context(), guild.ID)
		f.ok(err)
		f.equal("guild", gotGuild, guild)
		role, err := f.UpdateRole(f.Context(), guild.ID, g.role.ID, func(role *store.Role) error { swap(&role.Icon); return nil })
		f.ok(err)
		roles, err := f.GuildRoles(f.Context(), guild.ID)
		f.ok(err)
		f.equal("role", roles[1], role)
		found, err := f.PicturedRole(f.Context(), role.ID)
		f.ok(err)
		f.equal("role by its id alone", found, role)
		f.is(second(f.PicturedRole(f.Context(), guild.ID)), store.ErrNotFound)
		member, err := f.UpdateMember(f.Context(), guild.ID, user.ID, func(member *store.Member) error {
			swap(&member.Avatar)
			swap(&member.Banner)
			member.Bio = "here"
			return nil
		})
		f.ok(err)
		gotMember, err := f.Member(f.Context(), guild.ID, user.ID)
		f.ok(err)
		f.equal("member", gotMember, member)
		group, err := f.UpdateDirectChannel(f.Context(), g.group.ID, func(group *store.Channel) error { swap(&group.Icon); return nil })
		f.ok(err)
		gotGroup, err := f.Channel(f.Context(), group.ID)
		f.ok(err)
		f.equal("group", gotGroup, group)
		f.equal("how many were let go", len(old), 10)
		f.trashed(old...)
		f.sound("other pictures")
	}},
	{"a picture that is taken away goes, and one that stays is not touched", func(f *fixture) {
		ada := newPerson(f.id(), "ada")
		ada.Avatar, ada.Banner = f.picture("face"), f.picture("sea")
		f.ok(f.CreateUser(f.Context(), ada))
		after, err := f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error { user.Avatar, user.Bio = nil, "no face"; return nil })
		f.ok(err)
		f.equal("banner", after.Banner, ada.Banner)
		f.equal("avatar", after.Avatar, (*store.Picture)(nil))
		f.trashed(ada.Avatar.Blob)
		f.sound("a picture was taken away")
	}},
	{"equal pictures are kept once, and go with the last that shows them", func(f *fixture) {
		ada, bob := newPerson(f.id(), "ada"), newPerson(f.id(), "bob")
		ada.Avatar, bob.Avatar = f.picture("same"), f.picture("same")
		ada.Banner = f.picture("same")
		for _, user := range []store.User{ada, bob} {
			f.ok(f.CreateUser(f.Context(), user))
		}
		kept, brought := ada.Avatar.Blob, []string{ada.Banner.Blob, bob.Avatar.Blob}
		f.trashed(brought...)
		again := f.picture("same")
		brought = append(brought, again.Blob)
		after, err := f.UpdateUser(f.Context(), bob.ID, func(user *store.User) error { user.Avatar = again; return nil })
		f.ok(err)
		f.equal("key", after.Avatar.Blob, kept)
		f.equal("the caller's own", again.Blob, brought[2])
		f.trashed(brought...)
		for _, userID := range []id.ID{ada.ID, bob.ID} {
			f.ok(second(f.UpdateUser(f.Context(), userID, func(user *store.User) error { user.Avatar = nil; return nil })))
		}
		f.trashed(brought...)
		f.sound("one shows it still")
		f.ok(second(f.DeleteUser(f.Context(), ada.ID)))
		f.trashed(append(brought, kept)...)
		f.sound("nobody shows it")
	}},
	{"the bytes of a picture are kept for a message too, and the other way round", func(f *fixture) {
		room := f.room()
		upload := f.upload(f.person("bob").ID, room.ID, "same")
		f.ok(second(f.postFiles(room, upload)))
		ada := newPerson(f.id(), "eve")
		ada.Avatar = f.picture("same")
		brought := ada.Avatar.Blob
		f.ok(f.CreateUser(f.Context(), ada))
		f.ok(second(f.DeleteChannel(f.Context(), room.ID)))
		f.trashed(brought)
		f.sound("the message is gone")
		f.ok(second(f.DeleteUser(f.Context(), ada.ID)))
		f.trashed(brought, upload.File.Blob)
	}},
	{"who goes takes their pictures along", func(f *fixture) {
		painted := map[string]string{}
		g := f.gallery(func(place string) *store.Picture {
			picture := f.picture(place)
			painted[place] = picture.Blob
			return picture
		})
		gone := []string{}
		lose := func(after string, places ...string) {
			f.Helper()
			for _, place := range places {
				gone = append(gone, painted[place])
			}
			f.trashed(gone...)
			f.sound(after)
		}
		f.ok(second(f.DeleteRole(f.Context(), g.guild.ID, g.role.ID)))
		lose("the role is gone", "crest")
		f.is(second(f.PicturedRole(f.Context(), g.role.ID)), store.ErrNotFound)
		f.leave(g.guild.ID, g.user.ID)
		lose("the member is gone", "here", "here, wide")
		g.member.Avatar = f.picture("back")
		painted["back"], painted["crest again"] = g.member.Avatar.Blob, ""
		g.member.Banner = nil
		f.ok(f.AddMember(f.Context(), g.member))
		crest := f.picture("crest again")
		painted["crest again"] = crest.Blob
		f.ok(f.CreateRole(f.Context(), store.Role{ID: f.id(), GuildID: g.guild.ID, Name: "knight", Icon: crest}, 250))
		f.ok(f.DeleteGuild(f.Context(), g.guild.ID))
		lose("the guild is gone", "icon", "wide", "splash", "listed", "back", "crest again")
		f.ok(second(f.UpdateDirectChannel(f.Context(), g.group.ID, func(group *store.Channel) error { group.Recipients = []id.ID{g.user.ID}; return nil })))
		f.ok(second(f.DeleteUser(f.Context(), g.user.ID)))
		lose("the account is gone, and the group that nobody was left in", "avatar", "banner", "group")
	}},
	{"a group that nobody is left in, and a member who is deleted, take their pictures along", func(f *fixture) {
		g := f.gallery(func(place string) *store.Picture {
			if place == "group" || place == "here" {
				return f.picture(place)
			}
			return nil
		})
		f.ok(second(f.UpdateDirectChannel(f.Context(), g.group.ID, func(group *store.Channel) error { group.Recipients = nil; return nil })))
		f.trashed(g.group.Icon.Blob)
		f.sound("the group is gone")
		f.ok(second(f.DeleteUser(f.Context(), g.user.ID)))
		f.trashed(g.group.Icon.Blob, g.member.Avatar.Blob)
		f.sound("the member is gone")
	}},
	{"of many who change a picture at once, the last one's is kept and no other", func(f *fixture) {
		ada := f.person("ada")
		pictures := make([]*store.Picture, writers)
		for i := range pictures {
			pictures[i] = f.picture(fmt.Sprint(i % 3)) // some bring equal bytes
		}
		for _, err := range together(writers, func(i int) error {
			return second(f.UpdateUser(f.Context(), ada.ID, func(user *store.User) error { user.Avatar = pictures[i]; return nil }))
		}) {
			f.ok(err)
		}
		after, err := f.User(f.Context(), ada.ID)
		f.ok(err)
		var lost []string
		for _, picture := range pictures {
			if picture.Blob != after.Avatar.Blob {
				lost = append(lost, picture.Blob)
			}
		}
		f.trashed(lost...)
		f.sound("many changed it")
	}},
}
