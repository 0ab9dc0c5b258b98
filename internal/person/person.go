// Package person knows how people of Kazakhstan are named and numbered: spellings of one name in
// Kazakh, Russian and Latin folded to one key, full names taken apart and compared, personal and
// business numbers checked.
//
// It stands near the top, takes strings and gives strings, and knows neither staff nor applications.
// A key is for comparing and looking up only; it is never shown.
package person
