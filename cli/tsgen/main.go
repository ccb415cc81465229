// Command tsgen writes the web client's TypeScript types from the Go types that go over the wire.
//
// Usage: go run ./cli/tsgen (from the top of the repository). It reads sources only: struct fields by their json tags, embedded structs as extensions, and named types that it is
// told the JSON form of. What it does not know is an error, so that a type never silently becomes "any".
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// target is one file of types.
type target struct {
	// folder is read, except for the files in skip; with only, just those are.
	folder     string
	only, skip []string
	output     string
}

var targets = []target{
	{folder: "api/wire", skip: []string{"error.go", "wire.go"}, output: "webui/src/api/types.gen.ts"},
	{folder: "rtc/signal", only: []string{"wire.go"}, output: "webui/src/rtc/types.gen.ts"},
}

// known are named types by their form in JSON.
var known = map[string]string{
	"string": "string", "bool": "boolean", "int": "number", "int64": "number", "uint64": "number", "uint32": "number", "float64": "number", "any": "unknown",
	"id.ID": "string", "perm.Set": "string", "time.Time": "string", "json.RawMessage": "unknown", "json.Number": "number", "store.Registration": `"invite" | "open"`,
	"store.SecurityEventKind": "string", "store.BotCreation": `"everyone" | "owner" | "nobody"`, "ApplicationText": "string",
	"store.ChannelType": "number", "store.WebhookType": "number", "store.RelationshipType": "number", "store.OverwriteType": "number", "store.MessageType": "number", "store.AuditAction": "number", "store.HallAct": "string", "store.AutoModTrigger": "number", "store.AutoModEvent": "number", "store.AutoModActionType": "number", "store.MessageFlags": "number", "store.ChannelFlags": "number", "store.ForumLayout": "number",
	"store.CommandType": "number", "store.CommandOptionType": "number", "store.CommandPermissionType": "number", "store.InteractionContext": "number",
	"EmbedTime": "string", "AttachmentNumber": "string | number", "Nonce": "string | number", "OneOrMany": "string | string[]", "Referenced": "Message | null",
	"Opcode": "number", "CloseCode": "number", "IdentifyProperties": "{ os: string; browser: string; device: string }",
}

func main() {
	for _, target := range targets {
		if err := target.write(); err != nil {
			fmt.Fprintln(os.Stderr, "tsgen:", err)
			os.Exit(1)
		}
	}
}

func (t target) write() error {
	names, err := filepath.Glob(filepath.Join(t.folder, "*.go"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	var out strings.Builder
	fmt.Fprintf(&out, "// Made from %s by cli/tsgen. Do not edit: run make ui.\n", t.folder)
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || slices.Contains(t.skip, base) || t.only != nil && !slices.Contains(t.only, base) {
			continue
		}
		if err := writeFile(&out, name); err != nil {
			return err
		}
	}
	return os.WriteFile(t.output, []byte(out.String()), 0o644)
}

func writeFile(out *strings.Builder, name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		for _, spec := range general.Specs {
			one := spec.(*ast.TypeSpec)
			fields, isStruct := one.Type.(*ast.StructType)
			if _, special := known[one.Name.Name]; special || !isStruct || !one.Name.IsExported() || one.TypeParams != nil {
				continue
			}
			if err := writeStruct(out, one.Name.Name, general.Doc, fields); err != nil {
				return fmt.Errorf("%s: %s: %w", name, one.Name.Name, err)
			}
		}
	}
	return nil
}

func writeStruct(out *strings.Builder, name string, doc *ast.CommentGroup, fields *ast.StructType) error {
	var extends []string
	var body strings.Builder
	for _, field := range fields.Fields.List {
		if len(field.Names) == 0 {
			base, optional := field.Type, false
			if pointer, ok := base.(*ast.StarExpr); ok {
				base, optional = pointer.X, true
			}
			parent := base.(*ast.Ident).Name
			if optional {
				parent = "Partial<" + parent + ">"
			}
			extends = append(extends, parent)
			continue
		}
		if name, ok := field.Type.(*ast.Ident); ok && name.Name == "NotYet" {
			continue // the hall refuses it, so the client does not send it
		}
		line, err := fieldLine(field)
		if err != nil {
			return fmt.Errorf("%s: %w", field.Names[0].Name, err)
		}
		body.WriteString(comment("  ", field.Doc) + line)
	}
	clause := ""
	if len(extends) > 0 {
		clause = " extends " + strings.Join(extends, ", ")
	}
	fmt.Fprintf(out, "\n%sexport interface %s%s {\n%s}\n", comment("", doc), name, clause, body.String())
	return nil
}

func comment(indent string, doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(doc.Text()), "\n") {
		fmt.Fprintf(&out, "%s// %s\n", indent, line)
	}
	return out.String()
}

func fieldLine(field *ast.Field) (string, error) {
	tag := ""
	if field.Tag != nil {
		_, rest, _ := strings.Cut(field.Tag.Value, `json:"`)
		tag, _, _ = strings.Cut(rest, `"`)
	}
	name, options, _ := strings.Cut(tag, ",")
	if name == "" {
		return "", fmt.Errorf("it has no json tag")
	}
	form, err := formOf(field.Type)
	if err != nil {
		return "", err
	}
	mark := ""
	if strings.Contains(options, "omitempty") || isOptional(field.Type) {
		mark = "?"
	} else if _, pointer := field.Type.(*ast.StarExpr); pointer {
		form += " | null"
	}
	return fmt.Sprintf("  %s%s: %s;\n", name, mark, form), nil
}

func isOptional(expression ast.Expr) bool {
	index, ok := expression.(*ast.IndexExpr)
	return ok && fmt.Sprint(index.X) == "Optional"
}

// formOf gives the TypeScript form of a Go type.
func formOf(expression ast.Expr) (string, error) {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return formOf(e.X)
	case *ast.ArrayType:
		form, err := formOf(e.Elt)
		if strings.Contains(form, " ") {
			form = "(" + form + ")"
		}
		return form + "[]", err
	case *ast.MapType:
		form, err := formOf(e.Value)
		return "Record<string, " + form + ">", err
	case *ast.IndexExpr:
		form, err := formOf(e.Index)
		return form + " | null", err
	case *ast.SelectorExpr:
		name := fmt.Sprintf("%s.%s", e.X, e.Sel)
		if form, ok := known[name]; ok {
			return form, nil
		}
		return "", fmt.Errorf("the form of %s is not known", name)
	case *ast.Ident:
		if form, ok := known[e.Name]; ok {
			return form, nil
		}
		if e.IsExported() {
			return e.Name, nil
		}
	case *ast.StructType:
		var fields strings.Builder
		for _, field := range e.Fields.List {
			line, err := fieldLine(field)
			if err != nil {
				return "", err
			}
			fields.WriteString(strings.TrimSuffix(strings.TrimPrefix(line, " "), "\n"))
		}
		return "{" + fields.String() + " }", nil
	}
	return "", fmt.Errorf("a type like %T is not known", expression)
}
