"""Who acts when nobody asked by hand: handlers and periodic jobs."""

from kernel.actor import system

ENGINE = system("commissions")
