package container

// Flags of the boxes of fragments (ISO/IEC 14496-12, sections 8.8.7 and 8.8.8).
const (
	hasBaseOffset  = 0x1
	hasDescription = 0x2
	hasDuration    = 0x8
	hasSize        = 0x10
	hasFlags       = 0x20

	runHasOffset     = 0x1
	runHasFirstFlags = 0x4
	runHasDurations  = 0x100
	runHasSizes      = 0x200
	runHasFlags      = 0x400
	runHasShifts     = 0x800
)

// fragment looks at a part of a film that comes after its description. What is in it of a track that was blanked goes, too.
func (w *walk) fragment(moof box) error {
	return w.children(moof.content, func(b box) error {
		switch b.name {
		case "traf":
			return w.trackFragment(moof, b)
		case "udta", "meta", "free", "skip":
			return w.blank(b)
		}
		return nil
	})
}

// fragmentRun is what is known of a track within a fragment.
type fragmentRun struct {
	trackID, base, size uint64
	next                uint64 // where the next run begins if it does not say
}

func (w *walk) trackFragment(moof, traf box) error {
	run := fragmentRun{base: uint64(moof.at), next: uint64(moof.at)}
	zeros, names := len(w.file.zeros), len(w.file.names)
	if err := w.children(traf.content, func(b box) error {
		switch b.name {
		case "tfhd":
			return w.fragmentHead(b, &run)
		case "trun":
			if w.dropped[uint32(run.trackID)] {
				return w.fragmentSamples(b, &run)
			}
		case "udta", "meta", "free", "skip":
			return w.blank(b)
		}
		return nil
	}); err != nil {
		return err
	}
	if !w.dropped[uint32(run.trackID)] {
		return nil
	}
	w.file.zeros, w.file.names = w.file.zeros[:zeros], w.file.names[:names] // the whole goes
	return w.blank(traf)
}

func (w *walk) fragmentHead(b box, run *fragmentRun) error {
	f := fields{&w.window, b.content}
	var flags uint64
	if err := f.numbers(4, &flags, &run.trackID); err != nil {
		return err
	}
	if flags&hasBaseOffset != 0 {
		base, err := f.number(8)
		if err != nil {
			return err
		}
		run.base, run.next = base, base
	}
	var passed uint64
	for _, one := range []struct {
		flag uint64
		into *uint64
	}{{hasDescription, &passed}, {hasDuration, &passed}, {hasSize, &run.size}, {hasFlags, &passed}} {
		if flags&one.flag != 0 {
			if err := f.numbers(4, one.into); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) fragmentSamples(b box, run *fragmentRun) error {
	f := fields{&w.window, b.content}
	var flags, count, passed uint64
	if err := f.numbers(4, &flags, &count); err != nil {
		return err
	}
	at := run.next
	if flags&runHasOffset != 0 {
		offset, err := f.number(4)
		if err != nil {
			return err
		}
		at = run.base + uint64(int64(int32(uint32(offset))))
	}
	if flags&runHasFirstFlags != 0 {
		if err := f.numbers(4, &passed); err != nil {
			return err
		}
	}
	length := uint64(0)
	if flags&(runHasDurations|runHasSizes|runHasFlags|runHasShifts) == 0 {
		if count > uint64(w.file.size) || run.size > uint64(w.file.size) {
			return broken("its metadata are not in it")
		}
		length, count = count*run.size, 0
	}
	for range count {
		size := run.size
		for _, one := range []struct {
			flag uint64
			into *uint64
		}{{runHasDurations, &passed}, {runHasSizes, &size}, {runHasFlags, &passed}, {runHasShifts, &passed}} {
			if flags&one.flag != 0 {
				if err := f.numbers(4, one.into); err != nil {
					return err
				}
			}
		}
		if length += size; length > uint64(w.file.size) {
			return broken("its metadata are not in it")
		}
	}
	if at > uint64(w.file.size) || length > uint64(w.file.size) {
		return broken("its metadata are not in it")
	}
	run.next = at + length
	return w.foundData(int64(at), int64(length))
}
