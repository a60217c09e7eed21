package demo

import (
	"time"

	"atrio/base/setting"
	"atrio/portal/course"
)

// Courses is the catalogue of the demonstration: open, coming and ended courses,
// around the given day.
func Courses(today time.Time) []course.Course {
	on := func(days int) string { return today.Add(time.Duration(days) * setting.Day).Format(time.DateOnly) }
	both := func(it, en string) course.Text { return course.Text{It: it, En: en} }
	return []course.Course{
		{
			ID: "statica-per-tutti", Title: both("Statica per tutti", "Statics for everybody"),
			Summary: both("Perché un ponte sta in piedi? Forze, equilibri e un po’ di coraggio con i vettori.", "Why does a bridge stand? Forces, equilibrium and some courage with vectors."),
			About: both("Il corso parte da oggetti che hai in casa e arriva ai ponti.\n\nServe la matematica delle superiori. Ogni settimana c’è un esercizio con la soluzione commentata.",
				"The course begins with things you have at home and ends with bridges.\n\nSecondary-school mathematics is enough. Every week has an exercise with a commented solution."),
			Area: "engineering", Language: "it", Hours: 24, Teacher: "Prof. Immaginaria Travi", Starts: on(-20), Ends: on(160), Badge: true,
			Sections: []course.Text{both("Forze e momenti", "Forces and moments"), both("Travi", "Beams"), both("Telai e ponti", "Frames and bridges")},
		},
		{
			ID: "cittadinanza-digitale", Title: both("Cittadinanza digitale", "Digital citizenship"),
			Summary: both("SPID, CIE, PEC, domicilio digitale: che cosa sono e come usarli senza pensieri.", "SPID, CIE, PEC, digital domicile: what they are and how to use them with ease."),
			About: both("Un percorso breve e pratico per chi usa i servizi online una volta l’anno.\n\nNon serve sapere nulla prima. Ogni lezione dura dieci minuti.",
				"A short and practical path for people who use online services once a year.\n\nNo previous knowledge needed. Each lesson takes ten minutes."),
			Area: "society", Language: "it", Hours: 6, Teacher: "Dott. Finto Sportello", Starts: on(-90), Ends: on(270), Badge: true,
			Sections: []course.Text{both("Identità", "Identity"), both("Documenti e firme", "Documents and signatures"), both("I tuoi diritti", "Your rights")},
		},
		{
			ID: "reading-a-dataset", Title: both("Leggere un insieme di dati", "Reading a dataset"),
			Summary: both("Tabelle, grafici onesti e le domande da fare prima di fidarsi di un numero.", "Tables, honest charts, and the questions to ask before you trust a number."),
			About: both("In inglese, con sottotitoli italiani. Si lavora con dati aperti di fantasia.\n\nPer chi studia qualsiasi materia.",
				"In English, with Italian subtitles. We work with invented open data.\n\nFor students of any subject."),
			Area: "science", Language: "en", Hours: 18, Teacher: "Dr. Ada Fantasia", Starts: on(-5), Ends: on(90), Badge: true,
			Sections: []course.Text{both("Da dove vengono i dati", "Where data come from"), both("Grafici", "Charts"), both("Incertezza", "Uncertainty")},
		},
		{
			ID: "storia-del-progetto", Title: both("Storia del progetto", "A history of design"),
			Summary: both("Sedie, lampade e manifesti: come è cambiato il modo di disegnare le cose.", "Chairs, lamps and posters: how the way we design things has changed."),
			About:   both("Dodici oggetti, dodici storie.\n\nAlla fine progetti una piccola cosa tua.", "Twelve objects, twelve stories.\n\nAt the end you design a small thing of your own."),
			Area:    "design", Language: "it", Hours: 20, Teacher: "Prof. Esempio Linea", Starts: on(30), Ends: on(150),
			Sections: []course.Text{both("La sedia", "The chair"), both("La lampada", "The lamp"), both("Il manifesto", "The poster")},
		},
		{
			ID: "insegnare-online", Title: both("Insegnare online", "Teaching online"),
			Summary: both("Preparare lezioni che si seguono volentieri anche da un telefono.", "Preparing lessons that people like to follow, even on a phone."),
			About:   both("Per docenti di ogni ordine e grado.\n\nIl corso è concluso: una nuova edizione è prevista.", "For teachers of every kind of school.\n\nThe course has ended: a new edition is planned."),
			Area:    "teaching", Language: "it", Hours: 12, Teacher: "Prof. Prova Lavagna", Starts: on(-300), Ends: on(-120), Badge: true,
			Sections: []course.Text{both("Una lezione, un’idea", "One lesson, one idea"), both("Valutare a distanza", "Assessing at a distance")},
		},
	}
}
