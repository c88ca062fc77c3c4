"""Settings common to every place. Business knobs are rows, not settings."""

from django.templatetags.static import static

from config.installed import INSTALLED_APPS, SHARED_APPS, TENANT_APPS  # noqa: F401
from config.settings.env import LOCAL, ROOT, database, env, kept_secret, role_prefix, running

BASE_DIR = ROOT
DEBUG = False
SECRET_KEY = kept_secret("secret-key", env.secret_key)
ALLOWED_HOSTS = ["*"]  # unknown hosts get our own 404 from BrandMiddleware; the proxy passes Host through
ROOT_URLCONF = "config.urls.brand"
PUBLIC_SCHEMA_URLCONF = "config.urls.public"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

PLATFORM_HOST, PARTNER_HOST = env.platform_host, env.partner_host
PUBLIC_SCHEME, PUBLIC_PORT = env.public_scheme, env.public_port or running("web_port")

# Tenancy ---------------------------------------------------------------------------------------
OWNER_URL = env.database_url or running("database_url") or "postgresql://tributary_owner@127.0.0.1:5432/tributary"
OWNER_DATABASE = database(OWNER_URL)
DATABASE_ROLE_PREFIX = role_prefix(str(OWNER_DATABASE["NAME"]))
DATABASE_APP_PASSWORD = kept_secret("database-app-password", env.database_app_password)
DATABASES = {
    "default": database(OWNER_URL, user=f"{DATABASE_ROLE_PREFIX}_app", password=DATABASE_APP_PASSWORD)
    | {"OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "max_lifetime": 600, "timeout": 10}}},
    "owner": OWNER_DATABASE | {"OPTIONS": {"connect_timeout": 5}},
}
DATABASE_ROUTERS = ["shared_apps.brands.routing.SchemaRouter"]
TENANT_SYNC_ROUTER = "shared_apps.brands.routing.SchemaRouter"
TENANT_MODEL, TENANT_DOMAIN_MODEL = "brands.Brand", "brands.Domain"
TENANT_LIMIT_SET_CALLS = True
SHOW_PUBLIC_IF_NO_TENANT_FOUND = False

# The bell and the cache ------------------------------------------------------------------------
REDIS_URL = env.redis_url or running("redis_url") or "redis://127.0.0.1:6379/0"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}
HUEY = {
    "huey_class": "shared_apps.outbox.brand_huey.BrandHuey",
    "name": f"tributary-{OWNER_DATABASE['NAME']}",
    "url": REDIS_URL,
    "immediate": False,
    "results": False,
    "consumer": {"workers": 2, "worker_type": "thread", "graceful_signal": "TERM", "check_worker_health": True},
}

# Requests --------------------------------------------------------------------------------------
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # before the brand: the page of an unknown host has a style sheet too
    "config.middleware.BrandMiddleware",
    "config.middleware.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.BrandLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.ReadableMiddleware",
    "config.middleware.ConsoleCspMiddleware",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
STRIPE_API_BASE = env.stripe_api_base or running("sandbox_url")
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": (),
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # Chromium applies form-action to the redirects that follow a post, and checkout ends at the provider.
        "form-action": ["'self'", "https://checkout.stripe.com", *([STRIPE_API_BASE] if STRIPE_API_BASE else [])],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    },
}
# Each of their operations declares a policy, or nothing starts.
GUARDED_APIS = ["config.api.brand_api", "config.api.partner_api"]
CORS_URLS_REGEX = r"^/w/v1/(?!t\.js).*$"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOWED_ORIGINS: list[str] = []  # origins are the hosts of the brand's sites: tracking.views.origins
CORS_ALLOW_METHODS, CORS_ALLOW_HEADERS = ["GET", "POST", "OPTIONS"], ["content-type"]
CORS_PREFLIGHT_MAX_AGE = 600

# Sign-in ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers: a reset tells nobody who is known here
ACCOUNT_ADAPTER = "shared_apps.accounts.sign_in.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# Words, files, mail ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어"), ("es", "Español")]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [ROOT / "themes" / "default" / "locale"]
USE_I18N, USE_TZ, TIME_ZONE = True, True, "UTC"
STATIC_URL, STATIC_ROOT = "/static/", LOCAL / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is not there
STATICFILES_DIRS = [ROOT / "themes" / "default" / "static", ("widget", ROOT / "widget" / "dist")]
MEDIA_ROOT = env.media_root
SIMULATIONS_KEPT_DAYS = env.simulations_kept_days
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
COTTON_DIR = "cotton"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "themes" / "default" / "templates"],
        "OPTIONS": {
            "loaders": [
                "django_cotton.cotton_loader.Loader",
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shared_apps.brands.theming.brand_look",
            ],
            "builtins": ["django_cotton.templatetags.cotton"],
        },
    }
]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = "no-reply@tributary.localhost"

# Payments --------------------------------------------------------------------------------------
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET = env.stripe_secret_key, env.stripe_webhook_secret

# Logs: structlog's own renderer, brand and request id bound --------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.log_level},
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "huey": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "stripe": {"level": "WARNING"},
    },
}

# The operators' console --------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "tenant_apps.console.look.title",
    "SITE_HEADER": "tenant_apps.console.look.title",
    "SITE_SYMBOL": "water",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "tenant_apps.console.look.favicon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "tenant_apps.console.look.environment",
    "COLORS": {"primary": "tenant_apps.console.look.primary_colours"},
    "STYLES": [lambda request: static("console/console.css")],  # noqa: ARG005
    "SCRIPTS": [lambda request: static("console/lists.js")],  # noqa: ARG005
    "DASHBOARD_CALLBACK": "tenant_apps.console.look.dashboard",
    "COMMAND": {"search_models": True},
    "SIDEBAR": {"show_search": True, "navigation": "tenant_apps.console.look.navigation"},
}
