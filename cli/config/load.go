package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/joho/godotenv"
)

// Setting is one option's value with where it comes from.
type Setting struct {
	Option Option
	// Text is the value as it was written; Origin tells where: "default", a file's name, an environment variable or a flag.
	Text, Origin string
}

// Sources are where settings come from.
type Sources struct {
	// Flags are the options given on the command line, by name.
	Flags map[string]string
	// LookupEnv reads the environment (os.LookupEnv).
	LookupEnv func(string) (string, bool)
	// Environ lists the environment (os.Environ), to find misspelt variables.
	Environ []string
	// DotEnv is a file of variables that are read as if they were in the environment, which wins; it need not exist. Empty for none.
	DotEnv string
	// File is the configuration file (TOML) when one was named; empty means guildhall.toml in the data folder, which need not exist.
	File string
}

// FileName is the configuration file's name in the data folder.
const FileName = "guildhall.toml"

// Load reads and checks everything. Its error names every option that is wrong, and where it was set.
func Load(sources Sources) (Config, []Setting, error) {
	dotEnv, err := readDotEnv(sources.DotEnv)
	if err != nil {
		return Config{}, nil, err
	}
	lookup := func(name string) (text, origin string, ok bool) {
		if text, ok := sources.LookupEnv(name); ok {
			return text, name, true
		}
		text, ok = dotEnv[name]
		return text, name + " in " + sources.DotEnv, ok
	}

	problems := refuseUnsupported(lookup)
	problems = append(problems, refuseMisspelt(sources, dotEnv)...)

	// The data folder comes first, because the file is found in it.
	options := Options()
	data := resolve(options[0], sources.Flags, lookup, nil, "")
	file, fileName, err := readFile(sources.File, data.Text)
	if err != nil {
		return Config{}, nil, err
	}

	var config Config
	var settings []Setting
	for _, option := range options {
		setting := resolve(option, sources.Flags, lookup, file, fileName)
		delete(file, option.Name)
		if setting.Text != "" || setting.Origin != "default" {
			if err := option.set(&config, setting.Text); err != nil {
				problems = append(problems, fmt.Errorf("%s (from %s): %w", option.Name, setting.Origin, err))
			}
		}
		settings = append(settings, setting)
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		problems = append(problems, fmt.Errorf("%s: there is no option %q", fileName, name))
	}
	if (config.Network.TLSCert == "") != (config.Network.TLSKey == "") {
		problems = append(problems, errors.New("tls-cert and tls-key belong together: set both or none"))
	}
	if relay, listen := portOf(config.Network.RelayUDP), portOf(config.Network.Listen); relay != "" && relay == listen && relay != "0" {
		problems = append(problems, errors.New("turn-udp needs a port of its own: browsers that find the relay where media is relay everything"))
	}
	if err := errors.Join(problems...); err != nil {
		return Config{}, settings, err
	}
	return config, settings, nil
}

// portOf is the port in an address that was checked, empty without one.
func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// resolve finds an option's text: flag, then environment, then file, then default.
func resolve(option Option, flags map[string]string, lookup func(string) (string, string, bool), file map[string]string, fileName string) Setting {
	if text, ok := flags[option.Name]; ok {
		return Setting{option, text, "--" + option.Name}
	}
	for _, name := range append([]string{option.Env()}, option.Aliases...) {
		if text, origin, ok := lookup(name); ok && text != "" {
			return Setting{option, text, origin}
		}
	}
	if text, ok := file[option.Name]; ok {
		return Setting{option, text, fileName}
	}
	return Setting{option, option.Default, "default"}
}

func readDotEnv(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	values, err := godotenv.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		// The parser's message may quote the line, which may hold a secret.
		return nil, fmt.Errorf("%s cannot be read as a list of NAME=value lines", path)
	}
	return values, nil
}

func refuseUnsupported(lookup func(string) (string, string, bool)) (problems []error) {
	unsupported := Unsupported()
	for _, name := range slices.Sorted(maps.Keys(unsupported)) {
		if text, origin, ok := lookup(name); ok && text != "" {
			problems = append(problems, fmt.Errorf("%s is set, but %s; unset it", origin, unsupported[name]))
		}
	}
	return problems
}

// refuseMisspelt finds GUILDHALL_ variables that name no option, so that a typing error is not taken for a setting.
func refuseMisspelt(sources Sources, dotEnv map[string]string) (problems []error) {
	known := map[string]bool{"GUILDHALL_CONFIG": true}
	for _, option := range Options() {
		known[option.Env()] = true
	}
	names := slices.Collect(maps.Keys(dotEnv))
	for _, pair := range sources.Environ {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if strings.HasPrefix(name, "GUILDHALL_") && !strings.HasPrefix(name, "GUILDHALL_TEST_") && !known[name] {
			problems = append(problems, fmt.Errorf("%s is set, but there is no such option", name))
		}
	}
	return problems
}

// readFile reads the TOML file into texts. Only plain values at the top level are options.
func readFile(named, data string) (values map[string]string, path string, err error) {
	path = named
	if path == "" {
		path = filepath.Join(data, FileName)
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && named == "" {
		return nil, path, nil
	}
	if err != nil {
		return nil, path, fmt.Errorf("the configuration file cannot be read: %w", err)
	}
	var raw map[string]any
	if err := toml.Unmarshal(content, &raw); err != nil {
		if position, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, path, fmt.Errorf("%s, line %d: %s", path, position.Position.Line, position.Message)
		}
		return nil, path, fmt.Errorf("%s is not TOML", path)
	}
	values = make(map[string]string, len(raw))
	for name, value := range raw {
		switch value := value.(type) {
		case string:
			values[name] = value
		case bool:
			values[name] = map[bool]string{true: "on", false: "off"}[value]
		case int64:
			values[name] = fmt.Sprint(value)
		case []any:
			parts := make([]string, len(value))
			for i, part := range value {
				parts[i] = fmt.Sprint(part)
			}
			values[name] = strings.Join(parts, ",")
		default:
			return nil, path, fmt.Errorf("%s: the value of %q must be a text, a number, a switch or a list", path, name)
		}
	}
	if _, ok := values["data"]; ok && named == "" {
		return nil, path, fmt.Errorf("%s: \"data\" cannot be set in the file that is found in the data folder", path)
	}
	return values, path, nil
}
