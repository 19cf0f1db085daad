package transfer

import (
	"mektep/core/fault"
	"mektep/core/intake"
)

// codeOf is the code that a cell says.
func (r *Judge) codeOf(s string) string {
	st := &Row{Code: s}
	_ = r.judgeCode(st)
	return st.Code
}

// judgeCode reads a code as programs spoil it, and says what is wrong with it.
func (r *Judge) judgeCode(st *Row) *Fault {
	var key string
	said := st.Code
	if id := r.P.Identifier(r.t.records.CodeID()); id != nil {
		said = id.Normal(st.Code)
		st.Code, key = intake.JudgedCode(said, func(s string) bool { return id.Check(s) == nil })
	} else {
		st.Code, key = intake.BareCode(st.Code)
	}
	if key == "" && said != "" && st.Code == "" {
		key = "field.required"
	}
	if key != "" {
		return &Fault{Target: intake.TargetCode, Key: key}
	}
	if f, wrong := r.t.records.CheckCode(r.P, st.Code); wrong {
		return &Fault{Target: intake.TargetCode, Key: f.Key, Args: f.Args}
	}
	if plain, _ := intake.PlainCode(said); len(st.Code) > len(plain) { // a figure may be missing anywhere
		return &Fault{Target: intake.TargetCode, Key: "import.row.noughts", Args: fault.Args{"Code": st.Code}, Warn: true}
	}
	return nil
}
