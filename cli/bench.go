package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

func benchCommand() *cli.Command {
	return group("bench", "measure how fast a hall is",
		leaf("chat", "measure text: start, memory, posting, reading, idle sessions", benchChat,
			&cli.StringFlag{Name: "url", Usage: "`URL` of a running hall to measure, with --token and --channel (default: a hall of its own, rate limits off)"},
			&cli.StringFlag{Name: "token-file", Usage: "`FILE` with a bot's token, for --url"},
			&cli.StringFlag{Name: "channel", Usage: "`ID` of a text channel that the bot may post in, for --url"},
			&cli.IntFlag{Name: "seconds", Usage: "how long to post with each number of senders", Value: 5},
			&cli.IntFlag{Name: "messages", Usage: "how many messages the channel holds when it is read", Value: 200_000},
			&cli.IntFlag{Name: "sessions", Usage: "how many idle gateway sessions to open", Value: 5000},
			jsonFlag()),
		leaf("voice", "measure voice: joining, forwarded packets per second of processor time, latency, memory", benchVoice,
			&cli.IntFlag{Name: "seconds", Usage: "how long each scenario runs", Value: 10},
			&cli.StringFlag{Name: "sending", Usage: "the hall's udp-sending: gso, sendmmsg or plain", Value: "gso"},
			&cli.StringFlag{Name: "scenarios", Usage: "which scenarios to run: `NAMES`, separated by commas", Value: scenarioNames()},
			jsonFlag()))
}

// benchRow is one measured figure, one JSON object a line with --json. What does not apply is left out.
type benchRow struct {
	Work string `json:"work"`
	// Rate is in works a second.
	Rate float64 `json:"rate,omitempty"`
	// The latencies are in milliseconds.
	P50 float64 `json:"p50_ms,omitempty"`
	P99 float64 `json:"p99_ms,omitempty"`
	Max float64 `json:"max_ms,omitempty"`
	// CPU is what the server used, in seconds; RSS what it held in memory at the end, in MiB.
	CPU float64 `json:"server_cpu_seconds,omitempty"`
	RSS float64 `json:"server_rss_mib,omitempty"`
	// Value is for figures that are neither rates nor latencies; Unit says in what.
	Value      float64 `json:"value,omitempty"`
	Unit       string  `json:"unit,omitempty"`
	Conditions string  `json:"conditions"`
}

// benchReport prints rows as they are measured.
type benchReport struct {
	out   io.Writer
	json  bool
	table *tabwriter.Writer
}

func newBenchReport(out io.Writer, asJSON bool) *benchReport {
	return &benchReport{out: out, json: asJSON, table: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

func (r *benchReport) add(row benchRow) error {
	if r.json {
		return printJSON(r.out, row)
	}
	what := ""
	if row.Unit != "" {
		what = fmt.Sprintf("%.2f %s", row.Value, row.Unit)
	}
	if row.Rate > 0 {
		what = fmt.Sprintf("%.0f/s  p50 %.2f ms  p99 %.2f ms  max %.2f ms", row.Rate, row.P50, row.P99, row.Max)
	}
	if row.CPU > 0 {
		what += fmt.Sprintf("  CPU %.2f s  RSS %.0f MiB", row.CPU, row.RSS)
	}
	fmt.Fprintf(r.table, "%s\t%s\t%s\n", row.Work, what, row.Conditions)
	return r.table.Flush()
}

func benchChat(c *cli.Context) error {
	report := newBenchReport(c.App.Writer, c.Bool("json"))
	b := &chatBench{report: report, seconds: c.Int("seconds"), messages: c.Int("messages"), sessions: c.Int("sessions")}
	if b.seconds < 1 || b.messages < 1 || b.sessions < 0 {
		return wrongUsage("--seconds and --messages must be at least 1, --sessions at least 0")
	}
	if c.String("url") == "" {
		return b.own(c.Context)
	}
	return b.foreign(c.Context, c.String("url"), c.String("token-file"), c.String("channel"))
}

// foreign measures a hall that runs already.
func (b *chatBench) foreign(ctx context.Context, url, tokenFile, channel string) error {
	if tokenFile == "" || channel == "" {
		return wrongUsage("--url needs --token-file and --channel")
	}
	token, err := readFirstLine(tokenFile)
	if err != nil {
		return err
	}
	b.url, b.token, b.channel, b.conditions = url, token, channel, "a running hall"
	return b.measure(ctx)
}
