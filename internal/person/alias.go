package person

import "strings"

// Spellings of one name that folding letters does not bring together, in folded letters: the left
// becomes the right. Only pairs that are never two different names stand here: Касенов and Хасенов,
// Сарсенбаев and Сарсембаев, Гульнар and Гульнара are different people.
var aliases = strings.NewReplacer(
	"диус", "дуис", // Дюсенов, Дүйсенов
	"жунус", "жунис", // Жунусов, Жүнісов
	"тулег", "толег", "тулеу", "толеу", "тулеп", "толеп", // Тулегенов, Төлегенов
	"букеи", "бокеи", // Букейханов, Бөкейханов
	"сатпа", "сатба", // Сатпаев, Сәтбаев
	"абдир", "абдр", // Абдрахманов, Әбдірахманов
	"ибира", "ибра", "идирис", "идрис", // Ыбырай, Ибрай; Ыдырыс, Идрис
	"исхак", "искак", "даркан", "дархан", "аскат", "асхат", "искандер", "ескендир",
	"тусуп", "тусип", "жусуп", "жусип", "турсун", "турсин", // Түсіпбеков, Тусупбеков
	"тилеу", "тлеу", "бауиржан", "бауржан", "умирз", "омирз", "умирб", "омирб",
	"бахит", "бакит", "бахти", "бакти", // Бахыт, Бақыт
	"акмет", "ахмет", "ракмет", "рахмет", "раким", "рахим", "муктар", "мухтар", "макмут", "махмут",
	"хусаин", "кусаин", "камит", "хамит", "худаибер", "кудаибер",
	"чингиз", "шингис", "чингис", "шингис", "шингиз", "шингис",
	"исмагул", "смагул",
	"лиазат", "лазат", "кулиаш", "кулаш", "дилиара", "дилара", "жамилиа", "жамила", "лаила", "леила",
	"патима", "фатима",
	"мукамет", "мухамет", "мукамеж", "мухамеж",
)

func alias(key string) string {
	key = aliases.Replace(key)
	if rest, ok := strings.CutPrefix(key, "уте"); ok { // Утебаев, Өтебаев
		key = "оте" + rest
	}
	return key
}

// loosen is the weak key: for finding candidates and for "similar", never for "same".
func loosen(key string) string { return collapse(loose.Replace(key)) }

var loose = strings.NewReplacer("х", "к", "о", "у", "нб", "мб", "п", "б", "з", "с")

// endings of surnames, longest first, in folded letters.
var endings = []string{"ова", "ева", "ина", "ов", "ев", "ин"}

// surnameStem cuts the Russian ending of a surname, and says whether it was a woman's.
func surnameStem(key string) (stem string, ending string) {
	for _, e := range endings {
		if s, ok := strings.CutSuffix(key, e); ok && len([]rune(s)) >= 3 {
			return s, e
		}
	}
	return key, ""
}

// suffixes of patronymics, in folded letters with double ones kept; a shorter one stands after the
// longer one that ends with it.
var suffixes = []string{"инична", "ична", "овна", "евна", "ович", "евич", "кизи", "гизи", "ули", "угли", "огли", "ич"}

// patronymicStem is the father's name in a patronymic: Серикович, Серікұлы and Серикулы give one stem.
func patronymicStem(s string) string {
	key := strings.ReplaceAll(foldDouble(s), " ", "")
	for _, e := range suffixes {
		if stem, ok := strings.CutSuffix(key, e); ok && len([]rune(stem)) >= 2 {
			key = stem
			break
		}
	}
	key = collapse(key)
	// Абаевич and Абайұлы, Нургалиевна and Нұрғалиқызы
	if short := strings.TrimSuffix(key, "и"); len([]rune(short)) >= 2 {
		key = short
	}
	return alias(key)
}

// looksPatronymic tells whether a word is formed as a patronymic.
func looksPatronymic(word string) bool {
	key := strings.ReplaceAll(foldDouble(word), " ", "")
	for _, e := range suffixes {
		if s, ok := strings.CutSuffix(key, e); ok && len([]rune(s)) >= 2 && e != "ич" {
			return true
		}
	}
	return strings.HasSuffix(key, "ьич") || key == "илич" || key == "кузмич" || key == "никитич" || key == "фомич" || key == "лукич"
}

// isSuffixWord tells whether a word is a patronymic's suffix that was written apart: "Сейполда қызы".
func isSuffixWord(word string) bool {
	if len(word) > 12 {
		return false
	}
	switch strings.ReplaceAll(foldDouble(word), " ", "") {
	case "кизи", "гизи", "ули", "угли", "огли":
		return true
	}
	return false
}

func foldDouble(s string) string {
	var parts []string
	for _, w := range words(unmix(s)) {
		parts = append(parts, letters(w))
	}
	return strings.Join(parts, " ")
}
