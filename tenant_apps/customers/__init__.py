"""Who asked and who bought: Lead and Customer.

Invariant: one customer per e-mail; a lead asked again within its window is the same lead, counted.
Refuses: a lead that names nobody who could be answered.

"""
