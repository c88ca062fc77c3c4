from kernel.errors import DomainError


class PeriodNotEnded(DomainError):
    """A period is closed after its last instant, never before: sales may still come in."""

    code, status = "period_not_ended", 409


class LaterPeriodClosed(DomainError):
    """A later period is closed already; what was left over stands there, and this one stays as it is."""

    code, status = "later_period_closed", 409


class EarlierPeriodOpen(DomainError):
    """An earlier period still has lines to settle; balances are carried in order."""

    code, status = "earlier_period_open", 409


class SecondPersonNeeded(DomainError):
    """Whoever drew up a settlement cannot approve it."""

    code, status = "second_person_needed", 409


class EarlierSettlementOpen(DomainError):
    """The settlement before this one is not as far; its closing balance is this one's opening."""

    code, status = "earlier_settlement_open", 409


class NotApproved(DomainError):
    """Only an approved settlement becomes a statement."""

    code, status = "not_approved", 409


class NothingToCorrect(DomainError):
    """The statement says what is known now; amounts of lines are corrected by further lines."""

    code, status = "nothing_to_correct", 409


class CorrectionOpen(DomainError):
    """A correction of this statement waits for its decision already, or a later version has taken its place."""

    code, status = "correction_open", 409


class NothingToWriteOff(DomainError):
    """The partner owes the brand nothing in this currency, or less than was to be written off."""

    code, status = "nothing_to_write_off", 409


class PartnerStays(DomainError):
    """A debt is written off when the partner has left; one who stays earns against it, as its contract says."""

    code, status = "partner_stays", 409


class SetOffNotAllowed(DomainError):
    """Both brands allow it, belong to one legal entity, and the partner agreed at both; else nothing is set off."""

    code, status = "set_off_not_allowed", 409
    default_message = (
        "Debts of this partner may not be set off with this brand: both brands must belong to one legal entity and "
        "allow it, and the partner must have agreed at both."
    )


class NothingToSetOff(DomainError):
    """The other brand is owed less, or this one owes less, than was to be set off."""

    code, status = "nothing_to_set_off", 409


class OtherBrandDecides(DomainError):
    """A set-off is approved where the debt is; the brand that pays less has said so by proposing it."""

    code, status = "other_brand_decides", 409


class NotPayable(DomainError):
    """There is nothing to pay: no statement was issued, or its payout is zero."""

    code, status = "not_payable", 409


class PayoutUnderWay(DomainError):
    """The payout is on its way or has arrived; a second one would pay twice."""

    code, status = "payout_under_way", 409


class AttemptOver(DomainError):
    """The payout has moved on to a further attempt; what was said of the one before says nothing of this one."""

    code, status = "attempt_over", 409


class FileHandedOut(DomainError):
    """The batch's file was written and may be with the bank; taken back, its payouts could be paid twice."""

    code, status = "file_handed_out", 409


class PayoutFrozen(DomainError):
    """The partner's account was changed less than 72 hours ago; nothing leaves until then."""

    code, status = "payout_frozen", 409


class BeingPrinted(DomainError):
    """The PDF is long and being printed; `done` of `total` lines are."""

    code, status = "being_printed", 409


class NothingToBatch(DomainError):
    """No payout may leave by this method in this currency now; the candidates say why."""

    code, status = "nothing_to_batch", 409


class RowsRefused(DomainError):
    """Some payouts cannot leave as they stand; `rows` names each with its reason, and nothing was written."""

    code, status = "rows_refused", 409


class BatchNotReady(DomainError):
    """The batch is not that far: not approved, without a file, or its account is missing."""

    code, status = "batch_not_ready", 409


class ProviderDecides(DomainError):
    """A transfer's end is the provider's to tell; nobody says it by hand."""

    code, status = "provider_decides", 409


class VatRateEnded(DomainError):
    """A rate ends once; what holds afterwards is said as a rate of its own."""

    code, status = "vat_rate_ended", 409


class VatRateOverlaps(DomainError):
    """Two rates of one country never hold on the same day; `field` says where to change it."""

    code, status = "vat_rate_overlaps", 409
