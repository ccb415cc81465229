package cli

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"guildhall/api/ops"
)

func oidcCommand() *cli.Command {
	key := &cli.StringFlag{Name: "key", Usage: "the `KEY` of the provider, which stands in its addresses: a to z, 0 to 9 and -", Required: true}
	return group("oidc", "the services that people can sign in with (OpenID Connect): your own directory, a company's, a university's",
		leaf("add", "let people sign in with a provider, and print the address that has to be registered with it", oidcAdd, append(providerFlags(), key,
			&cli.StringFlag{Name: "issuer", Usage: "the provider's `ADDRESS` as it writes it itself: what /.well-known/openid-configuration stands behind", Required: true})...),
		leaf("list", "list the providers", oidcList, jsonFlag()),
		leaf("show", "show all of a provider but its secret", oidcShow, key, jsonFlag()),
		leaf("edit", "change what is given of a provider, and leave the rest; an empty text takes away what can be without", oidcEdit, append(providerFlags(), key)...),
		leaf("remove", "remove a provider; who people are there is kept, and known again if it comes back", oidcRemove, key, reasonFlag(), jsonFlag()),
		leaf("test", "ask a provider what it says of itself, and whether it can be signed in with", oidcTest, key, jsonFlag()))
}

// providerFlags say what a provider is. Lists are separated by commas, but for groups, whose names may have some.
func providerFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "name", Usage: "the `NAME` that people see, as in \"Continue with NAME\""},
		&cli.StringFlag{Name: "client-id", Usage: "the `ID` by which the provider knows this hall"},
		&cli.BoolFlag{Name: "secret-stdin", Usage: "read the client's secret from the first line of standard input"},
		&cli.StringFlag{Name: "secret-file", Usage: "read the client's secret from the first line of `FILE`"},
		&cli.BoolFlag{Name: "no-secret", Usage: "the client has no secret: it is a public one"},
		&cli.StringFlag{Name: "scopes", Usage: "what is asked for beside openid, `LIST` separated by commas (default for a new one: profile,email)"},
		&cli.StringFlag{Name: "groups-claim", Usage: "the `NAME` of the claim that lists somebody's groups; one within another is written with a dot, as in realm_access.roles"},
		&cli.GenericFlag{Name: "group-role", Usage: "the role that goes with a group, as `GROUP=SERVER:ROLE` with the ids of both; can be given several times, and replaces all that there were", Value: &repeated{}},
		&cli.StringFlag{Name: "accounts", Usage: "who may get a new account by signing in, `WHO`: none, invite (with an invite) or open (default for a new one: invite)"},
		&cli.StringFlag{Name: "email-domains", Usage: "let in only those with a confirmed address of one of these, `LIST` separated by commas"},
		reasonFlag(), jsonFlag(),
	}
}

// repeated are the values of a flag that can be given several times, as they are: the library's own would take commas for separators.
type repeated struct{ values []string }

// Set adds a value.
func (r *repeated) Set(value string) error {
	r.values = append(r.values, value)
	return nil
}

func (r *repeated) String() string { return strings.Join(r.values, " ") }

// readSecret reads a client's secret from where the flags say; nil when they say nothing. It is never an argument: other users of the machine can read those.
func readSecret(c *cli.Context) (*string, error) {
	given := 0
	for _, name := range []string{"secret-stdin", "secret-file", "no-secret"} {
		if c.IsSet(name) {
			given++
		}
	}
	var secret string
	var err error
	switch {
	case given > 1:
		return nil, wrongUsage("choose one of --secret-stdin, --secret-file and --no-secret")
	case c.Bool("no-secret"):
	case c.Bool("secret-stdin"):
		secret, err = firstLine(c.App.Reader)
	case c.String("secret-file") != "":
		var file *os.File
		if file, err = os.Open(c.String("secret-file")); err != nil {
			return nil, err
		}
		defer file.Close()
		secret, err = firstLine(file)
	default:
		return nil, nil
	}
	return &secret, err
}

// providerEdit reads what the flags say of a provider.
func providerEdit(c *cli.Context) (ops.ProviderEdit, error) {
	input := ops.ProviderEdit{Key: c.String("key"), Reason: c.String("reason")}
	for name, target := range map[string]**string{"name": &input.Name, "client-id": &input.ClientID, "groups-claim": &input.GroupsClaim, "accounts": &input.Accounts} {
		if c.IsSet(name) {
			value := c.String(name)
			*target = &value
		}
	}
	for name, target := range map[string]**[]string{"scopes": &input.Scopes, "email-domains": &input.EmailDomains} {
		if c.IsSet(name) {
			list := listOf(c.String(name))
			*target = &list
		}
	}
	if c.IsSet("group-role") {
		given := c.Generic("group-role").(*repeated).values
		if len(given) == 1 && given[0] == "" {
			given = []string{}
		}
		input.GroupRoles = &given
	}
	var err error
	input.Secret, err = readSecret(c)
	return input, err
}

// listOf reads a list that is separated by commas.
func listOf(text string) []string {
	list := []string{}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

func oidcAdd(c *cli.Context) error {
	input, err := providerEdit(c)
	if err != nil {
		return err
	}
	input.Issuer = c.String("issuer")
	if input.Scopes == nil {
		input.Scopes = &[]string{"profile", "email"}
	}
	if input.Accounts == nil {
		usual := "invite"
		input.Accounts = &usual
	}
	if input.Secret == nil {
		terminal, ok := c.App.Reader.(*os.File)
		if !ok || !term.IsTerminal(int(terminal.Fd())) {
			return wrongUsage("there is no terminal to ask for the client's secret; use --secret-stdin, --secret-file or --no-secret")
		}
		secret, err := askHidden(c, terminal, "The client's secret: ")
		if err != nil {
			return err
		}
		input.Secret = &secret
	}
	var added ops.Provider
	if err := ask(c, ops.CommandProviderAdd, input, &added); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, added)
	}
	_, err = fmt.Fprintf(c.App.Writer, "People can sign in with %s now. Register this address with it:\n%s\nThen see whether it answers: guildhall oidc test --key %s\n", added.Name, added.RedirectURI, added.Key)
	return err
}

func oidcList(c *cli.Context) error {
	var providers []ops.Provider
	if err := ask(c, ops.CommandProviderList, struct{}{}, &providers); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, providers)
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tNAME\tISSUER\tNEW ACCOUNTS")
	for _, one := range providers {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.Key, one.Name, one.Issuer, one.Accounts)
	}
	return table.Flush()
}

// aboutProvider runs a command about one provider, and prints what it gives.
func aboutProvider(c *cli.Context, command, words string) error {
	var provider ops.Provider
	if err := ask(c, command, ops.ProviderKey{Key: c.String("key"), Reason: c.String("reason")}, &provider); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, provider)
	}
	if words != "" {
		_, err := fmt.Fprintf(c.App.Writer, words+"\n", provider.Name)
		return err
	}
	return printProvider(c, &provider)
}

func printProvider(c *cli.Context, provider *ops.Provider) error {
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	secret := "none"
	if provider.HasSecret {
		secret = "kept"
	}
	for _, row := range [][2]string{
		{"key", provider.Key}, {"name", provider.Name}, {"issuer", provider.Issuer}, {"client", provider.ClientID}, {"secret", secret}, {"scopes", strings.Join(append([]string{"openid"}, provider.Scopes...), " ")},
		{"new accounts", provider.Accounts}, {"e-mail domains", cmp.Or(strings.Join(provider.EmailDomains, " "), "any")}, {"groups claim", cmp.Or(provider.GroupsClaim, "none")}, {"redirect address", provider.RedirectURI},
	} {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	for _, one := range provider.GroupRoles {
		fmt.Fprintf(table, "group and role\t%s\n", one)
	}
	return table.Flush()
}

func oidcShow(c *cli.Context) error { return aboutProvider(c, ops.CommandProviderShow, "") }

func oidcRemove(c *cli.Context) error {
	return aboutProvider(c, ops.CommandProviderRemove, "Nobody can sign in with %s any more. Who has no password gets one with guildhall user reset-link.")
}

func oidcEdit(c *cli.Context) error {
	input, err := providerEdit(c)
	if err != nil {
		return err
	}
	var edited ops.Provider
	if err := ask(c, ops.CommandProviderEdit, input, &edited); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, edited)
	}
	return printProvider(c, &edited)
}

func oidcTest(c *cli.Context) error {
	var said ops.ProviderTest
	if err := ask(c, ops.CommandProviderTest, ops.ProviderKey{Key: c.String("key")}, &said); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, said)
	}
	pkce := "yes"
	if !said.PKCE {
		pkce = "it does not say so"
	}
	table := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "It answers.\n\nsign-in\t%s\ntokens\t%s\nkeys\t%s\nmore about people\t%s\nPKCE (S256)\t%s\n", said.Authorization, said.Token, said.Keys, cmp.Or(said.UserInfo, "none"), pkce)
	return table.Flush()
}
