package profile

import (
	"reflect"
	"strings"
	"sync"
)

// keySpec is one key of a file as its Go field declares it.
type keySpec struct {
	name     string
	index    []int
	typ      reflect.Type
	must     bool
	optional bool // of a Text: the official languages are not all needed
	enum     []string
	ref      string
	cel      string
	form     string
	layer    string
}

// typeSpec is a mapping of a file as its Go struct declares it.
type typeSpec struct {
	keys  []*keySpec
	entry bool // has an id
}

func (s *typeSpec) key(name string) *keySpec {
	for _, k := range s.keys {
		if k.name == name {
			return k
		}
	}
	return nil
}

func (s *typeSpec) names() []string {
	names := make([]string, len(s.keys))
	for i, k := range s.keys {
		names[i] = k.name
	}
	return names
}

var specs sync.Map // reflect.Type → *typeSpec: what the struct tags say never changes

func specOf(t reflect.Type) *typeSpec {
	if s, ok := specs.Load(t); ok {
		return s.(*typeSpec)
	}
	s := &typeSpec{}
	if t.Kind() == reflect.Struct && t != fieldType {
		s.collect(t, nil)
	}
	specs.Store(t, s)
	return s
}

func (s *typeSpec) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, inline := strings.CutSuffix(f.Tag.Get("yaml"), ",inline")
		at := append(append([]int{}, index...), i)
		switch {
		case inline:
			s.entry = s.entry || f.Type == entryType
			s.collect(f.Type, at)
		case name != "":
			k := &keySpec{
				name: name, index: at, typ: f.Type,
				must: f.Tag.Get("must") == "yes", optional: f.Tag.Get("optional") == "yes",
				ref: f.Tag.Get("ref"), cel: f.Tag.Get("cel"), form: f.Tag.Get("form"), layer: f.Tag.Get("layer"),
			}
			if e := f.Tag.Get("enum"); e != "" {
				k.enum = strings.Split(e, "|")
			}
			s.keys = append(s.keys, k)
		}
	}
}
