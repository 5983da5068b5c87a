"""Receipts of a dozen countries as tills print them, and the pages they make."""

import re

from tests.support.pages import a_page

from docurift.model.result import Page
from docurift.pipeline.read import Reading

_LEFT, _TOP, _LETTER, _STEP = 100.0, 20.0, 6.0, 14.0


def a_receipt(text: str, **changes: object) -> Page:
    """A page with the lines of `text`, as they stand; two blanks and more keep words apart as wide."""
    placed = [
        (_LEFT + _LETTER * part.start(), _TOP + _STEP * row, part.group())
        for row, line in enumerate(text.strip("\n").splitlines())
        for part in re.finditer(r"\S+(?: \S+)*", line)
    ]
    return a_page(*placed, **changes)  # type: ignore[arg-type]


def a_reading(*pages: Page) -> Reading:
    """These pages, all of them read."""
    return Reading(page_count=len(pages), pages=pages, pages_processed=len(pages), warnings=())


GERMANY = """
         Bäckerei Sonnenschein GmbH
              Lindenstraße 14
              50674 Köln
           Tel. 0221 / 4711 230
          USt-IdNr. DE129273398

Bauernbrot 1kg                      4,20 A
2 x Laugenbrezel                    1,80 A
Kaffee groß                         3,40 B
-------------------------------------------
SUMME                     EUR       9,40
Bar                       EUR      20,00
Rückgeld                  EUR      10,60

MwSt%       Netto     MwSt    Brutto
A  7,0%      5,61     0,39      6,00
B 19,0%      2,86     0,54      3,40

Beleg-Nr. 004711   12.03.2026   08:41
      Vielen Dank für Ihren Einkauf
"""

FRANCE = """
            BOULANGERIE DUPONT SARL
             12 rue de la République
                 69002 LYON
            Tél : 04 78 00 11 22
            SIRET 552 100 554 00025

Ticket N° 18452
2 Croissant                        2,40
1 Baguette tradition               1,30
1 Tarte citron                     3,90

TOTAL TTC                          7,60 €
Dont TVA 5,5%                      0,40
Carte bancaire                     7,60 €

Le 05/03/2026 à 09:12
Merci de votre visite
"""

SPAIN = """
            CAFETERIA EL PUENTE S.L.
             Calle Mayor 45
              28013 Madrid
             CIF: B12345674
         FACTURA SIMPLIFICADA: T-20981

2 Cafe con leche                   3,60
1 Tostada tomate                   2,80
1 Zumo naranja                     3,10

Base imponible                     8,64
IVA 10%                            0,86
TOTAL                              9,50 €
EFECTIVO                          10,00 €
CAMBIO                             0,50 €

Fecha: 17/02/2026  Hora: 10:05
GRACIAS POR SU VISITA
"""

ITALY = """
            TRATTORIA DA MARIO S.R.L.
             Via Garibaldi 7
            20121 MILANO MI
          P.IVA 01234567890

       DOCUMENTO COMMERCIALE
        di vendita o prestazione

DESCRIZIONE          IVA        Prezzo(€)
Coperto              10%           4,00
Spaghetti            10%          11,50
Acqua minerale       10%           2,50

TOTALE COMPLESSIVO                18,00
di cui IVA                         1,64
Pagamento contante                20,00
Resto                              2,00

28-01-2026 13:22
DOCUMENTO N. 0412-0037
"""

POLAND = """
         SKLEP SPOŻYWCZY ZIELONY SP. Z O.O.
             ul. Długa 15
            31-147 Kraków
           NIP 676-010-00-11
2026-02-11                         W004512
             PARAGON FISKALNY
Chleb razowy      1 x4,99          4,99C
Mleko 2%          2 x3,49          6,98C
--------------------------------------
SPRZEDAŻ OPODATKOWANA C           11,97
PTU C 5%                           0,57
SUMA PTU                           0,57
SUMA PLN                          11,97
KARTA                             11,97
17:36
"""

NETHERLANDS = """
              Boekhandel De Gracht B.V.
               Keizersgracht 210
              1016 DX Amsterdam
              BTW NL004495445B01

Kassabon nr: 88213
Roman paperback                   15,99
Ansichtkaart                       1,50

Totaal                    EUR     17,49
PIN                       EUR     17,49
BTW 9%                             1,44

Datum: 21-04-2026   15:48
Bedankt en tot ziens
"""

PORTUGAL = """
            PASTELARIA ESTRELA LDA
             Rua Augusta 100
            1100-053 LISBOA
            NIF 501964843

Fatura simplificada FS 2026/1043
Pastel de nata  2                  2,60
Galao                              1,70

Subtotal                           4,30
TOTAL                     EUR      4,30
Numerario                          5,00
Troco                              0,70
Data 2026-03-30  Hora 11:20
Obrigado
"""

BRITAIN = """
              THE CORNER BAKERY LTD
                14 High Street
                Oxford OX1 4DB
              Tel: 01865 240000
            VAT No: GB 123 4567 82

Receipt No: 55120
Sourdough loaf                    £3.80
Flat white                        £3.20
Subtotal                          £7.00
VAT @ 20%                         £0.53
TOTAL                             £7.00
VISA CONTACTLESS                  £7.00

03/04/2026 08:15:22
Thank you for your custom
"""

UNITED_STATES = """
              JOE'S HARDWARE INC
              1200 Main Street
              Springfield, IL 62701
               (217) 555-0143

Trans #: 448120
Hammer 16oz                       18.99
Wood screws                        6.49
SUBTOTAL                          25.48
SALES TAX 8.0%                     2.04
TOTAL                            $27.52
CASH                             $40.00
CHANGE DUE                       $12.48

04/18/2026 5:31 PM
THANK YOU FOR SHOPPING WITH US
"""

SWITZERLAND = """
              Metzgerei Alpenblick AG
               Bahnhofstrasse 3
              8001 Zürich
            CHE-116.281.710 MWST

Cervelat 4 Stk                     7.20
Bratwurst 2 Stk                    9.80
Total                   CHF       17.00
Twint                   CHF       17.00
MWST 2.6%                          0.43

Datum 14.05.2026  Zeit 12:02
Beleg-Nr: 20931
"""

SINGAPORE = """
            LUCKY NOODLE HOUSE PTE LTD
             21 Smith Street
             Singapore 058945
           GST Reg No: 201912345K

Bill No: A10233          Table 7
1 Laksa                            8.50
2 Kopi                             4.00
SUBTOTAL                          12.50
SERVICE CHARGE 10%                 1.25
GST 9%                             1.24
ROUNDING                           0.01
GRAND TOTAL              S$       15.00
NETS                     S$       15.00
Date: 09/06/2026 19:44
"""

SWEDEN = """
              Café Skogen AB
              Storgatan 18
             411 24 Göteborg
           Org.nr 556016-0680

Kvitto nr: 7731
Kanelbulle                        38,00
Bryggkaffe                        32,00
Totalt                  SEK       70,00
Kontant                 SEK      100,00
Växel                   SEK       30,00
Moms 12%                           7,50
2026-05-02 14:10
"""
