// Package gallery shows every part of package ui with made-up data, in four
// languages, light and dark, wide and on a phone. It consists of tests: they
// open each page in a headless browser, run axe-core over it, and, where
// MEKTEP_SHOTS names a folder, leave pictures there to be looked at.
package gallery
