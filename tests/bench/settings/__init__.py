"""Settings of a measurement: `runner` for the process that measures; the others for servers that are measured."""

# allauth refuses to start without its middleware; every measured server carries it, so it weighs on all alike.
REQUIRED = "allauth.account.middleware.AccountMiddleware"
