import pytest

from docurift.pipeline.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Rechnung über die Lieferung von Ersatzteilen, zahlbar innerhalb von 30 Tagen", "de"),
        ("FACTURE POUR LA LIVRAISON DES PRODUITS COMMANDES PAR LE CLIENT", "fr"),
        ("Please pay the total amount within thirty days of the invoice date", "en"),
        ("Factura por la entrega de los productos pedidos por el cliente", "es"),
        ("Счёт на оплату товаров, поставленных по договору", "ru"),
    ],
)
def test_the_language_of_a_business_line_is_told(text: str, language: str) -> None:
    assert language_of(text, hint="xx") == language


def test_too_little_text_falls_back_to_the_hint() -> None:
    assert language_of("INV-7", hint="pt") == "pt"


def test_without_letters_there_is_no_language() -> None:
    assert language_of("12 345 - 7", hint="en") is None
