"""Settings of a measurement: `runner` for the process that measures; the others for servers that are measured."""

# allauth refuses to start without its middleware; every measured server carries it, so it weighs on all alike.
REQUIRED = "allauth.account.middleware.AccountMiddleware"
# The admin's checks ask for sign-in, sessions and messages, which would hide the cost that is measured.
SILENCED = ["admin.E408", "admin.E409", "admin.E410"]
