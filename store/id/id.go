// Package id makes and reads snowflakes: 64-bit ids that sort by the time of their making.
package id

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// EpochMillis is the first moment a snowflake can tell, 2015-01-01T00:00:00Z, in Unix milliseconds.
// Client libraries derive creation times from ids with this constant
// (https://discord.com/developers/docs/reference#snowflakes), so it never changes.
const EpochMillis = 1420070400000

// Layout of a snowflake, from the highest bit: 42 bits of milliseconds since the epoch, 5 bits worker, 5 bits process,
// 12 bits counter. Guildhall leases worker and process together as one number of NodeBits bits.
const (
	CounterBits = 12
	NodeBits    = 10
	// MaxNode is the greatest node number a Generator takes.
	MaxNode = 1<<NodeBits - 1

	maxCounter = 1<<CounterBits - 1
	timeShift  = CounterBits + NodeBits
)

// ID is a snowflake. Zero means "none". Values above math.MaxInt64 cannot be made before the year 2084 and are refused by Parse,
// so that every id also fits PostgreSQL's bigint.
type ID uint64

// ErrSyntax says that a text is not a snowflake.
var ErrSyntax = errors.New("not a snowflake")

// Parse reads a decimal snowflake: 1 to 19 digits, greater than zero, no sign, no leading zero, below 2^63.
// It returns ErrSyntax otherwise.
func Parse(text string) (ID, error) {
	if len(text) == 0 || len(text) > 19 || text[0] < '1' || text[0] > '9' {
		return 0, ErrSyntax
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, ErrSyntax
	}
	return ID(value), nil
}

// String gives the decimal form, which is how ids travel in JSON.
func (i ID) String() string { return strconv.FormatUint(uint64(i), 10) }

// Time tells when the id was made, to the millisecond, in UTC.
func (i ID) Time() time.Time {
	return time.UnixMilli(int64(i>>timeShift) + EpochMillis).UTC()
}

// At gives the smallest id that can be made at a moment; moments before the epoch give zero. Ids made earlier are below it.
func At(moment time.Time) ID {
	millis := moment.UnixMilli() - EpochMillis
	if millis < 0 {
		return 0
	}
	return ID(millis) << timeShift
}

// MarshalText writes the decimal form, so that an ID is a JSON string and may be a JSON object's key.
func (i ID) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(i), 10), nil }

// UnmarshalText reads what Parse reads, and "0" as none.
func (i *ID) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*i = 0
		return nil
	}
	value, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("%w: %.32q", err, text)
	}
	*i = value
	return nil
}

// UnmarshalJSON reads a string, or a whole number, which some client libraries send (discord.py does in lists of ids). null leaves the id as it is.
func (i *ID) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	return i.UnmarshalText(text)
}
