package app

import "net/url"

// inPlace has a folder take what is written to it by way of a file within itself. The
// library goes by way of the system's temporary folder, from where no file can be moved
// to another file system, nor, with a private one (systemd's PrivateTmp), to anywhere.
func inPlace(bucket string) string {
	u, err := url.Parse(bucket)
	if err != nil || u.Scheme != "file" {
		return bucket // who opens it says what is wrong with it
	}
	q := u.Query()
	if !q.Has("no_tmp_dir") {
		q.Set("no_tmp_dir", "true")
	}
	u.RawQuery = q.Encode()
	return u.String()
}
