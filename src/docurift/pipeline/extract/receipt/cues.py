"""What the lines of receipts are told by: words of names, addresses and totals in the languages of their countries."""

import re
import unicodedata
from typing import Final


def _any(words: str, *, before: str = r"(?<![^\W_])", after: str = r"(?![^\W_])") -> re.Pattern[str]:
    """One of the expressions in `words`, a line each or divided by bars, as words of their own."""
    return re.compile(before + "(?:" + "|".join(part.strip() for part in words.split("|")) + ")" + after)


def folded(text: str) -> str:
    """`text` in small letters without accents, character for character, so that places stay what they were."""
    return "".join(_fold(c) for c in text)


def _fold(character: str) -> str:
    if character < "\x80":
        return character.lower()
    base = unicodedata.normalize("NFKD", character)[0].lower()
    return base if len(base) == 1 else character


# The forms of companies, as they end a name.
COMPANY: Final = _any(
    r"s\.?d\.?n\.?\s?[.,]?\s?b\.?h\.?d\.?|s/b|sb|bhd|berhad|ltd\.?|limited|llc|l\.l\.c\.|inc\.?|corp\.?|corporation"
    r"|plc|llp|pte|pty"
    r"|gmbh|ag|kg|ohg|ug|e\.?\s?k\.?|mbh|gbr|co\.?\s?kg|sarl|s\.a\.r\.l\.?|sas|s\.a\.s\.?|sasu|eurl|snc|s\.n\.c\.?"
    r"|s\.?r\.?l\.?|s\.p\.a\.?|spa|s\.a\.s|s\.a\.?|s\.?l\.?u?\.?|b\.?v\.?|n\.?v\.?|vof|v\.o\.f\."
    r"|sp\.?\s?z\.?\s?o\.?\s?o\.?|s\.?\s?j\.|sp\.?\s?k\.?|s\.r\.o\.|a\.s\.|aps|a/s|ab|oy|oyj|asa|kft\.?|zrt\.?"
    r"|d\.o\.o\.|lda\.?|ltda\.?"
    r"|unipessoal|co\.|company"
)
# What shops call themselves.
BUSINESS: Final = _any(
    r"restaurant|restoran|ristorante|restaurante|restauracja|bistro|cafe|kafe|coffee|caffe|bar|pub|pizzeria"
    r"|trattoria|osteria|gasthaus|gasthof"
    r"|brasserie|kitchen|food|foods|foodicious|seafood|noodle|bakery|boulangerie|backerei|panaderia|panificio"
    r"|panadaria|piekarnia|bakkerij"
    r"|konditorei|metzgerei|fleischerei|boucherie|carniceria|macelleria|market|markt|supermarket|supermarkt"
    r"|supermercado|supermercato"
    r"|supermarche|minimarket|mini\s?market|mart|hypermarket|grocer|grocery|grocers|store|stores|shop|sklep|winkel"
    r"|tienda|negozio|laden|loja"
    r"|pharmacy|farmasi|pharmacie|apotheke|farmacia|apteka|apotheek|drogerie|clinic|klinik|dental|optical|bookstore"
    r"|bookstores|books|buchhandlung"
    r"|librairie|libreria|stationery|alat\s?tulis|hardware|electrical|elektrik|electronics|furniture|furnishing"
    r"|motor|motors|auto|garage|tyre|petrol|station|tankstelle"
    r"|service|services|trading|enterprise|enterprises|perniagaan|perusahaan|syarikat|kedai|pasaraya|pasar"
    r"|marketing|retail|supply|supplies"
    r"|industries|holdings|group|house|hotel|inn|resort|spa|salon|florist|florists|jewellery|jeweller|fashion"
    r"|boutique|mode|moda|collection"
    r"|pet|parking|car\s?park|cash\s?&\s?carry|bros|brothers|sons|packaging|handicraft|gift|gifts|toys|sport|sports"
    r"|cinema|theatre|laundry"
)
STREET: Final = _any(
    r"jalan|jln|jl|lorong|lrg|lebuh|lebuhraya|persiaran|psn|pesiaran|taman|tmn|bandar|kampung|kg|mukim|kawasan"
    r"|seksyen|sek|desa|dataran|pusat|medan|batu|bukit|sungai"
    r"|lot|no|no\.|unit|suite|block|blok|level|tingkat|ground floor|floor|flr|g/f|lg|ug|basement|plaza|mall"
    r"|shopping|centre|center|complex|kompleks|bangunan|wisma|menara|tower|park|square"
    r"|street|st\.?|road|rd\.?|avenue|ave\.?|lane|drive|dr\.?|boulevard|blvd\.?|highway|hwy|way|court|place|close"
    r"|crescent|parade|terrace|quay"
    r"|rue|chemin|allee|impasse|quai|cours|place|av\.?|bd\.?|calle|c/|avda\.?|avenida|plaza|paseo|via|viale|piazza"
    r"|corso|vicolo|largo"
    r"|ul\.?|ulica|al\.?|aleja|os\.?|pl\.?|rua|travessa|praca|estrada"
)
_GERMANIC: Final = re.compile(
    r"[^\W\d_](?:strasse|stra\u00dfe|str\.?|weg|platz|gasse|allee|ring|damm|ufer|markt|straat|laan|plein|gracht"
    r"|kade|weg|gatan|vagen|vej|veien|gade)(?![^\W_])"
    r"|(?<![^\W_])(?:am|an der|im|auf der|zum|zur)\s[^\W\d_]+.*\d"
)
# States and great cities that stand in an address without a postal code.
REGION: Final = _any(
    r"johor|kedah|kelantan|melaka|malacca|negeri sembilan|n\.?\s?sembilan|pahang|perak|perlis|pulau pinang|penang"
    r"|sabah|sarawak|selangor|s'gor"
    r"|terengganu|kuala lumpur|k\.?l\.?|w\.?p\.?|wilayah persekutuan|putrajaya|labuan|darul ehsan|darul takzim"
    r"|petaling jaya|p\.?j\.?|shah alam|ipoh"
    r"|malaysia|singapore|indonesia|jakarta|london|new york|berlin|munchen|hamburg|wien|zurich|paris|lyon|madrid"
    r"|barcelona|roma|milano"
    r"|amsterdam|rotterdam|bruxelles|brussel|lisboa|porto|warszawa|krakow|praha|dublin|deutschland|germany|france"
    r"|espana|italia|nederland"
    r"|polska|portugal|osterreich|schweiz|suisse|svizzera|united kingdom|uk|usa|australia|canada|ireland"
)
POSTCODE: Final = re.compile(
    r"(?<![\d.,/-])(?:[a-z]{1,2}-)?\d{5}(?![\d.,/-]*\d)|(?<![^\W_])[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}(?![^\W_])"
    r"|(?<!\d)\d{2}-\d{3}(?!\d)"
    r"|(?<![^\W_])\d{4}\s?[a-z]{2}\s[a-z]|(?<!\d)\d{4}-\d{3}(?!\d)|(?<![\d.,/-])\d{6}(?![\d.,/-]*\d)"
    r"|^(?:[a-z]{1,2}-)?\d{4}\s[^\W\d]{3}"
)
# The numbers a company has by the state.
REGISTERED: Final = re.compile(
    r"(?<![^\W_])(?:g\.?s\.?t\.?\s*(?:id|reg|no|number|tax|/|#|:)|sst\s*(?:id|reg|no)|vat\s*(?:id|reg|no|number|#"
    r"|:)|tax\s*(?:id|reg|no)|tin\b|abn\b|acn\b"
    r"|co\.?[\s-]*(?:reg|no)\b|company\s*(?:reg|no)|comp\.?\s*reg|reg(?:istration)?\.?\s*(?:no|number)"
    r"|business\s*reg|roc\b|brn\b|br\s*no|cbp\b"
    r"|ust\.?-?\s*id|ustid|steuer-?\s?(?:nr|nummer)|st\.?-?nr|uid\b|hrb\b|siret|siren|naf\b|ape\b|tva\b"
    r"|n[o°]?\.?\s*tva|rcs\b|p\.?\s?iva|partita\s*iva|c\.?f\.?\s*[:\d]"
    r"|cod\.?\s*fisc|nif\b|cif\b|n\.?i\.?f\.?\s*[:.\d]|contribuinte|nip\b|regon|btw\b|kvk\b|ico\b|dic\b|org\.?\s?nr"
    r"|cvr\b|cnpj|rfc\b|ein\b)"
)
REGISTRATION_NUMBER: Final = re.compile(
    r"^\W*(?:\(?\s*(?:[a-z]{2}\s?)?\d{4,12}\s*[-_]?\s*[a-z0-9]\s*\)?)\W*$|^\W*[(<{\[]\s*[a-z0-9 .:-]{5,24}[)>}\]]\W*$"
)
PHONE: Final = _any(
    r"tel|tel\.?\s?no|tele?phone|telefon|telefono|telefone|tel\.|phone|ph|mobile|handy|h/p|hp|fax|faks|hotline"
    r"|care\s?line|contact|whatsapps?|tlf|tlfn|puh|t:|f:"
)
WEB: Final = re.compile(
    r"www\.|https?:|@\w|\.com\b|\.(?:de|fr|it|es|pl|nl|pt|my|uk|org|net)(?:\b|/)|e-?mail|facebook|instagram|website"
    r"|wifi"
)
PAPER: Final = _any(
    r"invoice|invois|receipt|resit|bill|cash\s?(?:sale|sales|bill)|tax\s?invoice|guest\s?check|check|order|table"
    r"|meja|pax|cashier|kassier|caissier|cajero|cassiere|kasjer"
    r"|served?|server|waiter|terminal|pos|counter|kasse|caisse|caja|cassa|kasa|trans|transaction|trn|doc|document"
    r"|ref|slip|customer|member|date|datum|fecha|data|time|zeit|heure|hora|ora"
    r"|rechnung|quittung|beleg|bon|kassenbon|kassenbeleg|facture|ticket|recu|note|factura|recibo|scontrino|ricevuta"
    r"|fattura|documento commerciale|paragon|faktura|kassabon|fatura|recibo"
    r"|item|items|qty|description|price|amount|total|subtotal|duplicate|copy|station|site|shift|reg\s?#|operator"
    r"|salesperson|business\s?hours?|shopping\s?hours"
)
GREETING: Final = _any(
    r"welcome|thank|thanks|tq|willkommen|danke|vielen\s?dank|bienvenue|merci|bienvenido|bienvenidos|gracias"
    r"|benvenuti|grazie|welkom|bedankt|obrigado|obrigada|bem-vindo|witamy|dziekujemy|terima\s?kasih|selamat|goods"
    r"|please"
)
OWNED: Final = re.compile(
    r"^\W*(?:(?:owned|own|operated|managed|run)\s+by|owner|inh(?:aber)?\.?|licensee|formerly|f\.?k\.?a\.?"
    r"|trading\s+as|t/a|a\s+member\s+of|branch|cawangan|filiale)(?![^\W_])"
)

# Labels of amounts. Whatever is none of these is a thing that was sold.
TOTAL: Final = _any(
    r"total[ei]?|totaal|summe|gesamt|gesamtbetrag|gesamtsumme|endbetrag|endsumme|zu\s?zahlen|zahlbetrag"
    r"|rechnungsbetrag|betrag|a\s?payer|net\s?a\s?payer|montant|total\s?ttc|importe|a\s?pagar|importo"
    r"|totale\s?complessivo"
    r"|te\s?betalen|suma|suma\s?pln|do\s?zaplaty|razem|celkem|k\s?uhrade|att\s?betala|totalt|summa|i\s?alt|yhteensa"
    r"|fizetendo|osszesen|balance\s?due|balance|amount\s?due|amount\s?payable|net\s?(?:amount|amt|pay(?:able)?)"
    r"|jumlah|amaun|bill\s?(?:amount|amt)|amt|amount|due|pay\s?this"
)
GRAND: Final = _any(
    r"grand\s?total|net\s?total|total\s?(?:due|payable|amount|amt|sales|rm|eur|usd|gbp|pln|ttc|chf|sgd)?\s?"
    r"|total\s?incl\w*|gesamtbetrag|zu\s?zahlen|zahlbetrag|endbetrag|a\s?payer|total\s?a\s?pagar"
    r"|totale\s?complessivo|te\s?betalen|do\s?zaplaty|suma\s?pln|amount\s?due|balance\s?due|att\s?betala"
    r"|nett?\s?total"
)
ROUNDED: Final = _any(
    r"(?:total|tot|amt|amount|net)\W*(?:\w+\W+){0,2}?[rt]ound(?:ed|ing)?|after\s?r\w*nd\w*|rounded\s?(?:total"
    r"|amount)|rounded|gerundet|arrondi"
)
ROUNDING: Final = _any(
    r"r(?:ou|o|u)?nd(?:ing|g)?\.?\s*(?:adj\w*|amt|amount|off|diff\w*)?|rounding\w*|pembundaran|pelarasan|rundung\w*"
    r"|arrondi|arrotondamento|redondeo|afronding|zaokraglenie|avrundning|oresavrundning"
)
SUBTOTAL: Final = _any(
    r"sub\W?\s?total\w*|subtot\w*|zwischensumme|zw\W?summe|sous\W?total|total\s?(?:partiel|ht|h\.t\.?)|sub\W?totale"
    r"|subtotaal|base\s?imponible|imponibile|netto|nettobetrag|nettosumme|montant\s?ht|base|delsumma|podsuma"
    r"|suma\s?netto|tot\w*\s?(?:\(?\s?)?excl\w*"
)
TAX: Final = _any(
    r"(?:total\s?)?(?:g\W?s\W?t|s\W?s\W?t|v\W?a\W?t|tax(?:es)?|mwst|m\Ww\Wst|mwst\.?|ust|u\Wst|umsatzsteuer|steuer"
    r"|tva|t\.v\.a\.?|iva|i\.v\.a\.?|btw|moms|ptu|kwota\s?ptu|suma\s?ptu|vat\s?amount|dph|afa|alv|service\s?tax"
    r"|sales\s?tax|hst|pst|mva)"
)
EXCLUSIVE: Final = _any(
    r"excl\w*|exc|exclu\w*|before|w/o|without|ohne|hors|excluding|sin|senza|esclusa|bez|ht|h\.t\.?|netto|net\s?of"
)
INCLUSIVE: Final = _any(
    r"incl\w*|inc|inci\w*|including|inclusive|with|inkl\w*|ttc|t\.t\.c\.?|comprise|incluido|inclusa|compreso|brutto"
    r"|incl\.?"
)
PAID: Final = _any(
    r"cash|tunai|bar|bargeld|especes|espece|efectivo|contanti|contante|contant|gotowka|dinheiro|numerario|kontant"
    r"|hotovost|paid|payment|tender(?:ed)?|tend|accepted|received|recd|amt\s?recd|gegeben|erhalten|recu|entregado"
    r"|recibido|pagato|pagado|betaald|zaplacono|customer'?s?\s?payment"
    r"|visa|visa\s?card|master|mastercard|master\s?card|amex|maestro|debit|credit|card|karte|ec-?karte|girocard"
    r"|ec-?cash|carte|carte\s?bancaire|cb|tarjeta|carta|bancomat|pin|karta|cartao|multibanco|mbway|paypal|wallet"
    r"|e-?wallet|tng|boost|grabpay|nets|contactless|kontaktlos|sans\s?contact|twint|blik|ideal|swish|apple\s?pay"
    r"|google\s?pay"
)
CHANGE: Final = _any(
    r"change|chg|change\s?due|baki|ruckgeld|zuruck|wechselgeld|rendu|monnaie|rendu\s?monnaie|a\s?rendre|cambio"
    r"|vuelto|su\s?cambio|resto|wisselgeld|terug|reszta|troco|vaxel|tilbage|byttepenge|vraceno"
)
SAVED: Final = _any(
    r"discount\w*|disc|disco?unt|saving|savings|saved|rebate|rabatt|remise|reduction|descuento|sconto|korting|rabat"
    r"|opust|desconto|voucher|gutschein|coupon|points?|punkte|prev\s?balance|balance\s?b/f|deposit|pfand|member"
    r"|loyalty|lbl|opening"
)
COUNTED: Final = _any(
    r"(?:total\s?)?(?:qty|quantity|quantit\w*|item\s?s?|items?|pcs|pieces|kuantiti|articles?|artikel|posten"
    r"|positionen|anzahl|articulos|nb|unit|units|no\.?\s?of|count|kgs?|litres?|liters?)(?:\(?s\)?)?"
)
SERVICE: Final = _any(
    r"serv\w*\.?\s?(?:charge|chg|chrg)|svc\.?\s?(?:chg|charge|chrg)?|service|servizio|coperto|tip|gratuity"
    r"|trinkgeld|pourboire|propina|delivery|shipping|postage"
)
SUMMARY: Final = _any(
    r"(?:gst|tax|sst|vat|mwst|tva|iva|btw|ptu)\W{0,3}(?:summary|analysis|detail\w*|rate|code|breakdown|spec\w*)"
    r"|summary|analysis|tax\s?code|tax\s?rate|rate\s?%|steuersatz|taux|base\s?tva|aliquota|tipo|desglose|riepilogo"
    r"|stawka|amount\(rm\)\s*tax|goods"
)
# The head of a table of taxes, under which totals are printed again without them.
TAXES: Final = re.compile(
    r"(?:gst|tax|sst|vat|mwst|tva|iva|btw|ptu)\W{0,3}(?:summary|analysis|detail|breakdown|spec)|summary|riepilogo"
    r"|desglose"
    r"|\bnet(?:to)?\b.*\bbrut|\bht\b.*\bttc\b"
)
DATED: Final = _any(
    r"date|datum|dato|fecha|data|tarikh|dated|bizdate|biz\s?date|inv\w*\s?date|sales?\s?date|trans\w*\s?date"
    r"|bill\s?date|rechnungsdatum|belegdatum|kaufdatum|le|du|datetime|date/time|date\s?&\s?time|den|dzien"
)
UNDATED: Final = _any(
    r"exp\w*|valid\w*|due|until|before|bis|gultig|print\w*|prn\s?on|prn|since|effective|from|return\w*|exchange"
    r"|birth|dob|delivery|lieferdatum|scad\w*|validade|wazne|next|promo\w*|warranty|garantie|liefer\w*|posted"
)
TIMED: Final = _any(r"time|zeit|uhrzeit|uhr|heure|hora|ora|masa|tijd|godz\w*|godzina|kl\.?|klockan|tid")


def is_street(line: str) -> bool:
    """Whether the folded `line` has a word that streets, buildings or their parts are called by."""
    return STREET.search(line) is not None or _GERMANIC.search(line) is not None


DAY: Final = re.compile(
    r"(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d{2}(?!\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)|(?<!\d)20\d{2}-\d{2}-\d{2}"
)
PRICE: Final = re.compile(r"(?<![\d.,])\d{1,6}[.,]\d{2}(?![\d.,/-])")
