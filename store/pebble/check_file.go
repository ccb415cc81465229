package pebble

import (
	"guildhall/store"
	"guildhall/store/id"
)

// files demands that the books of bytes agree: every attachment hangs on a message that has it, bytes are named as often as they say, and what users have is the sum of it.
func (c *checker) files() {
	names, used, blobs := make(map[store.Hash]int64), make(map[id.ID]int64), make(map[string]bool)
	for e := range c.each(kindAttachment) {
		place := record[placeRecord](c, e)
		names[place.Hash]++
		c.value(bytesKey(place.Hash), e)
		if place.UserID != 0 {
			used[place.UserID] += place.Size
		}
		if gone, err := has(c.r, kindTrash.key(idAt(e.key, 0))); err != nil || gone {
			continue // it goes with its channel
		}
		message, err := readMessage(c.r, idAt(e.key, 0), place.MessageID)
		if err != nil {
			c.fail("the attachment %x has no message: %v", e.key, err)
		}
		there := 0
		for _, one := range message.AllAttachments() {
			if one.ID == idAt(e.key, 1) && one.Hash == place.Hash && one.Size == place.Size {
				there++
			}
		}
		if there != 1 {
			c.fail("the message of the attachment %x has it %d times", e.key, there)
		}
		c.made(idAt(e.key, 1), e)
	}
	for e := range c.each(kindMessage) {
		message := record[messageRecord](c, e)
		for _, one := range new(message.message(idAt(e.key, 0), idAt(e.key, 1))).AllAttachments() {
			if gone, err := has(c.r, kindTrash.key(idAt(e.key, 0))); err == nil && !gone {
				c.value(kindAttachment.key(idAt(e.key, 0), one.ID), e)
			}
		}
	}
	for e := range c.each(kindUpload) {
		upload := record[uploadRecord](c, e)
		c.value(kindUser.key(upload.UserID), e)
		c.value(kindUserUpload.key(upload.UserID, idAt(e.key, 0)), e)
		c.value(kindChannelUpload.key(upload.ChannelID, idAt(e.key, 0)), e)
		used[upload.UserID] += upload.Size
		for _, part := range upload.Parts {
			blobs[part.Blob] = true
		}
		if upload.File != nil {
			names[upload.File.Hash]++
			c.value(bytesKey(upload.File.Hash), e)
		}
	}
	for _, kind := range []kind{kindUserUpload, kindChannelUpload} {
		if c.counts[kind] != c.counts[kindUpload] {
			c.fail("%d uploads have %d keys of the kind %s", c.counts[kindUpload], c.counts[kind], kind)
		}
	}
	c.pictures(names)
	c.blobs(names, blobs)
	for e := range c.each(kindUserBytes) {
		if got := int64(c.number(e)); got != used[idAt(e.key, 0)] {
			c.fail("the files of %d have %d bytes, and %d are counted", idAt(e.key, 0), used[idAt(e.key, 0)], got)
		}
		delete(used, idAt(e.key, 0))
	}
	for userID, bytes := range used {
		if there, err := has(c.r, kindUser.key(userID)); err != nil || bytes != 0 && there {
			c.fail("the %d bytes of %d are not counted", bytes, userID)
		}
	}
}

// blobs demands that exactly the keys are known that something names, and none of them is in the trash.
func (c *checker) blobs(names map[store.Hash]int64, blobs map[string]bool) {
	for e := range c.each(kindBytes) {
		kept := record[bytesRecord](c, e)
		if want := names[store.Hash(e.key[1:])]; kept.Names != want {
			c.fail("the bytes %x are named %d times, and %d are counted", e.key, want, kept.Names)
		}
		blobs[kept.Blob] = true
	}
	for blob := range blobs {
		c.value(kindBlob.text(blob), entry{key: kindBytes.key()})
		if lost, err := has(c.r, kindLostBlob.text(blob)); err != nil || lost {
			c.fail("the blob %q is named, and in the trash (%v)", blob, err)
		}
	}
	if c.counts[kindBlob] != len(blobs) {
		c.fail("%d blobs are known, %d are named", c.counts[kindBlob], len(blobs))
	}
}
