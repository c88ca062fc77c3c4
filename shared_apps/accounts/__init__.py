"""Users, roles and sign-in, in both schemas: operators in a brand's, partners and platform staff in public.

The same e-mail at two brands is two people to us. `actor_of(request)` turns a request into the Actor
that every action takes. Roles are groups (admin, operations, finance); policies are predicates over Actor.
"""
