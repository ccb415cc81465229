package chat_test

import (
	"slices"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func TestAGuildIsMadeAsItsMakerDrewIt(t *testing.T) {
	for _, drawn := range []struct {
		name                     string
		everyone, crew, category id.ID
	}{
		{"with small numbers for placeholders", 0, 1, 0},
		{"with ids for placeholders", 1234567890123456789, 1234567890123456790, 1234567890123456791},
	} {
		t.Run(drawn.name, func(t *testing.T) {
			hall := chattest.Open(t, chattest.Options{})
			alice, bob := hall.Person("alice"), hall.Person("bob")
			talk, afk, closed := drawn.category+1, drawn.category+2, perm.ViewChannel|perm.SendMessages
			forCrew := []store.PermissionOverwrite{
				{TargetID: drawn.everyone, Deny: uint64(perm.ViewChannel)}, {TargetID: drawn.crew, Allow: uint64(perm.ViewChannel)},
				{TargetID: bob.UserID, Type: store.OverwriteMember, Allow: uint64(perm.ViewChannel)},
			}
			view, err := hall.Guilds.Create(t.Context(), alice, chat.GuildDraft{
				Name:  "Drawn",
				Roles: []chat.RoleInDraft{{Placeholder: &drawn.everyone, RoleDraft: chat.RoleDraft{Name: "all", Permissions: &closed}}, {Placeholder: &drawn.crew, RoleDraft: chat.RoleDraft{Name: "crew", Color: 0xFF00FF, Hoist: true}}, {}},
				Channels: []chat.ChannelInDraft{
					{Placeholder: &drawn.category, ChannelDraft: chat.ChannelDraft{Name: "Ship", Type: store.ChannelCategory, Overwrites: &forCrew}},
					{Placeholder: &talk, ChannelDraft: chat.ChannelDraft{Name: "Bridge talk", Topic: "where to", RateLimitPerUser: 5}, Parent: &drawn.category},
					{Placeholder: &afk, ChannelDraft: chat.ChannelDraft{Name: "Bunk", Type: store.ChannelVoice}},
				},
				Settings: chat.GuildEdit{SystemChannelID: &talk, AFKChannelID: &afk, AFKTimeout: new(900), VerificationLevel: new(2), DefaultMessageNotifications: new(1), SystemChannelFlags: new(1), PreferredLocale: new("de")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(view.Roles) != 3 || len(view.Channels) != 3 {
				t.Fatalf("%d roles and %d channels", len(view.Roles), len(view.Channels))
			}
			everyone, crew, plain := view.Roles[0], view.Roles[1], view.Roles[2]
			if everyone.ID != view.Guild.ID || everyone.Name != "@everyone" || perm.Set(everyone.Permissions) != closed || everyone.Position != 0 {
				t.Errorf("@everyone: %+v", everyone)
			}
			if crew.Name != "crew" || crew.Color != 0xFF00FF || !crew.Hoist || crew.Position != 1 || plain.Name != "new role" || plain.Position != 2 || perm.Set(plain.Permissions) != closed {
				t.Errorf("the roles: %+v, %+v", crew, plain)
			}
			ship, bridge, bunk := view.Channels[0], view.Channels[1], view.Channels[2]
			want := []store.PermissionOverwrite{{TargetID: view.Guild.ID, Deny: uint64(perm.ViewChannel)}, {TargetID: crew.ID, Allow: uint64(perm.ViewChannel)}, forCrew[2]}
			for _, overwrite := range want {
				if !slices.Contains(ship.Overwrites, overwrite) || !slices.Contains(bridge.Overwrites, overwrite) {
					t.Errorf("the overwrites: %+v, %+v", ship.Overwrites, bridge.Overwrites)
				}
			}
			if bridge.Name != "bridge-talk" || bridge.Topic != "where to" || bridge.RateLimitPerUser != 5 || bridge.ParentID != ship.ID || bunk.ParentID != 0 || bunk.Position != 2 || bunk.Bitrate == 0 || len(bunk.Overwrites) != 0 {
				t.Errorf("the channels: %+v, %+v", bridge, bunk)
			}
			guild := view.Guild
			if guild.SystemChannelID != bridge.ID || guild.AFKChannelID != bunk.ID || guild.AFKTimeout != 900 || guild.VerificationLevel != 2 || guild.DefaultMessageNotifications != 1 || guild.SystemChannelFlags != 1 || guild.PreferredLocale != "de" {
				t.Errorf("the settings: %+v", guild)
			}
			if seen := view.VisibleChannels(&store.Member{GuildID: guild.ID, UserID: hall.Person("cleo").UserID}); len(seen) != 1 || seen[0].ID != bunk.ID {
				t.Errorf("a stranger would see %+v", seen)
			}
		})
	}
}

func TestADrawingThatDoesNotFitMakesNothing(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	alice := hall.Person("alice")
	one, unknown := id.ID(1), id.ID(2)
	plain := chat.ChannelDraft{Name: "x"}
	for path, draft := range map[string]chat.GuildDraft{
		"roles.1.id":                            {Roles: []chat.RoleInDraft{{Placeholder: &one}, {Placeholder: &one}}},
		"roles.1.color":                         {Roles: []chat.RoleInDraft{{}, {RoleDraft: chat.RoleDraft{Color: -1}}}},
		"roles.1.position":                      {Roles: []chat.RoleInDraft{{}, {Position: new(0)}}},
		"roles.0.unicode_emoji":                 {Roles: []chat.RoleInDraft{{RoleDraft: chat.RoleDraft{RoleMark: chat.RoleMark{UnicodeEmoji: new("x")}}}}},
		"roles":                                 {Roles: make([]chat.RoleInDraft, 251)},
		"channels":                              {Channels: make([]chat.ChannelInDraft, 501)},
		"channels.0.name":                       {Channels: []chat.ChannelInDraft{{}}},
		"channels.1.id":                         {Channels: []chat.ChannelInDraft{{Placeholder: &one, ChannelDraft: plain}, {Placeholder: &one, ChannelDraft: plain}}},
		"channels.0.parent_id":                  {Channels: []chat.ChannelInDraft{{ChannelDraft: plain, Parent: &unknown}}},
		"channels.1.parent_id":                  {Channels: []chat.ChannelInDraft{{Placeholder: &one, ChannelDraft: plain}, {ChannelDraft: plain, Parent: &one}}},
		"channels.0.type":                       {Channels: []chat.ChannelInDraft{{ChannelDraft: chat.ChannelDraft{Name: "x", Type: store.ChannelDM}}}},
		"channels.0.permission_overwrites.0.id": {Channels: []chat.ChannelInDraft{{ChannelDraft: chat.ChannelDraft{Name: "x", Overwrites: &[]store.PermissionOverwrite{{TargetID: unknown}}}}}},
		"afk_channel_id":                        {Settings: chat.GuildEdit{AFKChannelID: &unknown}},
		"system_channel_id":                     {Channels: []chat.ChannelInDraft{{Placeholder: &one, ChannelDraft: chat.ChannelDraft{Name: "x", Type: store.ChannelVoice}}}, Settings: chat.GuildEdit{SystemChannelID: &one}},
		"afk_timeout":                           {Settings: chat.GuildEdit{AFKTimeout: new(7)}},
	} {
		draft.Name = "Drawn"
		_, err := hall.Guilds.Create(t.Context(), alice, draft)
		expectField(t, err, path)
	}
	if mine, err := hall.Guilds.List(t.Context(), alice, chat.GuildPage{}); err != nil || len(mine) != 0 {
		t.Errorf("%+v, %v", mine, err)
	}
}
