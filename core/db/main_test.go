package db_test

import (
	"testing"

	"mektep/core/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }
