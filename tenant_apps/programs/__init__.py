"""A partner's deal with this brand: Program, Enrollment, Contract and its versions, Link.

Invariant: commission terms live in immutable contract versions whose effective times never overlap.
Refuses: rules the commission engine cannot parse, a link to an enrollment that is not active.

"""
