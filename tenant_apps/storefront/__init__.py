"""The customers' pages in the brand's look: offers, checkout, return page; the widget's doors.

Decides nothing: it reads the catalog, places orders and hands the customer to the provider.

"""
