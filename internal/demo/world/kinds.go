package world

// kindOf is a kind of object: its code and the register's words in Russian and Kazakh.
type kindOf struct{ code, ru, kk string }

// The kinds that a university's people register, by code.
var kinds = map[string]kindOf{}

func init() {
	for _, k := range []kindOf{
		{"computer_program", "программа для ЭВМ", "ЭЕМ-ге арналған бағдарлама"},
		{"scientific_work", "произведение науки", "ғылыми туынды"},
		{"literary_work", "произведение литературы", "әдеби туынды"},
		{"scripted_work", "сценарное произведение", "сценарий туындысы"},
		{"audiovisual_work", "аудиовизуальное произведение", "аудиовизуалды туынды"},
		{"composite_work", "составное произведение", "құрама туынды"},
		{"database", "база данных", "дерекқор"},
		{"design_work", "произведение дизайна", "дизайн туындысы"},
		{"fine_art", "произведение изобразительного искусства", "бейнелеу өнері туындысы"},
		{"music_with_text", "музыкальное произведение (с текстом)", "мәтіні бар музыкалық туынды"},
		{"derivative_work", "производное произведение", "туынды шығарма"},
	} {
		kinds[k.code] = k
	}
}
