package document

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"kualik/internal/i18n"
)

func submission() SubmissionData {
	d := sample()
	return SubmissionData{
		Service: CopyrightWork, Draft: d.Draft, Number: "2026-418", Barcode: "2604187", SubmittedAt: instant("16.09.2026 18:41"), Zone: zone, Office: d.Office, URL: d.URL,
		Title: d.Work.Title, Kind: d.Work.Kind,
		Files:      append([]Attached{{Sort: "statement", FileName: "Заявление 110620.pdf", SHA256: strings.Repeat("ab", 32), Size: 124_000}}, d.Documents...),
		Signatures: []Signature{{Name: "Имашев Тимур Болатович", IIN: "7003••••••••", Role: TrustedRepresentative, Algorithm: "ГОСТ 34.10-2015, 512", Serial: "6b5f4c0d8a7e9f01122334455667788990aabbcc", At: instant("16.09.2026 18:40")}},
		Waiting:    []string{"Сагитова Меруерт Талгатовна", "Құсайынов Өмірзақ Әділұлы", "Тажибаева Роза Кайратовна"},
		Until:      instant("18.09.2026 18:41"), OnExpiry: "wait", Support: "science@karatal.example, 8 (7282) 00-00-00",
		SendTo: "certificates+k7f3@karatal.example",
	}
}

func TestSubmissionReceiptListsFilesHashesAndTime(t *testing.T) {
	for _, lang := range i18n.All {
		d := submission()
		data, err := SubmissionReceipt(d, lang)
		require.NoError(t, err)
		keep(t, "submission-"+string(lang), data)
		_, text := read(t, data)
		for _, f := range d.Files {
			says(t, text, f.FileName+" "+f.SHA256[:32]+" "+f.SHA256[32:], string(lang))
		}
		says(t, text, strings.Join(append(d.Waiting, d.Number, d.Barcode, d.Title, d.Support, d.SendTo, "18:40", d.Signatures[0].IIN, d.Signatures[0].Algorithm), " "), string(lang))
		require.Contains(t, text, flat(i18n.T(lang, "document.submission.until", "Until", i18n.Day(lang, "2026-09-18")+" 18:41", "Count", 3)))
		require.Contains(t, text, flat(i18n.T(lang, "document.submission.expiry_wait")))
		require.NotContains(t, text, "document.", "a message without words, %s", lang)

		d.OnExpiry = "withdraw"
		data, err = SubmissionReceipt(d, lang)
		require.NoError(t, err)
		_, text = read(t, data)
		require.Contains(t, text, flat(i18n.T(lang, "document.submission.expiry_withdraw")))

		d.Waiting, d.Until = nil, time.Time{}
		data, err = SubmissionReceipt(d, lang)
		require.NoError(t, err)
		_, text = read(t, data)
		require.Contains(t, text, flat(i18n.T(lang, "document.submission.all_signed")))
	}
}

func TestPaymentPapers(t *testing.T) {
	fee := Fee{Base: 619000, VAT: 99040, VATPercent: 16, Commission: 20000, Total: 738040}
	for _, lang := range i18n.All {
		receipt, err := PaymentReceipt(PaymentData{Invoice: "697062", Draft: 110620, Service: CopyrightWork, Title: sample().Work.Title, Payer: "Имашев Тимур Болатович", Payee: "РГП «НИИС»",
			Zone: zone, Office: sample().Office, URL: sample().URL, Fee: fee, Card: "440043…1234", Approval: "730582", Reference: "320416287015", Terminal: "98706001",
			InvoiceAt: instant("16.09.2026 18:25"), PaidAt: instant("16.09.2026 18:31")}, lang)
		require.NoError(t, err)
		keep(t, "payment-"+string(lang), receipt)
		_, text := read(t, receipt)
		for _, want := range []string{"697062", "440043…1234", "730582", "320416287015", "98706001", "18:25", "18:31", "16 %",
			Money(lang, 619000), Money(lang, 99040), Money(lang, 20000), Money(lang, 738040), i18n.T(lang, "document.payment.note")} {
			require.Contains(t, text, flat(strings.ReplaceAll(want, "\u00a0", " ")), lang)
		}
		require.NotContains(t, text, "document.")

		invoice, err := Invoice(InvoiceData{Invoice: "697062", Draft: 110620, Service: RegisterExtract, Payer: "Имашев Тимур Болатович", PayerIIN: "7003••••••••",
			Payee: Payee{Name: "РГП «НИИС»", BIN: "020240000555", Account: "KZ000000000000000000", Bank: "АО «Банк»", BankCode: "ABCDKZKX", Purpose: "859"},
			Zone:  zone, Office: sample().Office, URL: sample().URL, Fee: fee, InvoiceAt: instant("16.09.2026 18:25"), PayUntil: "2026-09-30"}, lang)
		require.NoError(t, err)
		keep(t, "invoice-"+string(lang), invoice)
		_, text = read(t, invoice)
		says(t, text, "697062 7003•••••••• 020240000555 KZ000000000000000000 ABCDKZKX 859 "+i18n.Day(lang, "2026-09-30")+" "+i18n.T(lang, "document.register_extract.fee"), string(lang))
	}
}

func TestExtractPetition(t *testing.T) {
	for _, lang := range i18n.All {
		d := sample()
		d.Service, d.Work, d.Documents = RegisterExtract, Work{}, nil
		d.Participants = d.Participants[:1]
		d.Extract = Extract{CertificateNumber: "55942", CertificateDate: "2025-03-18", Purpose: "Для конкурса учебников", Delivery: "в личный кабинет"}
		data, err := Statement(d, lang)
		require.NoError(t, err)
		keep(t, "extract-"+string(lang), data)
		_, text := read(t, data)
		says(t, text, "55942 "+i18n.Day(lang, "2025-03-18")+" Для конкурса учебников в личный кабинет "+i18n.T(lang, "document.register_extract.title"), string(lang))
		require.NotContains(t, text, flat(i18n.T(lang, "document.consent.work")))
		require.NotContains(t, text, "document.")
	}
}

func TestUnknownServiceHasNoStatement(t *testing.T) {
	_, err := Statement(StatementData{Service: "trademark"}, i18n.RU)
	require.ErrorContains(t, err, "no such service")
}

func TestMoney(t *testing.T) {
	for tiyn, want := range map[int64]string{738040: "7 380,40 тенге", 5: "0,05 тенге", 0: "0,00 тенге", -20000: "−200,00 тенге", 123456789012: "1 234 567 890,12 тенге"} {
		require.Equal(t, want, strings.ReplaceAll(Money(i18n.RU, tiyn), "\u00a0", " "))
	}
	require.Equal(t, "7\u00a0380.40\u00a0KZT", Money(i18n.EN, 738040))
}

func TestLettersThatNoFontHasAreNamed(t *testing.T) {
	require.Equal(t, "Ә ₸ → α ≥ x²[U+1F600]", printable("Ә\u00ad ₸ → α ≥ x²😀\u200b\x07"))
	require.Equal(t, "й", printable("и\u0306"), "composed")
	require.Equal(t, "a\ufffdb", printable("a\xffb"))
}

func TestWrapKeepsEveryLetterWithinTheWidth(t *testing.T) {
	for _, text := range []string{"", "слово", strings.Repeat("w", 300), "кооператив-социалистік/ұлттық_файл.docx " + strings.Repeat("ұ", 90), "раз\nдва\n\nтри", "μ≥0 " + strings.Repeat("Σ∞", 60)} {
		for _, w := range []float64{12, 40, 120} {
			var got strings.Builder
			for _, l := range body.wrap(text, w) {
				require.LessOrEqual(t, body.width(l), w+0.01)
				got.WriteString(l)
			}
			require.Equal(t, flat(text), flat(got.String()))
		}
	}
	require.Equal(t, []string{"раз", "", "два"}, body.wrap("раз\n\nдва", 50))
}

// decode reads a code with the quiet zone around it that the pictures leave to the page.
func decode(t *testing.T, data []byte, reader gozxing.Reader) string {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	const quiet = 40
	page := image.NewGray(image.Rect(0, 0, img.Bounds().Dx()+2*quiet, img.Bounds().Dy()+2*quiet))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			page.Set(x+quiet, y+quiet, img.At(x, y))
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(page)
	require.NoError(t, err)
	got, err := reader.Decode(bitmap, nil)
	require.NoError(t, err)
	return got.GetText()
}

func TestCodesAreRead(t *testing.T) {
	bars, err := barcodeOf("2604187")
	require.NoError(t, err)
	require.Equal(t, "2604187", decode(t, picture(t, bars, bars.Bounds().Dx()*2, 88), oned.NewCode128Reader()))
	code, err := qrOf(sample().URL)
	require.NoError(t, err)
	require.Equal(t, sample().URL, decode(t, picture(t, code, code.Bounds().Dx()*6, code.Bounds().Dy()*6), qrcode.NewQRCodeReader()))
	_, err = BarcodeSVG("қ")
	require.Error(t, err, "Code 128 has no such letter")
}

func picture(t *testing.T, code barcode.Barcode, width, height int) []byte {
	t.Helper()
	scaled, err := barcode.Scale(code, width, height)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, scaled))
	return b.Bytes()
}

// The drawing of a page has the modules of the picture.
func TestSVGDrawsTheSameModules(t *testing.T) {
	svg, err := BarcodeSVG("2604187")
	require.NoError(t, err)
	code, err := barcodeOf("2604187")
	require.NoError(t, err)
	list := runs(code, 0)
	require.Equal(t, len(list), strings.Count(svg, "z"))
	first := list[0]
	require.Contains(t, svg, fmt.Sprintf(`d="M%d 0h%dv22`, quietBar+first[0], first[1]))

	square, err := QRSVG("mailto:certificates+k7f3@karatal.example")
	require.NoError(t, err)
	code, err = qrOf("mailto:certificates+k7f3@karatal.example")
	require.NoError(t, err)
	modules := 0
	for y := range code.Bounds().Dy() {
		modules += len(runs(code, y))
	}
	require.Equal(t, modules, strings.Count(square, "z"))
	require.Contains(t, square, fmt.Sprintf(`width="%d" height="%[1]d"`, 4*(code.Bounds().Dx()+8)))
}
