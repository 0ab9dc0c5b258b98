// Package kind knows the kinds of works that the state register tells apart, and how they are worded.
//
// A kind is a code of the interchange format. The set is open: a wording that is not known here is kept
// as it was printed, beside an empty code. The package knows no document and no application.
package kind

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// entry is one kind: its names, and other wordings met in the register and in lists of offices.
type entry struct {
	code       string
	ru, kk, en string
	others     []string
}

// The first wording of each language is what Name gives; "ru" is the register's own.
var entries = []entry{
	{"computer_program", "программа для ЭВМ", "ЭЕМ-ге арналған бағдарлама", "computer program", []string{
		"программы для ЭВМ", "программа ЭВМ", "программа для электронно-вычислительных машин", "компьютерная программа",
		"ЭЕМ бағдарламасы", "ЭЕМ-ге арналған бағдарламалар", "электрондық есептеу машиналарына арналған бағдарлама",
		"электрондық-есептеу машинасына арналған бағдарлама", "ЭЕМ үшін бағдарлама", "компьютерлік бағдарлама", "software"}},
	{"database", "база данных", "дерекқор", "database", []string{
		"базы данных", "деректер базасы", "мәліметтер базасы", "деректер қоры", "мәліметтер қоры", "data base"}},
	{"scientific_work", "произведение науки", "ғылыми туынды", "scientific work", []string{
		"научное произведение", "ғылым туындысы", "ғылыми шығарма", "ғылым шығармасы", "work of science"}},
	{"literary_work", "произведение литературы", "әдеби туынды", "literary work", []string{
		"литературное произведение", "әдебиет туындысы", "әдеби шығарма", "әдебиет шығармасы", "work of literature"}},
	{"scripted_work", "сценарное произведение", "сценарий туындысы", "scripted work", []string{
		"сценарийлік туынды", "сценарлық туынды", "сценарий", "script"}},
	{"dramatic_work", "драматическое произведение", "драмалық туынды", "dramatic work", []string{
		"драма туындысы", "драматургиялық туынды"}},
	{"musical_dramatic_work", "музыкально-драматическое произведение", "музыкалық-драмалық туынды", "musical dramatic work", []string{
		"драматикалық-музыкалық туынды", "музыкалық драмалық шығарма"}},
	{"choreographic_work", "произведение хореографии", "хореография туындысы", "choreographic work", []string{
		"хореографическое произведение", "хореографиялық туынды", "choreography"}},
	{"pantomime", "пантомима", "пантомима", "pantomime", []string{
		"произведение пантомимы", "пантомима туындысы"}},
	{"music_with_text", "музыкальное произведение (с текстом)", "мәтіні бар музыкалық туынды", "music with text", []string{
		"музыкальное произведение с текстом", "музыкалық туынды (мәтіні бар)", "музыкалық туынды (мәтінмен)", "мәтінмен музыкалық туынды"}},
	{"music_without_text", "музыкальное произведение (без текста)", "мәтіні жоқ музыкалық туынды", "music without text", []string{
		"музыкальное произведение без текста", "музыкалық туынды (мәтіні жоқ)", "музыкалық туынды (мәтінсіз)", "мәтінсіз музыкалық туынды"}},
	{"audiovisual_work", "аудиовизуальное произведение", "аудиовизуалды туынды", "audiovisual work", []string{
		"аудиовизуалдық туынды", "аудиокөрнекі туынды", "дыбыс-бейнежазу туындысы"}},
	{"painting", "произведение живописи", "кескіндеме туындысы", "painting", []string{
		"живопись", "кескіндеме", "сурет өнері туындысы"}},
	{"sculpture", "произведение скульптуры", "мүсін туындысы", "sculpture", []string{
		"скульптура", "мүсін өнері туындысы", "мүсіндеу туындысы"}},
	{"graphic_work", "произведение графики", "графика туындысы", "graphic work", []string{
		"графика", "графикалық туынды", "graphics"}},
	{"design_work", "произведение дизайна", "дизайн туындысы", "design work", []string{
		"дизайн", "дизайнерлік туынды", "design"}},
	{"fine_art", "произведение изобразительного искусства", "бейнелеу өнері туындысы", "fine art", []string{
		"изобразительное искусство", "бейнелеу өнерінің туындысы"}},
	{"applied_art", "произведение прикладного искусства", "қолданбалы өнер туындысы", "applied art", []string{
		"произведение декоративно-прикладного искусства", "қолданбалы өнердің туындысы", "сәндік-қолданбалы өнер туындысы"}},
	{"architecture", "произведение архитектуры", "сәулет туындысы", "architecture", []string{
		"архитектура", "сәулет өнері туындысы", "архитектура туындысы"}},
	{"urban_planning", "произведение градостроительства", "қала құрылысы туындысы", "urban planning", []string{
		"градостроительство", "қала құрылысының туындысы"}},
	{"landscape_art", "произведение садово-паркового искусства", "бау-саябақ өнері туындысы", "landscape art", []string{
		"садово-парковое искусство", "бау-бақша өнері туындысы"}},
	{"photographic_work", "фотографическое произведение", "фотосурет туындысы", "photographic work", []string{
		"произведение фотографии", "фотография туындысы", "фотографиялық туынды"}},
	{"maps", "карты, относящиеся к географии, топографии и к другим наукам",
		"географияға, топографияға және басқа да ғылымдарға қатысты карталар", "maps", []string{"карта", "карты", "карталар"}},
	{"plans", "планы, относящиеся к географии, топографии и к другим наукам",
		"географияға, топографияға және басқа да ғылымдарға қатысты жоспарлар", "plans", []string{"план", "планы", "жоспарлар"}},
	{"sketches", "эскизы, относящиеся к географии, топографии и к другим наукам",
		"географияға, топографияға және басқа да ғылымдарға қатысты эскиздер", "sketches", []string{"эскиз", "эскизы", "эскиздер", "нобайлар"}},
	{"illustrations", "иллюстрации, относящиеся к географии, топографии и к другим наукам",
		"географияға, топографияға және басқа да ғылымдарға қатысты иллюстрациялар", "illustrations", []string{
			"иллюстрация", "иллюстрации", "иллюстрациялар", "безендірулер"}},
	{"three_dimensional_work", "трехмерные произведения, относящиеся к географии, топографии и к другим наукам",
		"географияға, топографияға және басқа да ғылымдарға қатысты үш өлшемді туындылар", "three-dimensional work", []string{
			"трехмерное произведение", "трехмерные произведения", "үш өлшемді туынды", "үш өлшемді туындылар"}},
	{"derivative_work", "производное произведение", "туынды шығарма", "derivative work", []string{
		"туынды туынды", "туынды туындысы"}},
	{"composite_work", "составное произведение", "құрама туынды", "composite work", []string{
		"сборник", "құрамдас туынды", "құрама шығарма"}},
	{"other_work", "иное произведение", "өзге туынды", "other work", []string{
		"иные произведения", "другое произведение", "прочее", "өзге де туынды", "басқа туынды"}},
}

// Codes are the kind codes, in the order of the interchange format.
var Codes = codes()

var (
	byCode = map[string]entry{}
	byText = map[string]string{} // folded wording -> code
)

func codes() []string {
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.code)
	}
	return list
}

func init() {
	for _, e := range entries {
		byCode[e.code] = e
		for _, w := range append([]string{e.code, e.ru, e.kk, e.en}, e.others...) {
			byText[fold(w)] = e.code
		}
	}
}

// Name is the wording of a code in a language (kk, ru, en; another one gets the register's Russian).
// A code that is not known is given back as it is.
func Name(lang, code string) string {
	e, ok := byCode[code]
	switch {
	case !ok:
		return code
	case lang == "kk":
		return e.kk
	case lang == "en":
		return e.en
	}
	return e.ru
}

// Parse finds the code of a wording in Russian, Kazakh or English, or of the code itself, whatever its
// case, spacing and punctuation. Wordings of the two languages with a slash between them must agree.
func Parse(text string) (code string, ok bool) {
	if code, ok = byText[fold(text)]; ok {
		return code, true
	}
	if strings.ContainsRune(text, '/') {
		for part := range strings.SplitSeq(text, "/") {
			c, known := byText[fold(part)]
			if !known {
				continue
			}
			if code != "" && c != code {
				return "", false
			}
			code = c
		}
		return code, code != ""
	}
	// In the register the sciences follow the word that matters: "карты, относящиеся к ...".
	head, _, cut := strings.Cut(text, ",")
	if cut {
		code, ok = byText[fold(head)]
	}
	return code, ok
}

// lookAlikes are Latin letters that stand in Cyrillic words of text layers, and Kazakh letters that
// are lost in fonts without them; both become one letter.
var lookAlikes = strings.NewReplacer(
	"ә", "а", "ə", "а", "ғ", "г", "қ", "к", "ң", "н", "ө", "о", "ɵ", "о", "ұ", "у", "ү", "у", "һ", "х", "і", "и", "й", "и", "ё", "е", "ъ", "", "ь", "",
	"a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "i", "и", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у")

// fold makes one key of a wording's spellings: lower case, letters only.
func fold(s string) string {
	s = lookAlikes.Replace(strings.ToLower(norm.NFC.String(s)))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
}
