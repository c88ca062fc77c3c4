"""The table of contents: which apps stand in which schema, in the order money flows."""

BOTH = [
    "shared_apps.accounts",  # users, roles, API keys: operators in a brand, partners and staff in public
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "shared_apps.outbox",  # messages and deliveries: the only way to the background
    "shared_apps.audit",  # who did what, why
]

SHARED_APPS = [
    "shared_apps.brands",  # Brand (tenant), Domain, Theme; provisioning a schema
    "django_tenants",
    "django.contrib.contenttypes",  # here only: one id set for the fleet
    *BOTH,
    "shared_apps.partners",  # Partner: the legal person, known to many brands
]

TENANT_APPS = [
    "tenant_apps.catalog",  # what is offered, and at which price
    "tenant_apps.programs",  # a partner's deal with this brand: enrollment, contract, links
    "tenant_apps.tracking",  # where a visitor came from: sites, touches, events
    "tenant_apps.customers",  # who asked and who bought: leads, customers
    "tenant_apps.payments",  # intents, charges, refunds; the provider's inbox
    "tenant_apps.orders",  # what was sold
    "tenant_apps.attribution",  # which touches earned it: an immutable decision
    "tenant_apps.commissions",  # what each share earned: accrue, mature, claw back
    "tenant_apps.ledger",  # accounts, entries, transfers: the only writer of money
    "tenant_apps.settlements",  # periods, settlements, statements, payouts
    "tenant_apps.disputes",  # who says that credit is theirs: heard, decided
    "tenant_apps.reports",  # what is owed, how fairly it is paid, and rows as files
    *BOTH,
    "django.contrib.admin",
    "tenant_apps.console",  # brand operators' pages
    "tenant_apps.portal",  # partners' pages
    "tenant_apps.storefront",  # customers' pages
]

FACES = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.staticfiles",
    "ninja",
    "rules.apps.AutodiscoverRulesConfig",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "corsheaders",
    "csp",
    "huey.contrib.djhuey",
]

INSTALLED_APPS = list(dict.fromkeys([SHARED_APPS[0], *FACES[:2], *SHARED_APPS[1:], *FACES[2:], *TENANT_APPS]))
