package container

import (
	"errors"
	"slices"
)

// metadataItems are the kinds of items that are no part of what a picture shows: Exif, and what has a media or other type of its own, such as XMP.
var metadataItems = []string{"Exif", "mime", "uri "}

// metadataProperties are the properties of items that tell of who described a picture, and when it was made and changed.
var metadataProperties = []string{"udes", "crtt", "mdft", "uuid"}

// pictureOr looks at the items of a picture; a box of the same kind that has none is all metadata.
func (w *walk) pictureOr(meta box) error {
	if meta.content.to-meta.content.from < 4 {
		return w.blank(meta)
	}
	inside := span{meta.content.from + 4, meta.content.to}
	isPicture := false
	boxes, zeros := w.boxes, len(w.file.zeros)
	err := w.children(inside, func(b box) error {
		if b.name == "hdlr" {
			handler, err := w.handler(b)
			isPicture = isPicture || handler == "pict"
			return err
		}
		return nil
	})
	w.boxes, w.file.zeros = boxes, w.file.zeros[:zeros]
	if err != nil && !errors.Is(err, ErrBroken) {
		return err
	}
	if err != nil || !isPicture {
		return w.blank(meta)
	}
	if w.still {
		return broken("it has the items of two pictures")
	}
	w.still = true
	return w.picture(inside)
}

// picture blanks the items of a picture that are metadata.
func (w *walk) picture(inside span) error {
	var information, locations, data box
	if err := w.children(inside, func(b box) error {
		switch b.name {
		case "iinf":
			information = b
		case "iloc":
			locations = b
		case "idat":
			data = b
			w.data = append(w.data, b.content)
		case "iprp":
			return w.children(b.content, w.properties)
		case "hdlr", "pitm", "iref", "dinf", "ipro", "grpl":
		default:
			return w.blank(b)
		}
		return nil
	}); err != nil {
		return err
	}
	items, err := w.items(information)
	if err != nil || len(items) == 0 {
		return err
	}
	return w.locate(locations, data, items)
}

// properties blanks properties that are metadata. They keep their places, by which items name them.
func (w *walk) properties(b box) error {
	if b.name != "ipco" {
		return nil
	}
	return w.children(b.content, func(property box) error {
		if slices.Contains(metadataProperties, property.name) {
			return w.blank(property)
		}
		return nil
	})
}

// items finds the items that are metadata, and blanks their kinds.
func (w *walk) items(information box) (map[uint64]bool, error) {
	found := make(map[uint64]bool)
	if information.name == "" {
		return found, nil
	}
	f := fields{&w.window, information.content}
	version, err := f.number(4)
	if err != nil {
		return nil, err
	}
	width := 2
	if version>>24 != 0 {
		width = 4
	}
	if _, err := f.number(width); err != nil {
		return nil, err
	}
	return found, w.children(f.at, func(b box) error {
		if b.name != "infe" {
			return w.blank(b)
		}
		itemID, at, err := w.item(b)
		if err != nil {
			return err
		}
		kind, err := w.window.bytes(at, 4)
		if err != nil || !slices.Contains(metadataItems, string(kind)) {
			return err
		}
		if found[itemID] = true; len(found) > maxItems {
			return broken("it has too many items")
		}
		if err := w.rename(at); err != nil {
			return err
		}
		return w.zero(span{at + 4, b.content.to}) // its name and media type
	})
}

// item reads which item an entry is about, and where its kind stands.
func (w *walk) item(b box) (itemID uint64, kindAt int64, err error) {
	f := fields{&w.window, b.content}
	version, err := f.number(4)
	if err != nil {
		return 0, 0, err
	}
	width := 2
	switch version >> 24 {
	case 2:
	case 3:
		width = 4
	default:
		return 0, 0, broken("its items have no kinds")
	}
	if itemID, err = f.number(width); err != nil {
		return 0, 0, err
	}
	kindAt = f.at.from + 2 // behind the protection's number
	if kindAt+4 > b.content.to {
		return 0, 0, broken("an item is cut off")
	}
	return itemID, kindAt, nil
}

// locate finds the data of items (ISO/IEC 14496-12, section 8.11.3).
func (w *walk) locate(locations, data box, items map[uint64]bool) error {
	if locations.name == "" {
		return nil
	}
	f := fields{&w.window, locations.content}
	full, err := f.number(4)
	if err != nil {
		return err
	}
	l := locator{walk: w, fields: &f, data: data, items: items, version: full >> 24}
	if l.version > 2 {
		return broken("its items are somewhere unknown")
	}
	sizes, err := f.number(2)
	if err != nil {
		return err
	}
	l.offset, l.length, l.base = int(sizes>>12), int(sizes>>8&0xF), int(sizes>>4&0xF)
	countWidth := 2
	if l.version > 0 {
		l.index = int(sizes & 0xF)
	}
	if l.version == 2 {
		countWidth = 4
	}
	for _, size := range []int{l.offset, l.length, l.base, l.index} {
		if size != 0 && size != 4 && size != 8 {
			return broken("its items are somewhere unknown")
		}
	}
	count, err := f.number(countWidth)
	if err != nil {
		return err
	}
	if count > maxItems {
		return broken("it has too many items")
	}
	for range count {
		if err := l.item(); err != nil {
			return err
		}
	}
	return nil
}

// locator reads the table of where items are.
type locator struct {
	walk                        *walk
	fields                      *fields
	data                        box
	items                       map[uint64]bool
	version                     uint64
	offset, length, base, index int
}

// How the places of items are told.
const (
	inFile = 0
	inData = 1 // of the box idat
)

func (l *locator) item() error {
	idWidth := 2
	if l.version == 2 {
		idWidth = 4
	}
	itemID, err := l.fields.number(idWidth)
	if err != nil {
		return err
	}
	var method, elsewhere, base, extents uint64
	if l.version > 0 {
		if method, err = l.fields.number(2); err != nil {
			return err
		}
	}
	if elsewhere, err = l.fields.number(2); err != nil {
		return err
	}
	if base, err = l.fields.number(l.base); err != nil {
		return err
	}
	if extents, err = l.fields.number(2); err != nil {
		return err
	}
	if extents > 1 && l.index+l.offset+l.length == 0 {
		return broken("an item is in many places that are not told")
	}
	wanted := l.items[itemID]
	if wanted && (elsewhere != 0 || method&0xF > inData) {
		return broken("its metadata are somewhere unknown")
	}
	for range extents {
		var index, offset, length uint64
		if err := errors.Join(l.fields.numbers(l.index, &index), l.fields.numbers(l.offset, &offset), l.fields.numbers(l.length, &length)); err != nil {
			return err
		}
		if !wanted {
			continue
		}
		if err := l.extent(method&0xF, base, offset, length); err != nil {
			return err
		}
	}
	return nil
}

// extent takes note of a part of an item's data.
func (l *locator) extent(method, base, offset, length uint64) error {
	size := uint64(l.walk.file.size)
	if l.length == 0 || base > size || offset > size || length > size {
		return broken("its metadata are not in it")
	}
	at := base + offset
	if method == inData {
		if l.data.name == "" {
			return broken("its metadata are not in it")
		}
		at += uint64(l.data.content.from)
	}
	return l.walk.foundData(int64(at), int64(length))
}
