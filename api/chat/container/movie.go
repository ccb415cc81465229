package container

import "slices"

// spherical is how films say that they show all around (Google's Spherical Video v1); it is all that is kept of boxes of others' own.
const spherical = "\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd"

// metadataHandlers are the tracks whose samples tell where and with what a film was made while it goes on: places, directions, settings of the camera.
var metadataHandlers = []string{"meta", "camm", "gps "}

// movie looks at a box of a film's description.
func (w *walk) movie(b box) error {
	switch b.name {
	case "mvhd":
		return w.times(b)
	case "trak":
		return w.track(b)
	case "cmov":
		return broken("its description is compressed")
	default:
		return w.described(b)
	}
}

// described blanks a box that can be anywhere in the description of a film, if it is metadata.
func (w *walk) described(b box) error {
	switch b.name {
	case "udta", "meta", "XMP_", "gps ", "free", "skip", "wide":
		return w.blank(b)
	case "uuid":
		if b.content.to-b.content.from >= int64(len(spherical)) {
			kind, err := w.window.bytes(b.content.from, len(spherical))
			if err != nil || string(kind) == spherical {
				return err
			}
		}
		return w.blank(b)
	}
	return nil
}

// times blanks when a film, a track or a medium was made and changed last.
func (w *walk) times(b box) error {
	version := fields{&w.window, b.content}
	wide, err := version.number(1)
	if err != nil {
		return err
	}
	length := int64(4)
	if wide == 1 {
		length = 8
	}
	times := span{b.content.from + 4, b.content.from + 4 + 2*length}
	if times.to > b.content.to {
		return broken("the box %q is too short", b.name)
	}
	return w.zero(times)
}

// table are the boxes that say where the samples of a track are.
type table struct {
	handler                                                     string
	trackID                                                     uint64
	sizes, compactSizes, chunks, chunkOffsets, wideChunkOffsets box
}

// track looks at a track. One of metadata is blanked with its samples.
func (w *walk) track(b box) error {
	var t table
	boxes, zeros, names := w.boxes, len(w.file.zeros), len(w.file.names)
	if err := w.children(b.content, func(inner box) error { return w.inTrack(inner, &t) }); err != nil {
		return err
	}
	if !slices.Contains(metadataHandlers, t.handler) {
		return nil
	}
	w.boxes, w.file.zeros, w.file.names = boxes, w.file.zeros[:zeros], w.file.names[:names] // the whole goes
	w.dropped[uint32(t.trackID)] = true
	if err := w.samples(&t); err != nil {
		return err
	}
	return w.blank(b)
}

func (w *walk) inTrack(b box, t *table) (err error) {
	visit := func(inner box) error { return w.inTrack(inner, t) }
	switch b.name {
	case "mdia", "minf", "stbl":
		return w.children(b.content, visit)
	case "tkhd":
		if t.trackID, err = w.trackID(b); err != nil {
			return err
		}
		return w.times(b)
	case "mdhd":
		return w.times(b)
	case "hdlr":
		// In QuickTime films there is one of the data, too, within minf.
		handler, err := w.handler(b)
		if t.handler == "" || handler != "alis" && handler != "url " {
			t.handler = handler
		}
		return err
	case "stsz":
		t.sizes = b
	case "stz2":
		t.compactSizes = b
	case "stsc":
		t.chunks = b
	case "stco":
		t.chunkOffsets = b
	case "co64":
		t.wideChunkOffsets = b
	default:
		return w.described(b)
	}
	return nil
}

// handler gives what a track, or the items of a picture, are for.
func (w *walk) handler(b box) (string, error) {
	if b.content.to-b.content.from < 12 {
		return "", broken("the box %q is too short", b.name)
	}
	read, err := w.window.bytes(b.content.from+8, 4)
	return string(read), err
}

func (w *walk) trackID(b box) (trackID uint64, err error) {
	f := fields{&w.window, b.content}
	version, err := f.number(1)
	if err != nil {
		return 0, err
	}
	if f.at.from += 3 + 8; version == 1 {
		f.at.from += 8
	}
	return f.number(4)
}

// samples finds the samples of a track: they lie together in chunks.
func (w *walk) samples(t *table) error {
	sizes, err := w.sampleSizes(t)
	if err != nil {
		return err
	}
	offsets, width := t.chunkOffsets, 4
	if t.wideChunkOffsets.name != "" {
		offsets, width = t.wideChunkOffsets, 8
	}
	if offsets.name == "" {
		return nil // all of it is in fragments
	}
	f := fields{&w.window, offsets.content}
	f.at.from += 4
	count, err := f.number(4)
	if err != nil {
		return err
	}
	runs, err := w.chunkRuns(t)
	if err != nil {
		return err
	}
	sample, total := uint64(0), uint64(0)
	for chunk := uint64(1); chunk <= count; chunk++ {
		at, err := f.number(width)
		if err != nil {
			return err
		}
		if at > uint64(w.file.size) {
			return broken("its metadata are not in it")
		}
		samples := min(samplesIn(runs, chunk), sizes.count-sample)
		length, err := sizes.together(sample, samples)
		if err != nil {
			return err
		}
		sample += samples
		if total += length; total > uint64(w.file.size) {
			return broken("its metadata are not in it")
		}
		if err := w.foundData(int64(at), int64(length)); err != nil {
			return err
		}
	}
	return nil
}

// chunkRun says how many samples chunks have from one on.
type chunkRun struct{ first, samples uint64 }

// chunkRuns reads how many samples chunks have.
func (w *walk) chunkRuns(t *table) ([]chunkRun, error) {
	if t.chunks.name == "" {
		return nil, broken("a track does not say where its samples are")
	}
	f := fields{&w.window, t.chunks.content}
	f.at.from += 4
	count, err := f.number(4)
	if err != nil {
		return nil, err
	}
	if count > maxPatches || int64(count)*12 > f.at.to-f.at.from {
		return nil, broken("a track has too many chunks")
	}
	runs := make([]chunkRun, count)
	for i := range runs {
		var description uint64
		if err := f.numbers(4, &runs[i].first, &runs[i].samples, &description); err != nil {
			return nil, err
		}
		if i > 0 && runs[i].first <= runs[i-1].first {
			return nil, broken("the chunks of a track are not in order")
		}
	}
	return runs, nil
}

// samplesIn gives how many samples a chunk has.
func samplesIn(runs []chunkRun, chunk uint64) uint64 {
	at, found := slices.BinarySearchFunc(runs, chunk, func(run chunkRun, wanted uint64) int {
		switch {
		case run.first < wanted:
			return -1
		case run.first > wanted:
			return 1
		}
		return 0
	})
	if !found {
		at--
	}
	if at < 0 {
		return 0
	}
	return runs[at].samples
}

// sampleSizes are the sizes of a track's samples.
type sampleSizes struct {
	window *window
	list   span
	// same is the size of all of them, zero when each has its own; bits is how long an entry of the list is.
	same, count uint64
	bits        int64
}

func (w *walk) sampleSizes(t *table) (sizes sampleSizes, err error) {
	sizes.window = &window{source: w.window.source, size: w.window.size} // another place of the file than that of the chunks
	if t.sizes.name != "" {
		f := fields{&w.window, t.sizes.content}
		f.at.from += 4
		err = f.numbers(4, &sizes.same, &sizes.count)
		sizes.list, sizes.bits = f.at, 32
	} else if t.compactSizes.name != "" {
		f := fields{&w.window, t.compactSizes.content}
		f.at.from += 4 + 3
		var bits uint64
		if bits, err = f.number(1); err == nil {
			sizes.count, err = f.number(4)
		}
		sizes.list, sizes.bits = f.at, int64(bits)
		if bits != 4 && bits != 8 && bits != 16 {
			return sizes, broken("the samples of a track have no sizes")
		}
	}
	if err == nil && sizes.same == 0 && int64(sizes.count)*sizes.bits > 8*(sizes.list.to-sizes.list.from) {
		err = broken("the samples of a track have no sizes")
	}
	return sizes, err
}

// together gives how long samples are together, from one on. It is never much more than the file.
func (s *sampleSizes) together(first, samples uint64) (length uint64, err error) {
	limit := uint64(s.window.size)
	if s.same != 0 {
		if s.same > limit || samples > limit/s.same {
			return 0, broken("its metadata are not in it")
		}
		return samples * s.same, nil
	}
	for sample := first; sample < first+samples; sample++ {
		size, err := s.of(sample)
		if err != nil {
			return 0, err
		}
		if length += size; length > limit {
			return 0, broken("its metadata are not in it")
		}
	}
	return length, nil
}

// of gives the size of a sample.
func (s *sampleSizes) of(sample uint64) (uint64, error) {
	bit := int64(sample) * s.bits
	f := fields{s.window, s.list}
	f.at.from += bit / 8
	value, err := f.number(int(max(s.bits, 8) / 8))
	if s.bits == 4 {
		value = value >> (4 - bit%8) & 0xF
	}
	return value, err
}
