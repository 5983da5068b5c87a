"""How the sample invoices are drawn: languages, layouts and habits as far apart as real ones are."""

from tests.support.invoices import Sheet


def us(page: Sheet) -> None:
    page.text(50, 60, "Northwind Paper Co.", size=16, bold=True)
    page.lines(50, 80, ["1200 Harbor Blvd", "Portland, OR 97201", "Phone: (503) 555-0142", "billing@northwind.example"])
    page.text(430, 60, "INVOICE", size=22, bold=True)
    page.pairs(400, 490, 90, [("Invoice #", "10442"), ("Date", "03/04/2024"), ("Due Date", "04/03/2024")])
    page.text(50, 160, "Bill To", bold=True)
    page.lines(50, 175, ["Cascade Printing LLC", "77 Mill Street", "Salem, OR 97301"])
    page.text(300, 160, "Ship To", bold=True)
    page.lines(300, 175, ["Cascade Printing Warehouse", "9 Dock Road", "Salem, OR 97305"])
    y = page.table(
        250,
        [(50, "<Description"), (360, ">Qty"), (450, ">Unit Price"), (550, ">Amount")],
        [
            ["Copy paper, letter, case", "12", "$38.50", "$462.00"],
            ["Toner cartridge 85A", "4", "$71.25", "$285.00"],
            ["Delivery fee", "1", "$25.00", "$25.00"],
        ],
    )
    page.sums(400, 550, y + 20, [("Subtotal", "$772.00"), ("Sales Tax (8.25%)", "$63.69"), ("Total", "$835.69")])


def fr(page: Sheet) -> None:
    page.lines(50, 60, ["Atelier Dubreuil SARL", "14 rue des Tanneurs", "69005 Lyon", "Tél. : 04 72 11 22 33"])
    page.lines(50, 112, ["SIRET 802 954 785 00028", "N° TVA intracommunautaire : FR40303265045"], size=8)
    page.text(320, 60, "Facture n° F2024-118", size=14, bold=True)
    page.text(320, 80, "Date : 18/03/2024")
    page.text(320, 95, "Échéance : 17/04/2024")
    page.lines(320, 140, ["Mairie de Villeurbanne", "Place Lazare-Goujon", "69100 Villeurbanne"])
    y = page.table(
        240,
        [(50, "<Désignation"), (340, ">Qté"), (430, ">P.U. HT"), (545, ">Montant HT")],
        [
            ["Restauration de boiseries", "3", "1 250,00 €", "3 750,00 €"],
            ["Vernis au tampon", "2,5", "84,00 €", "210,00 €"],
        ],
        ruled=True,
    )
    page.sums(
        380,
        545,
        y + 25,
        [
            ("Total HT", "3 960,00 €"),
            ("TVA 20 %", "792,00 €"),
            ("Total TTC", "4 752,00 €"),
            ("Net à payer", "4 752,00 €"),
        ],
    )


def es(page: Sheet) -> None:
    page.text(50, 60, "FACTURA", size=20, bold=True)
    page.pairs(380, 470, 60, [("Nº Factura:", "2024/0087"), ("Fecha:", "15/03/2024"), ("Vencimiento:", "14/04/2024")])
    page.text(50, 110, "Emisor:", bold=True)
    page.lines(50, 124, ["Talleres Mendoza S.L.", "Calle Mayor 18", "28013 Madrid", "NIF: B58378431"])
    page.text(320, 110, "Cliente:", bold=True)
    page.lines(320, 124, ["Bodegas Rioja Alta S.A.", "Avenida de Logroño 5", "26200 Haro", "NIF: A28015865"])
    y = page.table(
        220,
        [(50, "<Concepto"), (330, ">Cantidad"), (430, ">Precio"), (545, ">Importe")],
        [
            ["Revisión de maquinaria", "4", "120,00", "480,00"],
            ["Filtro hidráulico", "10", "18,90", "189,00"],
            ["Desplazamiento", "1", "45,00", "45,00"],
        ],
    )
    page.sums(
        380, 545, y + 20, [("Base imponible", "714,00 €"), ("IVA 21%", "149,94 €"), ("Total factura", "863,94 €")]
    )


def it(page: Sheet) -> None:
    page.text(50, 60, "Fattura n. 45/2024 del 12/02/2024", size=14, bold=True)
    page.text(50, 100, "Cedente/prestatore")
    page.lines(50, 114, ["Officine Bianchi S.r.l.", "Via Garibaldi 22", "20121 Milano (MI)", "P.IVA IT00743110157"])
    page.text(320, 100, "Cessionario/committente")
    page.lines(320, 114, ["Ristorante Da Carlo", "Corso Italia 9", "16121 Genova (GE)", "P.IVA 01234567897"])
    y = page.table(
        210,
        [(50, "<Descrizione"), (300, ">Quantità"), (390, ">Prezzo unitario"), (440, ">IVA"), (545, ">Importo")],
        [
            ["Forno elettrico revisionato", "1", "2.400,00", "22%", "2.400,00"],
            ["Teglia in acciaio", "12", "14,50", "22%", "174,00"],
        ],
    )
    page.sums(
        360,
        545,
        y + 20,
        [("Imponibile", "€ 2.574,00"), ("IVA 22%", "€ 566,28"), ("Totale fattura", "€ 3.140,28")],
    )


def nl(page: Sheet) -> None:
    page.text(50, 60, "De Groene Tuin B.V.", size=15, bold=True)
    page.text(50, 76, "Keizersgracht 120 - 1015 CX Amsterdam - KvK 12345678 - BTW NL004495445B01", size=7)
    page.lines(50, 130, ["Hotel Zeezicht", "Boulevard 4", "2042 AD Zandvoort"])
    page.text(50, 210, "FACTUUR", size=16, bold=True)
    page.pairs(
        50, 150, 232, [("Factuurnummer", "2024-0312"), ("Factuurdatum", "4 april 2024"), ("Vervaldatum", "4 mei 2024")]
    )
    y = page.table(
        300,
        [(50, "<Omschrijving"), (360, ">Aantal"), (450, ">Prijs"), (545, ">Totaal")],
        [
            ["Onderhoud binnentuin", "8", "62,50", "500,00"],
            ["Lavendel, pot 2 liter", "40", "3,95", "158,00"],
        ],
    )
    page.sums(
        380,
        545,
        y + 20,
        [("Totaal excl. btw", "€ 658,00"), ("21% btw", "€ 138,18"), ("Totaal incl. btw", "€ 796,18")],
    )
    page.text(
        50, 760, "Gelieve te betalen op IBAN NL91 ABNA 0417 1643 00 onder vermelding van het factuurnummer.", size=8
    )


def pl(page: Sheet) -> None:
    page.right(545, 60, "Krakow, 21.05.2024")
    page.text(50, 90, "Faktura VAT nr FV/12/05/2024", size=14, bold=True)
    page.pairs(50, 160, 112, [("Data wystawienia:", "21.05.2024"), ("Termin platnosci:", "04.06.2024")])
    page.text(50, 160, "Sprzedawca", bold=True)
    page.lines(50, 174, ["Stolarnia Nowak sp. z o.o.", "ul. Lipowa 3", "30-702 Krakow", "NIP: 5261040828"])
    page.text(320, 160, "Nabywca", bold=True)
    page.lines(320, 174, ["Hotel Pod Orlem S.A.", "ul. Dluga 7", "00-238 Warszawa", "NIP: 7740001454"])
    y = page.table(
        270,
        [
            (50, "<Lp."),
            (75, "<Nazwa towaru lub uslugi"),
            (275, ">Ilosc"),
            (345, ">Cena netto"),
            (415, ">Wartosc netto"),
            (450, ">VAT"),
            (545, ">Wartosc brutto"),
        ],
        [
            ["1", "Stol debowy", "2", "1 800,00", "3 600,00", "23%", "4 428,00"],
            ["2", "Krzeslo tapicerowane", "8", "420,00", "3 360,00", "23%", "4 132,80"],
        ],
    )
    page.sums(
        350,
        545,
        y + 20,
        [
            ("Razem netto", "6 960,00 PLN"),
            ("Kwota VAT", "1 600,80 PLN"),
            ("Razem brutto", "8 560,80 PLN"),
            ("Do zaplaty", "8 560,80 PLN"),
        ],
    )


def pt(page: Sheet) -> None:
    page.lines(50, 60, ["Cerâmica do Norte, Lda.", "Rua das Flores 45", "4050-265 Porto", "NIF: 501964843"])
    page.text(340, 60, "Fatura nº FT 2024/77", size=13, bold=True)
    page.pairs(340, 450, 80, [("Data de emissão", "2024-06-03"), ("Vencimento", "2024-07-03")])
    page.text(340, 130, "Cliente")
    page.lines(340, 144, ["Café Central", "Praça do Comércio 2", "1100-148 Lisboa"])
    y = page.table(
        240,
        [(50, "<Designação"), (330, ">Quantidade"), (430, ">Preço unitário"), (545, ">Valor")],
        [["Azulejos pintados à mão", "120", "6,50", "780,00"], ["Transporte e montagem", "1", "95,00", "95,00"]],
    )
    page.sums(
        380, 545, y + 20, [("Total líquido", "875,00 EUR"), ("IVA (23%)", "201,25 EUR"), ("Total", "1.076,25 EUR")]
    )


def letter(page: Sheet) -> None:
    page.text(60, 130, "Dr. Ina Vogel · Lindenallee 8 · 50968 Köln", size=7)
    page.lines(60, 150, ["Stiftung Stadtbild", "Frau Petra Sommer", "Domstraße 12", "50668 Köln"])
    page.right(540, 230, "Köln, den 7. Mai 2024")
    page.text(60, 270, "Rechnung Nr. 2024-031", size=12, bold=True)
    page.lines(
        60,
        300,
        [
            "Sehr geehrte Frau Sommer,",
            "für das Gutachten zum Rathausplatz gemäß Vertrag vom 12. Januar 2024 berechne ich Ihnen:",
        ],
    )
    page.sums(
        90,
        480,
        345,
        [
            ("Honorar netto", "1.500,00 EUR"),
            ("zzgl. 19 % Umsatzsteuer", "285,00 EUR"),
            ("Rechnungsbetrag", "1.785,00 EUR"),
        ],
    )
    page.lines(
        60, 420, ["Bitte überweisen Sie den Betrag bis zum 21. Mai 2024.", "Mit freundlichen Grüßen", "Ina Vogel"]
    )
    page.text(60, 790, "USt-IdNr. DE136695976 · IBAN DE88 2008 0000 0970 3757 00 · vogel@gutachten.example", size=7)


def ch(page: Sheet) -> None:
    page.lines(330, 60, ["Alpina Technik AG", "Bahnhofstrasse 10", "8001 Zürich", "CHE-116.281.710 MWST"])
    page.lines(60, 150, ["Gemeinde Davos", "Berglistutz 1", "7270 Davos Platz"])
    page.text(60, 240, "Rechnung", size=18, bold=True)
    page.pairs(
        60,
        180,
        262,
        [("Rechnungsnummer", "RE-240611"), ("Rechnungsdatum", "11.06.2024"), ("Zahlbar bis", "11.07.2024")],
    )
    y = page.table(
        330,
        [(60, "<Pos."), (95, "<Bezeichnung"), (330, ">Menge"), (420, ">Einzelpreis"), (545, ">Betrag")],
        [
            ["1", "Pistenfahrzeug, Wartung\ngross, mit Ersatzteilen", "2", "4'850.00", "9'700.00"],
            ["2", "Hydrauliköl 20 l", "6", "112.50", "675.00"],
        ],
    )
    page.sums(
        360,
        545,
        y + 20,
        [("Total exkl. MWST", "CHF 10'375.00"), ("MWST 8.1 %", "CHF 840.40"), ("Total inkl. MWST", "CHF 11'215.40")],
    )


def uk(page: Sheet) -> None:
    page.right(545, 60, "Harbour & Sons Ltd", size=16, bold=True)
    page.right(545, 76, "3 Quay Lane, Bristol BS1 4RW")
    page.right(545, 90, "VAT Reg No: GB 123 4567 89")
    page.text(50, 130, "To:")
    page.lines(50, 145, ["The Lighthouse Trust", "Cliff Road", "Whitby YO22 4JT"])
    for place, (label, value) in enumerate(
        [("Invoice Number", "INV-0923"), ("Invoice Date", "12 Feb 2024"), ("Payment Due", "13 Mar 2024")]
    ):
        page.text(50 + place * 170, 220, label, bold=True)
        page.text(50 + place * 170, 235, value)
    page.table(
        280,
        [(50, "<Item"), (340, ">Hours"), (430, ">Rate"), (545, ">Line total")],
        [
            ["Lamp room glazing survey", "6.5", "£85.00", "£552.50"],
            ["Report and drawings", "4", "£85.00", "£340.00"],
        ],
    )
    page.sums(50, 260, 400, [("Net amount", "£892.50"), ("VAT @ 20%", "£178.50"), ("Total due", "£1,071.00")])


def long(page: Sheet) -> None:
    columns = [(50, "<Pos"), (90, "<Artikel"), (340, ">Menge"), (430, ">Preis"), (545, ">Gesamt")]
    rows = [[str(n), f"Werkstück Nummer {n}", str(n), "10,00", f"{n * 10},00"] for n in range(1, 41)]
    page.lines(50, 50, ["Metallbau Kern GmbH", "Industriestr. 4", "70565 Stuttgart", "USt-IdNr.: DE136695976"])
    page.text(300, 50, "Käufer:")
    page.lines(300, 63, ["Maschinen Roth KG", "Am Kanal 9", "68159 Mannheim"])
    page.text(50, 140, "Rechnung 77-2024", size=14, bold=True)
    page.text(300, 140, "Rechnungsdatum: 30.09.2024")
    page.table(180, columns, rows[:30], pitch=18)
    page.text(50, 780, "Übertrag")
    page.right(545, 780, "4.650,00")
    page.next_page()
    y = page.table(60, columns, rows[30:], pitch=18)
    page.sums(
        350,
        545,
        y + 20,
        [("Summe netto", "8.200,00 EUR"), ("MwSt 19%", "1.558,00 EUR"), ("Gesamtbetrag", "9.758,00 EUR")],
    )


def au(page: Sheet) -> None:
    page.text(50, 60, "TAX INVOICE", size=18, bold=True)
    page.lines(50, 90, ["Coastal Electrical Pty Ltd", "8 Wattle St", "Sydney NSW 2000", "ABN 51 824 753 556"])
    page.text(340, 90, "Invoice to:")
    page.lines(340, 105, ["Bondi Surf Club", "1 Queen Elizabeth Dr", "Bondi Beach NSW 2026"])
    page.pairs(340, 440, 170, [("Invoice No:", "CE-5512"), ("Date:", "09/07/2024"), ("Due:", "23/07/2024")])
    y = page.table(
        240,
        [(50, "<Description of services"), (545, ">Amount (AUD)")],
        [["Switchboard upgrade", "1,250.00"], ["Safety inspection", "180.00"]],
    )
    page.sums(350, 545, y + 20, [("Subtotal", "1,430.00"), ("GST 10%", "143.00"), ("Total AUD", "1,573.00")])


def credit(page: Sheet) -> None:
    page.lines(50, 60, ["Buchhandel Stern OHG", "Marktplatz 2", "99423 Weimar", "Tel. 03643 123456"])
    page.lines(50, 150, ["An", "Schule am Park", "Parkweg 1", "99425 Weimar"])
    page.text(50, 240, "Gutschrift Nr. GS-2024-9", size=14, bold=True)
    page.text(400, 240, "Datum: 02.08.2024")
    y = page.table(
        280,
        [(50, "<Bezeichnung"), (340, ">Anzahl"), (430, ">Einzelpreis"), (545, ">Gesamtpreis")],
        [["Atlas, Rückgabe", "3", "24,90", "74,70-"]],
    )
    page.sums(350, 545, y + 20, [("Netto", "74,70-"), ("7% MwSt", "5,23-"), ("Summe", "79,93- €")])
