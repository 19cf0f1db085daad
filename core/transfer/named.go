package transfer

import (
	"context"
	"maps"
	"slices"

	"mektep/core/fault"
	"mektep/core/unit"
)

// nameRecords names the records that findings are about.
func (w *work) nameRecords(ctx context.Context) error {
	var ids []int64
	all := [][]Finding{w.findings, w.matches, w.moves, w.changes}
	for _, list := range all {
		for _, f := range list {
			if f.known != 0 {
				ids = append(ids, f.known)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	records, err := w.t.records.ByIDs(ctx, ids, false)
	if err != nil {
		return err
	}
	for _, list := range all {
		for k := range list {
			r, there := records[list[k].known]
			if !there || !w.t.gate.Can(ctx, "view", w.t.records.Target(r.Head)) {
				continue
			}
			list[k].Record = r.UID
			if list[k].Key == "import.row.taken" { // who has it is told where it may be seen
				list[k].Key = "import.row.taken_by"
			}
			if list[k].Args = maps.Clone(list[k].Args); list[k].Args == nil {
				list[k].Args = fault.Args{}
			}
			if _, own := list[k].Args["Name"]; !own { // what is wrong with a number names the kind of number
				list[k].Args["Name"] = calledIn(r.Name, list[k].Args)
			}
			list[k].Args["Code"] = r.Code
			list[k].differ(r.Name)
		}
	}
	return nil
}

// LanguageArg is the argument of a finding about a name in one language: it is answered with the
// record's name in that one, not in its reader's.
const LanguageArg = "Language"

// calledIn is what a record is called, in the language that a finding is about.
func calledIn(names map[string]string, args fault.Args) any {
	if lang, ok := args[LanguageArg].(string); ok && names[lang] != "" {
		return names[lang]
	}
	return fault.Text(names)
}

// differ says, of a row that looks like a record by one of its names, which others are not
// the same: as long as nobody says which, nobody knows what to write.
func (f *Finding) differ(names map[string]string) {
	var differ fault.List
	for _, lang := range slices.Sorted(maps.Keys(f.names)) {
		said, name := f.names[lang], names[lang]
		if said == "" || unit.Look(said) == unit.Look(name) {
			continue
		}
		if name == "" {
			name = "–"
		}
		differ = append(differ, fault.Phrase{Key: "import.row.differs", Args: fault.Args{"Language": fault.Key("language." + lang), "Said": said, "Name": name}})
	}
	if differ != nil {
		f.Key, f.Args["Differs"] = "import.row.twin_differs", differ
	}
}
