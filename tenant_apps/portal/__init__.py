"""The partners' pages: a home across brands on the partner host, and each brand's own portal.

The home reads only public roll-ups; a brand's portal is entered by a signed, one-time hand-off.

"""
