"""Addresses by host: `brand` (every brand's domain), `partners` (the partner host), `public` (the platform)."""
