"""Looks at the page that the person gets: the validator looks at its status only."""

import re

from lxml import html

# SPID-RT, messaggi di errore: what the person must read when the provider reports an
# anomaly of the user.
ANOMALIES = {
    "104": "Autenticazione fallita per ripetuta sottomissione di credenziali errate",
    "105": "Utente privo di credenziali compatibili con il livello di autenticazione richiesto",
    "106": "Timeout durante l’autenticazione utente",
    "107": "L’utente nega il consenso all’invio di dati al fornitore del servizio",
    "108": "Utente con identità sospesa, revocata o con credenziali bloccate",
    "111": "Processo di autenticazione annullato dall’utente",
}
# CIE has words of its own for some, the general page for the others, which it reserves.
CARD_ANOMALIES = {
    "106": "L’accesso con CIE è durato troppo",
    "107": "Non hai dato il consenso all’invio dei dati",
    "108": "La tua CIE è scaduta o è stata revocata",
    "111": "Hai annullato l’accesso con CIE",
}
# The validator's person, as the first entry must show them. // spid-sp-test, responses/settings.py
PERSON = ("Stai entrando come SpidValidator AgID", "Sei tu?", "GDASDV00A01H501J", "spid.tech@agid.gov.it")
REFERENCE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")


def judge(tally, round_, case, name, lines):
    label = f"{round_.name} pages"
    dumps = [p for p in round_.pages.glob(f"{case.id}_*.html")]
    if len(dumps) != 1:
        tally.check(label, False, f"{name}: one page, not {len(dumps)}")
        return
    text = dumps[0].read_text(encoding="utf-8")
    # The validator writes the answer before the page.
    page = html.fromstring(text[text.rfind("<html"):])
    tally.check(label, page.get("lang") == "it", f"{name}: the page is in Italian")
    said = " ".join(" ".join(page.xpath("//main//text()")).split())
    if case.accepted:
        judge_entry(tally, round_, label, name, page, said)
    else:
        judge_refusal(tally, round_, case, name, page, said, lines)


def judge_entry(tally, round_, label, name, page, said):
    """Let in means: on the way to an account, as the person of the answer."""
    for words in round_.world.person:
        tally.check(label, words in said, f"{name}: the first entry says {words!r}: {said[:200]!r}")
    forms = page.xpath("//main//form[@method='post' and contains(@action, '/welcome')]//input[@name='notice']")
    tally.check(label, len(forms) == 1, f"{name}: the first entry can be confirmed")
    tally.check(label, not page.xpath("//*[@class='atrio-reference']"), f"{name}: this is no error page")


def judge_refusal(tally, round_, case, name, page, said, lines):
    label = f"{round_.name} pages"
    tally.check(label, not any(words in said for words in PERSON), f"{name}: nothing of a refused answer is shown")
    tally.check(label, len(page.xpath("//main//h1")) == 1 and len(page.xpath("//main//p[@class='lead']")) == 1, f"{name}: the page says what happened")
    again = page.xpath("//main//a[starts-with(normalize-space(), 'Riprova')]/@href")
    tally.check(label, len(again) == 1 and f"/{round_.world.name}/login?" in again[0], f"{name}: the page offers another try")
    if case.id in round_.world.anomalies:
        tally.check(label, round_.world.anomalies[case.id] in said, f"{name}: the words of the rules: {said[:200]!r}")
    code = "".join(page.xpath("//*[@class='atrio-reference']//code/text()"))
    tally.check(label, bool(REFERENCE.fullmatch(code)), f"{name}: a reference number, not {code!r}")
    entries = [line for line in lines if line.reference == code]
    right = len(entries) == 1 and entries[0].issuer == round_.entity and not entries[0].accepted
    tally.check(f"{round_.name} audit", right, f"{name}: one audit line with the reference {code}")
    if right:
        tally.check(f"{round_.name} audit", entries[0].reason == case.reason, f"{name}: refused for {case.reason}, not {entries[0].reason}")
