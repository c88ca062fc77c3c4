from tests.api.conftest import operator_of

__all__ = ["operator_of"]
