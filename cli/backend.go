package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"

	"github.com/urfave/cli/v2"

	"guildhall/api/ops"
	"guildhall/cli/config"
)

// ask runs an administrative command: through the socket of the hall that runs on the data folder, or, when none runs, on the folder itself.
func ask(c *cli.Context, name string, input, output any) error {
	settings, _, err := loadConfig(c)
	if err != nil {
		return err
	}
	socket, err := ops.SocketPath(settings.Data)
	if err != nil {
		return err
	}
	err = ops.CallAdmin(c.Context, socket, name, input, output)
	if failure, ok := errors.AsType[*ops.CommandError](err); !ok || failure.Outcome != ops.Unreachable {
		return err
	}
	return askStopped(c.Context, settings, name, input, output)
}

// askStopped runs a command on the data folder of a hall that does not run.
func askStopped(ctx context.Context, settings config.Config, name string, input, output any) (err error) {
	// Only warnings and errors: the command's own output is what people want to see.
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	hall, err := openHall(ctx, settings, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hall.close()) }()
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	addresses, err := hallAddresses(settings)
	if err != nil {
		return err
	}
	answer, err := ops.HallCommands(hall.chat, func() ops.Addresses { return addresses }).Do(ctx, name, body)
	if err != nil {
		return err
	}
	if output == nil {
		return nil
	}
	return json.Unmarshal(answer, output)
}
