package chat

import (
	"context"
	"slices"
	"sync"
	"time"

	"guildhall/api/perm"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// maxBatch is how many messages one write to the store may have. It bounds how long the last of them waits for the first.
	maxBatch = 256
	// maxWaiting is how many may wait in one channel; who comes when it is full is turned away.
	maxWaiting = 4096
)

// lanes put what changes the messages of a channel into one order: in a channel, the order of commits, of ids and of publication is the same.
//
// A channel that somebody writes to has a lane, a queue. Who finds none opens it and leads: takes everything that waits at the front (all postings up to the first
// edit or deletion, or that one alone), commits it with one write, publishes it, answers those who wait, and hands the lead to the first of those who came meanwhile.
// So the more come at once the more share a write, everybody leads only for as long as their own change takes, and there is nobody and nothing left when the channel falls
// silent. The work of a leader does not end with the leader's request: it is everybody's.
type lanes struct {
	// commit stores and publishes a run of postings of one channel, and sets the result of each.
	commit func(ctx context.Context, channelID id.ID, jobs []*laneJob)

	mu sync.Mutex
	// waiting has the queue of each channel that has a leader.
	waiting map[id.ID][]*laneJob
}

// laneJob is one change that waits for its turn: a posting, or an operation that stands alone.
type laneJob struct {
	// verdict is what automatic rules have to do about the message once it is posted.
	verdict verdict
	// operation is nil for postings.
	operation func(context.Context) error

	// posted is the message to be posted, and the result. Its id comes in the lane.
	posted     event.MessageCreated
	nonceSince id.ID
	// alone says that it is not to be stored together with others, because it may fail by itself.
	alone bool
	// manages tells whether the author manages threads where the message is posted.
	manages bool
	// held is what the author may do there; of the hall's own words nothing.
	held perm.Set
	// called are the holders of the roles that the message mentions in a thread, of those roles that few hold.
	called []id.ID
	// repeated tells that the message had been posted before under the same nonce; posted.Message is that one.
	repeated bool

	err error

	// turn wakes those who wait; nil for who leads at once.
	turn chan turn
}

// errUnfinished is the result of changes whose leader was ended by a panic.
var errUnfinished = &Error{Kind: Internal, Message: "The change was not finished."}

// turn tells one who waits what to do now.
type turn int

const (
	// turnDone says that the change was made, or failed.
	turnDone turn = iota
	// turnLead says to lead.
	turnLead
)

func newLanes(commit func(context.Context, id.ID, []*laneJob)) *lanes {
	return &lanes{commit: commit, waiting: map[id.ID][]*laneJob{}}
}

// do has a change made in its channel's order. When the context ends while the change waits it is not made; when it ends later it may have been.
func (l *lanes) do(ctx context.Context, channelID id.ID, job *laneJob) error {
	if err := ctx.Err(); err != nil {
		return internal("waiting for a channel's turn", err)
	}
	l.mu.Lock()
	queue, led := l.waiting[channelID]
	if len(queue) >= maxWaiting {
		l.mu.Unlock()
		return &Error{Kind: RateLimited, Message: "Too much is being written in this channel at once.", RetryAfter: time.Second}
	}
	if led {
		job.turn = make(chan turn, 1)
	}
	l.waiting[channelID] = append(queue, job)
	l.mu.Unlock()
	if !led {
		l.lead(ctx, channelID)
		return job.err
	}
	select {
	case now := <-job.turn:
		if now == turnLead {
			l.lead(ctx, channelID)
		}
		return job.err
	case <-ctx.Done():
		l.withdraw(channelID, job)
		return internal("waiting for a channel's turn", ctx.Err())
	}
}

// lead makes the changes at the front of the queue, the leader's own among them, and hands the lead on.
func (l *lanes) lead(ctx context.Context, channelID id.ID) {
	own, jobs := l.take(channelID)
	// Should a change panic, the others must not wait for ever: the lead is handed on all the same.
	defer l.handOn(channelID)
	defer func() {
		for _, job := range jobs {
			if job != own {
				job.turn <- turnDone
			}
		}
	}()
	ctx = context.WithoutCancel(ctx)
	if own.operation != nil {
		own.err = own.operation(ctx)
		return
	}
	for _, job := range jobs {
		job.err = errUnfinished // until commit says otherwise
	}
	l.commit(ctx, channelID, jobs)
}

// take removes what is to be done now from the queue. The first is the leader's own.
func (l *lanes) take(channelID id.ID) (own *laneJob, jobs []*laneJob) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[channelID]
	end := 1
	if queue[0].operation == nil && !queue[0].alone {
		for end < len(queue) && end < maxBatch && queue[end].operation == nil && !queue[end].alone {
			end++
		}
	}
	jobs = queue[:end:end]
	l.waiting[channelID] = queue[end:]
	return jobs[0], jobs
}

// handOn gives the lead to the first who waits, or closes the lane.
func (l *lanes) handOn(channelID id.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promote(channelID)
}

func (l *lanes) promote(channelID id.ID) {
	if queue := l.waiting[channelID]; len(queue) > 0 {
		queue[0].turn <- turnLead
		return
	}
	delete(l.waiting, channelID)
}

// withdraw takes a change whose caller gave up out of the queue. One that is being made already cannot be taken back.
func (l *lanes) withdraw(channelID id.ID, job *laneJob) {
	l.mu.Lock()
	defer l.mu.Unlock()
	queue := l.waiting[channelID]
	at := slices.Index(queue, job)
	if at < 0 {
		return
	}
	l.waiting[channelID] = slices.Delete(queue, at, at+1)
	select {
	case <-job.turn:
		// It was to lead: nobody is taken out of the queue between being asked to lead and leading.
		l.promote(channelID)
	default:
	}
}
