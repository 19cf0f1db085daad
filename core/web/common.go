package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// common are the small routes that every host has.
var common = []screen.Route{
	{Method: fiber.MethodPost, Path: "/language", Access: screen.Everywhere, Handle: chooseLanguage, Always: true},
	{Method: fiber.MethodPost, Path: "/theme", Access: screen.Everywhere, Handle: chooseTheme, Always: true},
	{Method: fiber.MethodGet, Path: "/stay", Access: screen.Everywhere, Handle: (*screen.Request).Stay, Always: true},
	{Method: fiber.MethodGet, Path: "/theme.css", Access: screen.Anyone, Handle: accent},
	{Method: fiber.MethodGet, Path: "/crest", Access: screen.Anyone, Handle: crest},
}

// chooseLanguage remembers a language and leads back to the page it was chosen on.
// Whoever has signed in finds it on every computer.
func chooseLanguage(q *screen.Request) error {
	tag := q.Form().Value("language")
	if !slices.Contains(q.Offered, tag) {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	if q.Speak != nil && q.Caller.SignedIn() {
		if err := q.Speak(q.Context(), tag); err != nil {
			return err
		}
	}
	q.Edge.RememberLanguage(q.C, tag)
	return q.See(screen.Local(q.Form().Value("to")), edge.Flash{})
}

// chooseTheme remembers light or dark; anything else means as the device says.
func chooseTheme(q *screen.Request) error {
	choice := q.Form().Value("theme")
	life := 365 * 24 * time.Hour
	if choice != "light" && choice != "dark" {
		choice, life = "", -1
	}
	// The script reads it too, so that switching needs no round trip: not HTTPOnly.
	cookie := edge.Lasting(life)
	cookie.Name, cookie.Value, cookie.Path, cookie.SameSite = ui.ThemeCookie, choice, "/", fiber.CookieSameSiteLaxMode
	q.C.Cookie(cookie)
	return q.See(screen.Local(q.Back()), edge.Flash{})
}

// accent is the ministry's colour as a stylesheet of its own: the content policy
// allows no inline style.
func accent(q *screen.Request) error {
	colour := q.Ministry.Accent
	if p := q.Profile(); colour == "" && p != nil {
		colour = p.AccentColour
	}
	t, err := ui.NewTheme(colour)
	if err != nil {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	q.C.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	q.C.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	return q.C.SendString(t.CSS())
}

func crest(q *screen.Request) error {
	if len(q.Ministry.Crest) == 0 {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	q.C.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	q.C.Set(fiber.HeaderContentType, "image/png")
	return q.C.Send(q.Ministry.Crest)
}
