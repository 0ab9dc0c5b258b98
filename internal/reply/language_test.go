package reply

import (
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/i18n"
)

func TestLanguageOfTheSendersOwnWords(t *testing.T) {
	for text, want := range map[string]i18n.Lang{
		"Добрый день!\n\nНаправляю авторское свидетельство № 78 498 для рейтинга.\n\nС уважением,\nГүлнар Құдайбергенқызы": i18n.RU,
		"Здравствуйте! Отправляю свидетельство на «Қазақ тілі: диктанттар мен мазмұндамалар жинағы».":                      i18n.RU,
		"Қайырлы күн!\n\nРейтингке №78498 куәлікті жолдап отырмын.\n\nҚұрметпен,\nИванов":                                  i18n.KK,
		"Салеметсиз бе, куалик косымшада. Рахмет!":                                                                         i18n.KK,
		"Salemetsiz be! Kualikti zhiberip otyrmyn": i18n.KK,
		"Dear colleagues,\nplease find attached my certificate.\nBest regards, Aigerim Құрманғалиева": i18n.EN,
		"Свидетельство во вложении":                                                                   i18n.RU,
		"": "", "78 498": "", "Құрманғалиева А.": i18n.KK, "Ahmetova Saule": "",
		// What is passed on is somebody else's.
		"---------- Пересылаемое сообщение ----------\nОт: Институт\nТема: куәлік\n\nСіздің куәлігіңіз дайын":                                                               "",
		"Сәлем, куәлік дайын екен\n\n-----Original Message-----\nFrom: Institute\nSent: Monday\nTo: me\n\nYour certificate is ready, please find it attached to the letter": i18n.KK,
		"Посмотрите, пожалуйста\n\nОт: no-reply@qazpatent.example\nКому: мне\n\nСіздің өтініміңіз бойынша куәлік дайын, жүктеп алыңыз, құрметпен":                           i18n.RU,
		"> сіздің куәлігіңіз қайда?\nвот оно, прошу учесть":                                                                                                                 i18n.RU,
		"Прошу учесть\n\n17.09.2026 10:02, Лаура Нұрбаева пишет:\nҚұрметті әріптестер, куәліктеріңізді жіберіңіздер, рейтинг жасап жатырмыз":                                i18n.RU,
	} {
		got, _ := Language(OwnWords(text))
		require.Equal(t, want, got, text)
	}
}

func TestASubjectIsTheSendersUnlessItIsAnswered(t *testing.T) {
	for subject, want := range map[string]i18n.Lang{
		"Авторское свидетельство": i18n.RU, "Авторлық куәлік": i18n.KK, "My certificate": i18n.EN,
		"Fwd: Авторское свидетельство": "", "RE[2]: Сіздің куәлік": "", "Пересл.: свидетельство": "",
	} {
		got, _ := ownLanguage(subject, "78 498")
		require.Equal(t, want, got, subject)
	}
}
