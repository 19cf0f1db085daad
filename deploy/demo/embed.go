// Package demo holds the made-up people and schools of the demonstration, one
// file a ministry. No real person, address or code is among them.
package demo

import "embed"

// FS holds the files.
//
//go:embed *.yaml
var FS embed.FS
