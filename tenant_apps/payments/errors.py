from kernel.errors import DomainError
from kernel.sentences import sentence

NEVER_HEARD = sentence("The payment provider never heard of it.")


class PlaceholderSecret(DomainError):
    """A key of the payment account is empty or plainly made up."""

    code, status = "placeholder_secret", 422


class SecretUnreadable(DomainError):
    """A stored key was sealed with another SECRET_KEY."""

    code, status = "secret_unreadable", 503


class LiveKeyAtSandbox(DomainError):
    """A key that moves real money was about to be sent to another address than the provider's."""

    code, status = "live_key_at_sandbox", 503


class NoAccount(DomainError):
    """The brand has no account at the provider, so nobody can pay it."""

    code, status = "no_payment_account", 503
    default_message = "This brand cannot take payments yet."


class BadSignature(DomainError):
    """The webhook is not signed by the provider, or not now."""

    code, status = "bad_signature", 400
    default_message = "The signature does not fit."


class NoAnswer(DomainError):
    """Nobody knows whether the provider did what was asked; it is looked up, never asked with a new key."""

    code, status = "no_answer", 503


class ProviderRefused(DomainError):
    """The provider said no: nothing happened."""

    code, status = "provider_refused", 502


class AlreadyPaid(DomainError):
    """The order's money was collected before."""

    code, status = "already_paid", 409


class FactsDiffer(DomainError):
    """The provider tells of another account, currency or amount than was agreed; a person must look."""

    code, status = "facts_differ", 409


def differs_at_provider(subject: object, *, known: str, told: str) -> FactsDiffer:
    """Return the refusal of an id that is another than the provider gave before."""
    return FactsDiffer(
        sentence(
            "The provider called %(subject)s %(known)s before, and %(told)s now.",
            subject=subject, known=known, told=told,
        )
    )  # fmt: skip


class NothingKnown(DomainError):
    """The provider tells of money that no intent of ours asked for."""

    code, status = "nothing_known", 409


class RefundExceedsCharge(DomainError):
    """More would go back than is left of what was paid."""

    code, status = "refund_exceeds_charge", 409


class IdempotencyKeyReused(DomainError):
    """The key was used before for something else."""

    code, status = "idempotency_key_reused", 409
