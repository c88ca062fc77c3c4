"""Payment providers, one folder each: everything that knows a provider's words is inside it."""
