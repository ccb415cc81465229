package chat_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/png"
	"slices"
	"testing"

	"guildhall/api/chat"
	"guildhall/store/blob"
)

// picture makes a picture as it comes with a change.
func picture(t *testing.T, side int) *string {
	t.Helper()
	var encoded bytes.Buffer
	if err := png.Encode(&encoded, image.NewRGBA(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return new("data:image/png;base64," + base64.StdEncoding.EncodeToString(encoded.Bytes()))
}

func TestAPictureThatMayHaveBeenStoredIsNotDeleted(t *testing.T) {
	hall, failing := openFailing(t)
	guild := hall.Guild(hall.Person("alice"))
	role := guild.Role("role", 1, 0)
	kept := func() (keys []string) {
		err := hall.Blobs.List(t.Context(), "file/", func(info blob.Info) error {
			keys = append(keys, info.Key)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	// The write happens, and fails to say so.
	failing.fail(errDisk)
	if _, err := hall.Roles.Update(t.Context(), guild.Owner, guild.ID, role.ID, chat.RoleEdit{RoleMark: chat.RoleMark{Icon: picture(t, 8)}}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	failing.fail(nil)
	stored, err := hall.Store.PicturedRole(t.Context(), role.ID)
	if err != nil || !slices.Contains(kept(), stored.Icon.Blob) {
		t.Errorf("the role shows %+v, and there is %q: %v", stored.Icon, kept(), err)
	}
	// What is refused leaves nothing.
	before := kept()
	if _, err := hall.Roles.Update(t.Context(), guild.Owner, guild.ID, role.ID, chat.RoleEdit{Name: new(""), RoleMark: chat.RoleMark{Icon: picture(t, 9)}}); chat.KindOf(err) != chat.Invalid {
		t.Errorf("got %v", err)
	}
	if after := kept(); !slices.Equal(before, after) {
		t.Errorf("there is %q, and was %q", after, before)
	}
}
