package policy

import (
	"fmt"
	"io/fs"
	"strings"
)

// definitions are the only model that decisions, explanations and stock
// enforcers agree on. The file exists so that a stock enforcer can load it.
var definitions = []struct{ section, text string }{
	{"request_definition", `r = role, object, action, scope`},
	{"policy_definition", `p = role, object, action, scope, eft, source`},
	{"role_definition", `g = _, _`},
	{"policy_effect", `e = some(where (p.eft == allow)) && !some(where (p.eft == deny))`},
	{"matchers", `m = keyMatch(r.object, p.object) && (p.scope == "*" || r.scope == p.scope || p.scope == "others" && r.scope != "self" && r.scope != "ward" && r.scope != "assigned") && (p.action == "*" || r.action == p.action) && g(r.role, p.role)`},
}

// readModel reads model.conf and refuses one that means anything else: a
// renamed "eft" alone would turn every guardrail into a permission.
func readModel(fsys fs.FS) (string, Findings) {
	content, err := fs.ReadFile(fsys, modelFile)
	if err != nil {
		return "", Findings{{File: modelFile, Line: 1, Column: 1, Code: "FILE", Message: "cannot be read"}}
	}
	var found Findings
	section, lines := "", strings.Split(string(content), "\n")
	seen := map[string]bool{}
	for i, raw := range lines {
		text := strings.TrimSpace(raw)
		if text == "" || text[0] == '#' {
			continue
		}
		at := func(code, message string) {
			found = append(found, Finding{File: modelFile, Line: i + 1, Column: 1, Code: code, Message: message})
		}
		if name, ok := strings.CutPrefix(text, "["); ok {
			section = strings.TrimSuffix(name, "]")
			if want(section) == "" {
				at("MODEL", unknown("section", section, sections()))
			} else if seen[section] {
				at("MODEL", "section "+section+" stands here twice")
			}
			continue
		}
		switch expected := want(section); {
		case expected == "" || seen[section]:
			at("MODEL", fmt.Sprintf("%q stands where nothing may stand", text))
		case strings.Join(strings.Fields(text), " ") != expected:
			if section == "policy_definition" && !strings.Contains(text, "eft") {
				at("MODEL_EFT", "without a column named eft Casbin takes every deny for an allow: write "+expected)
			} else {
				at("MODEL", "write "+expected)
			}
		}
		seen[section] = true
	}
	for _, d := range definitions {
		if !seen[d.section] {
			found = append(found, Finding{File: modelFile, Line: len(lines), Column: 1, Code: "MODEL", Message: fmt.Sprintf("lacks [%s] %s", d.section, d.text)})
		}
	}
	return string(content), found
}

func want(section string) string {
	for _, d := range definitions {
		if d.section == section {
			return d.text
		}
	}
	return ""
}

func sections() []string {
	var out []string
	for _, d := range definitions {
		out = append(out, d.section)
	}
	return out
}
