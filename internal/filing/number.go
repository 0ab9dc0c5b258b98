package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// number gives a filing its incoming number and bar code, within the transaction of the submission. The
// counter of the year stays held until that ends, so the next number is taken by whoever is really next,
// and a submission that is undone leaves no gap.
func (s *Service) takeNumber(ctx context.Context, tx pgx.Tx, f *Filing, at time.Time) error {
	year := at.In(s.o.Zone).Year()
	n, err := count(ctx, tx, fmt.Sprintf("incoming:%d", year))
	if err != nil {
		return err
	}
	f.IncomingNo, f.Barcode, f.SubmittedAt = fmt.Sprintf("%d-%d", year, n), Barcode(year, n), &at
	return exec(ctx, tx, "writing the incoming number down", `INSERT INTO filing_number (year, n, filing_id, barcode, at)
		VALUES (@year, @n, @filing, @barcode, @at)`, args{"year": year, "n": n, "filing": f.ID, "barcode": f.Barcode, "at": at})
}

// Barcode is what stands under the bars: two digits of the year, the number with at least four digits, and
// a check digit by ISO/IEC 7812-1 (Luhn), which finds every single wrong digit. 2026-418 is 2604189.
func Barcode(year int, n int64) string {
	digits := fmt.Sprintf("%02d%04d", year%100, n)
	sum, double := 0, true
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return digits + fmt.Sprint((10-sum%10)%10)
}
