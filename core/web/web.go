// Package web is the screens: the middlewares that only screens need and the one
// table of all routes. A screen itself lives in the package of its subject below
// this one, is made with package screen and built from the parts of package ui.
package web

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/web/assets"
	"mektep/core/web/screen"
)

// Mount adds the screens to app, behind the edge's checks: who asks, from which
// form, and not twice.
func Mount(app *fiber.App, b *screen.Base, tables ...[]screen.Route) {
	app.Get(assets.Prefix+":file", serveAsset(b.Assets))
	b.Edge.Shown(screen.StandsOn)
	app.Use(b.Edge.Enter, b.Edge.Guard, b.Edge.Once)
	b.Mount(app, common)
	for _, t := range tables {
		b.Mount(app, t)
	}
}

func serveAsset(bundle *assets.Bundle) fiber.Handler {
	return func(c *fiber.Ctx) error {
		f, ok := bundle.Get(c.Params("file"), c.Get(fiber.HeaderAcceptEncoding))
		if !ok {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderCacheControl, assets.CacheControl)
		c.Set(fiber.HeaderContentType, f.Type)
		c.Vary(fiber.HeaderAcceptEncoding)
		if f.Encoding != "" {
			c.Set(fiber.HeaderContentEncoding, f.Encoding)
		}
		return c.Send(f.Body)
	}
}
