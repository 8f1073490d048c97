"""Names of brands that are written so that only the eye takes them for one (promises T44)."""

import pytest

from parser.identity.brands import Brand, borrowed
from parser.mail import Address

BRANDS = (Brand("Binance", ("binance.com",)), Brand("Coinbase", ("coinbase.com",)))


@pytest.mark.parametrize("name", ["C o i n b a s e", "c.o.i.n.b.a.s.e Support", "ɃINANCE", "Bіnance", "ＢＩＮＡＮＣＥ"])
def test_a_brand_in_disguise_is_recognised(name: str) -> None:
    assert borrowed(Address(name, "help@mail.test"), BRANDS) is not None


@pytest.mark.parametrize("name", ["J. R. R. Tolkien", "Bina Ng", "C O Inbase"])
def test_other_names_are_no_brand(name: str) -> None:
    assert borrowed(Address(name, "help@mail.test"), BRANDS) is None
