"""Invented workplace posts, labelled by hand: does the writer ask something that others could answer?

``?`` at the start of a line marks a question, ``.`` anything else: statements, greetings, check-backs,
rhetorical exclamations, links and code with a question mark. Written as people write, not after the
rule's word lists.
"""

from __future__ import annotations

LABELLED = {
    "en": """
? Which form do I need for a customer in Chile?
? Morning all, is the staging server down for anybody else?
? Could someone from finance check invoice 4411?
? Any idea why the import stops after 500 rows?
? We have a hospital that wants to pay quarterly. Has anyone done that before?
? Where did the old price list go?
? Do we still ship to Norway on Fridays?
? What's the process when a contract has expired?
? Hi team, quick one: who approves discounts above 15 percent?
? I'm stuck with the VPN, can anybody help?
? Is there a template for the weekly report or do I make my own?
? How long does a warranty claim usually take?
? Does the new scanner read both sides?
? Thoughts on moving the stand-up to ten?
? Anyone using the beta on a Mac?
? When exactly does the freeze start, Monday or Tuesday?
? So the supplier says no. What would you do in that case?
? Shall we invite the auditors to the demo?
? Are interns allowed in the lab without a badge?
? Looking for the logo in vector format, does it exist?
? @ana could you look at ticket 88 please?
? Did somebody already order the cables?
? Would it be OK to swap shifts with the late team?
? Why is the dashboard empty since yesterday?
? The tool asks for a cost centre, which one do we use?
? Can I expense a train ticket bought abroad?
. The quarterly numbers are in the shared folder.
. Thanks everyone, great work this week!
. Hello, how are you?
. See https://wiki.example/search?q=price for the answer.
. I asked the customer what they need and they will call back.
. Let me know if you have questions.
. Reminder: submit your hours by Friday.
. We know how it works now, the cache was stale.
. Right?
. `SELECT * FROM t WHERE id = ?` is the statement that fails.
. I wonder whether we should do this next year.
. No way?!
. Lunch at noon, pizza is on us.
. The question is where the budget comes from, we will discuss it on Monday.
. Done, ok?
. That was fixed in the last release.
. Who would have thought, it works on the first try!
. Congrats to the whole crew in Lisbon!
. Please read the safety notes before the visit.
. I will find out who owns the licence.
. Moved the meeting to Thursday.
. What a week.
. She explained why the numbers differ.
. New blog post is up: Why not? Ten years of saying yes.
. Sounds good, right?
. Hey, what's up?
""",
    "de": """
? Weiß jemand, wer den Schlüssel für Raum 4 hat?
? Wo finde ich die aktuelle Preisliste?
? Kann mir bitte jemand die Reisekostenrichtlinie schicken?
? Gibt es eine Vorlage für das Protokoll?
? Wie lange dauert eine Freigabe normalerweise?
? Guten Morgen, ist der Server bei euch auch so langsam?
? Warum bricht der Export nach der Hälfte ab?
? Hat schon mal jemand einen Kunden ohne Steuernummer angelegt?
? Müssen wir das noch unterschreiben lassen?
? Welche Kostenstelle nehmt ihr für Werbemittel?
? Darf man die Kamera am Wochenende ausleihen?
? An wen wende ich mich bei Fragen zum Zoll?
? Könnt ihr kurz testen, ob der Link geht?
? Soll ich den Termin verschieben?
? Wann beginnt die Inventur?
? Der Lieferant will Vorkasse, was macht ihr in so einem Fall?
? Habt ihr Erfahrung mit dem neuen Scanner?
? Bis wann müssen die Zahlen da sein?
? Ist das Formular noch gültig?
? Jemand Lust auf einen Probelauf am Nachmittag?
? Sind Praktikanten mitversichert?
? Wofür steht die Abkürzung KVP hier?
? Kennt ihr einen guten Übersetzer für Polnisch?
? Braucht ihr den Raum am Freitag noch?
. Die Zahlen liegen im gemeinsamen Ordner.
. Danke an alle für die tolle Arbeit!
. Hallo, wie geht's?
. Ich habe gefragt, wann die Lieferung kommt.
. Alles klar?
. Wir wissen jetzt, warum es nicht ging.
. Bitte bis Freitag ausfüllen.
. Das war gut, oder?
. Siehe https://intranet.example/suche?begriff=preis
. Wer hätte das gedacht!
. Die Frage ist, wer das bezahlt.
. Meldet euch, wenn ihr Fragen habt.
. Termin ist auf Montag verlegt.
. Was für ein Tag.
. Ich kläre, ob das möglich ist.
. Der Kunde hat unterschrieben.
. So wie besprochen, nicht wahr?
. Herzlichen Glückwunsch nach Leipzig!
. Neue Kaffeemaschine ist da.
. Ich finde heraus, welche Version läuft.
. Erledigt, ok?
. Wir sehen uns morgen.
""",
    "fr": """
? Quelqu'un sait où se trouve le badge visiteur ?
? Comment fait-on une demande d'accès ?
? Est-ce que le serveur est en panne chez vous aussi ?
? Pourquoi l'export s'arrête à la moitié ?
? Qui valide les remises au-dessus de 15 % ?
? Pouvez-vous m'envoyer le modèle de contrat ?
? Avez-vous déjà eu un client sans adresse locale ?
? Où est passée l'ancienne liste de prix ?
? Quel formulaire faut-il pour le Chili ?
? Combien de temps prend une réclamation ?
? Bonjour, peut-on déplacer la réunion à jeudi ?
? Y a-t-il une procédure pour les retours ?
? Le fournisseur refuse, que faites-vous dans ce cas ?
? Quand commence l'inventaire ?
? Doit-on signer les deux exemplaires ?
? Une idée pour l'erreur 403 ?
? Qu'est-ce qui a changé depuis hier ?
? Faut-il prévenir le client avant la livraison ?
? Tu peux vérifier la facture 88 ?
? Laquelle de ces versions est la bonne ?
. Les chiffres sont dans le dossier partagé.
. Merci à tous pour ce travail !
. Bonjour, comment ça va ?
. J'ai demandé quand arrive la livraison.
. Ça va ?
. On sait maintenant pourquoi cela ne marchait pas.
. Merci de remplir le formulaire avant vendredi.
. C'était bien, non ?
. Voir https://intranet.example/recherche?q=prix
. Qui l'aurait cru !
. La question est de savoir qui paie.
. Dites-moi si vous avez des questions.
. La réunion est reportée à lundi.
. Quelle journée.
. Je vais voir si c'est possible.
. Le client a signé.
. Bravo à toute l'équipe de Lyon !
. La nouvelle machine est arrivée.
. D'accord, n'est-ce pas ?
. À demain.
""",
    "es": """
? ¿Alguien sabe quién tiene la llave de la sala?
? ¿Dónde está la lista de precios actual?
? ¿Cómo se pide el acceso a la base?
? ¿Por qué se para la exportación a la mitad?
? Buenos días, ¿está caído el servidor?
? ¿Quién aprueba los descuentos de más del 15 %?
? ¿Me puedes enviar la plantilla del contrato?
? ¿Cuánto tarda una reclamación?
? El proveedor dice que no, ¿qué hacéis en ese caso?
? ¿Hay un procedimiento para devoluciones?
? ¿Cuándo empieza el inventario?
? ¿Tenemos que firmar las dos copias?
? ¿Podemos mover la reunión al jueves?
? ¿Qué formulario necesito para Chile?
? ¿Habéis tenido un cliente sin dirección local?
? Alguien tiene el logo en vector?
? Sabéis si mañana abre el almacén?
? Cuál es la versión buena?
? ¿Es válido todavía este formulario?
? ¿Nos ayudáis con la demo?
. Los números están en la carpeta compartida.
. ¡Gracias a todos por el trabajo!
. Hola, ¿qué tal?
. He preguntado cuándo llega el envío.
. ¿Verdad?
. Ya sabemos por qué no funcionaba.
. Por favor, rellenad el formulario antes del viernes.
. Ver https://intranet.example/buscar?q=precio
. ¡Quién lo diría!
. La cuestión es quién paga.
. Decidme si tenéis preguntas.
. La reunión pasa al lunes.
. Qué día.
. Voy a ver si es posible.
. El cliente ha firmado.
. ¡Enhorabuena al equipo de Sevilla!
. Ha llegado la máquina nueva.
. Hasta mañana.
. Hola, ¿cómo están?
. Listo, ok?
""",
    "pl": """
? Czy ktoś wie, kto ma klucz do sali?
? Gdzie jest aktualny cennik?
? Jak poprosić o dostęp do bazy?
? Dlaczego eksport zatrzymuje się w połowie?
? Dzień dobry, czy serwer u was też nie działa?
? Kto zatwierdza rabaty powyżej 15 procent?
? Możesz mi wysłać wzór umowy?
? Ile trwa reklamacja?
? Dostawca odmawia, co robicie w takim przypadku?
? Jest jakaś procedura dla zwrotów?
? Kiedy zaczyna się inwentaryzacja?
? Musimy podpisać oba egzemplarze?
? Możemy przenieść spotkanie na czwartek?
? Który formularz jest potrzebny do Chile?
? Mieliście już klienta bez lokalnego adresu?
? Ktoś ma logo w wektorze?
? Wiecie, czy jutro magazyn jest otwarty?
? Która wersja jest właściwa?
? Czy ten formularz jest jeszcze ważny?
? Do kogo się zwrócić w sprawie cła?
. Liczby są we wspólnym folderze.
. Dzięki wszystkim za świetną pracę!
. Cześć, jak tam?
. Zapytałem, kiedy przyjdzie dostawa.
. Prawda?
. Już wiemy, dlaczego to nie działało.
. Proszę wypełnić formularz do piątku.
. Zobacz https://intranet.example/szukaj?q=cena
. Kto by pomyślał!
. Pytanie, kto za to zapłaci.
. Dajcie znać, jeśli macie pytania.
. Spotkanie przeniesione na poniedziałek.
. Co za dzień.
. Sprawdzę, czy to możliwe.
. Klient podpisał.
. Gratulacje dla zespołu w Gdańsku!
. Przyszła nowa maszyna.
. Do jutra.
. Fajnie, nie?
. Gotowe, ok?
""",
}
"""Language to lines."""


def posts(language: str) -> list[tuple[bool, str]]:
    """(is a question, text) for each labelled post of a language."""
    lines = LABELLED[language].strip().splitlines()
    return [(line[0] == "?", line[2:]) for line in lines]
