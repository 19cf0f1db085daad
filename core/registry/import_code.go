package registry

import (
	"mektep/core/fault"
	"mektep/core/intake"
)

// codeOf is the code that a cell says.
func (r *rows) codeOf(s string) string {
	st := &staged{code: s}
	_ = r.judgeCode(st)
	return st.code
}

// judgeCode reads a code as programs spoil it, and says what is wrong with it.
func (r *rows) judgeCode(st *staged) *rowFault {
	var key string
	said := st.code
	if id := r.p.Identifier("institution_code"); id != nil {
		said = id.Normal(st.code)
		st.code, key = intake.JudgedCode(said, func(s string) bool { return id.Check(s) == nil })
	} else {
		st.code, key = intake.BareCode(st.code)
	}
	if key != "" {
		return &rowFault{target: intake.TargetCode, key: key}
	}
	if f, ok := Code(r.p, st.code); !ok {
		return &rowFault{target: intake.TargetCode, key: f.Key, args: f.Args}
	}
	if plain, _ := intake.PlainCode(said); len(st.code) > len(plain) { // a figure may be missing anywhere
		return &rowFault{target: intake.TargetCode, key: "import.row.noughts", args: fault.Args{"Code": st.code}, warn: true}
	}
	return nil
}
