package db

import _ "embed"

//go:embed roles.sql
var rolesSQL string

// RolesSQL is what a superuser runs once in a cluster before the first migration:
// roles belong to the cluster, so that no migration of the owner could make them.
func RolesSQL() string { return rolesSQL }
