package certificate

import (
	"strings"
	"unicode"
)

// kindWords are the register's words for each kind of object, in Russian and in Kazakh, with the
// variants that are met. The first of each line is the register's own.
var kindWords = []struct {
	code   string
	ru, kk []string
}{
	{"computer_program", []string{"программа для ЭВМ", "программы для ЭВМ", "программа ЭВМ", "компьютерная программа", "программа для электронных вычислительных машин"},
		[]string{"ЭЕМ-ге арналған бағдарлама", "ЭЕМ-ге арналған бағдарламалар", "ЭЕМ үшін бағдарлама", "ЭЕМ бағдарламасы", "компьютерлік бағдарлама", "электрондық есептеу машиналарына арналған бағдарлама"}},
	{"database", []string{"база данных", "базы данных"}, []string{"деректер базасы", "дерекқор", "деректер қоры", "мәліметтер базасы"}},
	{"scientific_work", []string{"произведение науки", "научное произведение", "произведения науки"}, []string{"ғылыми туынды", "ғылым туындысы", "ғылыми шығарма"}},
	{"literary_work", []string{"произведение литературы", "литературное произведение", "произведения литературы"}, []string{"әдеби туынды", "әдебиет туындысы", "әдеби шығарма"}},
	{"scripted_work", []string{"сценарное произведение", "сценарные произведения", "произведение сценарное"}, []string{"сценарий туындысы", "сценарийлік туынды", "сценарлық туынды"}},
	{"dramatic_work", []string{"драматическое произведение"}, []string{"драмалық туынды", "драма туындысы"}},
	{"musical_dramatic_work", []string{"музыкально-драматическое произведение"}, []string{"музыкалық-драмалық туынды", "музыкалық драмалық туынды"}},
	{"choreographic_work", []string{"произведение хореографии", "хореографическое произведение"}, []string{"хореография туындысы", "хореографиялық туынды"}},
	{"pantomime", []string{"пантомима", "произведение пантомимы"}, []string{"пантомима туындысы"}},
	{"music_with_text", []string{"музыкальное произведение (с текстом)", "музыкальное произведение с текстом"}, []string{"мәтіні бар музыкалық туынды", "музыкалық туынды (мәтінімен)", "мәтінмен музыкалық туынды"}},
	{"music_without_text", []string{"музыкальное произведение (без текста)", "музыкальное произведение без текста"}, []string{"мәтіні жоқ музыкалық туынды", "музыкалық туынды (мәтінсіз)", "мәтінсіз музыкалық туынды"}},
	{"audiovisual_work", []string{"аудиовизуальное произведение"}, []string{"аудиовизуалды туынды", "аудиовизуалдық туынды", "дыбыс-бейне туындысы"}},
	{"painting", []string{"произведение живописи"}, []string{"кескіндеме туындысы", "сурет өнері туындысы"}},
	{"sculpture", []string{"произведение скульптуры"}, []string{"мүсін туындысы", "мүсін өнері туындысы"}},
	{"graphic_work", []string{"произведение графики"}, []string{"графика туындысы", "графикалық туынды"}},
	{"design_work", []string{"произведение дизайна"}, []string{"дизайн туындысы", "дизайнерлік туынды"}},
	{"fine_art", []string{"произведение изобразительного искусства"}, []string{"бейнелеу өнері туындысы", "бейнелеу өнерінің туындысы"}},
	{"applied_art", []string{"произведение прикладного искусства", "произведение декоративно-прикладного искусства"}, []string{"қолданбалы өнер туындысы", "қолданбалы өнердің туындысы", "сәндік-қолданбалы өнер туындысы"}},
	{"architecture", []string{"произведение архитектуры"}, []string{"сәулет туындысы", "сәулет өнері туындысы"}},
	{"urban_planning", []string{"произведение градостроительства"}, []string{"қала құрылысы туындысы", "қала құрылысының туындысы"}},
	{"landscape_art", []string{"произведение садово-паркового искусства"}, []string{"бау-саябақ өнері туындысы", "саябақ өнері туындысы", "бау-бақша өнері туындысы"}},
	{"photographic_work", []string{"фотографическое произведение", "произведение фотографии"}, []string{"фотосурет туындысы", "фотографиялық туынды", "фото туындысы"}},
	{"maps", []string{"карты, относящиеся к географии, топографии и к другим наукам", "карты", "карта"}, []string{"географияға, топографияға және басқа да ғылымдарға қатысты карталар", "карталар"}},
	{"plans", []string{"планы, относящиеся к географии, топографии и к другим наукам", "планы", "план"}, []string{"географияға, топографияға және басқа да ғылымдарға қатысты жоспарлар", "жоспарлар"}},
	{"sketches", []string{"эскизы, относящиеся к географии, топографии и к другим наукам", "эскизы", "эскиз"}, []string{"географияға, топографияға және басқа да ғылымдарға қатысты эскиздер", "эскиздер", "нобайлар"}},
	{"illustrations", []string{"иллюстрации, относящиеся к географии, топографии и к другим наукам", "иллюстрации", "иллюстрация"}, []string{"географияға, топографияға және басқа да ғылымдарға қатысты иллюстрациялар", "иллюстрациялар", "суреттемелер"}},
	{"three_dimensional_work", []string{"трехмерные произведения, относящиеся к географии, топографии и к другим наукам", "трехмерные произведения", "трехмерное произведение"},
		[]string{"географияға, топографияға және басқа да ғылымдарға қатысты үш өлшемді туындылар", "үш өлшемді туынды", "үш өлшемді туындылар"}},
	{"derivative_work", []string{"производное произведение", "производные произведения"}, []string{"туынды шығарма", "туынды туынды", "өңделген туынды"}},
	{"composite_work", []string{"составное произведение", "составные произведения"}, []string{"құрама туынды", "құрастырылған туынды", "құрамдас туынды"}},
	{"other_work", []string{"иное произведение", "иные произведения", "другое произведение", "прочие произведения"}, []string{"өзге туынды", "басқа туынды", "өзге де туындылар"}},
}

type kindEntry struct {
	code string
	lang language
}

var kindsByFold = func() map[string]kindEntry {
	out := map[string]kindEntry{}
	for _, k := range kindWords {
		for _, w := range k.ru {
			out[compact(w)] = kindEntry{k.code, russian}
		}
		for _, w := range k.kk {
			out[compact(w)] = kindEntry{k.code, kazakh}
		}
	}
	return out
}()

// KindCode is the code for the register's words in Russian or Kazakh, whatever the case, the spacing
// and the state of the Kazakh letters; empty when the words are not known.
func KindCode(words string) string { return lookUpKind(words).code }

func lookUpKind(words string) kindEntry {
	fold := compact(words)
	if k, ok := kindsByFold[fold]; ok {
		return k
	}
	// One letter in eight may be wrong: broken Kazakh letters, a misprint, text recognition.
	most := len([]rune(fold)) / 8
	var best kindEntry
	for d := 1; d <= most && best.code == ""; d++ {
		for known, k := range kindsByFold {
			if near(fold, known, d) && (best.code == "" || k.code < best.code) {
				best = k
			}
		}
	}
	return best
}

// kindLanguage tells in which language the words of a kind are, 0 when that cannot be told.
func kindLanguage(words string) language {
	if k := lookUpKind(words); k.code != "" {
		return k.lang
	}
	if strings.ContainsFunc(words, func(r rune) bool { return strings.ContainsRune("әғқңөұүһі", unicode.ToLower(r)) }) {
		return kazakh
	}
	return 0
}
