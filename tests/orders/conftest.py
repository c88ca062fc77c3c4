from tests.payments.conftest import sandbox, shop

__all__ = ["sandbox", "shop"]
