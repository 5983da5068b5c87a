"""More sample invoices, drawn after the rules were written, to see what the rules had not thought of."""

from tests.support.invoices import Sheet


def us_balance(page: Sheet) -> None:

    page.text(50, 60, "Blue Ridge Landscaping, Inc.", size=14, bold=True)
    page.lines(50, 76, ["P.O. Box 1182", "Asheville, NC 28802"])
    page.right(560, 60, "Invoice", size=24, bold=True)
    page.text(400, 100, "Date", bold=True)
    page.text(490, 100, "Invoice #", bold=True)
    page.text(400, 115, "11/2/2023")
    page.text(490, 115, "2217")
    page.text(50, 150, "BILL TO", bold=True)
    page.lines(50, 165, ["Mrs. Helen Carter", "18 Oak Hill Lane", "Asheville, NC 28804"])
    page.text(400, 150, "P.O. No.")
    page.text(480, 150, "Terms")
    page.text(400, 165, "A-99")
    page.text(480, 165, "Net 30")
    page.table(
        240,
        [(50, "<Quantity"), (120, "<Description"), (450, ">Rate"), (560, ">Amount")],
        [["6", "Mowing, front lawn", "45.00", "270.00"], ["1", "Fall cleanup", "180.00", "180.00"]],
    )
    page.sums(420, 560, 600, [("Total", "$450.00"), ("Payments/Credits", "$-100.00"), ("Balance Due", "$350.00")])


def de_foot(page: Sheet) -> None:

    page.right(545, 50, "softwerk kollektiv eG", size=14, bold=True)
    page.lines(60, 140, ["Museum für Technik", "z. Hd. Frau Ott", "Hafenallee 1", "20457 Hamburg"])
    page.pairs(
        360,
        470,
        140,
        [
            ("Rechnungs-Nr.", "SK-1093"),
            ("Rechnungsdatum", "03.02.2025"),
            ("Kunden-Nr.", "20044"),
            ("Leistungszeitraum", "Januar 2025"),
        ],
    )
    page.text(60, 260, "Rechnung", size=14, bold=True)
    y = page.table(
        290,
        [(60, "<Pos."), (95, "<Leistung"), (350, ">Std."), (430, ">Satz"), (545, ">Betrag")],
        [
            ["1", "Beratung Ausstellungssoftware", "12,5", "110,00 €", "1.375,00 €"],
            ["2", "Programmierung\nSchnittstelle Archiv", "30", "95,00 €", "2.850,00 €"],
        ],
    )
    page.sums(
        350,
        545,
        y + 20,
        [("Zwischensumme", "4.225,00 €"), ("zzgl. 19% MwSt.", "802,75 €"), ("Rechnungsbetrag", "5.027,75 €")],
    )
    page.text(60, y + 90, "Zahlbar bis 17.02.2025 ohne Abzug.")
    page.lines(60, 790, ["softwerk kollektiv eG", "Lagerstr. 5", "20357 Hamburg"], size=7, pitch=9)
    page.lines(220, 790, ["Tel. 040 998877", "post@softwerk.example"], size=7, pitch=9)
    page.lines(380, 790, ["USt-IdNr.: DE136695976", "IBAN DE88 2008 0000 0970 3757 00"], size=7, pitch=9)


def de_till(page: Sheet) -> None:

    page.text(60, 50, "Café Morgenrot GmbH", size=12, bold=True)
    page.lines(60, 66, ["Kastanienallee 85", "10435 Berlin", "USt-IdNr. DE136695976"])
    page.text(60, 120, "Rechnung Nr. 5581")
    page.text(60, 134, "Datum: 14.06.2024")
    page.sums(60, 300, 160, [("2 x 3,50 Milchkaffee", "7,00"), ("1 x 9,80 Frühstück klein", "9,80")])
    page.sums(60, 300, 200, [("Netto", "14,12"), ("MwSt 19%", "2,68"), ("Summe EUR", "16,80")])


def fr_fees(page: Sheet) -> None:

    page.lines(
        50, 60, ["Claire Fontaine", "Traductrice", "8 impasse du Moulin", "44000 Nantes", "SIRET 512 345 678 00019"]
    )
    page.text(50, 170, "NOTE D'HONORAIRES n° 2024-07", size=13, bold=True)
    page.text(50, 188, "Nantes, le 2 juillet 2024")
    page.text(320, 120, "Éditions du Large")
    page.lines(320, 133, ["25 quai de la Fosse", "44100 Nantes"])
    y = page.table(
        230, [(50, "<Prestation"), (545, ">Montant")], [["Traduction du roman, 240 feuillets", "4 320,00 €"]]
    )
    page.sums(350, 545, y + 20, [("Total à payer", "4 320,00 €")])
    page.text(50, y + 60, "TVA non applicable, art. 293 B du CGI", size=8)


def es_retention(page: Sheet) -> None:

    page.text(50, 60, "Factura nº 17/2024", size=14, bold=True)
    page.text(50, 80, "Fecha: 1 de octubre de 2024")
    page.lines(50, 110, ["Lucía Herrero Sanz", "C/ Olmo 3, 2º B", "37001 Salamanca", "NIF 54362315K"])
    page.text(320, 110, "Facturar a:")
    page.lines(320, 124, ["Gráficas Duero S.L.", "Pol. Ind. Norte, nave 4", "47012 Valladolid", "CIF B58378431"])
    y = page.table(
        230,
        [(50, "<Descripción"), (545, ">Importe")],
        [["Diseño de catálogo", "1.200,00 €"], ["Corrección de textos", "300,00 €"]],
    )
    page.sums(
        350,
        545,
        y + 20,
        [
            ("Base imponible", "1.500,00 €"),
            ("IVA 21%", "315,00 €"),
            ("Retención IRPF 15%", "-225,00 €"),
            ("Total", "1.590,00 €"),
        ],
    )


def sv_moms(page: Sheet) -> None:

    page.text(50, 60, "Faktura", size=18, bold=True)
    page.pairs(
        340, 450, 60, [("Fakturanummer", "30218"), ("Fakturadatum", "2024-11-05"), ("Förfallodatum", "2024-12-05")]
    )
    page.lines(50, 100, ["Norrlands Trä AB", "Skogsvägen 4", "903 32 Umeå"])
    page.lines(340, 140, ["Byggfirman Ek AB", "Storgatan 10", "111 51 Stockholm"])
    y = page.table(
        230,
        [(50, "<Beskrivning"), (340, ">Antal"), (430, ">Pris"), (545, ">Belopp")],
        [["Furuplank 45x195", "120", "89,50", "10 740,00"], ["Frakt", "1", "950,00", "950,00"]],
    )
    page.sums(
        350, 545, y + 20, [("Summa exkl moms", "11 690,00"), ("Moms 25%", "2 922,50"), ("Att betala", "14 612,50 kr")]
    )
    page.text(50, 790, "Norrlands Trä AB  Org.nr 556188-8404  Momsreg.nr SE556188840401", size=7)


def uk_from_to(page: Sheet) -> None:

    page.text(50, 50, "INVOICE", size=20, bold=True)
    page.text(50, 90, "From", bold=True)
    page.text(220, 90, "To", bold=True)
    page.text(400, 90, "Details", bold=True)
    page.lines(50, 105, ["Maple Studio Ltd", "12 Hill Road", "Leeds LS1 4AP"])
    page.lines(220, 105, ["Orchard Foods plc", "Unit 7, Park Way", "York YO1 7HH"])
    page.pairs(400, 480, 105, [("Number", "MS-881"), ("Issued", "1 June 2024"), ("Due", "1 July 2024")])
    y = page.table(
        220,
        [(50, "<Service"), (300, ">Days"), (400, ">Day rate"), (545, ">Cost")],
        [["Brand workshop", "2", "£650.00", "£1,300.00"], ["Packaging design", "5", "£600.00", "£3,000.00"]],
    )
    page.sums(380, 545, y + 20, [("Net", "£4,300.00"), ("VAT (20%)", "£860.00"), ("Gross", "£5,160.00")])


def us_parts(page: Sheet) -> None:

    page.text(50, 50, "Parts Direct Corp.", size=14, bold=True)
    page.text(50, 66, "4410 Industrial Pkwy, Dayton, OH 45404 | (937) 555-0119 | parts@partsdirect.example", size=8)
    page.right(560, 50, "INVOICE", size=20, bold=True)
    page.pairs(400, 480, 90, [("Invoice No.", "PD-20981"), ("Invoice Date", "Aug 9, 2024"), ("Order No.", "SO-4471")])
    page.text(50, 110, "Sold To:")
    page.lines(50, 124, ["Miller Machine Works", "901 Foundry St", "Toledo, OH 43604"])
    y = page.table(
        200,
        [(50, "<Item #"), (120, "<Description"), (360, ">Qty"), (440, ">Price Each"), (560, ">Ext. Price")],
        [
            ["BRG-6204", "Ball bearing 20x47x14", "24", "4.15", "99.60"],
            ["SEAL-12", "Shaft seal 12 mm", "10", "2.80", "28.00"],
        ],
    )
    page.sums(
        400,
        560,
        y + 20,
        [("Subtotal", "127.60"), ("Shipping", "15.00"), ("Sales Tax", "9.25"), ("Invoice Total", "$151.85")],
    )
