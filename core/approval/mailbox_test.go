package approval

import (
	"testing"

	"mektep/core/db/dbtest"
)

// The program and the database say the same of which mailbox an address is.
func TestAMailboxIsOneWhateverItsReaderMarks(t *testing.T) {
	conn := dbtest.Super(t, dbtest.New(t))
	for address, want := range map[string]string{
		"name@host.example":      "name@host.example",
		"Name+Tag@Host.example":  "name@host.example",
		"name+a+b@host.example":  "name@host.example",
		"na.me@host.example":     "na.me@host.example", // not everywhere is a point nothing
		"+name@host.example":     "+name@host.example",
		"name+@host.example":     "name@host.example",
		"name@host+more.example": "name@host+more.example",
		"name":                   "name",
		"":                       "",
	} {
		if got := Mailbox(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT mailbox($1)", address).Scan(&got); err != nil || got != want {
			t.Errorf("the database says of %s: %s, %v", address, got, err)
		}
	}
}

// Two accounts of one mailbox are one person's, now: an address that was somebody's once
// may have become another's since.
func TestTRIC1_TwoAccountsOfOneMailboxAreOnePersons(t *testing.T) {
	h := New(Config{}).hands(nil, Operators{})
	of := func(id int64, addresses ...string) Behind { return Behind{Accounts: []int64{id}, Addresses: addresses} }
	for _, c := range []struct {
		one, other Behind
		same       bool
	}{
		{of(1, "a@kg.example"), of(2, "a+2@kg.example"), true},
		{of(1, "a+1@kg.example"), of(2, "a+2@kg.example"), true},
		{of(1, "a@kg.example"), of(2, "b@kg.example"), false},
		{of(1, "a@kg.example"), of(2, "a@tr.example"), false},
		{of(1, "new@kg.example", hashed("office@kg.example")), of(2, "office@kg.example"), false},
		{of(1), of(2), false},
	} {
		if h.same(c.one, c.other) != c.same || h.same(c.other, c.one) != c.same {
			t.Errorf("%v and %v", c.one.Addresses, c.other.Addresses)
		}
	}
}

// An account and an operator's hand on another are one person's where the operator has the
// account's mailbox, whichever of the two asks.
func TestTRIC1_AnOperatorsMailboxIsTheirHandEverywhere(t *testing.T) {
	h := New(Config{}).hands(nil, Operators{Address: map[string]string{"o": "o@kg.example"}})
	mailbox := Behind{Accounts: []int64{1}, Addresses: []string{"o+kg@kg.example"}}
	for _, c := range []struct {
		other Behind
		same  bool
	}{
		{Behind{Accounts: []int64{2}, Operators: []string{"o"}}, true},
		{Behind{Accounts: []int64{2}, Operators: []string{"another"}}, false},
	} {
		if h.same(mailbox, c.other) != c.same || h.same(c.other, mailbox) != c.same {
			t.Errorf("%v", c.other.Operators)
		}
	}
}
