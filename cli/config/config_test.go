package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// load reads a configuration from an environment, flags and a file in the data folder.
func load(t *testing.T, environment, flags map[string]string, file string) (Config, []Setting, error) {
	t.Helper()
	folder := t.TempDir()
	if file != "" {
		if err := os.WriteFile(filepath.Join(folder, FileName), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{"data": folder}
	for name, value := range flags {
		all[name] = value
	}
	var environ []string
	for name, value := range environment {
		environ = append(environ, name+"="+value)
	}
	return Load(Sources{Flags: all, Environ: environ, LookupEnv: func(name string) (string, bool) { value, ok := environment[name]; return value, ok }})
}

func TestFlagsWinOverTheEnvironmentOverTheFileOverDefaults(t *testing.T) {
	for _, c := range []struct {
		environment, flags map[string]string
		file, want, origin string
	}{
		{want: ":6464", origin: "default"},
		{file: "listen = '127.0.0.1:1'", want: "127.0.0.1:1", origin: FileName},
		{file: "listen = '127.0.0.1:1'", environment: map[string]string{"GUILDHALL_LISTEN": "127.0.0.1:2"}, want: "127.0.0.1:2", origin: "GUILDHALL_LISTEN"},
		{file: "listen = '127.0.0.1:1'", environment: map[string]string{"GUILDHALL_LISTEN": "127.0.0.1:2"}, flags: map[string]string{"listen": "127.0.0.1:3"}, want: "127.0.0.1:3", origin: "--listen"},
	} {
		config, settings, err := load(t, c.environment, c.flags, c.file)
		if err != nil || config.Network.Listen != c.want {
			t.Errorf("%+v: %q, %v", c, config.Network.Listen, err)
		}
		for _, setting := range settings {
			if setting.Option.Name == "listen" && !strings.HasSuffix(setting.Origin, c.origin) {
				t.Errorf("%+v: from %q", c, setting.Origin)
			}
		}
	}
}

func TestCustomaryVariablesAreReadUnderTheirNames(t *testing.T) {
	config, _, err := load(t, map[string]string{"DATABASE_URL": "postgres://x/y", "JWT_SECRET": strings.Repeat("s", 32), "LOG_LEVEL": "WARN"}, nil, "")
	if err != nil || config.Storage.DatabaseURL != "postgres://x/y" || config.Security.JWTSecret == "" || config.Log.Level != "warn" {
		t.Errorf("%+v, %v", config, err)
	}
}

func TestWhatIsWrongIsNamedWithItsOrigin(t *testing.T) {
	for _, c := range []struct {
		environment, flags map[string]string
		file, says         string
	}{
		{environment: map[string]string{"NATS_URL": "nats://x"}, says: "NATS_URL is set, but"},
		{environment: map[string]string{"MINIO_BUCKET": "x"}, says: "MINIO_BUCKET is set, but"},
		{environment: map[string]string{"TURN_URL": "turn:x"}, says: "TURN_URL is set, but"},
		{environment: map[string]string{"GUILDHALL_LISTNE": "x"}, says: "GUILDHALL_LISTNE is set, but there is no such option"},
		{environment: map[string]string{"JWT_SECRET": "short"}, says: "jwt-secret (from JWT_SECRET)"},
		{environment: map[string]string{"DATABASE_URL": "mysql://x"}, says: "database-url (from DATABASE_URL)"},
		{flags: map[string]string{"listen": "nonsense"}, says: "listen (from --listen)"},
		{flags: map[string]string{"public-url": "https://x/path"}, says: "only scheme, host and port"},
		{flags: map[string]string{"turn-udp": "3478"}, says: "turn-udp"},
		{flags: map[string]string{"turn-udp": "[::1]:7777", "listen": ":7777"}, says: "turn-udp needs a port of its own"},
		{flags: map[string]string{"advertise": "0.0.0.0"}, says: "not an address that can be advertised"},
		{flags: map[string]string{"tls-cert": "x"}, says: "belong together"},
		{flags: map[string]string{"dev-ui": "http://example.org"}, says: "not on this machine"},
		{flags: map[string]string{"gateway-zlib-limit": "-1"}, says: "not a number from 0 to 100000"},
		{flags: map[string]string{"gateway-zstd-limit": "many"}, says: "not a number from 0 to 100000"},
		{flags: map[string]string{"rate-limits": "maybe"}, says: "neither on nor off"},
		{flags: map[string]string{"max-file-size": "0"}, says: "not a number from 1 to 65536"},
		{flags: map[string]string{"max-request-size": "65537"}, says: "not a number from 1 to 65536"},
		{flags: map[string]string{"uploads-limit": "0"}, says: "not a number from 1 to 100000"},
		{flags: map[string]string{"user-uploads-limit": "1001"}, says: "not a number from 1 to 1000"},
		{flags: map[string]string{"user-quota": "lots"}, says: "not a number from 1 to 1073741824"},
		{file: "nonsense = 1", says: `there is no option "nonsense"`},
		{file: "listen = ", says: "line 1"},
		{file: "[section]\nx = 1", says: "must be a text"},
	} {
		if _, _, err := load(t, c.environment, c.flags, c.file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestSecretsAreNoPartOfErrors(t *testing.T) {
	for _, environment := range []map[string]string{{"JWT_SECRET": "hunter2"}, {"DATABASE_URL": "mysql://u:hunter2@x"}} {
		if _, _, err := load(t, environment, nil, ""); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("listen = ':1'\nadvertise = ['1.2.3.4']\nmdns = false")
	f.Fuzz(func(t *testing.T, file string) {
		_, _, _ = load(t, nil, nil, file+"\n") // must not panic
	})
}
