package person

import "testing"

func BenchmarkCompare(b *testing.B) {
	x, y := ParseName("Абдрахманова Гульмира Сериковна"), ParseName("ӘБДІРАХМАНОВА ГҮЛМИРА СЕРІКҚЫЗЫ")
	for b.Loop() {
		Compare(x, y)
	}
}

func BenchmarkParseName(b *testing.B) {
	for b.Loop() {
		ParseName("ӘБДІРАХМАНОВА ГҮЛМИРА СЕРІКҚЫЗЫ")
	}
}
