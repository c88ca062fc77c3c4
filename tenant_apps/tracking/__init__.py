"""Where a visitor came from: Site (a public key and its allowed hosts), Touch, Event.

Invariant: an event is stored once (site, uid), however often it is sent; a touch never changes.
Refuses: an unknown key, a host that is not on the site's list, fields it does not know.

"""
