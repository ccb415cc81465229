package pebble

import "guildhall/store"

// pictureRecord is a picture in the record that shows it.
type pictureRecord struct {
	File     fileRecord `cbor:"1,keyasint"`
	Animated bool       `cbor:"2,keyasint,omitempty"`
}

func newPictureRecord(picture *store.Picture) *pictureRecord {
	if picture == nil {
		return nil
	}
	return &pictureRecord{File: fileRecord(picture.File), Animated: picture.Animated}
}

func (r *pictureRecord) picture() *store.Picture {
	if r == nil {
		return nil
	}
	return &store.Picture{File: store.File(r.File), Animated: r.Animated}
}

// hang names the bytes of the picture that a record comes to show, and lets go of those of the one that it showed. Where equal bytes are kept already, the picture comes to name their key.
func (t *tx) hang(before *pictureRecord, now **store.Picture) error {
	if before != nil && *now != nil && before.File.Blob == (*now).Blob {
		return nil // the same
	}
	if *now != nil {
		hung := **now // the caller's own stays as it is
		if err := t.adopt(&hung.File); err != nil {
			return err
		}
		*now = &hung
	}
	t.unhang(before)
	return nil
}

// unhang lets go of the bytes of pictures whose record goes.
func (t *tx) unhang(pictures ...*pictureRecord) {
	for _, picture := range pictures {
		if picture != nil {
			t.name(picture.File.Hash, -1)
		}
	}
}

// pictures counts the names that pictures give to bytes, and demands that these are kept under the keys that the pictures know.
func (c *checker) pictures(names map[store.Hash]int64) {
	count := func(e entry, pictures ...*pictureRecord) {
		for _, picture := range pictures {
			if picture == nil {
				continue
			}
			names[picture.File.Hash]++
			key := bytesKey(picture.File.Hash)
			if value := c.value(key, e); value != nil {
				if kept := record[bytesRecord](c, entry{key, value}); kept.Blob != picture.File.Blob {
					c.fail("a picture of the %s %x is kept as %q, and it says %q", e.kind(), e.key, kept.Blob, picture.File.Blob)
				}
			}
		}
	}
	for e := range c.each(kindUser) {
		user := record[userRecord](c, e)
		count(e, user.Avatar, user.Banner)
	}
	for e := range c.each(kindBot) {
		count(e, record[botRecord](c, e).Cover)
	}
	for e := range c.each(kindApplicationEmoji) {
		count(e, record[applicationEmojiRecord](c, e).Picture)
	}
	for e := range c.each(kindGuild) {
		guild := record[guildRecord](c, e)
		count(e, guild.Icon, guild.Banner, guild.Splash, guild.DiscoverySplash)
	}
	for e := range c.each(kindMember) {
		member := record[memberRecord](c, e)
		count(e, member.Avatar, member.Banner)
	}
	pictured := 0
	for e := range c.each(kindRole) {
		role := record[roleRecord](c, e)
		count(e, role.Icon)
		if role.Icon != nil {
			pictured++
			c.same(kindPicturedRole.key(idAt(e.key, 1)), idValue(idAt(e.key, 0)), e)
		}
	}
	if c.counts[kindPicturedRole] != pictured {
		c.fail("%d roles have icons, and %d are found by them", pictured, c.counts[kindPicturedRole])
	}
	for e := range c.each(kindEmoji) {
		count(e, record[guildEmojiRecord](c, e).Picture)
	}
	for e := range c.each(kindWebhook) {
		count(e, record[webhookRecord](c, e).Avatar)
	}
	for e := range c.each(kindChannel) {
		count(e, record[channelRecord](c, e).Icon)
	}
}
