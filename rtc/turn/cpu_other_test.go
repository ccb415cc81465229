//go:build !unix

package turn

import "time"

var began = time.Now()

// processorTime is not known here: the time that has passed is the most that it can be.
func processorTime() time.Duration { return time.Since(began) }
