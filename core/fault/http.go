package fault

import "net/http"

// Status is the one map from kinds to HTTP status codes. 423 for Locked keeps
// "closed by the calendar" apart from "never yours" (403).
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case Unauthenticated:
		return http.StatusUnauthorized
	case Denied:
		return http.StatusForbidden
	case Locked:
		return http.StatusLocked
	case Conflict:
		return http.StatusConflict
	case NotFound:
		return http.StatusNotFound
	case TooMany:
		return http.StatusTooManyRequests
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case Unavailable:
		return http.StatusServiceUnavailable
	case Accepted:
		return http.StatusAccepted
	default:
		return http.StatusInternalServerError
	}
}
