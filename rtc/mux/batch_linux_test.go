package mux

import (
	"testing"

	"golang.org/x/sys/unix"
)

// refuse has the kernel refuse every message that it should cut, as interfaces do that cannot.
func refuse(batch *Batch, failure unix.Errno) {
	batch.Space(1)
	system := &batch.system
	system.call = func(file uintptr) {
		messages := system.messages
		defer func() { system.messages = messages }()
		for at := system.offset; at < len(messages); at++ {
			if messages[at].header.Control == nil {
				continue
			}
			if at == system.offset {
				system.done, system.result = 0, failure
				return
			}
			system.messages = messages[:at]
			break
		}
		system.send(file)
	}
}

func TestWhatTheKernelDoesNotCutIsSentInPieces(t *testing.T) {
	for name, test := range map[string]struct {
		failure unix.Errno
		after   Sending
	}{
		"the interface cannot cut":         {unix.EIO, SendMany},
		"a packet is too long for a path":  {unix.EINVAL, SendSegments},
		"another is too long for its path": {unix.EMSGSIZE, SendSegments},
		"the kernel sends one at a time":   {unix.ENOSYS, SendEach},
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t, usualLimits)
			if m.Packets().Sending() != SendSegments {
				t.Skip("this kernel cuts nothing")
			}
			sockets := receivers(t, 3)
			batch := m.Packets().NewBatch()
			refuse(batch, test.failure)
			defer func(memory *batchMemory) { memory.system.call = nil }(batch.batchMemory)
			for _, sequence := range [][]int{{0, 1}, {1, 2}, {2, 3}, {1, 4}, {0, 5}} {
				batch.Add(numbered(sequence[1], 100), addressOf(sockets[sequence[0]]))
			}
			batch.Flush()
			for i, want := range [][]int{{1, 5}, {2, 4}, {3}} {
				for _, number := range want {
					expectPacket(t, sockets[i], numbered(number, 100))
				}
			}
			if now, unsent := m.Packets().Sending(), m.Packets().Unsent(); now != test.after || unsent != 0 {
				t.Errorf("packets are sent by %s now instead of %s; %d were not sent", now, test.after, unsent)
			}
		})
	}
}
