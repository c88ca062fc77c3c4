"""The customers' pages: offers, checkout, the brand's colours."""
