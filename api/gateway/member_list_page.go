package gateway

import (
	"slices"

	"guildhall/api/wire"
)

// listPage is how many items of a list are shown together.
const listPage = 100

// listPages are the parts of a list that a client shows, by number, in ascending order: page n has the items from 100n to 100n+99.
type listPages []int

func (p listPages) has(index int) bool {
	_, found := slices.BinarySearch(p, index/listPage)
	return found
}

// last is the last index in any of them, -1 when there are none.
func (p listPages) last() int {
	if len(p) == 0 {
		return -1
	}
	return pageRange(p[len(p)-1])[1]
}

// without gives those that are not among others.
func (p listPages) without(others listPages) listPages {
	return slices.DeleteFunc(slices.Clone(p), func(page int) bool { return slices.Contains(others, page) })
}

// with gives those of both.
func (p listPages) with(others listPages) listPages {
	all := append(slices.Clone(p), others...)
	slices.Sort(all)
	return slices.Compact(all)
}

// pageRange gives the first and the last index of a page.
func pageRange(page int) []int {
	return []int{page * listPage, page*listPage + listPage - 1}
}

// synced gives whole pages.
func (l *memberList) synced(of listPages) []wire.MemberListOp {
	ops := []wire.MemberListOp{}
	for _, page := range of {
		span := pageRange(page)
		items := l.items(span[0], span[1])
		ops = append(ops, wire.MemberListOp{Op: listSync, Range: span, Items: &items})
	}
	return ops
}

// maxListSteps is how many steps are told one by one; after more, whole pages are.
const maxListSteps = 50

// told gives what a client that shows some pages has to be told of the steps since. What is inserted or deleted before a page moves items into it that the client
// may not know: they follow as updates, so that the client's pages are exact after each dispatch.
func (l *memberList) told(of listPages) []wire.MemberListOp {
	if len(l.steps) > maxListSteps {
		return l.synced(of)
	}
	ops := []wire.MemberListOp{}
	var unknown indices
	for _, step := range l.steps {
		op := wire.MemberListOp{Op: step.op, Index: &step.index}
		switch {
		case step.index > of.last():
			continue
		case step.op == listUpdate:
			if !of.has(step.index) {
				continue
			}
			op.Item = &step.item
		case step.op == listInsert:
			op.Item = &step.item
			unknown.inserted(step.index, of)
		case step.op == listDelete:
			unknown.deleted(step.index, of)
		}
		ops = append(ops, op)
	}
	for rank := range l.recounted {
		if l.counts[rank] > 0 {
			unknown = append(unknown, l.headingAt(rank))
		}
	}
	slices.Sort(unknown)
	for _, index := range slices.Compact(unknown) {
		if items := l.items(index, index); of.has(index) && len(items) == 1 {
			ops = append(ops, wire.MemberListOp{Op: listUpdate, Index: &index, Item: &items[0]})
		}
	}
	return ops
}

// indices are those of items that a client does not know, or not as they are.
type indices []int

// inserted moves them for an item that comes in, which pushes one into the beginning of each page after it.
func (unknown *indices) inserted(at int, of listPages) {
	for i, index := range *unknown {
		if index >= at {
			(*unknown)[i]++
		}
	}
	for _, page := range of {
		if first := pageRange(page)[0]; at < first {
			*unknown = append(*unknown, first)
		}
	}
}

// deleted moves them for an item that goes, which pulls one into the end of its page and of each after it.
func (unknown *indices) deleted(at int, of listPages) {
	kept := (*unknown)[:0]
	for _, index := range *unknown {
		switch {
		case index < at:
			kept = append(kept, index)
		case index > at:
			kept = append(kept, index-1)
		}
	}
	*unknown = kept
	for _, page := range of {
		if last := pageRange(page)[1]; at <= last {
			*unknown = append(*unknown, last)
		}
	}
}
