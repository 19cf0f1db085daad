package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"mektep/core/profile"
	"mektep/core/unit"
)

// stated is what a profile says of one place or office in the end.
type stated struct {
	level, code, parent string
	name                map[string]string
	since, until        time.Time // zero: none
	heirs               []string
}

// statedBy reads what the profile says: of what stands in several rows, the last one.
func statedBy(p *profile.Profile) []stated {
	last := map[string]int{}
	var out []stated
	for i := range p.Territory {
		a := &p.Territory[i]
		s := stated{level: a.Level, code: a.Code, parent: a.Parent, name: TidyNames(a.Name), heirs: a.Successor}
		s.since, s.until = span(a.Period)
		key := a.Level + " " + a.Code
		if n, seen := last[key]; !seen {
			last[key] = len(out)
			out = append(out, s)
		} else if out[n].since.Before(s.since) {
			out[n] = s
		}
	}
	for i := range p.Directorates {
		d := &p.Directorates[i]
		s := stated{level: unit.Directorate, code: d.ID, name: TidyNames(d.Name)}
		s.since, s.until = span(d.Period)
		out = append(out, s)
	}
	return out
}

// span is a period of the profile with the first day on which it no longer holds.
func span(x profile.Period) (since, until time.Time) {
	if x.Since != 0 {
		since = x.Since.Time()
	}
	if x.Until != 0 {
		until = x.Until.AddDays(1).Time()
	}
	return since, until
}

// differ compares what the profile says with the ministry's units as they will be.
func differ(said []stated, have []unit.Unit, before []unit.Elsewhen) []Proposal {
	byCode, byID := map[string]*unit.Unit{}, map[int64]*unit.Unit{}
	var root *unit.Unit
	for i := range have {
		u := &have[i]
		byID[u.ID] = u
		if u.Level == unit.Ministry {
			root = u
		} else if u.Code != "" {
			byCode[u.Level+" "+u.Code] = u
		}
	}
	// What has got another code since is no other place.
	for _, e := range before {
		if u := byID[e.UnitID]; u != nil && e.Code != "" && byCode[u.Level+" "+e.Code] == nil {
			byCode[u.Level+" "+e.Code] = u
		}
	}
	place := func(code string) *unit.Unit {
		if code == "" {
			return root
		}
		for _, level := range []string{unit.Region, unit.District} {
			if u := byCode[level+" "+code]; u != nil {
				return u
			}
		}
		return nil
	}
	var out []Proposal
	known := map[string]bool{}
	for _, s := range said {
		known[s.level+" "+s.code] = true
		if u := byCode[s.level+" "+s.code]; u != nil {
			known[u.Level+" "+u.Code] = true
		}
		p := Proposal{Level: s.level, Code: s.code, Unit: byCode[s.level+" "+s.code], Name: s.name, Parent: place(s.parent), ParentCode: s.parent, Since: s.since}
		add := func(do string) {
			p.Do = do
			p.ID = digest(do, s)
			out = append(out, p)
		}
		switch u := p.Unit; {
		case !s.until.IsZero() && (u == nil || u.Until != nil):
		case !s.until.IsZero():
			p.Since, p.Name = s.until, u.Name
			for _, code := range s.heirs {
				if h := place(code); h != nil {
					p.Heirs = append(p.Heirs, *h)
				}
			}
			add("close")
		case u == nil:
			add("create")
		case u.Until != nil:
			add("reopen")
		default:
			if renamed(u.Name, s.name) {
				add("rename")
			}
			if s.level != unit.Directorate && u.ParentID != nil && (p.Parent == nil || p.Parent.ID != *u.ParentID) {
				add("move")
			}
		}
	}
	for i := range have {
		u := &have[i]
		if u.Level != unit.Ministry && u.Code != "" && u.Until == nil && !known[u.Level+" "+u.Code] {
			out = append(out, Proposal{
				ID: digest("close", stated{level: u.Level, code: u.Code}), Do: "close", Level: u.Level, Code: u.Code, Unit: u, Name: u.Name, Parent: byID[*u.ParentID],
			})
		}
	}
	return out
}

// renamed reports whether a name differs in a language that the profile has it in.
func renamed(have, said map[string]string) bool {
	for tag, name := range said {
		if have[tag] != name {
			return true
		}
	}
	return false
}

func digest(do string, s stated) string {
	raw, err := json.Marshal([]any{do, s.level, s.code, s.parent, s.name, s.since, s.until, s.heirs})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:12])
}
